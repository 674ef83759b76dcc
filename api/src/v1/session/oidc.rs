//! `GET /v1/session/oidc` and `/v1/session/oidc/callback`: a login by another service. A person's browser goes there and
//! comes back.

use super::login::begin_of;
use crate::Api;
use crate::auth::SESSION;
use crate::entrance::Cookies;
use crate::entrance::oidc::{COOKIE, Failed, LIFE, Oidc, Way, way};
use crate::problem::Problem;
use crate::routes::Head;
use crate::v1::session::Beginning;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellhop_domain::fault::Why;
use bellhop_domain::login::LONGEST;
use bellhop_domain::person;
use bellhop_store::accounts::PersonState;
use secrecy::ExposeSecret;
use url::form_urlencoded;

/// Where the other service sends the browser back to.
const BACK: &str = "/v1/session/oidc/callback";

pub(crate) async fn go(api: Api, head: Head) -> Response {
    answered(there(&api, &head).await)
}

pub(crate) async fn come_back(api: Api, head: Head) -> Response {
    answered(back(&api, &head).await)
}

/// A person sees the answer in their browser, so an error is words.
fn answered(answer: Result<Response, Problem>) -> Response {
    answer.unwrap_or_else(|problem| problem.for_a_page().into_response())
}

fn set_up(api: &Api) -> Result<(&Oidc, Cookies), Problem> {
    let absent = || Problem::new(StatusCode::NOT_FOUND, Why::OidcAbsent);
    let oidc = api.entrance.oidc.as_ref().ok_or_else(absent)?;
    let cookies = Cookies::of(&api.public_url).ok_or_else(absent)?;
    Ok((oidc, cookies))
}

async fn there(api: &Api, head: &Head) -> Result<Response, Problem> {
    let (oidc, cookies) = set_up(api)?;
    let _turn = api.bounded.passer_by().await;
    let way = Way::new((api.entrance.random)(), query(head, "return_to").as_deref());
    let url = oidc.there(&way, &back_url(api)).await.map_err(broken)?;
    let cookie = cookies.set(COOKIE, &way.cookie(), LIFE);
    redirect(url.as_str(), &[cookie])
}

async fn back(api: &Api, head: &Head) -> Result<Response, Problem> {
    let (oidc, cookies) = set_up(api)?;
    let way = way(head.headers(), cookies).ok_or_else(|| broken(Failed("there is no way back".to_owned())))?;
    let state = query(head, "state").unwrap_or_default();
    if !way.went_with(&state) {
        return Err(broken(Failed("the state is another".to_owned())));
    }
    let code = query(head, "code").ok_or_else(|| broken(Failed("the service sends no code".to_owned())))?;
    let _turn = api.bounded.passer_by().await;
    let email = oidc
        .back(&way, &code, &back_url(api), api.now())
        .await
        .map_err(broken)?;
    let unknown = || Problem::new(StatusCode::FORBIDDEN, Why::OidcUnknown);
    let email = person::email(&email).map_err(|_| unknown())?;
    let found = api.accounts.credentials(&email).await?;
    let found = found
        .filter(|it| it.person.state == PersonState::Active)
        .ok_or_else(unknown)?;
    let (device, address) = head.whence();
    let from = Beginning {
        headers: head.headers(),
        device: &device,
        address: &address,
    };
    let fresh = begin_of(api, &found.person, &from).await?;
    let session = cookies.set(SESSION, fresh.expose_secret(), LONGEST);
    redirect(&way.return_to, &[session, cookies.remove(COOKIE)])
}

fn back_url(api: &Api) -> String {
    format!("{}{BACK}", api.public_url)
}

/// What went wrong is for the operator; whoever sits before the browser can only try again.
fn broken(failed: Failed) -> Problem {
    tracing::warn!(%failed, "a login by another service did not succeed");
    Problem::new(StatusCode::BAD_REQUEST, Why::OidcBroken)
}

fn query(head: &Head, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(head.query().unwrap_or_default().as_bytes());
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

fn redirect(to: &str, cookies: &[String]) -> Result<Response, Problem> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| broken(Failed("an address is none".to_owned())));
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, value(to)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        headers.append(header::SET_COOKIE, value(cookie)?);
    }
    Ok(response)
}
