//! What is still to go out, as a forecast needs it.

use super::batches;
use super::months;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::{EndpointKind, OrgId, RunId};

/// Messages of a run that wait for a worker, by the kind of address they go to and their guests' time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    pub run: RunId,
    /// Not paused.
    pub running: bool,
    pub kind: EndpointKind,
    /// `None`: they keep no quiet hours, whichever the organisation has.
    pub zone: Option<String>,
    pub messages: u64,
}

/// What is still to be sent.
#[async_trait]
pub trait Backlog: Send + Sync {
    /// The messages of every run of the organisation that is running or paused, without those that wait for a retry,
    /// an open or news.
    async fn unsent(&self, org: OrgId) -> Result<Vec<Unsent>>;
}

#[async_trait]
impl Backlog for SqlStore {
    async fn unsent(&self, org: OrgId) -> Result<Vec<Unsent>> {
        let mut session = Session::read(&self.db).await?;
        let text = format!(
            "SELECT id, state, kind, zone, CAST(SUM(left_in_it) AS BIGINT) AS messages FROM (
                 SELECT r.id, r.state, b.kind, b.zone,
                        (SELECT COUNT(*) FROM messages m WHERE {} AND m.state IN ($2, $3){}) AS left_in_it
                 FROM runs r JOIN batches b ON b.run_id = r.id AND b.done_at IS NULL
                 WHERE r.org_id = $1 AND r.state IN ($4, $5) AND r.finished_at IS NULL) open
             WHERE left_in_it > 0 GROUP BY id, state, kind, zone ORDER BY id, kind, zone",
            batches::has(session.dialect(), "b.id", "m"),
            months::beside(session.dialect(), "m.id", "b.id")
        );
        let states = [MessageState::Pending, MessageState::InFlight].map(|state| i64::from(state.code()));
        let question = sql(text)
            .int(i64::from(org.0))
            .int(states[0])
            .int(states[1])
            .int(i64::from(RunState::Running.code()))
            .int(i64::from(RunState::Paused.code()));
        let rows = session.fetch(question).await?;
        let read = rows.iter().map(|row| {
            let c = row.columns();
            Ok(Unsent {
                run: RunId(c.int("id")?),
                running: c.code("state", "run state", RunState::from_code)? == RunState::Running,
                kind: c.code("kind", "endpoint kind", EndpointKind::from_code)?,
                zone: c.opt_text("zone")?,
                messages: c.int("messages")?.unsigned_abs(),
            })
        });
        let unsent = read.collect();
        session.commit().await?;
        unsent
    }
}
