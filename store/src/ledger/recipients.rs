//! Who is behind a figure of a mailing's statistics: its recipients, a page at a time.

use super::types::Run;
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::message::MessageState;
use bellhop_domain::*;

/// Which recipients.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecipientFilter {
    pub state: Option<MessageState>,
    /// The reason in full.
    pub reason: Option<String>,
    pub opened: Option<bool>,
}

/// A recipient of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecipient {
    pub message: MessageId,
    /// By external id; `None` for an app that nobody has logged in to, and for a guest who is gone.
    pub customer: Option<String>,
    pub name: Option<String>,
    /// Of the step that it is at.
    pub channel: Channel,
    pub state: MessageState,
    pub reason: Option<String>,
    pub sent_at: Option<Timestamp>,
    pub opened_at: Option<Timestamp>,
    /// The first time that a person followed the link.
    pub followed_at: Option<Timestamp>,
    /// When it may go on, or could have gone.
    pub next_at: Option<Timestamp>,
}

/// A part of a run's recipients, in the order of their places in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientPage {
    pub recipients: Vec<RunRecipient>,
    /// After which place the next part begins; `None` if this was the last. A part may be short, or empty, without being the
    /// last.
    pub next: Option<i64>,
}

/// Whoever looks for the guests behind a figure.
#[async_trait]
pub trait Recipients: Send + Sync {
    /// Those of a run after a place, `limit` at most, among the next `looked_at`: so what is rare in a large run takes several
    /// parts, and none takes long. Messages whose lifetime is over are not among them.
    async fn recipients(
        &self,
        run: &Run,
        filter: &RecipientFilter,
        after: i64,
        limit: u32,
        looked_at: u32,
    ) -> Result<RecipientPage>;
}

/// The place of a message in its run: by it a unique index of each part is ordered.
const PLACE: &str = "(CASE WHEN m.once_per_address THEN m.endpoint_id ELSE m.id END)";

#[async_trait]
impl Recipients for SqlStore {
    async fn recipients(
        &self,
        run: &Run,
        filter: &RecipientFilter,
        after: i64,
        limit: u32,
        looked_at: u32,
    ) -> Result<RecipientPage> {
        let mut session = Session::snapshot(&self.db).await?;
        let text = format!(
            "SELECT {PLACE} AS place FROM messages m WHERE m.run_id = $1 AND {PLACE} > $2
            ORDER BY {PLACE} LIMIT 1 OFFSET {}",
            looked_at.max(1) - 1
        );
        let border = session.first(sql(text).int(run.id.0).int(after)).await?;
        let border = border.map(|row| row.columns().int("place")).transpose()?;
        let (state, opened) = (of_state(filter.state), of_opened(filter.opened));
        let reason = if filter.reason.is_some() {
            "AND m.reason = $4"
        } else {
            ""
        };
        let text = format!(
            "SELECT {PLACE} AS place, m.id, c.external_id, c.name, e.kind, m.state, m.reason, m.sent_at, m.opened_at,
                m.link_opened_at, COALESCE(m.due_at, m.next_possible_at) AS next_at
            FROM messages m JOIN endpoints e ON e.id = m.endpoint_id LEFT JOIN customers c ON c.id = m.customer_id
            WHERE m.run_id = $1 AND {PLACE} > $2 AND {PLACE} <= $3 {state} {opened} {reason}
            ORDER BY {PLACE} LIMIT {limit}"
        );
        let statement = sql(text).int(run.id.0).int(after).int(border.unwrap_or(i64::MAX));
        let rows = session
            .fetch(match &filter.reason {
                Some(reason) => statement.text(reason.as_str()),
                None => statement,
            })
            .await?;
        let last = rows.last().filter(|_| rows.len() == limit as usize);
        let last = last.map(|row| row.columns().int("place")).transpose()?;
        Ok(RecipientPage {
            recipients: rows.iter().map(recipient).collect::<Result<_>>()?,
            next: last.or(border),
        })
    }
}

fn of_state(state: Option<MessageState>) -> String {
    state.map_or_else(String::new, |state| format!("AND m.state = {}", state.code()))
}

fn of_opened(opened: Option<bool>) -> &'static str {
    match opened {
        None => "",
        Some(true) => "AND m.opened_at IS NOT NULL",
        Some(false) => "AND m.opened_at IS NULL",
    }
}

fn recipient(row: &Row) -> Result<RunRecipient> {
    let c = row.columns();
    let at = |name: &str| Ok::<_, crate::StoreError>(c.opt_int(name)?.map(Timestamp));
    Ok(RunRecipient {
        message: c.message("id")?,
        customer: c.opt_text("external_id")?,
        name: c.opt_text("name")?,
        channel: c.code("kind", "endpoint kind", EndpointKind::from_code)?.channel(),
        state: c.code("state", "message state", MessageState::from_code)?,
        reason: c.opt_text("reason")?,
        sent_at: at("sent_at")?,
        opened_at: at("opened_at")?,
        followed_at: at("link_opened_at")?,
        next_at: at("next_at")?,
    })
}
