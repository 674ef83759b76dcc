//! `/v1/promo-lists` and `/v1/promo-lists/{list}`: which lists there are, and how many of their codes are left.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::who;
use axum::http::StatusCode;
use bellhop_domain::fault::{Term, Why};
use bellhop_domain::{Timestamp, promo};
use bellhop_store::promos::{NewPromoList, PromoList};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PromoListChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// The code of all guests; absent for a list of personal codes, one for each message.
    common_code: Option<String>,
    /// From then on no code is given; what a known list has stays if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromoList)]
pub(crate) struct List {
    name: String,
    /// The code of all guests; absent if each message has one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    common_code: Option<String>,
    /// From then on no code is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Personal codes that it has, given ones included.
    codes: u64,
    /// Personal codes that no message has.
    left: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromoLists)]
pub(crate) struct Lists {
    /// By name.
    lists: Vec<List>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedPromoList)]
pub(crate) struct Removed {
    /// The list that is not there any more.
    removed: String,
    /// Codes of it that no message had; what was given stays given.
    codes: u64,
}

impl From<PromoList> for List {
    fn from(it: PromoList) -> Self {
        Self {
            name: it.name,
            common_code: it.common_code,
            ends_at: it.ends_at,
            created_at: it.created_at,
            codes: it.codes,
            left: it.left,
        }
    }
}

pub(crate) async fn list(api: Api, allowed: Allowed<()>) -> Result<Lists, Problem> {
    let (caller, ()) = allowed.into_parts();
    let lists = api.store.promo_lists(caller.org).await?;
    Ok(Lists {
        lists: lists.into_iter().map(List::from).collect(),
    })
}

pub(crate) async fn get(api: Api, allowed: Allowed<(), String>) -> Result<List, Problem> {
    let (caller, name, ()) = allowed.into_all();
    let found = api.store.promo_list(caller.org, &name).await?;
    found.map(List::from).ok_or_else(|| absent(name))
}

pub(super) fn absent(id: String) -> Problem {
    let what = Term("promo list");
    Problem::new(StatusCode::NOT_FOUND, Why::NotHere { what, id })
}

pub(crate) async fn put(api: Api, allowed: Allowed<Change, String>) -> Result<List, Problem> {
    let (caller, name, body) = allowed.into_all();
    let unfit = |why: Why| Problem::unprocessable(vec![why.at("common_code")]);
    let common = match body.common_code.as_deref().map(promo::code) {
        None => None,
        Some(Err(why)) => return Err(unfit(why)),
        Some(Ok(None)) => return Err(unfit(Why::PromoCodeEmpty)),
        Some(Ok(code)) => code,
    };
    let list = NewPromoList {
        name: &name,
        common_code: common.as_deref(),
        ends_at: body.ends_at,
    };
    let put = api
        .store
        .put_promo_list(caller.org, list, &who(&caller), api.now())
        .await?;
    Ok(put.into())
}

pub(crate) async fn remove(api: Api, allowed: Allowed<(), String>) -> Result<Removed, Problem> {
    let (caller, name, ()) = allowed.into_all();
    let codes = api
        .store
        .delete_promo_list(caller.org, &name, &who(&caller), api.now())
        .await?;
    Ok(Removed { removed: name, codes })
}
