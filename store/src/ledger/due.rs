//! Which runs have messages whose time has come. However many runs are alive, that is one question or two.

use super::codes::RUN_RUNNING;
use super::shares::in_turn;
use crate::Result;
use crate::db::Db;
use crate::sql::{Row, Session, Table, sql};
use bellhop_domain::{OrgId, RunId, Timestamp};

/// Due messages looked at for the runs that they are of. They may all be of a run that is paused: if there are this many, each
/// running run is asked for its own.
const LOOKED_AT: usize = 2_000;

/// A running run with messages that are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DueRun {
    pub org: OrgId,
    pub run: RunId,
    pub began: Option<Timestamp>,
}

/// All of them, organisations in turn, and of each its runs in turn.
pub(super) async fn runs(db: &Db, now: Timestamp) -> Result<Vec<DueRun>> {
    let mut session = Session::read(db).await?;
    let (due, messages) = first_due(&mut session, now).await?;
    let rows = match messages {
        0 => return Ok(Vec::new()),
        LOOKED_AT.. => every_running(&mut session, now).await?,
        _ => running_of(&mut session, &due).await?,
    };
    let runs = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(in_turn(runs, |due| (due.org, due.run)))
}

/// The runs that have the messages which are due longest, and how many of these were looked at.
async fn first_due(session: &mut Session, now: Timestamp) -> Result<(Vec<RunId>, usize)> {
    let text = format!(
        "SELECT run_id, COUNT(*) AS messages FROM (
             SELECT run_id FROM messages WHERE due_at <= $1 ORDER BY due_at LIMIT {LOOKED_AT}) page
         GROUP BY run_id"
    );
    let (mut runs, mut messages) = (Vec::new(), 0);
    for row in session.fetch(sql(text).int(now.0)).await? {
        let c = row.columns();
        runs.push(RunId(c.int("run_id")?));
        messages += usize::try_from(c.int("messages")?).unwrap_or(0);
    }
    Ok((runs, messages))
}

async fn running_of(session: &mut Session, due: &[RunId]) -> Result<Vec<Row>> {
    let text = format!(
        "SELECT runs.org_id, runs.id, runs.as_of FROM {{rows}} JOIN runs ON runs.id = r.run
         WHERE runs.state = {RUN_RUNNING} AND runs.finished_at IS NULL"
    );
    let table = Table::default().ints("run", due.iter().map(|run| run.0));
    session.fetch(sql(text).rows(table)).await
}

async fn every_running(session: &mut Session, now: Timestamp) -> Result<Vec<Row>> {
    let text = format!(
        "SELECT org_id, id, as_of FROM runs WHERE finished_at IS NULL AND state = {RUN_RUNNING} AND EXISTS (
             SELECT 1 FROM messages m WHERE m.run_id = runs.id AND m.due_at <= $1
             ORDER BY m.due_at LIMIT 1 OFFSET 0)"
    );
    session.fetch(sql(text).int(now.0)).await
}

fn read(row: &Row) -> Result<DueRun> {
    let c = row.columns();
    Ok(DueRun {
        org: OrgId(c.int("org_id")? as i32),
        run: RunId(c.int("id")?),
        began: c.opt_int("as_of")?.map(Timestamp),
    })
}
