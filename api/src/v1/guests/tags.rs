//! `POST /v1/guests/{customer_id}/tags`: what the caller's program says a guest is, and no longer is; and `GET /v1/tags`.

use super::known;
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::who;
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::tag::TagSource;
use bellhop_domain::{CustomerId, OrgId};
use bellhop_store::guests::{TagChange, tag_name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TagChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    #[serde(default)]
    set: Vec<String>,
    /// A tag that another source says too stays.
    #[serde(default)]
    remove: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestTag)]
pub(super) struct Tag {
    name: String,
    /// Who says so: `hand`, `import`, `rule`, `promo`, `api`.
    #[schema(value_type = Vec<String>)]
    sources: Vec<TagSource>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestTags)]
pub(crate) struct Tags {
    /// All that the guest has now, by name.
    tags: Vec<Tag>,
}

pub(crate) async fn tag(api: Api, allowed: Allowed<Change, String>) -> Result<Tags, Problem> {
    let (caller, customer, body) = allowed.into_all();
    let change = read(&body).map_err(Problem::unprocessable)?;
    let (org, id) = (caller.org, known(&api, &caller, &customer).await?);
    let (who, now) = (who(&caller), api.now());
    api.store
        .change_tags(org, id, TagSource::Api, &change, &who, now)
        .await?;
    Ok(Tags {
        tags: tags(&api, org, id).await?,
    })
}

/// A tag of the organisation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CountedTag)]
struct Counted {
    name: String,
    /// Guests who have it.
    guests: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CountedTags)]
pub(crate) struct AllTags {
    /// By name.
    tags: Vec<Counted>,
}

pub(crate) async fn all_tags(api: Api, allowed: Allowed<()>) -> Result<AllTags, Problem> {
    let (caller, ()) = allowed.into_parts();
    let tags = api.store.counted_tags(caller.org).await?.into_iter();
    let tags = tags.map(|it| Counted {
        name: it.name,
        guests: it.guests,
    });
    Ok(AllTags { tags: tags.collect() })
}

pub(super) async fn tags(api: &Api, org: OrgId, id: CustomerId) -> Result<Vec<Tag>, Problem> {
    let tags = api.store.tags(org, id).await?.into_iter().map(|it| Tag {
        name: it.name,
        sources: it.sources,
    });
    Ok(tags.collect())
}

fn read(body: &Change) -> Result<TagChange, Vec<Fault>> {
    let mut faults = Vec::new();
    let change = TagChange {
        set: named("set", &body.set, &mut faults),
        removed: named("remove", &body.remove, &mut faults),
    };
    let both = change.set.intersection(&change.removed);
    faults.extend(both.map(|tag| Why::GuestTagBoth { tag: tag.clone() }.at("remove")));
    match faults.is_empty() {
        true => Ok(change),
        false => Err(faults),
    }
}

/// Tags by their names; what is wrong with one is noted.
pub(in crate::v1) fn named(list: &str, given: &[String], faults: &mut Vec<Fault>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (i, text) in given.iter().enumerate() {
        match tag_name(text) {
            Ok(Some(name)) => {
                names.insert(name);
            }
            Ok(None) => faults.push(Why::GuestTagEmpty.at(format!("{list}[{i}]"))),
            Err(why) => faults.push(why.at(format!("{list}[{i}]"))),
        }
    }
    names
}
