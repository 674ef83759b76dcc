//! Who calls, and with what: API keys as bearer tokens (RFC 6750), then the body, in this order. Who has no key is answered
//! from the header alone.

use crate::Api;
use crate::known_keys::LookUp;
use crate::problem::Problem;
use crate::room::Taken;
use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use bellhop_store::guests::{ApiCaller, Scope, is_key_shaped};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

/// A request that was let in.
pub(crate) struct Admitted<T> {
    pub caller: ApiCaller,
    pub body: T,
    /// What is made of a body is as large as the body: its room is taken until the request is answered.
    pub _room: Taken,
}

impl Api {
    /// The caller behind the request's key, if the key has the scope, and the JSON of its body, of at most `limit` bytes.
    pub(crate) async fn admit<T: DeserializeOwned>(
        &self,
        request: Request,
        scope: Scope,
        limit: usize,
    ) -> Result<Admitted<T>, Problem> {
        let (parts, body) = request.into_parts();
        let caller = self.caller(&parts.headers, scope).await?;
        if !says_json(&parts.headers) {
            return Err(Problem::closing(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body is not declared as JSON; send the header `Content-Type: application/json`",
            ));
        }
        let (bytes, room) = self.bounded.keyed.read(&parts.headers, body, limit).await?;
        let Json(body) = Json::from_bytes(&bytes)?;
        Ok(Admitted {
            caller,
            body,
            _room: room,
        })
    }

    async fn caller(&self, headers: &HeaderMap, scope: Scope) -> Result<ApiCaller, Problem> {
        let key = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, key)| key.trim())
            .ok_or_else(|| {
                Problem::unauthorized(
                    "send an API key as `Authorization: Bearer KEY`; `bellhop api-key create` makes one",
                )
            })?;
        let caller = self.look_up(key).await?.ok_or_else(|| {
            Problem::unauthorized("this API key is unknown or revoked; `bellhop api-key create` makes a new one")
        })?;
        if !caller.scopes.contains(&scope) {
            let detail = format!(
                "the API key {:?} lacks the scope {:?}; make one that has it",
                caller.name,
                scope.name()
            );
            return Err(Problem::insufficient_scope(detail));
        }
        Ok(caller)
    }

    async fn look_up(&self, key: &str) -> Result<Option<ApiCaller>, Problem> {
        if !is_key_shaped(key) {
            return Ok(None);
        }
        let keys = &self.bounded.keys;
        let _turn = match keys.look_up(key, self.now()).await {
            LookUp::Wrong => return Ok(None),
            turn => turn,
        };
        let caller = self.guests.api_caller(&SecretString::from(key)).await?;
        keys.learn(key, caller.is_some(), self.now());
        Ok(caller)
    }
}

/// `application/json`, or a type that is written as JSON (RFC 6839 §3.1).
fn says_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
