//! `GET /v1/settings`, `/v1/settings/organisation`, `/v1/settings/restaurants/{restaurant}`, `/v1/settings/senders/{sender}`:
//! settings as they are in force, without their secrets.

use super::{Name, restaurant_of, sender_of, slug, unknown};
use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use bellhop_domain::setting::SettingKey;
use bellhop_settings::outside::shown;
use bellhop_store::settings::Setting;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Setting)]
pub(crate) struct One {
    #[serde(flatten)]
    name: Name,
    /// The version to send with a change of this setting.
    version: i64,
    /// The section, as in a configuration file. A sealed secret is shown as `{"sealed": MARK}`, a reference as it is.
    #[schema(value_type = Object)]
    document: Value,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settings)]
pub(crate) struct All {
    /// The organisation's section, then its restaurants whose time zone is set and its senders, each by name.
    settings: Vec<One>,
}

impl One {
    fn of(setting: &Setting) -> Option<Self> {
        Some(Self {
            name: Name::of(&setting.key)?,
            version: setting.version.0,
            document: shown(&setting.body),
        })
    }
}

pub(crate) async fn all(api: Api, allowed: Allowed<()>) -> Result<All, Problem> {
    let (caller, ()) = allowed.into_parts();
    let slug = slug(&api, &caller).await?;
    let there = api.desk.book.load_settings().await?;
    let own = there.settings.iter().filter(|it| it.key.organisation() == Some(&slug));
    Ok(All {
        settings: own.filter_map(One::of).collect(),
    })
}

pub(crate) async fn organisation(api: Api, allowed: Allowed<()>) -> Result<One, Problem> {
    let (caller, ()) = allowed.into_parts();
    let key = SettingKey::Organisation(slug(&api, &caller).await?);
    one(&api, &key).await
}

pub(crate) async fn restaurant(api: Api, allowed: Allowed<(), String>) -> Result<One, Problem> {
    let (caller, name, ()) = allowed.into_all();
    let key = restaurant_of(&api, &caller, &name).await?;
    one(&api, &key).await
}

pub(crate) async fn sender(api: Api, allowed: Allowed<(), String>) -> Result<One, Problem> {
    let (caller, name, ()) = allowed.into_all();
    let key = sender_of(&api, &caller, &name).await?;
    one(&api, &key).await
}

async fn one(api: &Api, key: &SettingKey) -> Result<One, Problem> {
    let there = api.desk.book.load_settings().await?;
    there.get(key).and_then(One::of).ok_or_else(unknown)
}
