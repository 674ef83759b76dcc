//! The calls to the other service: what it says of itself, its keys, and a code for a token.

use super::{Failed, OidcService};
use jsonwebtoken::jwk::JwkSet;
use reqwest::{Client, RequestBuilder, redirect};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use url::{Host, Url};

const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer.
const BYTES: usize = 256 << 10;
/// How long what it says of itself is believed.
const BELIEVED: Duration = Duration::from_secs(3600);

pub(crate) struct Provider {
    service: OidcService,
    http: Client,
    /// What it says of itself, and when it did.
    told: Mutex<Option<(Instant, Endpoints)>>,
}

/// Where it does what.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    pub authorization: Url,
    token: Url,
    keys: Url,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Provider {
    pub(super) fn new(service: OidcService) -> Result<Self, String> {
        let issuer = Url::parse(&service.issuer).map_err(|e| format!("oidc.issuer: {e}"))?;
        if !is_safe(&issuer) {
            return Err("oidc.issuer: write its https address".to_owned());
        }
        // A redirect would lead the client's secret to somebody else.
        let http = Client::builder().redirect(redirect::Policy::none()).timeout(PATIENCE);
        Ok(Self {
            service,
            http: http.build().map_err(|e| format!("oidc: {e}"))?,
            told: Mutex::default(),
        })
    }

    pub(super) fn issuer(&self) -> &str {
        &self.service.issuer
    }

    pub(super) fn client_id(&self) -> &str {
        &self.service.client_id
    }

    pub(super) async fn endpoints(&self) -> Result<Endpoints, Failed> {
        // Held while asking, so that many who come at once ask once.
        let mut told = self.told.lock().await;
        if let Some((at, endpoints)) = &*told
            && at.elapsed() < BELIEVED
        {
            return Ok(endpoints.clone());
        }
        let url = format!(
            "{}/.well-known/openid-configuration",
            self.issuer().trim_end_matches('/')
        );
        let it: Metadata = json(self.http.get(url)).await?;
        if it.issuer != self.issuer() {
            return Err(Failed("the service says that it is another issuer".to_owned()));
        }
        let endpoints = Endpoints {
            authorization: it.authorization_endpoint,
            token: it.token_endpoint,
            keys: it.jwks_uri,
        };
        let all = [&endpoints.authorization, &endpoints.token, &endpoints.keys];
        if !all.into_iter().all(is_safe) {
            return Err(Failed("the service names an address without TLS".to_owned()));
        }
        *told = Some((Instant::now(), endpoints.clone()));
        Ok(endpoints)
    }

    /// Asked for at each login, so that a key that it has changed is known at once.
    pub(super) async fn keys(&self) -> Result<JwkSet, Failed> {
        let keys = self.endpoints().await?.keys;
        json(self.http.get(keys)).await
    }

    /// The identity token for a code, which is good once.
    pub(super) async fn redeem(&self, code: &str, verifier: &str, back: &str) -> Result<String, Failed> {
        let token = self.endpoints().await?.token;
        let secret = self.service.client_secret.expose_secret();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back),
            ("code_verifier", verifier),
        ];
        // RFC 6749 §2.3.1: both are form-encoded first.
        let coded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let call = self
            .http
            .post(token)
            .basic_auth(coded(self.client_id()), Some(coded(secret)));
        let tokens: Tokens = json(call.form(&form)).await?;
        Ok(tokens.id_token)
    }
}

/// Behind TLS, or on the own machine.
fn is_safe(url: &Url) -> bool {
    let own = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && own)
}

async fn json<T: DeserializeOwned>(call: RequestBuilder) -> Result<T, Failed> {
    let failed = |e: reqwest::Error| Failed(e.without_url().to_string());
    let mut response = call.send().await.map_err(failed)?;
    let status = response.status();
    if !status.is_success() {
        return Err(Failed(format!("the service answered {status}")));
    }
    let mut read = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(failed)? {
        if read.len() + piece.len() > BYTES {
            return Err(Failed("the service's answer is too long".to_owned()));
        }
        read.extend_from_slice(&piece);
    }
    // The error may quote what it reads, which may be a token.
    serde_json::from_slice(&read).map_err(|_| Failed("the service's answer cannot be read".to_owned()))
}
