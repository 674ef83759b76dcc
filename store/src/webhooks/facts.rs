//! What bodies say of guests and messages, asked for many at once. A notice has ids only.

use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::*;
use std::collections::{BTreeSet, HashMap};

/// Of a message.
#[derive(Debug, Clone)]
pub(super) struct MessageFacts {
    pub customer: Option<CustomerId>,
    pub channel: Option<Channel>,
    pub mailing: MailingId,
    pub reason: Option<String>,
    /// By which the brand asked for it.
    pub request: Option<String>,
}

/// All that is known of those that notices name.
#[derive(Default)]
pub(super) struct Facts {
    pub messages: HashMap<MessageId, MessageFacts>,
    /// The brand's own ids.
    pub guests: HashMap<CustomerId, String>,
}

pub(super) async fn ask(
    session: &mut Session,
    messages: &BTreeSet<MessageId>,
    guests: &BTreeSet<CustomerId>,
) -> Result<Facts> {
    let mut facts = Facts::default();
    let mut guests = guests.clone();
    if !messages.is_empty() {
        facts.messages = of_messages(session, messages).await?;
        guests.extend(facts.messages.values().filter_map(|it| it.customer));
    }
    if !guests.is_empty() {
        facts.guests = of_guests(session, &guests).await?;
    }
    Ok(facts)
}

async fn of_messages(session: &mut Session, ids: &BTreeSet<MessageId>) -> Result<HashMap<MessageId, MessageFacts>> {
    let text = "SELECT m.id, m.customer_id, m.reason, e.kind, runs.mailing_id, q.request_id
                FROM {rows} JOIN messages m ON m.id = r.message JOIN runs ON runs.id = m.run_id
                LEFT JOIN endpoints e ON e.id = m.endpoint_id LEFT JOIN message_requests q ON q.message_id = m.id";
    let table = Table::default().messages("message", ids.iter().copied());
    let rows = session.fetch(sql(text).rows(table)).await?;
    let facts = rows.iter().map(|row| {
        let c = row.columns();
        let kind = c.opt_code("kind", "endpoint kind", EndpointKind::from_code)?;
        let facts = MessageFacts {
            customer: c.opt_int("customer_id")?.map(CustomerId),
            channel: kind.map(EndpointKind::channel),
            mailing: MailingId(c.int("mailing_id")?),
            reason: c.opt_text("reason")?,
            request: c.opt_text("request_id")?,
        };
        Ok((c.message("id")?, facts))
    });
    facts.collect()
}

async fn of_guests(session: &mut Session, ids: &BTreeSet<CustomerId>) -> Result<HashMap<CustomerId, String>> {
    let text = "SELECT c.id, c.external_id FROM {rows} JOIN customers c ON c.id = r.guest";
    let table = Table::default().ints("guest", ids.iter().map(|it| it.0));
    let rows = session.fetch(sql(text).rows(table)).await?;
    let mut known = HashMap::new();
    for row in &rows {
        let c = row.columns();
        if let Some(own) = c.opt_text("external_id")? {
            known.insert(CustomerId(c.int("id")?), own);
        }
    }
    Ok(known)
}
