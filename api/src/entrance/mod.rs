//! How people come in: cookies, the protection against other sites, passwords, second factors.
//!
//! A person's browser sends its cookie with every request, whoever's page makes it. So a change by cookie needs more: it
//! must come from a page of ours, and with a token that other sites cannot read ([`same_site`], [`csrf`]).

mod cookie;
mod hashing;
pub(crate) mod oidc;
mod same_site;
pub(crate) mod totp;

pub(crate) use cookie::Cookies;
pub(crate) use hashing::Hashing;
pub use oidc::{Oidc, OidcService};
pub(crate) use same_site::is_same_site;

use axum::http::{HeaderMap, HeaderName};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// What it takes to let people in.
#[derive(Clone)]
pub struct Entrance {
    /// Gives fresh random bytes at each call.
    pub random: fn() -> [u8; 32],
    /// Another service by which people may log in.
    pub oidc: Option<Oidc>,
}

/// Where the token stands that only our own pages know.
static CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

/// The token of a session: made of the session's own, which no page can read, and telling nothing about it.
pub(crate) fn csrf(session: &SecretString) -> String {
    let mut digest = Sha256::new();
    digest.update(b"bellhop csrf ");
    digest.update(session.expose_secret().as_bytes());
    hex::encode(digest.finalize())
}

/// Whether the header has the token of this session.
pub(crate) fn has_csrf(headers: &HeaderMap, session: &SecretString) -> bool {
    let told = headers.get(&CSRF).map(|value| value.as_bytes()).unwrap_or_default();
    aws_lc_rs::constant_time::verify_slices_are_equal(told, csrf(session).as_bytes()).is_ok()
}
