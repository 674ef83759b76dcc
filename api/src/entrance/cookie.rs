//! Cookies, as strict as the public address allows.

use axum::http::{HeaderMap, header};
use std::net::IpAddr;
use std::time::Duration;
use url::{Host, Url};

/// How cookies are written. Behind TLS a browser keeps a `__Host-` cookie only if it is secure and of this very host, so
/// that no neighbour of our domain can plant one. Over plain HTTP there are cookies on the own machine alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookies {
    Secure,
    Plain,
}

impl Cookies {
    /// `None` if whoever listens on the way could read them.
    pub fn of(public_url: &str) -> Option<Self> {
        let url = Url::parse(public_url).ok()?;
        match url.scheme() {
            "https" => Some(Cookies::Secure),
            "http" if is_own_machine(&url) => Some(Cookies::Plain),
            _ => None,
        }
    }

    fn name(self, name: &str) -> String {
        match self {
            Cookies::Secure => format!("__Host-bellhop_{name}"),
            Cookies::Plain => format!("bellhop_{name}"),
        }
    }

    /// The value that the browser sends.
    pub fn read(self, headers: &HeaderMap, name: &str) -> Option<String> {
        let name = self.name(name);
        let sent = headers.get_all(header::COOKIE).iter();
        let mut pairs = sent.filter_map(|it| it.to_str().ok()).flat_map(|it| it.split(';'));
        pairs.find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then(|| value.to_owned())
        })
    }

    /// A header that sets it, for so long.
    pub fn set(self, name: &str, value: &str, life: Duration) -> String {
        let secure = match self {
            Cookies::Secure => "; Secure",
            Cookies::Plain => "",
        };
        let (name, life) = (self.name(name), life.as_secs());
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={life}{secure}")
    }

    /// A header that removes it.
    pub fn remove(self, name: &str) -> String {
        self.set(name, "", Duration::ZERO)
    }
}

fn is_own_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_as_strict_as_the_address_allows() {
        for (url, cookies) in [
            ("https://bell.example", Some(Cookies::Secure)),
            ("http://localhost:8080", Some(Cookies::Plain)),
            ("http://127.0.0.1:8080", Some(Cookies::Plain)),
            ("http://[::1]:8080", Some(Cookies::Plain)),
            ("http://bell.example", None),
            ("http://localhost.bell.example", None),
            ("ftp://localhost", None),
            ("", None),
        ] {
            assert_eq!(Cookies::of(url), cookies, "{url}");
        }
        assert_eq!(
            Cookies::Secure.set("session", "x", Duration::from_secs(60)),
            "__Host-bellhop_session=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure"
        );
    }

    #[test]
    fn only_the_cookie_of_this_very_name_is_read() {
        let mut headers = HeaderMap::new();
        let sent = "a=1; x__Host-bellhop_session=2; bellhop_session=3;__Host-bellhop_session=4; session=5";
        headers.insert(header::COOKIE, sent.parse().unwrap());
        assert_eq!(Cookies::Secure.read(&headers, "session").as_deref(), Some("4"));
        assert_eq!(Cookies::Plain.read(&headers, "session").as_deref(), Some("3"));
        assert_eq!(Cookies::Plain.read(&headers, "oidc"), None);
    }
}
