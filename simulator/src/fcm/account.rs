//! The service account: its key pair, the JSON that clients sign with, the assertions they send and the access tokens they get.

use std::collections::HashMap;
use std::path::Path;
use std::sync::RwLock;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde::Deserialize;

use crate::StartError;
use crate::config::FcmConfig;
use crate::draw::Draw;

/// Google's own libraries put this into `aud` whatever `token_uri` says.
const GOOGLE_TOKEN_URI: &str = "https://oauth2.googleapis.com/token";
const SCOPES: [&str; 2] = [
    "https://www.googleapis.com/auth/firebase.messaging",
    "https://www.googleapis.com/auth/cloud-platform",
];
/// Clock difference that is forgiven, seconds.
const SKEW_S: i64 = 300;
const LONGEST_ASSERTION_S: i64 = 3_600;

/// The key in an existing service-account file.
#[derive(Deserialize)]
struct SavedKey {
    private_key: String,
}

#[derive(Debug, Deserialize)]
struct Claims {
    scope: String,
    aud: String,
    iat: i64,
    exp: i64,
}

/// Why an assertion does not get a token, in the words of RFC 6749 §5.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Denied {
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl Denied {
    fn grant(description: impl Into<String>) -> Self {
        Self {
            error: "invalid_grant",
            description: description.into(),
        }
    }
}

pub(super) struct Account {
    project_id: String,
    client_email: String,
    verifying_key: DecodingKey,
    private_key_pem: Option<String>,
    lifetime: TimeDelta,
    issued: RwLock<HashMap<String, DateTime<Utc>>>,
    seed: u64,
}

impl Account {
    /// Takes the configured public key, or the key of an existing service-account file, or makes a new pair.
    pub(super) fn new(config: &FcmConfig, seed: u64) -> Result<Self, StartError> {
        let (public_pem, private_key_pem) = match (&config.public_key_pem, &config.service_account_file) {
            (Some(public), _) => (public.clone(), None),
            (None, Some(path)) if path.exists() => split(saved_key(path)?),
            (None, _) => split(KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?),
        };
        Ok(Self {
            project_id: config.project_id.clone(),
            client_email: config.client_email.clone(),
            verifying_key: DecodingKey::from_rsa_pem(public_pem.as_bytes()).map_err(StartError::PublicKey)?,
            private_key_pem,
            lifetime: TimeDelta::seconds(i64::try_from(config.token_lifetime_s).unwrap_or(LONGEST_ASSERTION_S)),
            issued: RwLock::default(),
            seed,
        })
    }

    /// The service-account file that points at this simulator; `None` if only the public key is known.
    pub(super) fn service_account_json(&self, token_uri: &str) -> Option<String> {
        let file = serde_json::json!({
            "type": "service_account",
            "project_id": self.project_id,
            "private_key_id": "simulator",
            "private_key": self.private_key_pem.as_deref()?,
            "client_email": self.client_email,
            "token_uri": token_uri,
        });
        Some(format!("{file:#}"))
    }

    /// Whether a token for this project's account may send for `project`.
    pub(super) fn owns(&self, project: &str) -> bool {
        self.project_id == project
    }

    /// Exchanges a signed assertion for an access token. `own_token_uri` is the address at which this request
    /// arrived.
    pub(super) fn exchange(&self, assertion: &str, own_token_uri: &str, now: DateTime<Utc>) -> Result<String, Denied> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[&self.client_email]);
        validation.set_required_spec_claims(&["iss"]);
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = jsonwebtoken::decode::<Claims>(assertion, &self.verifying_key, &validation)
            .map_err(|error| Denied::grant(format!("Invalid JWT: {error}")))?
            .claims;
        claims.check(own_token_uri, now.timestamp())?;
        let mut issued = self.issued.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        issued.retain(|_, expires| *expires > now);
        let mut draw = Draw::new(self.seed, "token", now.timestamp_micros().cast_unsigned(), 0);
        let token = format!("ya29.sim-{:016x}{:016x}", draw.next(), draw.next());
        issued.insert(token.clone(), now + self.lifetime);
        Ok(token)
    }

    /// Whether an access token was issued here and has not expired.
    pub(super) fn accepts(&self, token: &str, now: DateTime<Utc>) -> bool {
        let issued = self.issued.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        issued.get(token).is_some_and(|expires| *expires > now)
    }

    pub(super) fn lifetime_s(&self) -> i64 {
        self.lifetime.num_seconds()
    }
}

impl Claims {
    fn check(&self, own_token_uri: &str, now_s: i64) -> Result<(), Denied> {
        if self.aud != GOOGLE_TOKEN_URI && self.aud != own_token_uri {
            return Err(Denied::grant(format!("Invalid JWT: aud must be {GOOGLE_TOKEN_URI}")));
        }
        if !self.scope.split(' ').any(|scope| SCOPES.contains(&scope)) {
            let description = format!("{:?} does not name a scope of messaging", self.scope);
            return Err(Denied {
                error: "invalid_scope",
                description,
            });
        }
        if self.iat > now_s + SKEW_S || self.exp <= now_s - SKEW_S || self.exp > self.iat + LONGEST_ASSERTION_S {
            return Err(Denied::grant(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
                 Check your iat and exp values in the JWT claim.",
            ));
        }
        Ok(())
    }
}

fn split(pair: KeyPair) -> (String, Option<String>) {
    (pair.public_key_pem(), Some(pair.serialize_pem()))
}

fn saved_key(path: &Path) -> Result<KeyPair, StartError> {
    let text = std::fs::read_to_string(path).map_err(|source| StartError::ReadFile {
        path: path.to_owned(),
        source,
    })?;
    let file: SavedKey = serde_json::from_str(&text).map_err(|source| StartError::ServiceAccount {
        path: path.to_owned(),
        source,
    })?;
    Ok(KeyPair::from_pem_and_sign_algo(&file.private_key, &PKCS_RSA_SHA256)?)
}
