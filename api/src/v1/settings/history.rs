//! `GET /v1/settings/history`: who changed which of the organisation's settings, and when.

use super::{Name, slug};
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use bellhop_domain::Timestamp;
use bellhop_settings::outside::shown;
use bellhop_store::settings::{PastChange, PastOf};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// How many changes are listed.
const TOLD: u32 = 50;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SettingsHistory)]
pub(crate) struct History {
    /// The last 50, the latest first.
    changes: Vec<Past>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PastChange)]
struct Past {
    #[serde(flatten)]
    name: Name,
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    who: String,
    /// Absent if it was not there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    before: Option<Value>,
    /// Absent if it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    after: Option<Value>,
}

pub(crate) async fn history(api: Api, allowed: Allowed<()>) -> Result<History, Problem> {
    let (caller, ()) = allowed.into_parts();
    let slug = slug(&api, &caller).await?;
    let past = api
        .desk
        .book
        .settings_history(PastOf::Organisation(&slug), TOLD)
        .await?;
    Ok(History {
        changes: past.into_iter().filter_map(told).collect(),
    })
}

fn told(it: PastChange) -> Option<Past> {
    Some(Past {
        name: Name::of(&it.key)?,
        version: it.version.0,
        at: it.at,
        who: it.who,
        before: it.before.as_ref().map(shown),
        after: it.after.as_ref().map(shown),
    })
}
