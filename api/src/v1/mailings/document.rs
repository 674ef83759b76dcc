//! A mailing as it is shown.

use crate::Api;
use crate::problem::Problem;
use crate::routes::Versioned;
use crate::shape;
use bellhop_domain::message::RunState;
use bellhop_domain::{MailingId, OrgId, Timestamp};
use bellhop_store::StoreError;
use bellhop_store::ledger::{KeptMailing, ListedMailing};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A mailing without its file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedMailing)]
pub(super) struct Listed {
    id: i64,
    name: String,
    /// Of its latest run; `draft` if it has none.
    #[schema(schema_with = shape::mailing_state)]
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When its latest run starts, or started.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    start_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mailing)]
pub(crate) struct Mailing {
    #[serde(flatten)]
    listed: Listed,
    /// Counts its changes, from 1; the ETag is the same in quotes.
    version: i64,
    /// The mailing file (docs/mailing-file.md).
    #[schema(value_type = Object)]
    file: Value,
}

impl From<ListedMailing> for Listed {
    fn from(it: ListedMailing) -> Self {
        Self {
            id: it.id.0,
            name: it.name,
            state: it.state.map_or("draft", RunState::name),
            created_at: it.created_at,
            start_at: it.start_at,
        }
    }
}

impl Mailing {
    pub(super) fn of(kept: KeptMailing) -> Result<Self, Problem> {
        let file = serde_json::from_str(&kept.spec).map_err(|e| StoreError::Corrupt {
            what: "mailing",
            id: kept.listed.id.to_string(),
            problem: format!("its file: {e}"),
        })?;
        Ok(Self {
            version: kept.version,
            listed: kept.listed.into(),
            file,
        })
    }

    pub(super) fn into_file(self) -> Value {
        self.file
    }
}

/// A mailing of the caller's organisation, as it is now.
pub(super) async fn shown(api: &Api, org: OrgId, id: MailingId) -> Result<Versioned<Mailing>, Problem> {
    let kept = api.store.kept_mailing(org, id).await?;
    Ok(Versioned {
        version: kept.version,
        document: Mailing::of(kept)?,
    })
}
