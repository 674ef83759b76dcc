//! Words of consent, recipients of a run, and promo codes, as a file has them.

use super::Part;
use super::cells::{Cell, Look, text};
use crate::Result;
use crate::consent::LedgerWord;
use crate::ledger::RunRecipient;
use crate::sql::{Session, sql};
use bellhop_domain::Timestamp;

/// As an import of consents has them.
pub(super) const WORDS: [&str; 11] = [
    "customer_id",
    "address",
    "address_kind",
    "channel",
    "purpose",
    "word",
    "by",
    "how",
    "text_version",
    "said_at",
    "heard_at",
];

pub(super) const RECIPIENTS: [&str; 9] = [
    "message",
    "customer_id",
    "name",
    "channel",
    "state",
    "reason",
    "sent_at",
    "opened_at",
    "followed_at",
];

pub(super) const CODES: [&str; 5] = ["code", "state", "given_at", "run", "message"];

pub(super) fn word(word: &LedgerWord) -> Vec<Cell> {
    let said = |text: &str| Cell::Text(text.to_owned());
    vec![
        text(word.customer_id.as_ref()),
        text(word.address.as_ref()),
        said(word.address_kind.unwrap_or_default()),
        said(word.channel),
        said(word.purpose),
        said(word.word),
        said(word.by),
        said(&word.how),
        text(word.text_version.as_ref()),
        said(&word.said_at),
        said(&word.heard_at),
    ]
}

pub(super) fn recipient(it: &RunRecipient, look: &Look) -> Vec<Cell> {
    vec![
        Cell::Text(it.message.to_string()),
        text(it.customer.as_ref()),
        text(it.name.as_ref()),
        Cell::Text(it.channel.name().to_owned()),
        Cell::Text(it.state.name().to_owned()),
        text(it.reason.as_ref()),
        look.at(it.sent_at),
        look.at(it.opened_at),
        look.at(it.followed_at),
    ]
}

/// The codes of a list after a place; whose a code is, its message knows.
pub(super) async fn codes(session: &mut Session, list: i64, look: &Look, after: i64, most: u32) -> Result<Part> {
    let text = format!(
        "SELECT id, code, message_id, run_id, given_at FROM promo_codes WHERE list_id = $1 AND id > $2
         ORDER BY id LIMIT {most}"
    );
    let rows = session.fetch(sql(text).int(list).int(after)).await?;
    let mut cells = Vec::with_capacity(rows.len());
    for row in &rows {
        let c = row.columns();
        let message = c.opt_message("message_id")?.map(|id| id.to_string());
        let state = if message.is_some() { "given" } else { "free" };
        cells.push(vec![
            Cell::Text(c.text("code")?),
            Cell::Text(state.to_owned()),
            look.at(c.opt_int("given_at")?.map(Timestamp)),
            Cell::Text(c.opt_int("run_id")?.map_or_else(String::new, |run| run.to_string())),
            super::cells::text(message.as_ref()),
        ]);
    }
    let next = rows.last().filter(|_| rows.len() == most as usize);
    Ok(Part {
        next: next.map(|row| row.columns().int("id")).transpose()?.map(|id| (id, 0)),
        rows: cells,
    })
}
