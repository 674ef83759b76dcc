//! Logging in by another service, by OpenID Connect: the code flow with PKCE (RFC 7636), `state` and `nonce`.
//!
//! Nothing is kept between the way there and the way back but a cookie of 256 random bits. `state`, `nonce` and the verifier
//! are made of it, so that only the browser that went can come back, and only with what was meant for it.

mod provider;
mod token;

use provider::Provider;

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bellhop_domain::Timestamp;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long the way there and back may take.
pub(crate) const LIFE: Duration = Duration::from_secs(600);
/// The cookie, without its prefix.
pub(crate) const COOKIE: &str = "oidc";

/// The other service, as the engineer's file names it.
#[derive(Clone)]
pub struct OidcService {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: SecretString,
}

/// Why a login by another service does not succeed. It is logged, and no caller is told more than that.
#[derive(Debug)]
pub(crate) struct Failed(pub String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The way there, and the way back.
#[derive(Clone)]
pub struct Oidc {
    provider: Arc<Provider>,
}

/// What the browser keeps on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    random: String,
    /// Where the person wanted to go: a path of ours.
    pub return_to: String,
}

impl Way {
    pub fn new(random: [u8; 32], return_to: Option<&str>) -> Self {
        Self {
            random: hex::encode(random),
            return_to: own_path(return_to.unwrap_or("/")),
        }
    }

    pub fn read(cookie: &str) -> Option<Self> {
        let (random, path) = cookie.split_once('.')?;
        let path = String::from_utf8(BASE64.decode(path).ok()?).ok()?;
        let fits = random.len() == 64 && random.bytes().all(|b| b.is_ascii_hexdigit());
        // Whoever could plant the cookie must not choose where a login leads.
        fits.then(|| Self {
            random: random.to_owned(),
            return_to: own_path(&path),
        })
    }

    pub fn cookie(&self) -> String {
        format!("{}.{}", self.random, BASE64.encode(&self.return_to))
    }

    fn made(&self, of: &str) -> String {
        hex::encode(Sha256::digest(format!("bellhop oidc {of} {}", self.random).as_bytes()))
    }

    fn state(&self) -> String {
        self.made("state")
    }

    fn nonce(&self) -> String {
        self.made("nonce")
    }

    fn verifier(&self) -> String {
        self.made("verifier")
    }

    /// Whether this is the state with which the browser went.
    pub fn went_with(&self, state: &str) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(state.as_bytes(), self.state().as_bytes()).is_ok()
    }
}

/// A path of ours, or our front door. Browsers take `//` and `/\` for another host, and drop tabs and line ends.
fn own_path(path: &str) -> String {
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let fits = plain && path.len() <= 1_000 && path.starts_with('/') && !path.starts_with("//");
    if fits { path.to_owned() } else { "/".to_owned() }
}

impl Oidc {
    /// # Errors
    /// If the service cannot be one.
    pub fn new(service: OidcService) -> Result<Self, String> {
        Provider::new(service).map(|it| Self { provider: Arc::new(it) })
    }

    /// Where the browser is sent.
    pub(crate) async fn there(&self, way: &Way, back: &str) -> Result<Url, Failed> {
        let mut url = self.provider.endpoints().await?.authorization;
        let (state, nonce) = (way.state(), way.nonce());
        let challenge = BASE64.encode(Sha256::digest(way.verifier().as_bytes()));
        let pairs = [
            ("response_type", "code"),
            ("client_id", self.provider.client_id()),
            ("redirect_uri", back),
            ("scope", "openid email"),
            ("state", state.as_str()),
            ("nonce", nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        url.query_pairs_mut().extend_pairs(pairs);
        Ok(url)
    }

    /// The e-mail of whoever came back with this code, which the service has verified.
    pub(crate) async fn back(&self, way: &Way, code: &str, back: &str, now: Timestamp) -> Result<String, Failed> {
        let token = self.provider.redeem(code, &way.verifier(), back).await?;
        let keys = self.provider.keys().await?;
        token::verified_email(
            &token,
            &keys,
            self.provider.issuer(),
            self.provider.client_id(),
            &way.nonce(),
            now,
        )
    }
}

/// The way that this browser is on.
pub(crate) fn way(headers: &HeaderMap, cookies: super::Cookies) -> Option<Way> {
    Way::read(&cookies.read(headers, COOKIE)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_leads_to_paths_of_ours_alone() {
        let leads = |to: &str| Way::new([7; 32], Some(to)).return_to;
        for own in ["/", "/mailings/7?tab=texts#top"] {
            assert_eq!(leads(own), own);
        }
        for foreign in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "evil",
            "",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x",
        ] {
            assert_eq!(leads(foreign), "/", "{foreign:?}");
        }
        // Nor does a cookie that somebody has written.
        let written = format!("{}.{}", "0".repeat(64), BASE64.encode("//evil.example"));
        assert_eq!(Way::read(&written).unwrap().return_to, "/");
    }

    #[test]
    fn only_the_browser_that_went_comes_back() {
        let (way, other) = (Way::new([7; 32], None), Way::new([8; 32], None));
        assert_eq!(Way::read(&way.cookie()), Some(way.clone()));
        assert!(way.went_with(&way.state()));
        for state in ["", &other.state(), &way.nonce(), &way.verifier()] {
            assert!(!way.went_with(state));
        }
        for cookie in ["", ".", "zz.", &format!("{}.%", "0".repeat(64)), &way.cookie()[1..]] {
            assert_eq!(Way::read(cookie), None, "{cookie}");
        }
    }
}
