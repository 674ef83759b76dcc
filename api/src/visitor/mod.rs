//! Who fetched a personal link: a person, a link-preview robot or a prefetch (PROVIDERS.md §6.4).

mod agents;
mod bursts;
mod navigation;
mod networks;

pub(crate) use bursts::Bursts;

use axum::http::{HeaderMap, Method, header};
use bellhop_domain::{MessageId, Timestamp};
use bellhop_store::ledger::OpenClass;
use std::net::IpAddr;
use std::time::Duration;

/// The address that a connection comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub IpAddr);

/// The shortest time from handing a message to the provider until a person can have unlocked the phone and tapped.
const NO_SOONER: Duration = Duration::from_secs(2);

/// Where a request comes from, as far as it can be told: on the public Internet, or else the address of the connection.
pub(crate) fn address_of(peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    networks::client(peer, headers).or(peer)
}

/// A fetch of a guest's link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visit<'a> {
    pub method: &'a Method,
    pub headers: &'a HeaderMap,
    /// Where its connection comes from.
    pub peer: Option<IpAddr>,
}

impl Visit<'_> {
    /// Classifies a fetch by what it says about itself. Only [`OpenClass::Link`] counts as a person.
    pub(crate) fn class(&self) -> OpenClass {
        match self.by_sender() {
            OpenClass::Link if navigation::is_none(self.headers) => OpenClass::Preview,
            class => class,
        }
    }

    /// The same for the address of a web push, which is in no chat where robots could find it. A service worker may
    /// fetch it instead of navigating to it, but does so only when a person taps.
    pub(crate) fn class_of_click(&self) -> OpenClass {
        match self.by_sender() {
            OpenClass::Link => OpenClass::Click,
            robot => robot,
        }
    }

    fn by_sender(&self) -> OpenClass {
        if navigation::is_ahead(self.method, self.headers) {
            return OpenClass::Prefetch;
        }
        let by_network = self.client().is_some_and(networks::is_a_robots);
        if by_network || !agents::is_a_browser(self.agent().unwrap_or_default()) {
            return OpenClass::Preview;
        }
        OpenClass::Link
    }

    /// Every browser names itself; a scanner's bare library does not.
    pub(crate) fn agent(&self) -> Option<&str> {
        self.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok())
    }

    /// Whether it is part of a burst of many guests' links. This is judged only if the guest's own address is known,
    /// because behind a proxy that does not tell it, everybody comes from one address.
    pub(crate) fn is_of_a_burst(&self, bursts: &Bursts, message: MessageId, now: Timestamp) -> bool {
        let client = self.client();
        client.is_some_and(|client| bursts.is_one(client, self.agent().unwrap_or_default(), message, now))
    }

    /// Whether it comes sooner after the message was sent than a person could.
    pub(crate) fn is_too_soon(&self, sent: Option<Timestamp>, now: Timestamp) -> bool {
        self.client().is_some() && sent.is_some_and(|sent| now >= sent && now.since(sent) < NO_SOONER)
    }

    /// The guest's address, if it is one on the public Internet.
    pub(crate) fn client(&self) -> Option<IpAddr> {
        networks::client(self.peer, self.headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

    fn class(method: Method, peer: Option<&str>, more: &[(&str, &str)]) -> OpenClass {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, PHONE.parse().unwrap());
        for (name, value) in more {
            headers.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let visit = Visit {
            method: &method,
            headers: &headers,
            peer: peer.map(|peer| peer.parse().unwrap()),
        };
        visit.class()
    }

    #[test]
    fn a_phones_name_is_not_enough() {
        let page = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (more, expected) in [
            (&[][..], OpenClass::Link),
            (
                &[
                    ("accept", page),
                    ("sec-fetch-mode", "navigate"),
                    ("sec-fetch-dest", "document"),
                ],
                OpenClass::Link,
            ),
            (&[("accept", "*/*")], OpenClass::Link),
            (
                &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
                OpenClass::Link,
            ),
            (
                &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")],
                OpenClass::Preview,
            ),
            (
                &[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
                OpenClass::Preview,
            ),
            (&[("sec-fetch-dest", "empty")], OpenClass::Preview),
            (&[("accept", "image/avif,image/webp")], OpenClass::Preview),
            (&[("accept", "application/json")], OpenClass::Preview),
            (&[("range", "bytes=0-524287")], OpenClass::Preview),
            (&[("from", "bot@search.example")], OpenClass::Preview),
            (&[("sec-purpose", "prefetch")], OpenClass::Prefetch),
            (&[("sec-purpose", "prefetch;prerender")], OpenClass::Prefetch),
            (&[("purpose", "Prefetch")], OpenClass::Prefetch),
            (&[("x-purpose", "preview")], OpenClass::Prefetch),
            (&[("x-moz", "prefetch")], OpenClass::Prefetch),
        ] {
            assert_eq!(class(Method::GET, None, more), expected, "{more:?}");
        }
        assert_eq!(class(Method::HEAD, None, &[]), OpenClass::Prefetch);
    }

    #[test]
    fn where_it_comes_from_counts_too() {
        assert_eq!(class(Method::GET, Some("66.249.66.1"), &[]), OpenClass::Preview);
        assert_eq!(class(Method::GET, Some("93.184.216.34"), &[]), OpenClass::Link);
        let forwarded = [("x-forwarded-for", "149.154.161.5")];
        assert_eq!(class(Method::GET, Some("127.0.0.1"), &forwarded), OpenClass::Preview);
        assert_eq!(class(Method::GET, Some("93.184.216.34"), &forwarded), OpenClass::Link);
    }

    #[test]
    fn nobody_is_that_quick() {
        let (method, headers) = (Method::GET, HeaderMap::new());
        let visit = |peer: &str| Visit {
            method: &method,
            headers: &headers,
            peer: Some(peer.parse().unwrap()),
        };
        let sent = Some(Timestamp(100_000));
        for (ms, soon) in [(0, true), (1_999, true), (2_000, false), (-5, false)] {
            assert_eq!(
                visit("93.184.216.34").is_too_soon(sent, Timestamp(100_000 + ms)),
                soon,
                "{ms}"
            );
        }
        assert!(
            !visit("127.0.0.1").is_too_soon(sent, Timestamp(100_000)),
            "this machine's own"
        );
        assert!(!visit("93.184.216.34").is_too_soon(None, Timestamp(100_000)));
    }
}
