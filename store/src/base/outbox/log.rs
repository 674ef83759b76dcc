//! The outbox as a log of changes that anybody follows who keeps their own place: streams of the API, whose clients come back
//! with the place that they have seen.
//!
//! A follower is no reader: nothing is noted of it here and nobody has a turn, so that any number of processes may follow. What
//! holds for readers holds for it too: rows come in one order, and a row is shown only when no row with a lower number can appear
//! any more. Rows of the kinds that are followed stay for [`KEPT`] although all readers have them.

use super::notice::{Kind, Notice};
use super::read::safe;
use crate::sql::{Session, sql};
use crate::{Dialect, Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::OrgId;
use std::time::Duration;

/// What is followed. The inbox adds its own.
pub const FOLLOWED: [Kind; 2] = [Kind::Audited, Kind::RunMoved];

/// For so long a row of these kinds stays after it was written: who has been away for less misses nothing.
pub const KEPT: Duration = Duration::from_secs(15 * 60);

/// Everything up to here has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place(pub i64);

/// A notice where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub place: Place,
    pub notice: Notice,
}

/// A piece of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    pub changes: Vec<Change>,
    /// What was asked for has no other rows up to here.
    pub upto: Place,
}

/// The log's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEnd {
    /// Up to here it is complete.
    pub complete: Place,
    /// The last place given out. Behind it nobody can have seen anything, but in a database from which this one was restored.
    pub last: Place,
}

/// The log as its followers know it.
#[async_trait]
pub trait ChangeLog: Send + Sync {
    async fn log_end(&self) -> Result<LogEnd>;
    /// What follows `after`, of one organisation or of all, `limit` changes at most.
    async fn changes(&self, org: Option<OrgId>, after: Place, limit: u32) -> Result<Changes>;
}

#[async_trait]
impl ChangeLog for SqlStore {
    async fn log_end(&self) -> Result<LogEnd> {
        let last = last(&mut Session::read(&self.db).await?).await?;
        Ok(LogEnd {
            complete: Place(safe(self, last).await?.min(last)),
            last: Place(last),
        })
    }

    async fn changes(&self, org: Option<OrgId>, after: Place, limit: u32) -> Result<Changes> {
        let nothing = |upto| Changes {
            changes: Vec::new(),
            upto,
        };
        let last = last(&mut Session::read(&self.db).await?).await?;
        if last <= after.0 {
            return Ok(nothing(after));
        }
        let complete = safe(self, last).await?;
        if complete <= after.0 {
            return Ok(nothing(after));
        }
        let kinds: Vec<String> = FOLLOWED.iter().map(|it| it.code().to_string()).collect();
        let of = org.map_or(String::new(), |org| format!(" AND org_id = {}", org.0));
        let text = format!(
            "SELECT seq, org_id, at, body FROM outbox WHERE seq > $1 AND seq <= $2 AND kind IN ({}){of}
             ORDER BY seq LIMIT {limit}",
            kinds.join(", ")
        );
        let statement = sql(text).int(after.0).int(complete);
        let rows = Session::read(&self.db).await?.fetch(statement).await?;
        let mut changes = Vec::new();
        for row in &rows {
            let c = row.columns();
            let (seq, org, at) = (c.int("seq")?, c.int("org_id")?, c.int("at")?);
            let notice = Notice::read(seq, org, at, &c.text("body")?)?;
            let place = Place(seq);
            changes.push(Change { place, notice });
        }
        let upto = match changes.last() {
            Some(last) if rows.len() >= limit as usize => last.place,
            _ => Place(complete),
        };
        Ok(Changes { changes, upto })
    }
}

/// The last number given out, whether its row is there, or gone.
async fn last(session: &mut Session) -> Result<i64> {
    let text = match session.dialect() {
        Dialect::Sqlite => "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0) AS number",
        Dialect::Postgres => "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS number FROM outbox_seq",
    };
    let row = session.first(sql(text)).await?;
    row.map_or(Ok(0), |row| row.columns().int("number"))
}
