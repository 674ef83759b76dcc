//! Who calls: API keys as bearer tokens (RFC 6750).

use crate::Api;
use crate::problem::Problem;
use axum::http::{HeaderMap, header};
use bellhop_store::guests::{ApiCaller, Scope};
use secrecy::SecretString;

impl Api {
    /// The caller behind the request's key, if the key has the scope.
    pub(crate) async fn caller(&self, headers: &HeaderMap, scope: Scope) -> Result<ApiCaller, Problem> {
        let key = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, key)| key)
            .ok_or_else(|| {
                Problem::unauthorized(
                    "send an API key as `Authorization: Bearer KEY`; `bellhop api-key create` makes one",
                )
            })?;
        let caller = self
            .guests
            .api_caller(&SecretString::from(key.trim()))
            .await?
            .ok_or_else(|| {
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
}
