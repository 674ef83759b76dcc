//! `POST /v1/mailings` and `/v1/mailings/{id}/duplicate`: a draft from a file, or from another mailing's.

use super::document::{Mailing, shown};
use super::refusal::no_draft;
use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, Asked, Versioned};
use crate::v1::settings::who;
use crate::v1::text::name;
use bellhop_campaigns::draft::{self, Draft};
use bellhop_domain::MailingId;
use bellhop_store::guests::ApiCaller;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A mailing file (docs/mailing-file.md).
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MailingFile, value_type = Object)]
pub(crate) struct File(pub(super) Value);

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MailingDuplicate)]
#[serde(deny_unknown_fields)]
pub(crate) struct Duplicate {
    /// The name of the new mailing; that of the old one if absent.
    name: Option<String>,
}

pub(crate) async fn post(api: Api, allowed: Allowed<File>) -> Result<Versioned<Mailing>, Problem> {
    let (caller, (), File(file), asked) = allowed.into_asked();
    let draft = draft::read_value(file).map_err(no_draft)?;
    create(&api, &caller, &draft, &asked).await
}

pub(crate) async fn duplicate(api: Api, allowed: Allowed<Duplicate, i64>) -> Result<Versioned<Mailing>, Problem> {
    let (caller, id, body, asked) = allowed.into_asked();
    let new = name(body.name).map_err(|why| Problem::unprocessable(vec![why.at("name")]))?;
    let mut file = shown(&api, caller.org, MailingId(id)).await?.document.into_file();
    if let Some(new) = new {
        file["name"] = Value::from(new);
    }
    draft_of(&api, &caller, file, &asked).await
}

/// A draft from a file that was made of another.
pub(in crate::v1) async fn draft_of(
    api: &Api,
    caller: &ApiCaller,
    file: Value,
    asked: &Asked,
) -> Result<Versioned<Mailing>, Problem> {
    let draft = draft::read_value(file).map_err(no_draft)?;
    create(api, caller, &draft, asked).await
}

async fn create(api: &Api, caller: &ApiCaller, draft: &Draft, asked: &Asked) -> Result<Versioned<Mailing>, Problem> {
    let (store, org, who, now) = (api.store.as_ref(), caller.org, who(caller), api.now());
    let id = match asked.keyed()? {
        Some(key) => draft::create_once(store, org, draft, &key.once(), &who, now).await?,
        None => draft::create(store, org, draft, &who, now).await?,
    };
    shown(api, org, id).await
}
