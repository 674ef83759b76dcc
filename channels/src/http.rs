//! What the HTTP providers share: clients, reading answers, and telling *never sent* from *unknown*.

mod at_most_once;

pub(crate) use at_most_once::{ask, at_most_once, no_answer_to_replaceable};

use crate::config::{Unusable, read_bytes, shown_path};
use bellhop_domain::Timestamp;
use chrono::{DateTime, NaiveDateTime};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Certificate, Client, ClientBuilder, Response, redirect, retry};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest answer that is read; the rest is ignored.
const LONGEST_ANSWER: usize = 64 * 1024;

/// The keys under `http` of a provider's section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HttpOptions {
    /// A PEM file of the only certificate authorities to trust, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// How long a request may take, connecting included. At least 10 s (PROVIDERS.md §1.5).
    pub timeout_seconds: u64,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            ca_file: None,
            timeout_seconds: 15,
        }
    }
}

/// The version of HTTP a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/2 from the first byte: one connection carries all requests of a client. On TLS it is the only
    /// protocol offered by ALPN.
    Http2,
    /// Like [`Protocol::Http2`], but a connection is kept however long it is idle.
    Http2Kept,
    /// HTTP/2 or 1.1, as the server prefers.
    Any,
    /// HTTP/1.1: a request that was written is never written again behind our back.
    Http1,
}

impl HttpOptions {
    /// Makes a client that follows no redirect, uses no proxy and repeats nothing that may have been accepted.
    ///
    /// # Errors
    /// [`Unusable::NotHere`] if the file of authorities cannot be read on this machine.
    pub fn client(&self, protocol: Protocol) -> Result<Client, Unusable> {
        self.client_with(protocol, |builder| builder)
    }

    /// As [`client`](Self::client), with something of the provider's own.
    pub fn client_with(
        &self,
        protocol: Protocol,
        own: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Client, Unusable> {
        if self.timeout_seconds < 10 {
            return Err(Unusable::Wrong(format!(
                "http.timeout_seconds = {} is too short: a slow answer would count as lost; give it at least 10",
                self.timeout_seconds
            )));
        }
        let mut builder = Client::builder()
            .user_agent("bellhop")
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(self.timeout_seconds))
            .tcp_nodelay(true);
        builder = match protocol {
            // The default policy repeats only requests that HTTP/2 says were not processed (RFC 9113 §8.7).
            Protocol::Http2 | Protocol::Http2Kept => builder
                .http2_prior_knowledge()
                .http2_keep_alive_interval(Duration::from_secs(30))
                .http2_keep_alive_while_idle(true),
            Protocol::Any => builder,
            // If the server closes a kept connection under a request, the request is in doubt. So we close it before
            // the server does (Apache waits 5 s).
            Protocol::Http1 => builder
                .http1_only()
                .retry(retry::never())
                .pool_idle_timeout(Duration::from_secs(3)),
        };
        if protocol == Protocol::Http2Kept {
            builder = builder.pool_idle_timeout(None);
        }
        if let Some(path) = &self.ca_file {
            let authorities = authorities(path).map_err(|why| why.at("http.ca_file"))?;
            builder = builder.tls_certs_only(authorities);
        }
        own(builder)
            .build()
            .map_err(|e| Unusable::Wrong(format!("no HTTP client: {}", describe(e))))
    }
}

/// The certificates in a PEM file. A file that is on this machine and contains none is wrong wherever it is read.
fn authorities(path: &Path) -> Result<Vec<Certificate>, Unusable> {
    let none = |why: String| Unusable::Wrong(format!("{} contains no PEM certificate ({why})", shown_path(path)));
    let found = Certificate::from_pem_bundle(&read_bytes(path)?).map_err(|e| none(e.to_string()))?;
    if found.is_empty() {
        return Err(none("there is no BEGIN CERTIFICATE in it".to_owned()));
    }
    Ok(found)
}

/// A provider's answer, read.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: u16,
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads an answer; `Err` holds what came before the body was cut off.
    pub async fn read(mut response: Response, now: Timestamp) -> Result<Answer, Answer> {
        let mut answer = Answer {
            status: response.status().as_u16(),
            retry_after: retry_after(response.headers(), now),
            body: Vec::new(),
        };
        while answer.body.len() < LONGEST_ANSWER {
            match response.chunk().await {
                Ok(Some(chunk)) => answer.body.extend_from_slice(&chunk),
                Ok(None) => return Ok(answer),
                Err(_) => return Err(answer),
            }
        }
        Ok(answer)
    }
}

/// The wait a provider asks for: seconds or an HTTP date (RFC 9110 §10.2.3). A date in the past means no wait. The
/// result is as long as the provider says; [`Outcome::bounded`](bellhop_domain::Outcome::bounded) keeps it within
/// reason.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return seconds(text);
    }
    Some(http_date(text)?.since(now))
}

/// Whole seconds, however many. Some write a fraction, which the RFC does not allow; it is rounded up.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !whole
        .bytes()
        .chain(fraction.bytes())
        .all(|digit| digit.is_ascii_digit())
    {
        return None;
    }
    // A number with too many digits is simply very large.
    let whole = whole.parse::<u64>().unwrap_or(u64::MAX);
    let rest = u64::from(fraction.bytes().any(|digit| digit != b'0'));
    Some(Duration::from_secs(whole.saturating_add(rest)))
}

/// A date in any of the three forms that RFC 9110 §5.6.7 requires to be understood.
fn http_date(text: &str) -> Option<Timestamp> {
    if let Ok(at) = DateTime::parse_from_rfc2822(text) {
        return Some(Timestamp(at.timestamp_millis()));
    }
    let old = |form| NaiveDateTime::parse_from_str(text, form).ok();
    let at = old("%A, %d-%b-%y %H:%M:%S GMT").or_else(|| old("%a %b %e %H:%M:%S %Y"))?;
    Some(Timestamp(at.and_utc().timestamp_millis()))
}

/// What went wrong, without the URL, which may hold a phone or a password.
pub(crate) fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Timestamp(784_111_777_000); // 1994-11-06T08:49:37Z
        for (text, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", Some(30)),
            ("Sun Nov  6 08:50:07 1994", Some(30)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(252_618_189_022)),
            ("18446744073709551615", Some(u64::MAX)),
            ("99999999999999999999999999", Some(u64::MAX)),
            ("1.5", Some(2)),
            ("2.0", Some(2)),
            ("18446744073709551615.9", Some(u64::MAX)),
            ("soon", None),
            ("-5", None),
            ("+5", None),
            ("-1.5", None),
            ("5 s", None),
            ("1e9", None),
            ("1.2.3", None),
            ("0x10", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{text:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn a_short_timeout_is_refused() {
        let options = HttpOptions {
            timeout_seconds: 3,
            ..Default::default()
        };
        let why = options.client(Protocol::Http1).unwrap_err();
        assert!(
            matches!(&why, Unusable::Wrong(why) if why.contains("at least 10")),
            "{why:?}"
        );
    }

    #[test]
    fn authorities_that_are_not_here_and_a_file_that_is_none_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        for (content, is_here, words) in [
            (None, false, "cannot read"),
            (Some(&b"not a certificate"[..]), true, "contains no PEM certificate"),
            (Some(&b""[..]), true, "contains no PEM certificate"),
            (Some(&b"\x30\x82\xff\xfe"[..]), true, "contains no PEM certificate"),
        ] {
            let path = folder.path().join("ca.pem");
            if let Some(content) = content {
                std::fs::write(&path, content).unwrap();
            }
            let options = HttpOptions {
                ca_file: Some(path),
                ..Default::default()
            };
            let why = options.client(Protocol::Http1).unwrap_err();
            assert_eq!(matches!(why, Unusable::Wrong(_)), is_here, "{why:?}");
            let told = why.to_string();
            assert!(told.starts_with("http.ca_file: ") && told.contains(words), "{told}");
        }
    }
}
