//! The outbox: whatever must follow a commit (webhooks, streams, events, the audit) is written as a row in that commit.
//! Several readers follow it, each from its own place. Every row is handed to every reader at least once, in one order,
//! and is removed when all of them have it; of kinds that streams follow ([`ChangeLog`]), not before [`KEPT`] is over.
//!
//! **The order** is that of the appends. If a transaction has seen what another committed, or has waited for its lock,
//! its rows come after the other's. For that, append a notice after the writes that it is about. Transactions that know
//! nothing of each other may come in either order, which is the same for all readers.
//!
//! **Nothing is lost**: a row is handed over only when no row with a lower number can appear any more. On SQLite, which
//! has a single writer, that is at once. PostgreSQL assigns numbers in one order and commits them in another, so a
//! reader at 7 would never see a 6 that is committed later. [`Horizon`](crate::base::horizon::Horizon) says up to which
//! number that cannot happen. A long transaction, in any database of the server, therefore delays the rows that were
//! appended after it began, and none is lost. The other known way, ordering rows by the id of their transaction, loses
//! nothing either; but a transaction gets its id at its first write, so an answer could come before the question that
//! it answers.

mod log;
mod notice;
mod prune;
mod read;
#[cfg(test)]
mod tests;

pub use log::{Change, ChangeLog, Changes, FOLLOWED, KEPT, LogEnd, Place};
pub use notice::{Kind, Notice, OfProgram, What};
pub use prune::Pruned;

use read::place;

use crate::sql::{Session, Table, sql};
use crate::{Dialect, Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::Timestamp;
use std::time::Duration;

/// Who follows the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Has a place of its own. One that is new begins with the oldest row there is.
    pub name: &'static str,
    /// This process: of several that read under one name, one has the turn.
    pub holder: String,
    /// What it wants to know; the rest it passes over.
    pub kinds: &'static [Kind],
    /// How long others wait for it if it says neither that it is done nor that it is still at it.
    pub turn: Duration,
}

/// How far a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReadUpTo(i64);

/// What a reader was handed.
#[derive(Debug, Clone, PartialEq)]
pub struct Handed {
    pub notices: Vec<Notice>,
    /// Their numbers, which never come again, in the same order.
    pub numbers: Vec<i64>,
    /// To be acknowledged when they are dealt with; absent, there was nothing, not even to pass over.
    pub upto: Option<ReadUpTo>,
    pub more: More,
}

/// Whether there is more than what was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    No,
    /// It is written, and can be handed over as soon as the transactions have ended that were under way beside it.
    Soon,
    Now,
}

impl Handed {
    fn nothing(more: More) -> Self {
        Self {
            notices: Vec::new(),
            numbers: Vec::new(),
            upto: None,
            more,
        }
    }
}

/// How far behind a reader is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lag {
    pub reader: String,
    /// Rows that it has not acknowledged, at most: some numbers have no row.
    pub rows: u64,
    /// When the oldest of them was written.
    pub since: Option<Timestamp>,
}

/// The outbox as its readers know it.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// What comes after the reader's place, up to `limit` rows; nothing while another process has the turn. Asked again
    /// without an acknowledgement, it is the same.
    async fn hand_over(&self, reader: &Reader, limit: u32, now: Timestamp) -> Result<Handed>;
    /// Says that the reader is still at it: its turn begins again now, if nobody else has it.
    async fn keep_turn(&self, reader: &Reader, now: Timestamp) -> Result<()>;
    /// Notes that the reader has handled everything up to here and gives up its turn.
    async fn acknowledge(&self, reader: &Reader, upto: ReadUpTo) -> Result<()>;
    /// Removes what all readers have. A row is kept for `longest`; a reader that leaves one unread for so long is dead and
    /// forgotten.
    async fn prune(&self, longest: Duration, now: Timestamp) -> Result<Pruned>;
    /// How far behind each reader is.
    async fn lags(&self) -> Result<Vec<Lag>>;
}

#[async_trait]
impl Outbox for SqlStore {
    async fn hand_over(&self, reader: &Reader, limit: u32, now: Timestamp) -> Result<Handed> {
        read::hand_over(self, reader, limit, now).await
    }

    async fn keep_turn(&self, reader: &Reader, now: Timestamp) -> Result<()> {
        let mut tx = Session::autocommit(&self.db).await?;
        let text = "UPDATE outbox_readers SET held_until = $3 WHERE name = $1 AND holder = $2 AND held_until > 0";
        let statement = sql(text).text(reader.name).text(reader.holder.as_str());
        tx.execute(statement.int(now.plus(reader.turn).0)).await?;
        tx.commit().await
    }

    async fn acknowledge(&self, reader: &Reader, upto: ReadUpTo) -> Result<()> {
        let mut tx = Session::autocommit(&self.db).await?;
        // The turn is somebody else's by now, to whom the rows are handed over again.
        let text =
            "UPDATE outbox_readers SET place = $3, held_until = 0 WHERE name = $1 AND holder = $2 AND place < $3";
        let statement = sql(text).text(reader.name).text(reader.holder.as_str()).int(upto.0);
        tx.execute(statement).await?;
        tx.commit().await
    }

    async fn prune(&self, longest: Duration, now: Timestamp) -> Result<Pruned> {
        prune::prune(&self.db, longest, now).await
    }

    async fn lags(&self) -> Result<Vec<Lag>> {
        let mut session = Session::read(&self.db).await?;
        let last = place(&mut session).await?;
        let readers = prune::readers(&mut session).await?;
        let lag = |it: prune::ReaderState| Lag {
            rows: it.since.map_or(0, |_| (last - it.place).max(0).unsigned_abs()),
            reader: it.name,
            since: it.since,
        };
        Ok(readers.into_iter().map(lag).collect())
    }
}

/// Writes notices in the transaction that they are about, after its writes.
///
/// On PostgreSQL the transaction gets its id before it gets a number, so that the horizon knows which transactions to
/// wait for.
pub(crate) async fn append(tx: &mut Session, notices: &[Notice]) -> Result<()> {
    let text = match tx.dialect() {
        Dialect::Sqlite => {
            "INSERT INTO outbox (org_id, kind, at, body) SELECT r.org_id, r.kind, r.at, r.body FROM {rows} WHERE TRUE"
        }
        Dialect::Postgres => {
            "WITH begun AS MATERIALIZED (SELECT pg_current_xact_id() AS id)
             INSERT INTO outbox (seq, org_id, kind, at, body)
             SELECT nextval('outbox_seq'), r.org_id, r.kind, r.at, r.body FROM begun, {rows} WHERE begun.id IS NOT NULL"
        }
    };
    let bodies = notices.iter().map(Notice::body).collect::<Result<Vec<_>>>()?;
    let table = Table::default()
        .ints("org_id", notices.iter().map(|it| i64::from(it.org.0)))
        .ints("kind", notices.iter().map(|it| i64::from(it.what.kind().code())))
        .ints("at", notices.iter().map(|it| it.at.0))
        .texts("body", bodies.iter().map(String::as_str));
    tx.execute(sql(text).rows(table)).await?;
    Ok(())
}
