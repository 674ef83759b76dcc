//! Who calls: a program by its API key as a bearer token (RFC 6750), or a person by their session's cookie.

use crate::Api;
use crate::entrance::{Cookies, has_csrf, is_same_site};
use crate::known_keys::LookUp;
use crate::problem::Problem;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use bellhop_domain::fault::Why;
use bellhop_store::accounts::{LoggedIn, Person, is_token_shaped};
use bellhop_store::guests::{ApiCaller, KeyKind, Scope, is_key_shaped};
use secrecy::SecretString;

/// The cookie of a session, without its prefix.
pub(crate) const SESSION: &str = "session";

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs {
    /// The scope of a key, which is the right of a person.
    pub scope: Scope,
    /// Whether the route keeps a person who is limited to restaurants within these.
    pub within_restaurants: bool,
}

impl Api {
    /// The caller, if they have the key or the right. Whoever sends a key is judged by it, whatever cookie comes with it.
    pub(crate) async fn caller(&self, parts: &Parts, needs: Needs) -> Result<ApiCaller, Problem> {
        if parts.headers.contains_key(header::AUTHORIZATION) || !comes_from_a_browser(&parts.headers) {
            return self.program(&parts.headers, needs.scope).await;
        }
        let (it, _) = self.logged_in(parts).await?;
        may(&it.person, needs)?;
        Ok(caller_of(it.person))
    }

    async fn program(&self, headers: &HeaderMap, scope: Scope) -> Result<ApiCaller, Problem> {
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
        let caller = self.keys.api_caller(&SecretString::from(key), self.now()).await?;
        keys.learn(key, caller.is_some(), self.now());
        Ok(caller)
    }

    /// The person behind the request's cookie, and the session's token. A change must come from a page of ours.
    pub(crate) async fn logged_in(&self, parts: &Parts) -> Result<(LoggedIn, SecretString), Problem> {
        let nobody = || Problem::unauthorized(Why::NotLoggedIn);
        let cookies = Cookies::of(&self.public_url).ok_or_else(nobody)?;
        let token = cookies.read(&parts.headers, SESSION).ok_or_else(nobody)?;
        if changes(&parts.method) && !is_same_site(&parts.headers, &self.public_url) {
            return Err(Problem::closing(StatusCode::FORBIDDEN, Why::RequestOfAnotherSite));
        }
        let it = self.look_up_session(&token).await?.ok_or_else(nobody)?;
        let token = SecretString::from(token);
        if changes(&parts.method) && !has_csrf(&parts.headers, &token) {
            return Err(Problem::closing(StatusCode::FORBIDDEN, Why::CsrfTokenUnfit));
        }
        Ok((it, token))
    }

    async fn look_up_session(&self, token: &str) -> Result<Option<LoggedIn>, Problem> {
        if !is_token_shaped(token) {
            return Ok(None);
        }
        let keys = &self.bounded.keys;
        let _turn = match keys.look_up(token, self.now()).await {
            LookUp::Wrong => return Ok(None),
            turn => turn,
        };
        let it = self.accounts.session(&SecretString::from(token), self.now()).await?;
        keys.learn(token, it.is_some(), self.now());
        Ok(it)
    }
}

/// Whether a person may do what the route does.
fn may(person: &Person, needs: Needs) -> Result<(), Problem> {
    let refused = |why| Problem::closing(StatusCode::FORBIDDEN, why);
    if !person.role.may(needs.scope) {
        let right = needs.scope.name().to_owned();
        return Err(refused(Why::NotAllowed { right }));
    }
    match person.restaurants.is_some() && !needs.within_restaurants {
        true => Err(refused(Why::LimitedToRestaurants)),
        false => Ok(()),
    }
}

fn caller_of(person: Person) -> ApiCaller {
    ApiCaller {
        org: person.org,
        name: person.name,
        kind: KeyKind::Backend,
        scopes: person.role.rights(),
        person: Some(person.id),
        restaurants: person.restaurants,
    }
}

/// A program that forgot its key is told of keys, and a page whose session has ended of logging in.
fn comes_from_a_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(header::COOKIE)
        || headers.contains_key("sec-fetch-site")
        || headers.contains_key("x-csrf-token")
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// `application/json`, or a type that is written as JSON (RFC 6839 §3.1).
pub(crate) fn says_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
