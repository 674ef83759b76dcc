//! Who calls: a program by its API key as a bearer token (RFC 6750), or a person by their session's cookie.

use crate::Api;
use crate::entrance::{Cookies, has_csrf, is_same_site};
use crate::known_keys::LookUp;
use crate::problem::Problem;
use crate::rates::Standing;
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
    /// The caller, if they have the key or the right.
    pub(crate) async fn caller(&self, parts: &Parts, needs: Needs) -> Result<ApiCaller, Problem> {
        if is_judged_by_a_key(&parts.headers) {
            return self.program(parts, needs.scope).await;
        }
        let (it, _) = self.logged_in(parts).await?;
        may(&it.person, needs)?;
        Ok(caller_of(it.person))
    }

    /// The program behind the request's key, whose requests are counted; what is left of them goes with the answer.
    async fn program(&self, parts: &Parts, scope: Scope) -> Result<ApiCaller, Problem> {
        let key = key_of(&parts.headers)?;
        let caller = self.key_in_force(key, scope).await?;
        let standing = self.bounded.rates.take(key, caller.per_minute);
        Standing::note(standing, &parts.extensions);
        match standing.retry_after {
            None => Ok(caller),
            Some(seconds) => {
                let most = u64::from(standing.per_minute);
                Err(Problem::throttled(Why::KeyTooFast { most }, seconds))
            }
        }
    }

    /// The program whose key this is, if the key is in force and has the scope.
    async fn key_in_force(&self, key: &str, scope: Scope) -> Result<ApiCaller, Problem> {
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
        let token = self.session_of(&parts.headers).ok_or_else(nobody)?;
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

    /// The token of the request's session.
    fn session_of(&self, headers: &HeaderMap) -> Option<String> {
        Cookies::of(&self.public_url)?.read(headers, SESSION)
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

/// What lets somebody in for longer than a request. Asked again, it is judged anew, as a request would be; but it uses no
/// session, which would not end otherwise, and counts as no request.
pub(crate) struct Pass {
    headers: HeaderMap,
    needs: Needs,
}

impl Pass {
    pub fn of(parts: &Parts, needs: Needs) -> Self {
        let headers = parts.headers.clone();
        Self { headers, needs }
    }

    /// The caller, if they still may.
    pub async fn still(&self, api: &Api) -> Result<ApiCaller, Problem> {
        if is_judged_by_a_key(&self.headers) {
            return api.key_in_force(key_of(&self.headers)?, self.needs.scope).await;
        }
        let nobody = || Problem::unauthorized(Why::NotLoggedIn);
        let token = SecretString::from(api.session_of(&self.headers).ok_or_else(nobody)?);
        let found = api.accounts.look_at_session(&token, api.now()).await?;
        let it = found.ok_or_else(nobody)?;
        may(&it.person, self.needs)?;
        Ok(caller_of(it.person))
    }
}

/// The key of a request.
fn key_of(headers: &HeaderMap) -> Result<&str, Problem> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    authorization
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim())
        .ok_or_else(|| Problem::unauthorized(Why::ApiKeyAbsent))
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
        per_minute: None,
    }
}

/// Whoever sends a key is judged by it, whatever cookie comes with it.
fn is_judged_by_a_key(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || !comes_from_a_browser(headers)
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
