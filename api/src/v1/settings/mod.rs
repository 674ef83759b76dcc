//! `/v1/settings`: what an organisation has decided, and its changes (PRODUCT.md §17).
//!
//! A key sees its own organisation's section, restaurants and senders. What holds for all organisations is the operator's: no key reads
//! or changes it.

mod change;
mod history;
mod read;
mod refusal;

pub(in crate::v1) use change::edit_of;
pub(crate) use change::{put_organisation, put_restaurant, put_sender, remove_restaurant, remove_sender};
pub(crate) use history::history;
pub(crate) use read::{all, organisation, restaurant, sender};
pub(in crate::v1) use refusal::refused;

use crate::Api;
use crate::problem::Problem;
use axum::http::StatusCode;
use bellhop_domain::fault::Why;
use bellhop_domain::person;
use bellhop_domain::setting::SettingKey;
use bellhop_store::guests::ApiCaller;
use serde::Serialize;
use utoipa::ToSchema;

/// Which of an organisation's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingName)]
pub(super) struct Name {
    /// `organisation`, `restaurant` or `sender`.
    setting: &'static str,
    /// A restaurant's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    restaurant: Option<String>,
    /// A sender's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<String>,
}

impl Name {
    /// `None` for what holds for all organisations.
    fn of(key: &SettingKey) -> Option<Self> {
        let (setting, restaurant, sender) = match key {
            SettingKey::Marketing => return None,
            SettingKey::Organisation(_) => ("organisation", None, None),
            SettingKey::Restaurant { name, .. } => ("restaurant", Some(name.clone()), None),
            SettingKey::Sender { name, .. } => ("sender", None, Some(name.clone())),
        };
        Some(Self {
            setting,
            restaurant,
            sender,
        })
    }
}

/// The slug of the caller's organisation.
async fn slug(api: &Api, caller: &ApiCaller) -> Result<String, Problem> {
    Ok(api.organisations.organisation_by_id(caller.org).await?.slug)
}

/// The caller's own restaurant of this name, whether its time zone is set or not.
async fn restaurant_of(api: &Api, caller: &ApiCaller, name: &str) -> Result<SettingKey, Problem> {
    Ok(SettingKey::restaurant(slug(api, caller).await?, name))
}

/// The caller's own sender of this name, whether there is one or not.
async fn sender_of(api: &Api, caller: &ApiCaller, name: &str) -> Result<SettingKey, Problem> {
    Ok(SettingKey::sender(slug(api, caller).await?, name))
}

/// In whose name somebody changes something: in the history, and in the audit log.
pub(crate) fn who(caller: &ApiCaller) -> String {
    match caller.person {
        Some(id) => person::signed(id, &caller.name),
        None => format!("API key {}", caller.name),
    }
}

fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, Why::SettingUnknown)
}

/// Refuses the name of a sender that the caller's organisation does not have.
pub(crate) async fn has_sender(api: &Api, caller: &ApiCaller, name: &str) -> Result<(), Problem> {
    let key = sender_of(api, caller, name).await?;
    let there = api.desk.book.load_settings().await?;
    there.get(&key).map(|_| ()).ok_or_else(unknown)
}
