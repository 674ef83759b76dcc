//! The attempt that a receipt is about: by our own key, or by the provider's id among the attempts of the senders that use the
//! account from which it came ([`bellhop_domain::receipt_owner`] says which of several).

use super::codes::{ATTEMPT_STARTED, FIRST_KIND_SENT_ONCE, KINDS_WITH_RECEIPTS};
use super::kept_receipt::{END, KeptReceipt, Key};
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::Timestamp;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::receipt_owner::{Owner, owner};
use bellhop_domain::settlement::lifted;

/// An id that was given more often than this identifies nobody.
const GIVEN_AT_MOST: i64 = 20;
/// A request is answered within this time, or never.
const UNDER_WAY_MS: i64 = 5 * 60_000;

/// The attempt that the receipt is about and that has its end; `None`: not yet, or none.
pub(super) async fn attempt_of(session: &mut Session, receipt: &KeptReceipt, now: Timestamp) -> Result<Option<Key>> {
    match receipt.own {
        Some(key) => by_key(session, receipt, key).await,
        None => by_id(session, receipt, now).await,
    }
}

async fn by_key(session: &mut Session, receipt: &KeptReceipt, key: Key) -> Result<Option<Key>> {
    let text = format!(
        "SELECT 1 FROM attempts WHERE message_id = $1 AND lease = $2 AND org_id = $3 AND kind = $4 AND state <> {ATTEMPT_STARTED}"
    );
    let statement = sql(text)
        .message(key.message)
        .int(key.lease)
        .int(i64::from(receipt.org.0))
        .int(i64::from(receipt.kind.code()));
    Ok(session.first(statement).await?.map(|_| key))
}

struct Candidate {
    key: Key,
    began: Timestamp,
    state: AttemptState,
}

/// Of several ids, the first with which a send was answered decides.
async fn by_id(session: &mut Session, receipt: &KeptReceipt, now: Timestamp) -> Result<Option<Key>> {
    let mut found = Vec::new();
    for id in receipt.reference.split_terminator(END) {
        found = candidates(session, receipt, id).await?;
        if !found.is_empty() {
            break;
        }
    }
    of_candidates(session, receipt, &found, now).await
}

async fn of_candidates(
    session: &mut Session,
    receipt: &KeptReceipt,
    candidates: &[Candidate],
    now: Timestamp,
) -> Result<Option<Key>> {
    let began: Vec<Timestamp> = candidates.iter().map(|one| one.began).collect();
    let place = match owner(&began, receipt.said, receipt.came, now) {
        Owner::Nobody => return Ok(None),
        Owner::Is(place) => place,
        Owner::Seems(place) => {
            let is_news = lifted(candidates[place].state, receipt.state).is_some();
            if !is_news || others_under_way(session, receipt).await? {
                return Ok(None);
            }
            place
        }
    };
    Ok(Some(candidates[place].key))
}

/// The attempts with an id of the receipt's, the latest first. The literal list of kinds lets PostgreSQL use the partial index.
async fn candidates(session: &mut Session, receipt: &KeptReceipt, id: &str) -> Result<Vec<Candidate>> {
    let text = format!(
        "SELECT message_id, lease, started_at, state FROM attempts
         WHERE org_id = $1 AND kind = $2 AND kind IN {KINDS_WITH_RECEIPTS} AND provider_id = $3 AND state <> {ATTEMPT_STARTED}
           AND ($4 = '' OR sender IN (SELECT r.sender FROM {{rows}}))
         ORDER BY lease DESC LIMIT {GIVEN_AT_MOST}"
    );
    let statement = sql(text)
        .int(i64::from(receipt.org.0))
        .int(i64::from(receipt.kind.code()))
        .text(id)
        .text(receipt.senders.as_str())
        .rows(names(receipt));
    let rows = session.fetch(statement).await?;
    rows.iter()
        .map(|row| {
            let c = row.columns();
            Ok(Candidate {
                key: Key {
                    message: c.message("message_id")?,
                    lease: c.int("lease")?,
                },
                began: Timestamp(c.int("started_at")?),
                state: c.code("state", "attempt state", AttemptState::from_code)?,
            })
        })
        .collect()
}

/// Whether a request of the account's was unanswered when the receipt came: its answer may bring the same id.
async fn others_under_way(session: &mut Session, receipt: &KeptReceipt) -> Result<bool> {
    let text = format!(
        "SELECT 1 FROM attempts WHERE org_id = $1 AND sender IN (SELECT r.sender FROM {{rows}}) AND started_at > $2
         AND kind >= {FIRST_KIND_SENT_ONCE} AND state = {ATTEMPT_STARTED} LIMIT 1"
    );
    let statement = sql(text)
        .int(i64::from(receipt.org.0))
        .int(receipt.came.0 - UNDER_WAY_MS)
        .rows(names(receipt));
    Ok(session.first(statement).await?.is_some())
}

fn names(receipt: &KeptReceipt) -> Table<'_> {
    Table::default().texts("sender", receipt.senders.split_terminator(END))
}
