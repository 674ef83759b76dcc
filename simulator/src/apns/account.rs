//! The developer team: its key, and the provider tokens that it signs.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use hyper::StatusCode;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde::Deserialize;

use super::replies::Refused;
use crate::StartError;
use crate::config::ApnsConfig;
use crate::ledger::lock;

/// Clock difference that is forgiven, seconds.
const SKEW_S: i64 = 300;

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    iat: i64,
}

pub(super) struct Account {
    team_id: String,
    key_id: String,
    verifying_key: DecodingKey,
    private_key_pem: Option<String>,
    lifetime_s: i64,
    /// Least time between two tokens.
    between: Option<TimeDelta>,
    tokens: Mutex<Tokens>,
}

/// Tokens that were accepted, and when they were issued, seconds since the epoch.
#[derive(Default)]
struct Tokens {
    issued_s: HashMap<String, i64>,
    taken: usize,
    last_taken: Option<DateTime<Utc>>,
}

impl Account {
    /// Takes the configured public key, or the key of an existing file, or makes a new pair.
    pub(super) fn new(config: &ApnsConfig) -> Result<Self, StartError> {
        let (public_pem, private_key_pem) = match (&config.public_key_pem, &config.key_file) {
            (Some(public), _) => (public.clone(), None),
            (None, Some(path)) if path.exists() => split(saved_key(path)?),
            (None, _) => split(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?),
        };
        if let (Some(path), Some(pem)) = (&config.key_file, &private_key_pem) {
            std::fs::write(path, pem).map_err(|source| StartError::WriteFile {
                path: path.clone(),
                source,
            })?;
        }
        let verifying_key = DecodingKey::from_ec_pem(public_pem.as_bytes()).map_err(|error| StartError::Section {
            section: "apns",
            what: format!("public_key_pem is no EC key in PEM: {error}"),
        })?;
        Ok(Self {
            team_id: config.team_id.clone(),
            key_id: config.key_id.clone(),
            verifying_key,
            private_key_pem,
            lifetime_s: i64::try_from(config.token_lifetime_s).unwrap_or(i64::MAX / 2),
            between: config
                .least_between_tokens_s
                .and_then(|seconds| TimeDelta::try_seconds(i64::try_from(seconds).ok()?)),
            tokens: Mutex::default(),
        })
    }

    pub(super) fn private_key_pem(&self) -> Option<&str> {
        self.private_key_pem.as_deref()
    }

    pub(super) fn tokens_taken(&self) -> usize {
        lock(&self.tokens).taken
    }

    /// Whether a request with this `authorization` may send.
    pub(super) fn check(&self, authorization: Option<&str>, now: DateTime<Utc>) -> Result<(), Refused> {
        let forbidden = |reason| Err((StatusCode::FORBIDDEN, reason));
        let Some((scheme, token)) = authorization.and_then(|value| value.split_once(' ')) else {
            return forbidden("MissingProviderToken");
        };
        if !scheme.eq_ignore_ascii_case("bearer") {
            return forbidden("MissingProviderToken");
        }
        let known = lock(&self.tokens).issued_s.get(token).copied();
        let Some(issued_s) = known.or_else(|| self.issued_s(token)) else {
            return forbidden("InvalidProviderToken");
        };
        let age_s = now.timestamp() - issued_s;
        if age_s < -SKEW_S {
            return forbidden("InvalidProviderToken");
        }
        if age_s > self.lifetime_s {
            return forbidden("ExpiredProviderToken");
        }
        if known.is_none() && !self.take(token, issued_s, now) {
            return Err((StatusCode::TOO_MANY_REQUESTS, "TooManyProviderTokenUpdates"));
        }
        Ok(())
    }

    /// Remembers a new token, unless it comes too soon after another.
    fn take(&self, token: &str, issued_s: i64, now: DateTime<Utc>) -> bool {
        let mut tokens = lock(&self.tokens);
        let too_soon = self.between.zip(tokens.last_taken);
        if too_soon.is_some_and(|(between, last)| now - last < between) {
            return false;
        }
        tokens
            .issued_s
            .retain(|_, issued| now.timestamp() - *issued <= self.lifetime_s);
        if tokens.issued_s.insert(token.to_owned(), issued_s).is_none() {
            tokens.taken += 1;
            tokens.last_taken = Some(now);
        }
        true
    }

    /// When a token was issued, if our key signed it for our team; no other claim is checked.
    fn issued_s(&self, token: &str) -> Option<i64> {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let token = jsonwebtoken::decode::<Claims>(token, &self.verifying_key, &validation).ok()?;
        let ours = token.header.kid.as_deref() == Some(&self.key_id) && token.claims.iss == self.team_id;
        ours.then_some(token.claims.iat)
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
    Ok(KeyPair::from_pem_and_sign_algo(&text, &PKCS_ECDSA_P256_SHA256)?)
}
