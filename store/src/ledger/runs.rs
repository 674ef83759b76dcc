//! Reading mailings and runs, and starting runs whose time has come.

use super::codes::RUN_SCHEDULED;
use super::commands::absent;
use super::types::Run;
use crate::base::outbox::{Notice, What, append};
use crate::db::Db;
use crate::segments::of_file;
use crate::sql::{Row, Session, sql};
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

/// SQL that a run's origin is one of those.
pub(super) fn origins(those: impl Fn(Origin) -> bool) -> String {
    let codes = Origin::ALL.into_iter().filter(|origin| those(*origin));
    let codes: Vec<String> = codes.map(|origin| origin.code().to_string()).collect();
    format!("origin IN ({})", codes.join(", "))
}

/// The columns that [`run_of`] reads.
pub(super) const COLUMNS: &str = "id, org_id, mailing_id, state, purpose, origin, lane, test, spec, start_at, as_of, \
     expires_at, planned_at, paused_reason, finished_at, own_time, lives_from, rest";

pub(super) fn run_of(row: &Row) -> Result<Run> {
    let c = row.columns();
    Ok(Run {
        id: RunId(c.int("id")?),
        org: OrgId(c.int("org_id")? as i32),
        mailing: MailingId(c.int("mailing_id")?),
        state: c.code("state", "run state", RunState::from_code)?,
        purpose: c.code("purpose", "purpose", Purpose::from_code)?,
        origin: c.code("origin", "origin", Origin::from_code)?,
        lane: c.code("lane", "lane", Lane::from_code)?,
        test: c.flag("test")?,
        spec: c.text("spec")?,
        start_at: Timestamp(c.int("start_at")?),
        as_of: c.opt_int("as_of")?.map(Timestamp),
        expires_at: c.opt_int("expires_at")?.map(Timestamp),
        planned_at: c.opt_int("planned_at")?.map(Timestamp),
        paused_reason: c.opt_text("paused_reason")?,
        finished_at: c.opt_int("finished_at")?.map(Timestamp),
        own_time: c.opt_text("own_time")?,
        lives_from: c.opt_int("lives_from")?.map(Timestamp),
        rest: c
            .opt_int("rest")?
            .map(|rest| Duration::from_millis(rest.unsigned_abs())),
    })
}

pub(super) async fn read(session: &mut Session, id: RunId) -> Result<Run> {
    let text = format!("SELECT {COLUMNS} FROM runs WHERE id = $1");
    let row = session.first(sql(text).int(id.0)).await?;
    run_of(&row.ok_or_else(|| absent("run", id))?)
}

fn run_moved(run: RunId, mailing: MailingId, state: RunState) -> What {
    What::RunMoved { run, mailing, state }
}

/// Tells the outbox of runs that have moved by themselves, from rows with `id`, `org_id`, `mailing_id` and `state`.
pub(super) async fn tell_moved(tx: &mut Session, rows: &[Row], at: Timestamp) -> Result<()> {
    let notices = rows.iter().map(|row| {
        let c = row.columns();
        let state = c.code("state", "run state", RunState::from_code)?;
        Ok(Notice {
            org: OrgId(c.int("org_id")? as i32),
            at,
            what: run_moved(RunId(c.int("id")?), MailingId(c.int("mailing_id")?), state),
        })
    });
    let notices = notices.collect::<Result<Vec<_>>>()?;
    match notices.is_empty() {
        true => Ok(()),
        false => append(tx, &notices).await,
    }
}

/// The life of a run whose file this version cannot read.
const UNREADABLE_LIFE: Duration = Duration::from_secs(24 * 3600);

pub(super) async fn start(db: &Db, run: &Run, now: Timestamp) -> Result<()> {
    // A file that cannot be read must not keep the other runs from their start: a dispatcher pauses its run.
    let life = parse_spec(run.id, &run.spec).map_or(UNREADABLE_LIFE, |spec| spec.life());
    let lives_from = run.lives_from.map_or(now, |last| last.max(now));
    let expires = run.origin.lives_from_the_start().then(|| lives_from.plus(life).0);
    let planned = (!run.origin.is_planned()).then_some(now.0);
    let mut tx = Session::begin(db).await?;
    // The segments that the file names are meant as they are now: a change while it is planned concerns nobody of it.
    let spec = match parse_spec(run.id, &run.spec) {
        Ok(spec) => match of_file(&mut tx, run.org, spec).await {
            Err(StoreError::NotFound { .. }) => None,
            put_in => put_in?,
        },
        Err(_) => None,
    };
    // One of several dispatchers starts it; a cancel may have come first.
    let text = format!(
        "UPDATE runs SET state = $2, as_of = $3, expires_at = $4, planned_at = $5, spec = COALESCE($6, spec) WHERE id = $1 AND state = {RUN_SCHEDULED}"
    );
    let moved = tx
        .execute(
            sql(text)
                .int(run.id.0)
                .int(i64::from(RunState::Running.code()))
                .int(now.0)
                .int(expires)
                .int(planned)
                .text(spec.as_deref()),
        )
        .await?;
    if moved > 0 {
        let what = run_moved(run.id, run.mailing, RunState::Running);
        let (org, at) = (run.org, now);
        append(&mut tx, &[Notice { org, at, what }]).await?;
    }
    tx.commit().await
}
