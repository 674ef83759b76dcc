//! What every reader has goes; and so does, after a while, what a dead one does not fetch.

use super::log::{FOLLOWED, KEPT};
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::Timestamp;
use std::time::Duration;

/// Rows removed in one transaction.
const AT_ONCE: i64 = 10_000;

/// What was removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pruned {
    pub rows: u64,
    /// Readers that were forgotten. One that comes back begins with the oldest row, and has missed others.
    pub dead: Vec<String>,
}

/// Where a reader is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReaderState {
    pub name: String,
    pub place: i64,
    /// When the first row beyond its place was written, if there is one.
    pub since: Option<Timestamp>,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
struct Pruning<'a> {
    /// The readers that are dead.
    dead: Vec<&'a ReaderState>,
    /// Rows up to here are everybody's; absent, nobody reads any more, and rows go by their age.
    upto: Option<i64>,
}

/// The decision. A reader is dead when a row has waited for it for longer than `longest`; one that has read everything lives,
/// however long ago that was.
fn decide(readers: &[ReaderState], longest: Duration, now: Timestamp) -> Pruning<'_> {
    let oldest = now.minus(longest);
    let (dead, living): (Vec<&ReaderState>, Vec<&ReaderState>) = readers
        .iter()
        .partition(|reader| reader.since.is_some_and(|since| since < oldest));
    Pruning {
        dead,
        upto: living.iter().map(|reader| reader.place).min(),
    }
}

pub(super) async fn prune(db: &Db, longest: Duration, now: Timestamp) -> Result<Pruned> {
    let readers = readers(&mut Session::read(db).await?).await?;
    let pruning = decide(&readers, longest, now);
    let mut pruned = Pruned::default();
    for reader in pruning.dead {
        if forget(db, reader).await? {
            pruned.dead.push(reader.name.clone());
        }
    }
    loop {
        let removed = remove(db, pruning.upto, now.minus(longest), now.minus(KEPT)).await?;
        pruned.rows += removed;
        if removed < AT_ONCE.unsigned_abs() {
            return Ok(pruned);
        }
    }
}

pub(super) async fn readers(session: &mut Session) -> Result<Vec<ReaderState>> {
    let text = "SELECT name, place, (SELECT at FROM outbox WHERE seq > place ORDER BY seq LIMIT 1) AS since
                FROM outbox_readers ORDER BY name";
    let rows = session.fetch(sql(text)).await?;
    let read = |row: &crate::sql::Row| {
        let c = row.columns();
        Ok(ReaderState {
            name: c.text("name")?,
            place: c.int("place")?,
            since: c.opt_int("since")?.map(Timestamp),
        })
    };
    rows.iter().map(read).collect()
}

/// Whether it is still where it was.
async fn forget(db: &Db, reader: &ReaderState) -> Result<bool> {
    let mut tx = Session::autocommit(db).await?;
    let text = "DELETE FROM outbox_readers WHERE name = $1 AND place = $2";
    let gone = tx
        .execute(sql(text).text(reader.name.as_str()).int(reader.place))
        .await?;
    tx.commit().await?;
    Ok(gone > 0)
}

/// What streams follow stays for a while, so that a client that comes back finds what it has missed.
async fn remove(db: &Db, upto: Option<i64>, oldest: Timestamp, followed: Timestamp) -> Result<u64> {
    let mut tx = Session::autocommit(db).await?;
    let kinds: Vec<String> = FOLLOWED.iter().map(|it| it.code().to_string()).collect();
    let text = format!(
        "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox
         WHERE seq <= COALESCE($1, seq) AND ($1 IS NOT NULL OR at < $2) AND (at < $4 OR kind NOT IN ({})) ORDER BY seq LIMIT $3)",
        kinds.join(", ")
    );
    let statement = sql(text).int(upto).int(oldest.0).int(AT_ONCE).int(followed.0);
    let removed = tx.execute(statement).await?;
    tx.commit().await?;
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const LONGEST: Duration = Duration::from_secs(100);

    fn at(name: &str, place: i64, waited_ms: Option<i64>) -> ReaderState {
        ReaderState {
            name: name.to_owned(),
            place,
            since: waited_ms.map(|ms| Timestamp(NOW.0 - ms)),
        }
    }

    #[test]
    fn the_slowest_that_lives_decides() {
        let cases: [(&[ReaderState], &[&str], Option<i64>); 5] = [
            (&[], &[], None),
            (&[at("a", 5, Some(1)), at("b", 3, Some(100_000))], &[], Some(3)),
            (&[at("a", 5, Some(1)), at("b", 3, Some(100_001))], &["b"], Some(5)),
            (&[at("a", 9, None), at("b", 3, Some(100_001))], &["b"], Some(9)),
            (&[at("b", 3, Some(200_000))], &["b"], None),
        ];
        for (readers, dead, upto) in cases {
            let decided = decide(readers, LONGEST, NOW);
            let names: Vec<&str> = decided.dead.iter().map(|it| it.name.as_str()).collect();
            assert_eq!((names.as_slice(), decided.upto), (dead, upto), "{readers:?}");
        }
    }
}
