//! `/v1/keys`: API keys. Nobody makes one with a scope that they lack themselves.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::who;
use crate::v1::text::name;
use axum::http::StatusCode;
use bellhop_domain::Timestamp;
use bellhop_domain::fault::{Fault, Term, Why};
use bellhop_store::guests::{ApiCaller, KeyKind, ListedKey, NewKey, Scope};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Keys)]
pub(crate) struct Keys {
    /// The latest first, those that were revoked too.
    keys: Vec<Key>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
pub(crate) struct Key {
    id: String,
    name: String,
    /// `backend` or `app`.
    kind: &'static str,
    scopes: Vec<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it ends, or has ended, by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// The latest use, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
    /// How many requests it may make in a minute, if it has a number of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    per_minute: Option<NonZeroU32>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewKey)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    /// What uses it; no two keys in force may have the same.
    name: String,
    /// Where it is kept: `backend` (if absent) on a server of the brand's, `app` where anybody can read it.
    #[schema(value_type = Option<String>)]
    kind: Option<KeyKind>,
    /// What it may do: the usual of its kind if absent.
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<Vec<Scope>>,
    /// From then on it is good for nothing.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// How many requests it may make in a minute; as many as any key if absent.
    #[schema(value_type = Option<u32>, minimum = 1)]
    per_minute: Option<NonZeroU32>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = KeyLimit)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limit {
    /// How many requests it may make in a minute; as many as any key if null.
    #[schema(value_type = Option<u32>, minimum = 1)]
    #[serde(deserialize_with = "Option::deserialize")]
    per_minute: Option<NonZeroU32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitedKey)]
pub(crate) struct Limited {
    id: String,
    #[schema(value_type = Option<u32>)]
    per_minute: Option<NonZeroU32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MadeKey)]
pub(crate) struct Made {
    id: String,
    /// The key itself, shown only now.
    key: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevokedKey)]
pub(crate) struct Revoked {
    revoked: String,
}

impl From<ListedKey> for Key {
    fn from(it: ListedKey) -> Self {
        Self {
            id: it.id,
            name: it.name,
            kind: it.kind.name(),
            scopes: it.scopes.into_iter().map(Scope::name).collect(),
            created_at: it.created_at,
            ends_at: it.ends_at,
            used_at: it.used_at,
            revoked_at: it.revoked_at,
            per_minute: it.per_minute,
        }
    }
}

pub(crate) async fn list(api: Api, allowed: Allowed<()>) -> Result<Keys, Problem> {
    let (caller, ()) = allowed.into_parts();
    let keys = api.keys.api_keys(caller.org).await?;
    Ok(Keys {
        keys: keys.into_iter().map(Key::from).collect(),
    })
}

pub(crate) async fn make(api: Api, allowed: Allowed<New>) -> Result<Made, Problem> {
    let (caller, new) = allowed.into_parts();
    let unfit = |fault: Fault| Problem::unprocessable(vec![fault]);
    let title = name(Some(new.name)).map_err(|why| unfit(why.at("name")))?;
    let title = title.ok_or_else(|| unfit(Why::PersonNameEmpty.at("name")))?;
    let (kind, now) = (new.kind.unwrap_or(KeyKind::Backend), api.now());
    let scopes = new.scopes.unwrap_or_else(|| kind.usual());
    may_give(&caller, &scopes).map_err(|why| unfit(why.at("scopes")))?;
    if new.ends_at.is_some_and(|at| at <= now) {
        return Err(unfit(Why::KeyEndPast.at("ends_at")));
    }
    let key = NewKey {
        name: &title,
        kind,
        scopes: &scopes,
        ends_at: new.ends_at,
        per_minute: new.per_minute,
    };
    let random = (api.entrance.random)();
    let (id, key) = api.keys.make_key(caller.org, key, random, &who(&caller), now).await?;
    let key = key.expose_secret().to_owned();
    Ok(Made { id, key })
}

fn may_give(caller: &ApiCaller, scopes: &[Scope]) -> Result<(), Why> {
    let beyond = scopes.iter().find(|scope| !caller.scopes.contains(scope));
    beyond.map_or(Ok(()), |scope| {
        let right = scope.name().to_owned();
        Err(Why::RoleBeyondOwn { right })
    })
}

pub(crate) async fn revoke(api: Api, allowed: Allowed<(), String>) -> Result<Revoked, Problem> {
    let (caller, id, ()) = allowed.into_all();
    match api.keys.revoke_key(caller.org, &id, &who(&caller), api.now()).await? {
        true => Ok(Revoked { revoked: id }),
        false => Err(absent(id)),
    }
}

pub(crate) async fn limit(api: Api, allowed: Allowed<Limit, String>) -> Result<Limited, Problem> {
    let (caller, id, Limit { per_minute }) = allowed.into_all();
    let by = who(&caller);
    let limited = api.keys.limit_key(caller.org, &id, per_minute, &by, api.now());
    match limited.await? {
        true => Ok(Limited { id, per_minute }),
        false => Err(absent(id)),
    }
}

fn absent(id: String) -> Problem {
    let what = Term("API key");
    Problem::new(StatusCode::NOT_FOUND, Why::NotHere { what, id })
}
