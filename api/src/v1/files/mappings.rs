//! `/v1/import-mappings`: from which headings columns are read, remembered by name.

use super::Removed;
use super::sheet::{TABLES, named};
use crate::Api;
use crate::files::kind_of;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::who;
use bellhop_domain::fault::Why;
use bellhop_domain::{Timestamp, visible};
use bellhop_store::files::KeptMapping;
use bellhop_store::import;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

const NAME_CHARS: usize = 100;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewImportMapping)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    /// What such a file holds: `guests`, `orders` or `consents`.
    holds: String,
    /// From which heading each column is read; null: it is not read.
    columns: BTreeMap<String, Option<String>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportMapping)]
pub(crate) struct Mapping {
    name: String,
    holds: &'static str,
    columns: BTreeMap<String, Option<String>>,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportMappings)]
pub(crate) struct Mappings {
    /// By name.
    mappings: Vec<Mapping>,
}

impl From<KeptMapping> for Mapping {
    fn from(it: KeptMapping) -> Self {
        Self {
            name: it.name,
            holds: it.holds.name(),
            columns: it.mapping,
            changed_at: it.changed_at,
        }
    }
}

pub(crate) async fn mappings(api: Api, allowed: Allowed<()>) -> Result<Mappings, Problem> {
    let (caller, ()) = allowed.into_parts();
    let all = api.store.mappings(caller.org).await?;
    Ok(Mappings {
        mappings: all.into_iter().map(Mapping::from).collect(),
    })
}

pub(crate) async fn mapping(api: Api, allowed: Allowed<(), String>) -> Result<Mapping, Problem> {
    let (caller, name, ()) = allowed.into_all();
    Ok(api.store.mapping(caller.org, &name).await?.into())
}

pub(crate) async fn put_mapping(api: Api, allowed: Allowed<New, String>) -> Result<Mapping, Problem> {
    let (caller, name, New { holds, columns }) = allowed.into_all();
    let unprocessable = |key: &str, why: Why| Problem::unprocessable(vec![why.at(key)]);
    let name = visible::key(&name).into_owned();
    if !(1..=NAME_CHARS).contains(&name.chars().count()) || name.contains('\0') {
        return Err(unprocessable("name", Why::MappingNameUnfit { most: NAME_CHARS }));
    }
    let holds = named(&holds, &TABLES).map_err(|why| unprocessable("holds", why))?;
    if let Some(kind) = kind_of(holds) {
        import::mapping(kind, &columns).map_err(|why| unprocessable("columns", why))?;
    }
    let who = who(&caller);
    let kept = api
        .store
        .keep_mapping(caller.org, &name, holds, &columns, &who, api.now());
    kept.await?;
    Ok(api.store.mapping(caller.org, &name).await?.into())
}

pub(crate) async fn remove_mapping(api: Api, allowed: Allowed<(), String>) -> Result<Removed, Problem> {
    let (caller, name, ()) = allowed.into_all();
    let who = who(&caller);
    api.store.remove_mapping(caller.org, &name, &who, api.now()).await?;
    Ok(Removed { removed: true })
}
