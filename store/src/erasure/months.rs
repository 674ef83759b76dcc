//! The ledger's months, gone through one after the other: what is not sent is cancelled, and what providers and browsers have
//! said of the guest's messages is removed.

use super::codes::{CANCELLED, PENDING, SENT, WAITING};
use super::elsewhere;
use super::person::Person;
use super::registry::REGISTRY;
use super::treating::{overwrite, treat};
use crate::db::{Db, Dialect};
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::{CustomerId, Era, MessageKey, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;

/// The second pass comes so long after the first: by then whoever had the guest in hand has written it down.
const AGAIN: Duration = Duration::from_secs(120);
const PASSES: i64 = 2;

/// An erasure that goes on.
struct Due {
    id: i64,
    org: i32,
    customer: CustomerId,
    own: BTreeSet<i64>,
    cursor: i64,
    passes: i64,
}

pub(super) async fn plan(tx: &mut Session, person: &Person, now: Timestamp) -> Result<i64> {
    let text =
        "INSERT INTO erasures (org_id, customer_id, endpoints, at, cursor, due_at) VALUES ($1, $2, $3, $4, $5, $4)
                RETURNING id";
    let own = serde_json::Value::from(person.own.iter().copied().collect::<Vec<_>>()).to_string();
    let statement = sql(text)
        .int(i64::from(person.org.0))
        .int(person.customer.0)
        .text(own.as_str())
        .int(now.0)
        .int(beyond(now));
    let row = tx.first(statement).await?.ok_or(sqlx::Error::RowNotFound)?;
    row.columns().int("id")
}

/// The first key after those of the month of now and of the next, in which messages may already stand.
fn beyond(now: Timestamp) -> i64 {
    Era::of(now).next().next().first_key().0
}

pub(super) async fn unfinished(db: &Db) -> Result<u64> {
    let text = "SELECT COUNT(*) AS erasures FROM erasures WHERE due_at IS NOT NULL AND passes = 0";
    let row = Session::read(db).await?.first(sql(text)).await?;
    let count = row.map_or(Ok(0), |row| row.columns().int("erasures"))?;
    Ok(count.unsigned_abs())
}

/// Goes through one month of one erasure; `false` if none is due.
pub(super) async fn go_on(db: &Db, now: Timestamp) -> Result<bool> {
    let mut tx = Session::begin(db).await?;
    let Some(due) = next(&mut tx, now).await? else {
        return Ok(false);
    };
    overwrite(&mut tx).await?;
    match latest_before(&mut tx, due.cursor).await? {
        Some(first) => {
            month(&mut tx, &due, first).await?;
            let text = "UPDATE erasures SET cursor = $2 WHERE id = $1";
            tx.execute(sql(text).int(due.id).int(first)).await?;
        }
        None => end_pass(&mut tx, &due, now).await?,
    }
    tx.commit().await?;
    Ok(true)
}

async fn next(tx: &mut Session, now: Timestamp) -> Result<Option<Due>> {
    let text = "SELECT id, org_id, customer_id, endpoints, cursor, passes FROM erasures
                WHERE due_at <= $1 ORDER BY due_at LIMIT 1 {lock}";
    let statement = sql(text).int(now.0).lock("FOR UPDATE SKIP LOCKED");
    let Some(row) = tx.first(statement).await? else {
        return Ok(None);
    };
    let c = row.columns();
    let id = c.int("id")?;
    let own = serde_json::from_str(&c.text("endpoints")?).map_err(|error| StoreError::Corrupt {
        what: "erasure",
        id: id.to_string(),
        problem: error.to_string(),
    })?;
    Ok(Some(Due {
        id,
        org: c.int("org_id")? as i32,
        customer: CustomerId(c.int("customer_id")?),
        own,
        cursor: c.int("cursor")?,
        passes: c.int("passes")?,
    }))
}

/// The first key of the latest month that has messages below a key.
async fn latest_before(tx: &mut Session, key: i64) -> Result<Option<i64>> {
    let text = "SELECT MAX(id) AS latest FROM messages WHERE id < $1";
    let row = tx.first(sql(text).int(key)).await?;
    let latest = row.map(|row| row.columns().opt_int("latest")).transpose()?.flatten();
    Ok(latest.map(|latest| Era::of_key(MessageKey(latest)).first_key().0))
}

/// `first` is the first key of the month.
async fn month(tx: &mut Session, due: &Due, first: i64) -> Result<()> {
    let keys = keys(tx, due, first).await?;
    if keys.is_empty() {
        return Ok(());
    }
    for page in keys.chunks(500) {
        let list: Vec<String> = page.iter().map(i64::to_string).collect();
        let list = format!("({})", list.join(", "));
        // SQLite would take it for a range to read.
        let within = |column: &str| match tx.dialect() {
            Dialect::Postgres => of_month(column, first),
            Dialect::Sqlite => String::new(),
        };
        let (of_messages, of_attempts) = (within("id"), within("message_id"));
        // What an earlier step has reached stays sent.
        let cancel = format!(
            "UPDATE messages SET state = CASE WHEN sent_at IS NULL THEN {CANCELLED} ELSE {SENT} END, waiting_for = NULL,
                 due_at = NULL, reason = 'erased'
             WHERE id IN {list} AND state IN ({PENDING}, {WAITING}){of_messages}"
        );
        // Reasons stay: they are masked when they are kept, and figures count by them.
        let attempts = format!("UPDATE attempts SET provider_id = NULL WHERE message_id IN {list}{of_attempts}");
        let others = [
            format!("UPDATE opens SET user_agent = NULL WHERE message_id IN {list} AND user_agent IS NOT NULL"),
            format!("DELETE FROM receipts WHERE message_id IN {list}"),
            // The caller's key of the request stays, so that it is not answered by another message.
            format!("UPDATE message_requests SET recipient = 'erased', given = NULL WHERE message_id IN {list}"),
            format!("DELETE FROM watched_messages WHERE message_id IN {list}"),
        ];
        for text in [cancel, attempts].into_iter().chain(others) {
            tx.execute(sql(text)).await?;
        }
    }
    Ok(())
}

/// SQL that a key is of the month with this first key.
fn of_month(column: &str, first: i64) -> String {
    let end = Era::of_key(MessageKey(first)).next().first_key();
    format!(" AND {column} >= {first} AND {column} < {end}")
}

async fn keys(tx: &mut Session, due: &Due, first: i64) -> Result<Vec<i64>> {
    let own: Vec<String> = due.own.iter().map(i64::to_string).collect();
    let own = match own.is_empty() {
        true => "NULL".to_owned(),
        false => own.join(", "),
    };
    let text = format!(
        "SELECT id FROM messages WHERE (customer_id = {} OR endpoint_id IN ({own})){} ORDER BY id",
        due.customer.0,
        of_month("id", first)
    );
    let rows = tx.fetch(sql(text)).await?;
    rows.iter().map(|row| row.columns().int("id")).collect()
}

/// What was written of the guest meanwhile by who had them in hand, and the next pass.
async fn end_pass(tx: &mut Session, due: &Due, now: Timestamp) -> Result<()> {
    elsewhere::notices(tx, due.org, due.customer.0).await?;
    let dialect = tx.dialect();
    for entry in REGISTRY.iter().filter(|entry| entry.is_of(dialect)) {
        treat(tx, entry, &due.own, due.customer, now).await?;
    }
    let passes = due.passes + 1;
    let due_at = (passes < PASSES).then(|| now.plus(AGAIN).0);
    let text = "UPDATE erasures SET passes = $2, due_at = $3, cursor = $4 WHERE id = $1";
    let statement = sql(text).int(due.id).int(passes).int(due_at).int(beyond(now));
    tx.execute(statement).await?;
    Ok(())
}
