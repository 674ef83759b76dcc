//! `/v1/invitations/{token}`: how somebody comes in by their link, for the first time or again.

use crate::Api;
use crate::problem::Problem;
use crate::routes::{Stranger, WithCookies};
use crate::v1::session::{Beginning, Session, begin, salt};
use axum::http::StatusCode;
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::words::Language;
use bellhop_domain::{Timestamp, person};
use bellhop_store::accounts::{Accepted, OpenLink, is_token_shaped};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whom a link is for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct Invitation {
    /// Absent of the link that makes an organisation's first administrator, who says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Of somebody who was in before.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    role: &'static str,
    /// The organisation's name.
    organisation: String,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = InvitationAnswer)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    name: String,
    password: String,
    /// Only of the first administrator.
    email: Option<String>,
}

pub(crate) async fn get(api: Api, stranger: Stranger<(), String>) -> Result<Invitation, Problem> {
    let (link, _) = open(&api, &stranger.path).await?;
    let organisation = api.organisations.organisation_by_id(link.org).await?;
    let role = link.person.as_ref().map_or("administrator", |it| it.role.name());
    let (email, name) = link.person.map(|it| (it.email, it.name)).unzip();
    Ok(Invitation {
        email,
        name: name.filter(|name| !name.is_empty()),
        role,
        organisation: organisation.name,
        ends_at: link.ends_at,
    })
}

/// They are logged in at once: the link has proven who they are.
pub(crate) async fn post(api: Api, stranger: Stranger<Answer, String>) -> Result<WithCookies<Session>, Problem> {
    let (link, token) = open(&api, &stranger.path).await?;
    let said = read(&stranger.body, &link).map_err(Problem::unprocessable)?;
    let password = api.bounded.hashing.hash(said.password, salt(&api)).await?;
    let locale = match stranger.asked.language {
        Language::En => "en",
        Language::Ru => "ru",
    };
    let accepted = Accepted {
        name: &said.name,
        email: said.email.as_deref(),
        locale,
        password: &password,
    };
    let id = api.accounts.accept(&token, accepted, api.now()).await?;
    let person = api.accounts.person(link.org, id.ok_or_else(over)?).await?;
    let from = Beginning {
        headers: &stranger.headers,
        device: &stranger.device,
        address: &stranger.address,
    };
    begin(&api, person, &from).await
}

async fn open(api: &Api, token: &str) -> Result<(OpenLink, SecretString), Problem> {
    if !is_token_shaped(token) {
        return Err(over());
    }
    let _turn = api.bounded.passer_by().await;
    let token = SecretString::from(token);
    let link = api.accounts.open_link(&token, api.now()).await?;
    Ok((link.ok_or_else(over)?, token))
}

fn over() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, Why::LinkOver)
}

struct Said {
    name: String,
    email: Option<String>,
    password: String,
}

fn read(body: &Answer, link: &OpenLink) -> Result<Said, Vec<Fault>> {
    let email = match (&link.person, &body.email) {
        (Some(person), None) => Ok((person.email.clone(), None)),
        // A link for somebody is for nobody else.
        (Some(person), Some(email)) if person::email(email).as_ref() == Ok(&person.email) => {
            Ok((person.email.clone(), None))
        }
        (Some(_), Some(_)) => Err(Why::EmailUnfit.at("email")),
        (None, email) => person::email(email.as_deref().unwrap_or_default())
            .map(|email| (email.clone(), Some(email)))
            .map_err(|why| why.at("email")),
    };
    let own = email.as_ref().map(|(own, _)| own.clone()).unwrap_or_default();
    let name = person::name(&body.name).map_err(|why| why.at("name"));
    let password = person::new_password(&body.password, &own).map_err(|why| why.at("password"));
    match (email, name, password) {
        (Ok((_, email)), Ok(name), Ok(password)) => Ok(Said { name, email, password }),
        (email, name, password) => Err([email.err(), name.err(), password.err()]
            .into_iter()
            .flatten()
            .collect()),
    }
}
