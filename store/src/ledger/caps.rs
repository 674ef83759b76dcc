//! Frequency caps at work (PRODUCT.md §8): whether a guest may have one more marketing message, decided when it is about to
//! go. The rule is [`RecentMarketing`]; here is what makes it hold with any number of workers at once.
//!
//! A guest's row has a turn number. A decision made on one turn is only written as the next turn: of two workers that
//! decide about one guest at the same time, one writes, and the other reads again and decides anew. There is one
//! statement for a whole batch, which locks the rows in the order of the guests so that nobody waits in a circle, and
//! one more for guests for whom it matters whether an earlier message went out.

use super::months;
use crate::base::row::Columns;
use crate::sql::{Session, Table, sql};
use crate::{Result, StoreError};
use bellhop_domain::fault::Why;
use bellhop_domain::frequency_cap::{FrequencyCap, Verdict};
use bellhop_domain::message::MessageState;
use bellhop_domain::recent_marketing::{Fate, RecentMarketing};
use bellhop_domain::*;
use std::collections::{HashMap, HashSet};

/// How often a guest of whom others write at the same time is decided anew.
const TRIES: u32 = 20;

/// What is kept of a guest.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptMarketing {
    turn: i64,
    recent: RecentMarketing,
}

/// The column to add to a statement over `messages m`. Asked for guest by guest: a join's plan, made while the table was
/// small, would scan it whole when it has grown.
pub(super) const COLUMN: &str = ", (SELECT g.turn || ' ' || g.messages FROM guest_marketing g
      WHERE g.customer_id = m.customer_id) AS kept_marketing";

/// Reads what [`COLUMN`] added.
pub(super) fn read(customer: Option<CustomerId>, columns: &Columns<'_>) -> Result<KeptMarketing> {
    let Some(text) = columns.opt_text("kept_marketing")? else {
        return Ok(KeptMarketing::default());
    };
    let kept = text.split_once(' ').and_then(|(turn, messages)| {
        let (turn, recent) = (turn.parse().ok()?, RecentMarketing::from_json(messages)?);
        Some(KeptMarketing { turn, recent })
    });
    kept.ok_or_else(|| StoreError::Corrupt {
        what: "guest's marketing",
        id: customer.map_or_else(String::new, |customer| customer.to_string()),
        problem: "is no list of messages and instants; delete the row, which forgets what the guest got".to_owned(),
    })
}

/// A message that nobody has taken yet and that is about to go.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub message: MessageId,
    /// What is kept of its guest names messages by their keys.
    pub key: MessageKey,
    pub customer: CustomerId,
    pub kept: KeptMarketing,
}

/// Those that the cap suppresses, each with the next possible time, if there is one. The others are recorded as about
/// to go now.
pub(super) async fn capped(
    session: &mut Session,
    org: OrgId,
    cap: &FrequencyCap,
    mut wanted: Vec<Wanted>,
    now: Timestamp,
) -> Result<Vec<(MessageId, Option<Timestamp>)>> {
    wanted.sort_by_key(|w| (w.customer, w.key));
    let mut capped = Vec::new();
    for _ in 0..TRIES {
        let fates = fates(session, cap, &wanted, now).await?;
        let mut free: Vec<&Wanted> = Vec::with_capacity(wanted.len());
        // Of two messages to one guest the second is decided when the first is written.
        let mut second = HashSet::new();
        for one in &wanted {
            if free.last().is_some_and(|last| last.customer == one.customer) {
                second.insert(one.message);
                continue;
            }
            match one.kept.recent.verdict(cap, one.key, &fates, now) {
                Verdict::Free => free.push(one),
                Verdict::CappedUntil(next) => capped.push((one.message, Some(next))),
                Verdict::Never => capped.push((one.message, None)),
            }
        }
        let written = write(session, org, &free, now).await?;
        let missed = free.iter().filter(|one| !written.contains(&one.customer));
        let again: HashSet<MessageId> = missed.map(|one| one.message).chain(second).collect();
        wanted.retain(|one| again.contains(&one.message));
        if wanted.is_empty() {
            return Ok(capped);
        }
        read_again(session, &mut wanted).await?;
    }
    let said = format!(
        "others keep writing to {} guests of the batch; it is tried again",
        wanted.len()
    );
    Err(StoreError::Conflict(Why::NotNow { said }))
}

/// What became of the messages on which a verdict depends.
async fn fates(
    session: &mut Session,
    cap: &FrequencyCap,
    wanted: &[Wanted],
    now: Timestamp,
) -> Result<HashMap<MessageKey, Fate>> {
    let doubts = wanted.iter().map(|one| one.kept.recent.doubts(cap, one.key, now));
    let doubts: HashSet<MessageKey> = doubts.flatten().collect();
    if doubts.is_empty() {
        return Ok(HashMap::new());
    }
    let table = Table::default().ints("message", doubts.iter().map(|message| message.0));
    let text = format!(
        "SELECT m.id, m.state, m.sent_at FROM {{rows}} JOIN messages m ON m.id = r.message{}",
        months::among(session.dialect(), "m.id", doubts.iter().copied())
    );
    let rows = session.fetch(sql(text).rows(table)).await?;
    let fates = rows.iter().map(|row| {
        let c = row.columns();
        let message = c.key("id")?;
        let state = c.code("state", "message state", MessageState::from_code)?;
        Ok((message, Fate::of(state, c.opt_int("sent_at")?.map(Timestamp))))
    });
    fates.collect()
}

/// Records these messages as about to go; returns the guests whose turn number was still the same.
async fn write(session: &mut Session, org: OrgId, free: &[&Wanted], now: Timestamp) -> Result<HashSet<CustomerId>> {
    if free.is_empty() {
        return Ok(HashSet::new());
    }
    let next: Vec<String> = (free.iter())
        .map(|one| one.kept.recent.with(one.key, now).to_json())
        .collect();
    let table = Table::default()
        .ints("customer", free.iter().map(|one| one.customer.0))
        .ints("turn", free.iter().map(|one| one.kept.turn + 1))
        .ints("latest", free.iter().map(|_| now.0))
        .texts("messages", next.iter().map(|next| Some(next.as_str())));
    let text = "INSERT INTO guest_marketing (customer_id, org_id, turn, latest, messages)
                SELECT r.customer, $1, r.turn, r.latest, r.messages FROM {rows} WHERE TRUE
                ON CONFLICT (customer_id) DO UPDATE SET turn = excluded.turn, latest = excluded.latest,
                    messages = excluded.messages
                WHERE guest_marketing.turn = excluded.turn - 1
                RETURNING customer_id";
    let rows = session.fetch(sql(text).int(i64::from(org.0)).rows(table)).await?;
    rows.iter()
        .map(|row| Ok(CustomerId(row.columns().int("customer_id")?)))
        .collect()
}

async fn read_again(session: &mut Session, wanted: &mut [Wanted]) -> Result<()> {
    let table = Table::default().ints("customer", wanted.iter().map(|one| one.customer.0));
    let text = format!("SELECT m.customer_id{COLUMN} FROM (SELECT r.customer AS customer_id FROM {{rows}}) m");
    let mut kept = HashMap::new();
    for row in session.fetch(sql(text).rows(table)).await? {
        let c = row.columns();
        let customer = CustomerId(c.int("customer_id")?);
        kept.insert(customer, read(Some(customer), &c)?);
    }
    for one in wanted {
        one.kept = kept.get(&one.customer).cloned().unwrap_or_default();
    }
    Ok(())
}
