//! `POST /v1/senders/{sender}/test`: asks a sender's provider whether it would work, before its section is saved.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Allowed;
use crate::v1::settings::{edit_of, refused};
use bellhop_channels::{Finding, Severity};
use bellhop_settings::prospective;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;

/// A provider that says nothing for so long would not work.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SenderTest)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    /// The version that was read; absent if the sender is to be new.
    version: Option<i64>,
    /// The whole section, as `PUT /v1/settings/senders/{sender}` takes it.
    #[schema(value_type = Object)]
    document: Value,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SenderTested)]
pub(crate) struct Tested {
    /// Whether nothing of it is an error.
    works: bool,
    findings: Vec<Found>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SenderFinding)]
pub(super) struct Found {
    /// `fine`, `warning` or `error`.
    severity: &'static str,
    /// In English, as `bellhop doctor` says it.
    what: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl From<Finding> for Found {
    fn from(it: Finding) -> Self {
        Self {
            severity: match it.severity {
                Severity::Fine => "fine",
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            what: it.what,
            mend: it.mend,
        }
    }
}

pub(crate) async fn test(api: Api, allowed: Allowed<Section, String>) -> Result<Tested, Problem> {
    let (caller, sender, body) = allowed.into_all();
    let (edit, who) = edit_of(&api, &caller, &sender, body.version, body.document).await?;
    let provider = prospective(
        &api.desk.book.load_settings().await?,
        api.desk.ground(&who, &api.clock),
        &edit,
        api.desk.nonce,
    )
    .map_err(|error| refused(&edit.key, error))?;
    let silent = |_| {
        let mend = "check the network between here and the provider";
        vec![Finding::error("no answer within 10 s", mend)]
    };
    let findings = timeout(PATIENCE, provider.check()).await.unwrap_or_else(silent);
    Ok(Tested {
        works: findings.iter().all(|it| it.severity != Severity::Error),
        findings: findings.into_iter().map(Found::from).collect(),
    })
}
