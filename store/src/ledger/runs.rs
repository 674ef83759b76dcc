//! Reading mailings and runs, and starting runs whose time has come.

use super::commands::absent;
use super::types::{Mailing, Run};
use crate::db::Db;
use crate::sql::{Row, Session, Table, sql};
use crate::{Result, StoreError};
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::message::RunState;
use bellhop_domain::segment::Segment;
use bellhop_domain::*;
use std::time::Duration;

/// The run's file, as far as the ledger needs it: who is meant is the audience's business.
pub(super) type Spec = MailingSpec<Segment>;

pub(super) fn parse_spec(run: RunId, text: &str) -> Result<Spec> {
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt {
        what: "run",
        id: run.to_string(),
        problem: format!("its mailing file is unreadable ({e})"),
    })
}

const COLUMNS: &str = "id, org_id, mailing_id, state, purpose, origin, lane, test, spec, start_at, as_of, expires_at, planned_at, \
                       paused_reason, finished_at";

/// SQL that a run's origin is one of those.
pub(super) fn origins(those: impl Fn(Origin) -> bool) -> String {
    let codes = Origin::ALL.into_iter().filter(|origin| those(*origin));
    let codes: Vec<String> = codes.map(|origin| origin.code().to_string()).collect();
    format!("origin IN ({})", codes.join(", "))
}

fn run_of(row: &Row) -> Result<Run> {
    let mut c = row.cells();
    Ok(Run {
        id: RunId(c.int()?),
        org: OrgId(c.int()? as i32),
        mailing: MailingId(c.int()?),
        state: c.code("run state", RunState::from_code)?,
        purpose: c.code("purpose", Purpose::from_code)?,
        origin: c.code("origin", Origin::from_code)?,
        lane: c.code("lane", Lane::from_code)?,
        test: c.flag()?,
        spec: c.text()?,
        start_at: Timestamp(c.int()?),
        as_of: c.opt_int()?.map(Timestamp),
        expires_at: c.opt_int()?.map(Timestamp),
        planned_at: c.opt_int()?.map(Timestamp),
        paused_reason: c.opt_text()?,
        finished_at: c.opt_int()?.map(Timestamp),
    })
}

pub(super) async fn mailing(db: &Db, org: OrgId, id: MailingId) -> Result<Mailing> {
    let mut session = Session::read(db).await?;
    let text = "SELECT name, spec FROM mailings WHERE id = $1 AND org_id = $2";
    let row = session
        .first(sql(text).int(id.0).int(i64::from(org.0)))
        .await?
        .ok_or_else(|| absent("mailing", id))?;
    let mut c = row.cells();
    Ok(Mailing {
        id,
        org,
        name: c.text()?,
        spec: c.text()?,
    })
}

pub(super) async fn run(db: &Db, id: RunId) -> Result<Run> {
    let mut session = Session::read(db).await?;
    read(&mut session, id).await
}

pub(super) async fn read(session: &mut Session, id: RunId) -> Result<Run> {
    let text = format!("SELECT {COLUMNS} FROM runs WHERE id = $1");
    let row = session.first(sql(text).int(id.0)).await?;
    run_of(&row.ok_or_else(|| absent("run", id))?)
}

pub(super) async fn runs_of(db: &Db, org: OrgId, mailing: MailingId) -> Result<Vec<Run>> {
    let mut session = Session::read(db).await?;
    let text = format!("SELECT {COLUMNS} FROM runs WHERE mailing_id = $1 AND org_id = $2 ORDER BY id DESC");
    let rows = session.fetch(sql(text).int(mailing.0).int(i64::from(org.0))).await?;
    rows.iter().map(run_of).collect()
}

pub(super) async fn run_states(db: &Db, runs: &[RunId]) -> Result<Vec<(RunId, RunState)>> {
    let mut session = Session::read(db).await?;
    let wanted = Table::default().ints("run", runs.iter().map(|r| r.0));
    let text = "SELECT runs.id, runs.state FROM {rows} JOIN runs ON runs.id = r.run";
    let rows = session.fetch(sql(text).rows(wanted)).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.cells();
            Ok((RunId(c.int()?), c.code("run state", RunState::from_code)?))
        })
        .collect()
}

/// Runs begun in one call.
const BEGUN_AT_ONCE: usize = 1_000;

/// Starts what is due. The audience is asked as of the instant of the start, and the messages' life counts from it, unless each
/// has its own. A run that is not planned as a whole has nobody to plan now.
pub(super) async fn begin_due(db: &Db, now: Timestamp) -> Result<Vec<RunId>> {
    let mut session = Session::read(db).await?;
    let text = format!(
        "SELECT {COLUMNS} FROM runs WHERE state = 1 AND start_at <= $1 ORDER BY start_at LIMIT {BEGUN_AT_ONCE}"
    );
    let rows = session.fetch(sql(text).int(now.0)).await?;
    session.commit().await?;
    let runs = rows.iter().map(run_of).collect::<Result<Vec<_>>>()?;
    for run in &runs {
        start(db, run, now).await?;
    }
    Ok(runs.iter().map(|run| run.id).collect())
}

/// A running run that is not planned yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unplanned {
    pub org: OrgId,
    pub run: RunId,
    /// When it began. A database that was restored may have another run of its number.
    pub began: Option<Timestamp>,
}

/// Runs told that are to be planned: more than are ever under way at once.
const UNPLANNED_AT_ONCE: usize = 10_000;

pub(super) async fn unplanned(db: &Db) -> Result<Vec<Unplanned>> {
    let text = format!(
        "SELECT org_id, id, as_of FROM runs WHERE state = 2 AND planned_at IS NULL ORDER BY id LIMIT {UNPLANNED_AT_ONCE}"
    );
    let rows = Session::read(db).await?.fetch(sql(text)).await?;
    let runs = rows.iter().map(|row| {
        let mut c = row.cells();
        Ok(Unplanned {
            org: OrgId(c.int()? as i32),
            run: RunId(c.int()?),
            began: c.opt_int()?.map(Timestamp),
        })
    });
    runs.collect()
}

pub(super) async fn count_alive(db: &Db) -> Result<Vec<(RunState, u64)>> {
    let text = "SELECT state, COUNT(*) FROM runs WHERE finished_at IS NULL AND state IN (1, 2, 3) GROUP BY state";
    let rows = Session::read(db).await?.fetch(sql(text)).await?;
    let counts = rows.iter().map(|row| {
        let mut c = row.cells();
        Ok((c.code("run state", RunState::from_code)?, c.int()?.unsigned_abs()))
    });
    counts.collect()
}

/// The life of a run whose file this version cannot read.
const UNREADABLE_LIFE: Duration = Duration::from_secs(24 * 3600);

async fn start(db: &Db, run: &Run, now: Timestamp) -> Result<()> {
    // A file that cannot be read must not keep the other runs from their start: a dispatcher pauses its run.
    let life = parse_spec(run.id, &run.spec).map_or(UNREADABLE_LIFE, |spec| spec.life());
    let expires = run.origin.lives_from_the_start().then(|| now.plus(life).0);
    let planned = (!run.origin.is_planned()).then_some(now.0);
    let mut tx = Session::begin(db).await?;
    // One of several dispatchers starts it; a cancel may have come first.
    let text = "UPDATE runs SET state = $2, as_of = $3, expires_at = $4, planned_at = $5 WHERE id = $1 AND state = 1";
    tx.execute(
        sql(text)
            .int(run.id.0)
            .int(i64::from(RunState::Running.code()))
            .int(now.0)
            .int(expires)
            .int(planned),
    )
    .await?;
    tx.commit().await
}
