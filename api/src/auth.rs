//! Who calls: API keys as bearer tokens (RFC 6750).

use crate::Api;
use crate::known_keys::LookUp;
use crate::problem::Problem;
use axum::http::{HeaderMap, header};
use bellhop_domain::fault::Why;
use bellhop_store::guests::{ApiCaller, Scope, is_key_shaped};
use secrecy::SecretString;

impl Api {
    /// The caller behind the request's key, if the key has the scope.
    pub(crate) async fn caller(&self, headers: &HeaderMap, scope: Scope) -> Result<ApiCaller, Problem> {
        let key = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, key)| key.trim())
            .ok_or_else(|| Problem::unauthorized(Why::ApiKeyAbsent))?;
        let caller = self.look_up(key).await?;
        let caller = caller.ok_or_else(|| Problem::unauthorized(Why::ApiKeyUnknown))?;
        if !caller.scopes.contains(&scope) {
            let (key, scope) = (caller.name, scope.name().to_owned());
            return Err(Problem::insufficient_scope(Why::ApiKeyLacksScope { key, scope }));
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
        let caller = self.keys.api_caller(&SecretString::from(key)).await?;
        keys.learn(key, caller.is_some(), self.now());
        Ok(caller)
    }
}

/// `application/json`, or a type that is written as JSON (RFC 6839 §3.1).
pub(crate) fn says_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
