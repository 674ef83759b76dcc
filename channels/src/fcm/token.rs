//! The OAuth2 token of a service account: fetched once for all sends, renewed before it ends (PROVIDERS.md §1.1).

use super::config::ServiceAccount;
use crate::http::{Answer, ask};
use bellhop_domain::{Outcome, Timestamp};
use jsonwebtoken::{Algorithm, Header, encode};
use reqwest::header::HeaderValue;
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// Google's libraries write this audience even if the key file names another token URI.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const HOUR: Duration = Duration::from_secs(3600);
/// A token this close to its end is renewed while it is still used.
const RENEW: Duration = Duration::from_secs(300);
/// A token this close to its end is not used, because it may expire on the way.
const SPENT: Duration = Duration::from_secs(10);
/// How long the result of a failed fetch applies to later sends.
const FAILURE_HOLDS: Duration = Duration::from_secs(2);
/// A token that FCM refused is replaced at most this often.
const REPLACE_EVERY: Duration = Duration::from_secs(60);

/// A bearer token, ready to be sent.
#[derive(Debug)]
pub(super) struct Token {
    pub header: HeaderValue,
    expires: Timestamp,
}

/// The token of one service account, for a whole process.
pub(super) struct TokenSource {
    client: Client,
    uri: Url,
    account: ServiceAccount,
    current: RwLock<Option<Arc<Token>>>,
    /// Held while fetching, so that many tasks without a token ask only once.
    fetching: Mutex<Fetching>,
}

#[derive(Default)]
struct Fetching {
    failure: Option<(Timestamp, Outcome)>,
    replaced: Option<Timestamp>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Value,
}

impl TokenSource {
    pub fn new(client: Client, uri: Url, account: ServiceAccount) -> Self {
        Self {
            client,
            uri,
            account,
            current: RwLock::default(),
            fetching: Mutex::default(),
        }
    }

    pub fn uri(&self) -> &Url {
        &self.uri
    }

    /// The token to send with at `now`; the error is the outcome of the message that wanted it, of which nothing was
    /// sent.
    pub async fn token(&self, now: Timestamp) -> Result<Arc<Token>, Outcome> {
        let seen = self.current();
        let usable = |margin| seen.clone().filter(|token| token.serves(now, margin));
        if let Some(token) = usable(RENEW) {
            return Ok(token);
        }
        let Some(token) = usable(SPENT) else {
            let mut fetching = self.fetching.lock().await;
            return self.newer(&mut fetching, seen.as_ref(), now).await;
        };
        let Ok(mut fetching) = self.fetching.try_lock() else {
            return Ok(token);
        };
        Ok(self.newer(&mut fetching, Some(&token), now).await.unwrap_or(token))
    }

    /// Another token, after FCM refused this one. A second refusal within a minute cannot be due to the token's age.
    pub async fn replace(&self, refused: &Arc<Token>, now: Timestamp) -> Result<Arc<Token>, Outcome> {
        let mut fetching = self.fetching.lock().await;
        if let Some(token) = self.newer_than(Some(refused)) {
            return Ok(token);
        }
        if fetching.replaced.is_some_and(|at| now.since(at) < REPLACE_EVERY) {
            return Err(refused_twice());
        }
        let token = self.fetch(&mut fetching, now).await?;
        fetching.replaced = Some(now);
        Ok(token)
    }

    fn current(&self) -> Option<Arc<Token>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The token that somebody else fetched since `seen` was read.
    fn newer_than(&self, seen: Option<&Arc<Token>>) -> Option<Arc<Token>> {
        self.current()
            .filter(|token| seen.is_none_or(|seen| !Arc::ptr_eq(token, seen)))
    }

    async fn newer(
        &self,
        fetching: &mut Fetching,
        seen: Option<&Arc<Token>>,
        now: Timestamp,
    ) -> Result<Arc<Token>, Outcome> {
        match self.newer_than(seen) {
            Some(token) => Ok(token),
            None => self.fetch(fetching, now).await,
        }
    }

    async fn fetch(&self, fetching: &mut Fetching, now: Timestamp) -> Result<Arc<Token>, Outcome> {
        if let Some((at, outcome)) = &fetching.failure
            && now.since(*at) < FAILURE_HOLDS
        {
            return Err(outcome.clone());
        }
        let fetched = self.exchange(now).await.map(Arc::new);
        match &fetched {
            Ok(token) => {
                fetching.failure = None;
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(token));
                tracing::debug!(account = %self.account.client_email, "fetched an FCM access token");
            }
            Err(outcome) => fetching.failure = Some((now, outcome.clone())),
        }
        fetched
    }

    async fn exchange(&self, now: Timestamp) -> Result<Token, Outcome> {
        let assertion = self.assertion(now)?;
        let form = [("grant_type", GRANT), ("assertion", &assertion)];
        let lost = |why: String| Outcome::Retry {
            after: None,
            why: format!("no access token: {why}"),
        };
        let request = self.client.post(self.uri.clone()).form(&form);
        let answer = ask(request.send(), now).await.map_err(lost)?;
        granted(&answer, now)
    }

    fn assertion(&self, now: Timestamp) -> Result<String, Outcome> {
        let seconds = now.0.div_euclid(1000);
        let claims = Claims {
            iss: &self.account.client_email,
            scope: SCOPE,
            aud: AUDIENCE,
            iat: seconds,
            exp: seconds + HOUR.as_secs().cast_signed(),
        };
        let header = Header {
            kid: Some(self.account.key_id.clone()),
            ..Header::new(Algorithm::RS256)
        };
        encode(&header, &claims, &self.account.key).map_err(|e| Outcome::Misconfigured {
            why: format!("the service account's key cannot sign ({e}); download the key file again"),
        })
    }
}

impl Token {
    /// Whether it is valid for longer than `margin`.
    fn serves(&self, now: Timestamp, margin: Duration) -> bool {
        self.expires.since(now) > margin
    }
}

/// What the token endpoint's answer means.
fn granted(answer: &Answer, now: Timestamp) -> Result<Token, Outcome> {
    if answer.status == 200 {
        return token(&answer.body, now).ok_or_else(|| Outcome::Misconfigured {
            why: "token_uri answered 200 without an access token; check that it is Google's token endpoint".to_owned(),
        });
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = body["error"].as_str().unwrap_or("no error code");
    let description = body["error_description"].as_str().unwrap_or_default();
    let why = format!("token endpoint answered {}: {code} {description}", answer.status);
    let passing = matches!(answer.status, 408 | 429 | 500..)
        || matches!(code, "internal_failure" | "server_error" | "temporarily_unavailable");
    Err(if passing {
        Outcome::Retry {
            after: answer.retry_after,
            why,
        }
    } else {
        Outcome::Misconfigured {
            why: format!("{why}; check this machine's clock and that the key is not revoked"),
        }
    })
}

fn token(body: &[u8], now: Timestamp) -> Option<Token> {
    let granted: Granted = serde_json::from_slice(body).ok()?;
    let mut header = HeaderValue::try_from(format!("Bearer {}", granted.access_token)).ok()?;
    header.set_sensitive(true);
    let seconds = match &granted.expires_in {
        Value::String(text) => text.parse().ok()?,
        number => number.as_u64()?,
    };
    Some(Token {
        header,
        expires: now.plus(Duration::from_secs(seconds)),
    })
}

/// What FCM's second 401 in a row means.
pub(super) fn refused_twice() -> Outcome {
    Outcome::Misconfigured {
        why: "401: FCM refuses a fresh access token; check that the key belongs to this project and that the \
              Firebase Cloud Messaging API is enabled"
            .to_owned(),
    }
}
