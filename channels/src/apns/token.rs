//! The provider token: one ES256 JWT per key for the whole process (PROVIDERS.md §2.1).
//!
//! Apple accepts a token for an hour, and punishes minting more often than every 20 minutes. So senders that share a
//! key share its token, whatever app they send for.

use super::trust::{Go, TokenTrust};
use bellhop_domain::outcome::ThrottleScope;
use bellhop_domain::{Outcome, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
/// How long a token is used before another is minted.
const RENEW: Duration = Duration::from_secs(47 * 60);
/// The age beyond which Apple may refuse a token (60 minutes, less the difference of clocks).
const SPENT: Duration = Duration::from_secs(59 * 60);
/// The shortest time between minting two tokens.
pub(super) const LEAST: Duration = Duration::from_secs(20 * 60);

/// What to do if a fresh token is called expired.
pub(super) const CLOCK: &str = "the token is fresh: set this machine's clock";

/// A token, ready to be sent.
#[derive(Debug)]
pub(super) struct ProviderToken {
    pub header: HeaderValue,
    /// Its `iat`.
    pub minted: Timestamp,
}

/// The tokens of one key.
pub(super) struct TokenSource {
    team_id: String,
    key_id: String,
    key: EncodingKey,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Arc<ProviderToken>>,
    /// After Apple complained about too many tokens, none is minted before this instant.
    frozen_until: Option<Timestamp>,
    /// What is known about the current token.
    trust: TokenTrust,
}

/// What to do with a push whose token was called expired.
#[derive(Debug)]
pub(super) enum Renewal {
    /// It goes again with this token on a new connection; no other push does before its answer.
    Again(Arc<ProviderToken>),
    /// It keeps the outcome of the answer.
    No,
}

/// What to do for a send that needs a token.
#[derive(Debug, PartialEq, Eq)]
enum TokenChoice {
    Use,
    Mint,
    /// The present token is too old, and Apple does not allow a new one yet.
    Wait(Duration),
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: i64,
}

/// What identifies a key: the team, the key's id, and its text, because a file may be replaced.
type KeyName = (String, String, Vec<u8>);

/// The sources in use, so that two senders with one key find each other.
static SOURCES: LazyLock<Mutex<HashMap<KeyName, Weak<TokenSource>>>> = LazyLock::new(Mutex::default);

impl TokenSource {
    /// The source of a key in this process. It signs once to prove the key; the error says what is wrong with it.
    pub fn shared(team_id: &str, key_id: &str, pem: &SecretString) -> Result<Arc<Self>, String> {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, pem.expose_secret().as_bytes());
        let name = (team_id.to_owned(), key_id.to_owned(), digest.as_ref().to_vec());
        let mut sources = locked(&SOURCES);
        if let Some(source) = sources.get(&name).and_then(Weak::upgrade) {
            return Ok(source);
        }
        let bad = |e| {
            format!(
                "key is not a P-256 key in PKCS#8 PEM ({e}); give the .p8 file from the Apple developer site as it is"
            )
        };
        let source = Arc::new(Self {
            team_id: team_id.to_owned(),
            key_id: key_id.to_owned(),
            key: EncodingKey::from_ec_pem(pem.expose_secret().as_bytes()).map_err(bad)?,
            state: Mutex::default(),
        });
        source.sign(Timestamp(0)).map_err(bad)?;
        sources.retain(|_, known| known.strong_count() > 0);
        sources.insert(name, Arc::downgrade(&source));
        Ok(source)
    }

    /// The token to send with at `now`; the error is the outcome of the message that wanted it, of which nothing was
    /// sent.
    pub fn token(&self, now: Timestamp) -> Result<Arc<ProviderToken>, Outcome> {
        let mut state = locked(&self.state);
        match (state.choose(now), state.current.clone()) {
            (TokenChoice::Use, Some(token)) => match state.trust.may_go(now) {
                Go::Now => Ok(token),
                Go::Wait(after) => Err(on_trial(after)),
                Go::Never => Err(wrong_clock()),
            },
            (TokenChoice::Wait(after), _) => Err(throttled(
                after,
                "Apple accepts no new provider token yet, and the present one has expired",
            )),
            _ => self.mint(&mut state, now),
        }
    }

    /// Notes that Apple accepted a push with this token.
    pub fn taken(&self, token: &Arc<ProviderToken>) {
        let mut state = locked(&self.state);
        if state.is_current(token) {
            state.trust = TokenTrust::Trusted;
        }
    }

    /// Decides what to do after Apple called this token expired. `may_help` tells that a new connection can be had,
    /// `trial` that this push already tried one. The error is the outcome of a push that must wait for another push's
    /// answer.
    pub fn expired(
        &self,
        refused: &Arc<ProviderToken>,
        may_help: bool,
        trial: bool,
        now: Timestamp,
    ) -> Result<Renewal, Outcome> {
        let mut state = locked(&self.state);
        let token = match state.current.clone() {
            Some(token) if !Arc::ptr_eq(&token, refused) => {
                // Not all pushes that were under way with the old token may go at once.
                return match state.trust.may_go(now) {
                    Go::Now => Ok(Renewal::Again(token)),
                    Go::Wait(after) => Err(on_trial(after)),
                    Go::Never => Ok(Renewal::No),
                };
            }
            _ if state.is_frozen(now) || now.since(refused.minted) < LEAST => Arc::clone(refused),
            _ => {
                let token = self.mint(&mut state, now)?;
                state.trust.on_trial(now);
                return Ok(Renewal::Again(token));
            }
        };
        match state.trust.refused(may_help, trial, now) {
            Go::Now => Ok(Renewal::Again(token)),
            Go::Wait(after) => Err(on_trial(after)),
            Go::Never => Ok(Renewal::No),
        }
    }

    /// Stops minting for 20 minutes, after Apple complained about too many tokens.
    pub fn freeze(&self, now: Timestamp) {
        locked(&self.state).frozen_until = Some(now.plus(LEAST));
    }

    fn mint(&self, state: &mut State, now: Timestamp) -> Result<Arc<ProviderToken>, Outcome> {
        let token = self.sign(now).map_err(|e| Outcome::Misconfigured {
            why: format!("the APNs key cannot sign ({e}); download it again from the Apple developer site"),
        })?;
        let token = Arc::new(token);
        state.current = Some(Arc::clone(&token));
        state.trust = TokenTrust::Trusted;
        tracing::debug!(team = %self.team_id, key = %self.key_id, "minted an APNs provider token");
        Ok(token)
    }

    fn sign(&self, now: Timestamp) -> Result<ProviderToken, jsonwebtoken::errors::Error> {
        let header = Header {
            typ: None,
            kid: Some(self.key_id.clone()),
            ..Header::new(Algorithm::ES256)
        };
        let claims = Claims {
            iss: &self.team_id,
            iat: now.0.div_euclid(1000),
        };
        let token = encode(&header, &claims, &self.key)?;
        // A JWT has only base64url and dots, so it is always a valid header value.
        let mut header = HeaderValue::try_from(format!("bearer {token}"))
            .map_err(|_| jsonwebtoken::errors::ErrorKind::InvalidToken)?;
        header.set_sensitive(true);
        Ok(ProviderToken { header, minted: now })
    }
}

impl State {
    fn choose(&self, now: Timestamp) -> TokenChoice {
        let Some(token) = &self.current else {
            return TokenChoice::Mint;
        };
        // Tasks read the clock at different times, so a little skew is harmless. More than that means that the clock
        // was set back.
        if token.minted.since(now) > LEAST {
            return TokenChoice::Mint;
        }
        let age = now.since(token.minted);
        match self.frozen_until {
            _ if age < RENEW => TokenChoice::Use,
            Some(until) if until > now && age >= SPENT => TokenChoice::Wait(until.since(now).max(MINUTE)),
            Some(until) if until > now => TokenChoice::Use,
            _ => TokenChoice::Mint,
        }
    }

    fn is_current(&self, token: &Arc<ProviderToken>) -> bool {
        self.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, token))
    }

    fn is_frozen(&self, now: Timestamp) -> bool {
        self.frozen_until.is_some_and(|until| until > now)
    }
}

fn throttled(after: Duration, why: &str) -> Outcome {
    Outcome::Throttled {
        scope: ThrottleScope::Sender,
        after: Some(after),
        why: why.to_owned(),
    }
}

fn on_trial(after: Duration) -> Outcome {
    throttled(
        after,
        "ExpiredProviderToken: one push tries whether a new connection helps",
    )
}

fn wrong_clock() -> Outcome {
    Outcome::Misconfigured {
        why: format!("ExpiredProviderToken; {CLOCK}"),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
