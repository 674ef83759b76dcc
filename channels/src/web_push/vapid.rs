//! The signed token that tells a push service who sends; every request needs one (RFC 8292).

use super::key::VapidKey;
use bellhop_domain::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Url;
use reqwest::header::HeaderValue;
use serde::Serialize;
use std::time::Duration;

const HOUR: u64 = 3600;
/// The RFC and Apple allow 24 h; half of that tolerates a clock that is hours off.
const LIFE: Duration = Duration::from_secs(12 * HOUR);
/// Apple wants a token to be used for an hour at least.
const RENEW: Duration = Duration::from_secs(8 * HOUR);
/// A token from this far in the future means that the clock was set back.
const CLOCK_SET_BACK: Duration = Duration::from_secs(HOUR);

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    sub: &'a str,
}

/// Signs tokens for one sender.
pub(super) struct Signer {
    key: EncodingKey,
    public: String,
    subject: String,
}

/// A token for one push service, ready to be sent.
#[derive(Debug)]
pub(super) struct Token {
    pub header: HeaderValue,
    issued: Timestamp,
}

impl Token {
    /// Whether it is young enough to be used again.
    pub fn serves(&self, now: Timestamp) -> bool {
        now.since(self.issued) < RENEW && self.issued.since(now) < CLOCK_SET_BACK
    }
}

impl Signer {
    pub fn new(key: &VapidKey, subject: String) -> Self {
        Self {
            key: key.signing(),
            public: key.public(),
            subject,
        }
    }

    pub fn public(&self) -> &str {
        &self.public
    }

    /// A token for `origin`, the scheme, host and port of an endpoint.
    pub fn sign(&self, origin: &str, now: Timestamp) -> Result<Token, String> {
        let claims = Claims {
            aud: origin,
            exp: now.plus(LIFE).0.div_euclid(1000),
            sub: &self.subject,
        };
        let token = encode(&Header::new(Algorithm::ES256), &claims, &self.key)
            .map_err(|e| format!("the VAPID key cannot sign ({e}); check vapid_key"))?;
        // A space after the comma is legal, and a common library refuses it.
        let mut header = HeaderValue::try_from(format!("vapid t={token},k={}", self.public))
            .map_err(|e| format!("the VAPID token cannot be a header ({e})"))?;
        header.set_sensitive(true);
        Ok(Token { header, issued: now })
    }
}

/// Checks the contact for push services: a mail address or a page. Apple refuses anything else, and all sends with it
/// (PROVIDERS.md §3.4).
pub(super) fn check_subject(subject: &str) -> Result<(), String> {
    let bad = |why: &str| {
        Err(format!(
            "subject {subject:?} {why}; write whom a push service may turn to, like mailto:push@brand.example or https://brand.example"
        ))
    };
    if subject.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c)) {
        return bad("has a space, a quote or an angle bracket in it");
    }
    let host = match subject.strip_prefix("mailto:") {
        Some(mail) => match mail.split_once('@') {
            Some((user, host)) if !user.is_empty() => host.to_owned(),
            _ => return bad("is no mail address"),
        },
        None => match Url::parse(subject) {
            Ok(url) if url.scheme() == "https" => url.host_str().unwrap_or_default().to_owned(),
            _ => return bad("is neither mailto: nor https:"),
        },
    };
    if host.is_empty() || host.eq_ignore_ascii_case("localhost") {
        return bad("names no public host, which Apple refuses");
    }
    Ok(())
}
