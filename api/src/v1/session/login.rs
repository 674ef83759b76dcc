//! `POST /v1/session`: a login by password, and by a second factor where it is on.

use super::{Session, attempts, shown, slug_of};
use crate::Api;
use crate::auth::SESSION;
use crate::entrance::{Cookies, totp};
use crate::problem::Problem;
use crate::routes::{Stranger, WithCookies};
use axum::http::{HeaderMap, StatusCode};
use bellhop_domain::fault::Why;
use bellhop_domain::login::{LONGEST, REMEMBERED};
use bellhop_domain::person;
use bellhop_settings::sealed::open_totp;
use bellhop_store::accounts::{Credentials, NewSession, Person, PersonState, is_token_shaped, token};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[schema(as = Login)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    email: String,
    password: String,
    /// Of the authenticator, or a recovery code; where the answer was `code_needed`.
    code: Option<String>,
}

/// Where a login comes from.
pub(crate) struct Beginning<'a> {
    pub headers: &'a HeaderMap,
    pub device: &'a str,
    pub address: &'a str,
}

pub(crate) async fn log_in(api: Api, stranger: Stranger<Login>) -> Result<WithCookies<Session>, Problem> {
    let Login { email, password, code } = stranger.body;
    cookies(&api)?;
    // What is no address is an account that nobody has, and is treated like any of these.
    let email = person::email(&email).unwrap_or_else(|_| email.to_lowercase());
    let counted = attempts(&email, &stranger.address);
    // Counted before the password is looked at, so that guesses that are made at once are counted too.
    if !api.accounts.attempt(&counted, api.now()).await? {
        let minutes = REMEMBERED.as_secs() / 60;
        return Err(Problem::too_often(Why::LoginsTooMany { minutes }));
    }
    let found = api.accounts.credentials(&email).await?;
    let stored = found.as_ref().and_then(|it| it.password.as_deref());
    let fits = api.bounded.hashing.fits(person::normal(&password), stored).await?;
    let found = found.filter(|it| fits && it.person.state == PersonState::Active);
    let found = found.ok_or_else(refused)?;
    second_factor(&api, &found, code.as_deref()).await?;
    api.accounts.forget_attempts(&counted).await?;
    let from = Beginning {
        headers: &stranger.headers,
        device: &stranger.device,
        address: &stranger.address,
    };
    begin(&api, found.person, &from).await
}

/// The same answer whatever is wrong.
fn refused() -> Problem {
    Problem::login_refused(Why::LoginRefused)
}

async fn second_factor(api: &Api, of: &Credentials, code: Option<&str>) -> Result<(), Problem> {
    if !of.person.totp {
        return Ok(());
    }
    let code = code.map(str::trim).filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| Problem::login_refused(Why::CodeNeeded))?;
    let (slug, id) = slug_of(api, &of.person).await?;
    let sealed = of.totp_secret.as_deref().ok_or_else(refused)?;
    let step = open_totp(&api.desk.keys, &slug, id, sealed)
        .inspect_err(|error| tracing::error!(%error, person = id.0, "the secret of a second factor does not open"))
        .ok()
        .and_then(|secret| totp::step(&secret, code, api.now()));
    let good = match step {
        Some(step) => api.accounts.use_totp_step(id, step).await?,
        None => api.accounts.use_recovery_code(id, &totp::recovery_code(code)).await?,
    };
    match good {
        true => Ok(()),
        false => Err(refused()),
    }
}

fn cookies(api: &Api) -> Result<Cookies, Problem> {
    Cookies::of(&api.public_url).ok_or_else(|| {
        let url = api.public_url.clone();
        Problem::new(StatusCode::FORBIDDEN, Why::LoginNeedsHttps { url })
    })
}

/// Begins a session, and answers who it is.
pub(crate) async fn begin(api: &Api, it: Person, from: &Beginning<'_>) -> Result<WithCookies<Session>, Problem> {
    let fresh = begin_of(api, &it, from).await?;
    Ok(WithCookies {
        cookies: vec![cookies(api)?.set(SESSION, fresh.expose_secret(), LONGEST)],
        document: shown(api, it, &fresh).await?,
    })
}

/// Begins a session with a token of its own. One that the browser had before ends: whoever planted it has nothing.
pub(super) async fn begin_of(api: &Api, it: &Person, from: &Beginning<'_>) -> Result<SecretString, Problem> {
    let cookies = cookies(api)?;
    let fresh = token((api.entrance.random)());
    let old = cookies.read(from.headers, SESSION).filter(|old| is_token_shaped(old));
    let old = old.map(SecretString::from);
    let new = NewSession {
        person: it.id,
        token: &fresh,
        instead_of: old.as_ref(),
        device: from.device,
        address: from.address,
    };
    api.accounts.begin_session(new, api.now()).await?;
    Ok(fresh)
}
