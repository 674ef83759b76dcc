//! The months of the ledger. In PostgreSQL a part of the tables `messages` and `attempts` holds the messages of one month, and
//! what became of them, by their keys; so an old month goes as a whole, and a new one is added to indexes that fit into memory.
//! SQLite has one table of each.
//!
//! A statement that knows the month of its messages says so in its text ([`within`]): PostgreSQL then plans for that part alone,
//! and locks no other. A key as an argument is enough for plans made for their arguments, but not for a prepared plan that is
//! kept, nor for a list of keys.

use crate::base::pools::Pools;
use crate::db::Dialect;
use crate::{Result, SqlStore};
use bellhop_domain::message_key::NUMBER_BITS;
use bellhop_domain::{BatchId, Era, MessageKey, Timestamp, time};
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A month's parts are there so long before it begins.
const AHEAD: Duration = Duration::from_millis(2 * time::DAY_MS.unsigned_abs());

/// The months that this process knows to be there.
#[derive(Debug, Default)]
pub(crate) struct KnownMonths(Mutex<BTreeSet<Era>>);

impl SqlStore {
    /// Makes room for the messages of now, and of the next days; whoever writes messages asks for it first. Nobody who reads
    /// or writes waits for it.
    pub async fn make_room(&self, now: Timestamp) -> Result<()> {
        for at in [now, now.plus(AHEAD)] {
            self.make_room_in(Era::of(at)).await?;
        }
        Ok(())
    }

    pub(super) async fn make_room_in(&self, era: Era) -> Result<()> {
        let Pools::Postgres { pool, .. } = &self.db.pools else {
            return Ok(());
        };
        let known = self.memory.of::<KnownMonths>();
        if known.has(era) {
            return Ok(());
        }
        let mut tx = pool.begin().await?;
        create(&mut tx, era).await?;
        tx.commit().await?;
        known.add(era);
        Ok(())
    }
}

impl KnownMonths {
    fn has(&self, era: Era) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&era)
    }

    fn add(&self, era: Era) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(era);
    }
}

/// Creates the parts of a month that are not there. A table that is made first and attached when it is complete and empty takes
/// no lock on the whole that a statement would wait for.
async fn create(connection: &mut PgConnection, era: Era) -> Result<()> {
    if is_there(connection, era).await? {
        return Ok(());
    }
    // Of several processes one creates, and the others find what it has made.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('bellhop months'))")
        .execute(&mut *connection)
        .await?;
    if !is_there(connection, era).await? {
        sqlx::raw_sql(AssertSqlSafe(creation(era))).execute(connection).await?;
    }
    Ok(())
}

async fn is_there(connection: &mut PgConnection, era: Era) -> Result<bool> {
    // A statement that reads the catalogue's table sees what others have just committed; `to_regclass` may remember otherwise.
    let text =
        "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname = $1 AND relnamespace = current_schema()::regnamespace)";
    let attempts = part(Dialect::Postgres, "attempts", era);
    Ok(sqlx::query_scalar(text).bind(attempts).fetch_one(connection).await?)
}

/// Updates that change no index need room beside the rows: for a whole batch of messages, and for the rare receipt of an attempt.
/// That an address has one message of a run is the promise of each part, because a run's messages are all in one.
fn creation(era: Era) -> String {
    let (messages, attempts) = (
        part(Dialect::Postgres, "messages", era),
        part(Dialect::Postgres, "attempts", era),
    );
    let range = format!("FOR VALUES FROM ({}) TO ({})", era.first_key(), era.next().first_key());
    format!(
        "CREATE TABLE {messages} (LIKE messages INCLUDING DEFAULTS) WITH (fillfactor = 44);
         CREATE UNIQUE INDEX {messages}_by_endpoint ON {messages}
             (run_id, (CASE WHEN once_per_address THEN endpoint_id ELSE id END));
         ALTER TABLE messages ATTACH PARTITION {messages} {range};
         CREATE TABLE {attempts} (LIKE attempts INCLUDING DEFAULTS);
         ALTER TABLE attempts ATTACH PARTITION {attempts} {range};"
    )
}

/// The table that holds a month's rows of `messages` or `attempts`.
pub(super) fn part(dialect: Dialect, table: &str, era: Era) -> String {
    match dialect {
        Dialect::Postgres => format!("{table}_{}", era.to_string().replace('-', "_")),
        Dialect::Sqlite => table.to_owned(),
    }
}

/// SQL that a message's key is of this month. SQLite, which has no parts, would take it for a range to read.
pub(super) fn within(dialect: Dialect, key: &str, era: Era) -> String {
    between(dialect, key, era, era)
}

/// SQL that a key is of a month of one of these, or between two of them.
pub(super) fn among(dialect: Dialect, key: &str, keys: impl Iterator<Item = MessageKey> + Clone) -> String {
    let eras = keys.map(Era::of_key);
    let (first, last) = (eras.clone().min(), eras.max());
    between(dialect, key, first.unwrap_or_default(), last.unwrap_or_default())
}

/// SQL that a key is of a month of these batches, or between two of them.
pub(super) fn of_batches(dialect: Dialect, key: &str, batches: &[i64]) -> String {
    among(dialect, key, batches.iter().map(|batch| MessageKey(*batch)))
}

/// SQL that a key is of the month of a batch in the same row: each row is looked for in one part only.
pub(crate) fn beside(dialect: Dialect, key: &str, batch: &str) -> String {
    match dialect {
        Dialect::Postgres => {
            let month = format!("({batch} >> {NUMBER_BITS})");
            format!(" AND {key} >= {month} << {NUMBER_BITS} AND {key} < ({month} + 1) << {NUMBER_BITS}")
        }
        Dialect::Sqlite => String::new(),
    }
}

fn between(dialect: Dialect, key: &str, first: Era, last: Era) -> String {
    match dialect {
        Dialect::Postgres => {
            format!(
                " AND {key} >= {} AND {key} < {}",
                first.first_key(),
                last.next().first_key()
            )
        }
        Dialect::Sqlite => String::new(),
    }
}

/// SQL for a new batch's id, which in PostgreSQL bears the month of the batch's messages in the same bits as their keys do;
/// `month` is SQL for a key below them all.
pub(super) fn next_batch(dialect: Dialect, month: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("{month} + nextval('batch_numbers')"),
        Dialect::Sqlite => "NULL".to_owned(),
    }
}

/// The month of a batch's messages. In SQLite it is the first of all.
pub(super) fn of_batch(batch: BatchId) -> Era {
    Era::of_key(MessageKey(batch.0))
}
