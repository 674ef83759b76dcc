//! `POST /v1/tag-rules`, `PUT` and `DELETE /v1/tag-rules/{id}`, `POST /v1/tag-rules/{id}/apply`.

use super::document::{Rule, shown};
use super::{File, hints, read};
use crate::Api;
use crate::problem::Problem;
use crate::routes::{Allowed, Versioned};
use crate::v1::settings::who;
use bellhop_domain::TagRuleId;
use bellhop_domain::fault::Why;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedTagRule)]
pub(crate) struct Removed {
    /// The rule that is not there any more; a pass takes back what it has set.
    removed: i64,
}

pub(crate) async fn post(api: Api, allowed: Allowed<File>) -> Result<Versioned<Rule>, Problem> {
    let (caller, (), file, asked) = allowed.into_asked();
    let rule = read(file)?;
    let (org, who, now) = (caller.org, who(&caller), api.now());
    let id = match asked.keyed()? {
        Some(key) => {
            api.store
                .create_tag_rule_once(org, &rule, &key.once(), &who, now)
                .await?
        }
        None => api.store.create_tag_rule(org, &rule, &who, now).await?,
    };
    let problems = hints(&api, org, &rule, asked.language).await?;
    shown(&api, org, id, problems).await
}

pub(crate) async fn put(api: Api, allowed: Allowed<File, i64>) -> Result<Versioned<Rule>, Problem> {
    let (caller, id, file, asked) = allowed.into_asked();
    let (id, version) = (TagRuleId(id), asked.version()?);
    let rule = read(file)?;
    let (org, who) = (caller.org, who(&caller));
    let from = i32::try_from(version).unwrap_or_default();
    let edited = api
        .store
        .edit_tag_rule_from(org, (id, from), &rule, &who, api.now())
        .await?;
    if edited.is_some() {
        let problems = hints(&api, org, &rule, asked.language).await?;
        return shown(&api, org, id, problems).await;
    }
    let there = shown(&api, org, id, Vec::new()).await?;
    // All keys are texts, so that it always can be written.
    let current = serde_json::to_value(there.document).unwrap_or_default();
    let version = there.version;
    Err(Problem::moved(Why::TagRuleMoved { version }, current))
}

pub(crate) async fn remove(api: Api, allowed: Allowed<(), i64>) -> Result<Removed, Problem> {
    let (caller, id, ()) = allowed.into_all();
    api.store
        .delete_tag_rule(caller.org, TagRuleId(id), &who(&caller), api.now())
        .await?;
    Ok(Removed { removed: id })
}

pub(crate) async fn apply(api: Api, allowed: Allowed<(), i64>) -> Result<Versioned<Rule>, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let id = TagRuleId(id);
    api.store
        .apply_tag_rule(caller.org, id, &who(&caller), api.now())
        .await?;
    shown(&api, caller.org, id, Vec::new()).await
}
