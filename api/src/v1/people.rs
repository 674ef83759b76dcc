//! `/v1/people`: who may log in, and what they may do. Nobody gives a role with rights that they lack themselves, nor changes
//! somebody who has such.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::who;
use axum::http::StatusCode;
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::role::Role;
use bellhop_domain::{PersonId, Timestamp, person};
use bellhop_store::accounts::{Invited, Person, PersonChange};
use bellhop_store::guests::{ApiCaller, locale};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = People)]
pub(crate) struct People {
    /// In the order in which they came.
    people: Vec<Listed>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub(crate) struct Listed {
    id: i64,
    email: String,
    /// Empty as long as they are only invited.
    name: String,
    locale: String,
    /// `administrator`, `marketer`, `operator` or `viewer`.
    role: &'static str,
    /// The only restaurants that they may see; `null` for all.
    restaurants: Option<Vec<String>>,
    /// `invited`, `active` or `disabled`.
    state: &'static str,
    /// Whether logging in asks them for a second factor.
    second_factor: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    login_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PersonInvitation)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    email: String,
    #[schema(value_type = String)]
    role: Role,
    /// The only restaurants that they may see; all if absent.
    restaurants: Option<Vec<String>>,
    /// BCP 47; `en` if absent.
    locale: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PersonChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    name: Option<String>,
    locale: Option<String>,
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// `null` for all.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<Vec<String>>)]
    restaurants: Option<Option<Vec<String>>>,
    disabled: Option<bool>,
}

/// A person with the link by which they come in: good once, and shown only now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonLink)]
pub(crate) struct Linked {
    person: Listed,
    link: String,
}

/// Tells `null` from what is absent.
fn said<'de, D: Deserializer<'de>>(of: D) -> Result<Option<Option<Vec<String>>>, D::Error> {
    Option::deserialize(of).map(Some)
}

impl From<Person> for Listed {
    fn from(it: Person) -> Self {
        Self {
            id: it.id.0,
            email: it.email,
            name: it.name,
            locale: it.locale,
            role: it.role.name(),
            restaurants: it.restaurants,
            state: it.state.name(),
            second_factor: it.totp,
            created_at: it.created_at,
            login_at: it.login_at,
        }
    }
}

pub(crate) async fn list(api: Api, allowed: Allowed<()>) -> Result<People, Problem> {
    let (caller, ()) = allowed.into_parts();
    let people = api.accounts.people(caller.org).await?;
    Ok(People {
        people: people.into_iter().map(Listed::from).collect(),
    })
}

pub(crate) async fn invite(api: Api, allowed: Allowed<New>) -> Result<Linked, Problem> {
    let (caller, new) = allowed.into_parts();
    let unfit = |fault: Fault| Problem::unprocessable(vec![fault]);
    let email = person::email(&new.email).map_err(|why| unfit(why.at("email")))?;
    gives(&caller, new.role)?;
    let restaurants = new.restaurants.map(fit).transpose()?;
    let locale = new.locale.as_deref().map(tag).transpose()?;
    let invited = Invited {
        email: &email,
        role: new.role,
        restaurants: restaurants.as_deref(),
        locale: locale.as_deref().unwrap_or("en"),
    };
    let (random, who) = ((api.entrance.random)(), who(&caller));
    let invited = api.accounts.invite(caller.org, invited, random, &who, api.now());
    let (id, link) = invited.await?;
    linked(&api, &caller, id, &link).await
}

pub(crate) async fn link(api: Api, allowed: Allowed<(), i64>) -> Result<Linked, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let there = api.accounts.person(caller.org, PersonId(id)).await?;
    gives(&caller, there.role)?;
    let (random, who) = ((api.entrance.random)(), who(&caller));
    let link = api
        .accounts
        .reset(caller.org, there.id, random, &who, api.now())
        .await?;
    linked(&api, &caller, there.id, &link).await
}

pub(crate) async fn change(api: Api, allowed: Allowed<Change, i64>) -> Result<Listed, Problem> {
    let (caller, id, body) = allowed.into_all();
    let there = api.accounts.person(caller.org, PersonId(id)).await?;
    gives(&caller, there.role)?;
    if let Some(role) = body.role {
        gives(&caller, role)?;
    }
    let rights = body.role.is_some() || body.restaurants.is_some() || body.disabled.is_some();
    if rights && caller.person == Some(there.id) {
        return Err(Problem::new(StatusCode::CONFLICT, Why::PersonOneself));
    }
    let name = body.name.as_deref().map(person::name).transpose();
    let change = PersonChange {
        name: name.map_err(|why| Problem::unprocessable(vec![why.at("name")]))?,
        locale: body.locale.as_deref().map(tag).transpose()?,
        role: body.role,
        restaurants: body.restaurants.map(|it| it.map(fit).transpose()).transpose()?,
        disabled: body.disabled,
    };
    let who = who(&caller);
    let changed = api
        .accounts
        .change_person(caller.org, there.id, &change, &who, api.now());
    Ok(changed.await?.into())
}

/// Refuses a role that has more rights than the caller: who could give it would have them.
fn gives(caller: &ApiCaller, role: Role) -> Result<(), Problem> {
    let beyond = role.rights().into_iter().find(|right| !caller.scopes.contains(right));
    match beyond {
        None => Ok(()),
        Some(right) => {
            let right = right.name().to_owned();
            Err(Problem::new(StatusCode::FORBIDDEN, Why::RoleBeyondOwn { right }))
        }
    }
}

fn fit(restaurants: Vec<String>) -> Result<Vec<String>, Problem> {
    const MOST: usize = 200;
    let refused = |why: Why| Problem::unprocessable(vec![why.at("restaurants")]);
    let mut names = Vec::new();
    for given in restaurants {
        let name = crate::v1::text::name(Some(given)).map_err(refused)?;
        names.extend(name.filter(|name| !names.contains(name)));
    }
    match names.len() {
        0 => Err(refused(Why::RestaurantsEmpty)),
        n if n > MOST => Err(refused(Why::ListTooLong { most: MOST })),
        _ => Ok(names),
    }
}

fn tag(text: &str) -> Result<String, Problem> {
    let read = locale(text).map_err(|why| Problem::unprocessable(vec![why.at("locale")]))?;
    Ok(read)
}

async fn linked(api: &Api, caller: &ApiCaller, id: PersonId, link: &SecretString) -> Result<Linked, Problem> {
    let person = api.accounts.person(caller.org, id).await?;
    Ok(Linked {
        person: person.into(),
        link: format!("{}/console/invitations/{}", api.public_url, link.expose_secret()),
    })
}
