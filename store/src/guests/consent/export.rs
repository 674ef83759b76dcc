//! The ledger as a file has it: what is exported here can be imported elsewhere, and comes to the same.

use super::show;
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::consent::{Word, WordSource};
use bellhop_domain::{Channel, EndpointKind, OrgId, Purpose, Timestamp};
use serde::Serialize;

/// A word, with the columns of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerWord {
    /// The number by which the next page is asked for.
    #[serde(skip)]
    pub number: i64,
    /// The brand's own id.
    pub customer_id: Option<String>,
    pub address: Option<String>,
    pub address_kind: Option<&'static str>,
    pub channel: &'static str,
    pub purpose: &'static str,
    pub word: &'static str,
    pub by: &'static str,
    pub how: String,
    pub text_version: Option<String>,
    pub said_at: String,
    /// When we heard of it; an import does not ask.
    pub heard_at: String,
}

pub(super) async fn after(session: &mut Session, org: OrgId, after: i64, most: u32) -> Result<Vec<LedgerWord>> {
    let text = format!(
        "SELECT {}, w.space FROM consent_words w LEFT JOIN customers c ON c.id = w.customer_id
         WHERE w.org_id = $1 AND w.id > $2 ORDER BY w.id LIMIT $3",
        show::COLUMNS
    );
    let statement = sql(text).int(i64::from(org.0)).int(after).int(i64::from(most));
    let rows = session.fetch(statement).await?;
    let words = rows.iter().map(|row| {
        let c = row.columns();
        let kind = c.opt_code("space", "endpoint kind", EndpointKind::from_code)?;
        Ok(LedgerWord {
            number: c.int("id")?,
            customer_id: c.opt_text("external_id")?,
            address: c.opt_text("address")?,
            address_kind: kind.map(EndpointKind::name),
            channel: c
                .opt_code("channel", "channel", show::channel)?
                .map_or("all", Channel::name),
            purpose: c.code("purpose", "purpose", Purpose::from_code)?.name(),
            word: c.code("word", "word", Word::from_code)?.name(),
            by: c.code("source", "source of a word", WordSource::from_code)?.name(),
            how: c.text("how")?,
            text_version: c.opt_text("text_version")?,
            said_at: Timestamp(c.int("at")?).to_rfc3339(),
            heard_at: Timestamp(c.int("came_at")?).to_rfc3339(),
        })
    });
    words.collect()
}
