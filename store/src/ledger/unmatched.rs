//! Delivery reports that fit no message, for the people who look after the senders.

use super::codes::KINDS_WITH_RECEIPTS;
use super::kept_receipt::END;
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::unmatched::{Written, other_readings};
use bellhop_domain::{EndpointKind, OrgId, Timestamp};

/// Until then the answer that names the message may still be on its way.
pub(super) const SETTLES_WITHIN_MS: i64 = 60_000;
const EXAMPLES: usize = 5;

/// The delivery reports of one account that fit no message.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unmatched {
    pub kind: EndpointKind,
    /// The senders of the account; none if the report names an attempt by our own key.
    pub senders: Vec<String>,
    pub count: u64,
    /// When the first and the last of them came.
    pub oldest: Timestamp,
    pub latest: Timestamp,
    /// Ids in the latest of them, as the provider writes them.
    pub examples: Vec<String>,
    /// The messages are ours, if ids are read so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fits: Option<Written>,
}

pub(super) async fn examples(
    session: &mut Session,
    org: OrgId,
    kind: EndpointKind,
    senders: &str,
    now: Timestamp,
) -> Result<Vec<String>> {
    let text = format!(
        "SELECT reference FROM receipts
         WHERE settled_at IS NULL AND look_at IS NOT NULL AND org_id = $1 AND kind = $2 AND senders = $3 AND came_at <= $4
         ORDER BY came_at DESC, reference LIMIT {EXAMPLES}"
    );
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(i64::from(kind.code()))
        .text(senders)
        .int(now.0 - SETTLES_WITHIN_MS);
    let rows = session.fetch(statement).await?;
    let first = |reference: String| reference.split(END).next().unwrap_or_default().to_owned();
    rows.iter()
        .map(|row| Ok(first(row.columns().text("reference")?)))
        .collect()
}

/// Whether the ids are those of messages, written in another way.
pub(super) async fn fits(
    session: &mut Session,
    org: OrgId,
    kind: EndpointKind,
    senders: &str,
    examples: &[String],
) -> Result<Option<Written>> {
    // The literal list of kinds lets PostgreSQL use the partial index.
    let text = format!(
        "SELECT 1 FROM attempts WHERE org_id = $1 AND kind = $2 AND kind IN {KINDS_WITH_RECEIPTS} AND provider_id = $3
         AND sender IN (SELECT r.sender FROM {{rows}}) LIMIT 1"
    );
    for (written, id) in examples.iter().flat_map(|id| other_readings(id)) {
        let statement = sql(text.clone())
            .int(i64::from(org.0))
            .int(i64::from(kind.code()))
            .text(id.as_str())
            .rows(Table::default().texts("sender", senders.split_terminator(END)));
        if session.first(statement).await?.is_some() {
            return Ok(Some(written));
        }
    }
    Ok(None)
}
