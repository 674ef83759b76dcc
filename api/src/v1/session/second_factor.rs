//! `POST` and `DELETE /v1/session/totp`: an authenticator as the second factor. The password answers a secret; its first
//! code switches it on and answers recovery codes.

use super::password::prove;
use super::{Beginning, Ended, begin, slug_of};
use crate::Api;
use crate::entrance::totp;
use crate::problem::Problem;
use crate::routes::{Own, WithCookies};
use axum::http::StatusCode;
use bellhop_domain::fault::Why;
use bellhop_settings::sealed::{open_totp, seal_totp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[schema(as = SecondFactorStep)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// First: asks for a secret.
    password: Option<String>,
    /// Then: the code that the authenticator makes of it.
    code: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = SecondFactorEnd)]
#[serde(deny_unknown_fields)]
pub(crate) struct End {
    password: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecondFactor)]
pub(crate) struct Answer {
    /// For an authenticator without a camera.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// For its QR code.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// Each logs in once in the place of a code; they are shown only now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recovery_codes: Vec<String>,
    /// Whether it is on now. The session goes on under another token, and all others have ended.
    on: bool,
    /// The new session's `X-CSRF-Token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf: Option<String>,
}

pub(crate) async fn begin_totp(api: Api, own: Own<Step>) -> Result<WithCookies<Answer>, Problem> {
    if own.who.person.totp {
        return Err(Problem::new(StatusCode::CONFLICT, Why::TotpIsOn));
    }
    match (&own.body.password, &own.body.code) {
        (_, Some(code)) => confirmed(&api, &own, code).await,
        (Some(password), None) => proposed(&api, &own, password).await,
        (None, None) => Err(Problem::unprocessable(vec![Why::TotpNotBegun.at("password")])),
    }
}

async fn proposed(api: &Api, own: &Own<Step>, password: &str) -> Result<WithCookies<Answer>, Problem> {
    let it = &own.who.person;
    prove(api, it, password, &own.address).await?;
    let (slug, id) = slug_of(api, it).await?;
    let secret = totp::secret((api.entrance.random)());
    let sealed = seal_totp(&api.desk.keys, &slug, id, &secret, (api.desk.nonce)());
    let sealed = sealed.map_err(|_| Problem::new(StatusCode::CONFLICT, Why::TotpUnsealed))?;
    api.accounts.propose_totp(id, &sealed).await?;
    let document = Answer {
        url: Some(totp::url(&secret, &it.email, &slug)),
        secret: Some(secret),
        recovery_codes: Vec::new(),
        on: false,
        csrf: None,
    };
    let cookies = Vec::new();
    Ok(WithCookies { cookies, document })
}

async fn confirmed(api: &Api, own: &Own<Step>, code: &str) -> Result<WithCookies<Answer>, Problem> {
    let it = &own.who.person;
    let (slug, id) = slug_of(api, it).await?;
    let wrong = |why: Why| Problem::unprocessable(vec![why.at("code")]);
    let sealed = api.accounts.credentials(&it.email).await?.and_then(|it| it.totp_secret);
    let sealed = sealed.ok_or_else(|| wrong(Why::TotpNotBegun))?;
    let secret = open_totp(&api.desk.keys, &slug, id, &sealed);
    let secret = secret.map_err(|_| Problem::new(StatusCode::CONFLICT, Why::TotpUnsealed))?;
    let step = totp::step(&secret, code, api.now()).ok_or_else(|| wrong(Why::TotpCodeWrong))?;
    let codes = totp::recovery_codes(api.entrance.random);
    let kept: Vec<_> = codes.iter().map(|code| totp::recovery_code(code)).collect();
    let of = (it.org, id, it.name.as_str());
    if !api.accounts.begin_totp(of, step, &kept, api.now()).await? {
        return Err(wrong(Why::TotpCodeWrong));
    }
    // Whoever was in without a second factor is out, and this session's token was not made with one either.
    api.accounts.end_other_sessions(id, own.who.session).await?;
    let person = api.accounts.person(it.org, id).await?;
    let from = Beginning {
        headers: &own.headers,
        device: &own.device,
        address: &own.address,
    };
    let begun = begin(api, person, &from).await?;
    Ok(WithCookies {
        cookies: begun.cookies,
        document: Answer {
            secret: None,
            url: None,
            recovery_codes: codes,
            on: true,
            csrf: Some(begun.document.csrf),
        },
    })
}

pub(crate) async fn end_totp(api: Api, own: Own<End>) -> Result<Ended, Problem> {
    let it = &own.who.person;
    prove(&api, it, &own.body.password, &own.address).await?;
    let of = (it.org, it.id, it.name.as_str());
    api.accounts.end_totp(of, api.now()).await?;
    Ok(Ended { ended: true })
}
