//! `/v1/session`, `/v1/sessions`: who is logged in, how they came in, and where else they are.

mod list;
mod login;
mod oidc;
mod password;
mod second_factor;

pub(crate) use list::{end, sessions};
pub(crate) use login::{Beginning, begin, log_in};
pub(crate) use oidc::{come_back, go};
pub(crate) use password::{change_password, salt};
pub(crate) use second_factor::{begin_totp, end_totp};

use crate::Api;
use crate::auth::SESSION;
use crate::entrance::{Cookies, csrf};
use crate::problem::Problem;
use crate::routes::{Own, WithCookies};
use bellhop_domain::PersonId;
use bellhop_domain::login::About;
use bellhop_domain::setting::SettingKey;
use bellhop_store::accounts::{Attempt, Person};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Who is logged in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct Session {
    person: Me,
    /// What every change sends as `X-CSRF-Token`.
    csrf: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
struct Me {
    id: i64,
    name: String,
    email: String,
    /// `administrator`, `marketer`, `operator` or `viewer`.
    role: &'static str,
    /// What the role may do: names of scopes.
    rights: Vec<&'static str>,
    /// The only restaurants that they may see; `null` for all.
    restaurants: Option<Vec<String>>,
    locale: String,
    /// Whether logging in asks for a second factor.
    second_factor: bool,
    organisation: Brand,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyOrganisation)]
struct Brand {
    /// Its slug.
    id: String,
    name: String,
    /// ISO 4217.
    currency: String,
    /// An IANA name.
    time_zone: String,
    /// BCP 47.
    locale: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ended)]
pub(crate) struct Ended {
    ended: bool,
}

pub(crate) async fn get(api: Api, own: Own<()>) -> Result<WithCookies<Session>, Problem> {
    let document = shown(&api, own.who.person, &own.token).await?;
    let cookies = Vec::new();
    Ok(WithCookies { cookies, document })
}

pub(crate) async fn log_out(api: Api, own: Own<()>) -> Result<WithCookies<Ended>, Problem> {
    let ended = api.accounts.end_session(own.who.person.id, own.who.session).await?;
    let cookies = Cookies::of(&api.public_url).map(|it| it.remove(SESSION));
    Ok(WithCookies {
        cookies: cookies.into_iter().collect(),
        document: Ended { ended },
    })
}

async fn shown(api: &Api, it: Person, token: &SecretString) -> Result<Session, Problem> {
    let organisation = api.organisations.organisation_by_id(it.org).await?;
    let settings = api.desk.book.load_settings().await?;
    let section = settings.get(&SettingKey::Organisation(organisation.slug.clone()));
    let locale = section.and_then(|it| it.body.get("locale").and_then(Value::as_str));
    Ok(Session {
        csrf: csrf(token),
        person: Me {
            id: it.id.0,
            name: it.name,
            email: it.email,
            role: it.role.name(),
            rights: it.role.rights().into_iter().map(|right| right.name()).collect(),
            restaurants: it.restaurants,
            locale: it.locale,
            second_factor: it.totp,
            organisation: Brand {
                locale: locale.unwrap_or("en").to_owned(),
                id: organisation.slug,
                name: organisation.name,
                currency: organisation.currency,
                time_zone: organisation.timezone.name().to_owned(),
            },
        },
    })
}

/// What an attempt is counted by: whoever tries, wherever from.
fn attempts(email: &str, address: &str) -> Vec<Attempt> {
    let of = |about| Attempt {
        about,
        text: match about {
            About::Address => address.to_owned(),
            About::AccountFromAddress => format!("{email} {address}"),
            About::Account => email.to_owned(),
        },
    };
    About::ALL.map(of).into()
}

/// Where the secret of a person's second factor is sealed for.
async fn slug_of(api: &Api, person: &Person) -> Result<(String, PersonId), Problem> {
    let organisation = api.organisations.organisation_by_id(person.org).await?;
    Ok((organisation.slug, person.id))
}
