//! When mailings start by themselves (PRODUCT.md §5): which schedules there are, and the runs that begin by them.
//!
//! A schedule is a text here; what it means is decided by whoever asks (the crate `bellhop-programs`). What is here is that
//! a start begins once, whoever looks and however often.

use super::begin::{Begin, OwnTimeOfRun, insert_run, millis};
use super::commands::absent;
use super::runs::parse_spec;
use super::types::Launch;
use crate::base::audit::{Deed, OURSELVES, log};
use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::*;
use std::time::Duration;

/// A mailing that starts by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    pub org: OrgId,
    pub mailing: MailingId,
    /// `bellhop_programs::calendar::Schedule`, JSON.
    pub schedule: String,
    pub made_at: Timestamp,
    /// The latest start that was looked at.
    pub handled: Timestamp,
    /// How late a start may begin.
    pub late: Duration,
    /// `None`: no start is to come.
    pub next_at: Option<Timestamp>,
}

/// A start that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledStart {
    pub at: Timestamp,
    /// `None`: its messages go at once.
    pub own_time: Option<OwnTimeOfRun>,
    /// For how long guests of an earlier run are left alone.
    pub rest: Option<Duration>,
}

/// Schedules made by people, and followed by dispatchers.
#[async_trait]
pub trait Scheduling: Send + Sync {
    /// Sets a mailing's schedule, in place of the one that it has. Runs that have begun go on.
    async fn put_schedule(&self, it: &Scheduled, who: &str, now: Timestamp) -> Result<()>;
    /// Removes it; whether there was one. Runs that have begun go on.
    async fn remove_schedule(&self, org: OrgId, mailing: MailingId, who: &str, now: Timestamp) -> Result<bool>;
    async fn schedule(&self, org: OrgId, mailing: MailingId) -> Result<Option<Scheduled>>;
    /// Those of an organisation that have a start to come before an instant.
    async fn schedules(&self, org: OrgId, before: Timestamp) -> Result<Vec<Scheduled>>;
    /// Schedules of which a start has come, the one that waited longest first.
    async fn due_schedules(&self, limit: u32, now: Timestamp) -> Result<Vec<Scheduled>>;
    /// Begins runs for starts that have come, and notes what has been looked at; nothing if somebody else has done so or the
    /// schedule was changed since it was read. A run has the mailing's file as it is now, and runs of one mailing may overlap.
    async fn begin_scheduled(
        &self,
        read: &Scheduled,
        starts: &[ScheduledStart],
        handled: Timestamp,
        next_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<RunId>>;
}

const COLUMNS: &str = "org_id, mailing_id, schedule, made_at, handled, late, next_at";

#[async_trait]
impl Scheduling for SqlStore {
    async fn put_schedule(&self, it: &Scheduled, who: &str, now: Timestamp) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        exists(&mut tx, it.org, it.mailing).await?;
        let text = "INSERT INTO schedules (mailing_id, org_id, schedule, made_at, handled, late, next_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7)
                    ON CONFLICT (mailing_id) DO UPDATE SET schedule = EXCLUDED.schedule, made_at = EXCLUDED.made_at,
                        handled = EXCLUDED.handled, late = EXCLUDED.late, next_at = EXCLUDED.next_at";
        let statement = sql(text)
            .int(it.mailing.0)
            .int(i64::from(it.org.0))
            .text(it.schedule.as_str())
            .int(it.made_at.0)
            .int(it.handled.0)
            .int(millis(it.late))
            .int(it.next_at.map(|at| at.0));
        tx.execute(statement).await?;
        let deed = Deed {
            org: it.org,
            who,
            action: "mailing.schedule",
            object: format!("mailing {}", it.mailing),
            detail: Some(&it.schedule),
            at: now,
        };
        log(&mut tx, deed).await?;
        tx.commit().await
    }

    async fn remove_schedule(&self, org: OrgId, mailing: MailingId, who: &str, now: Timestamp) -> Result<bool> {
        let mut tx = Session::begin(&self.db).await?;
        exists(&mut tx, org, mailing).await?;
        let text = "DELETE FROM schedules WHERE mailing_id = $1";
        let removed = tx.execute(sql(text).int(mailing.0)).await? > 0;
        if removed {
            let deed = Deed {
                org,
                who,
                action: "mailing.unschedule",
                object: format!("mailing {mailing}"),
                detail: None,
                at: now,
            };
            log(&mut tx, deed).await?;
        }
        tx.commit().await?;
        Ok(removed)
    }

    async fn schedule(&self, org: OrgId, mailing: MailingId) -> Result<Option<Scheduled>> {
        let mut session = Session::read(&self.db).await?;
        let text = format!("SELECT {COLUMNS} FROM schedules WHERE mailing_id = $1 AND org_id = $2");
        let row = session.first(sql(text).int(mailing.0).int(i64::from(org.0))).await?;
        row.as_ref().map(scheduled).transpose()
    }

    async fn schedules(&self, org: OrgId, before: Timestamp) -> Result<Vec<Scheduled>> {
        let mut session = Session::read(&self.db).await?;
        let text = format!("SELECT {COLUMNS} FROM schedules WHERE next_at < $1 AND org_id = $2 ORDER BY mailing_id");
        let rows = session.fetch(sql(text).int(before.0).int(i64::from(org.0))).await?;
        rows.iter().map(scheduled).collect()
    }

    async fn due_schedules(&self, limit: u32, now: Timestamp) -> Result<Vec<Scheduled>> {
        let mut session = Session::read(&self.db).await?;
        let text = format!("SELECT {COLUMNS} FROM schedules WHERE next_at <= $1 ORDER BY next_at LIMIT {limit}");
        let rows = session.fetch(sql(text).int(now.0)).await?;
        rows.iter().map(scheduled).collect()
    }

    async fn begin_scheduled(
        &self,
        read: &Scheduled,
        starts: &[ScheduledStart],
        handled: Timestamp,
        next_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<RunId>> {
        let mut tx = Session::begin(&self.db).await?;
        // Whoever comes second waits for the row, and finds that it was looked at.
        let text = "UPDATE schedules SET handled = $4, next_at = $5
                    WHERE mailing_id = $1 AND handled = $2 AND schedule = $3 AND made_at = $6";
        let statement = sql(text)
            .int(read.mailing.0)
            .int(read.handled.0)
            .text(read.schedule.as_str())
            .int(handled.0)
            .int(next_at.map(|at| at.0))
            .int(read.made_at.0);
        if tx.execute(statement).await? == 0 {
            return Ok(Vec::new());
        }
        let file = file(&mut tx, read).await?;
        let mut begun = Vec::with_capacity(starts.len());
        for start in starts {
            begun.push(begin(&mut tx, read, start, &file, now).await?);
        }
        tx.commit().await?;
        Ok(begun)
    }
}

async fn begin(tx: &mut Session, of: &Scheduled, start: &ScheduledStart, file: &str, now: Timestamp) -> Result<RunId> {
    let spec = parse_spec(RunId(0), file)?;
    let launch = Launch {
        mailing: of.mailing,
        start_at: start.at,
        purpose: spec.purpose(),
        origin: spec.origin(),
        test: false,
        spec: file.to_owned(),
    };
    let begin = Begin {
        own_time: start.own_time.as_ref(),
        rest: start.rest,
    };
    let run = insert_run(tx, of.org, &launch, begin).await?;
    let detail = format!("mailing {}, start {}, by its schedule", of.mailing, start.at);
    let deed = Deed {
        org: of.org,
        who: OURSELVES,
        action: "run.launch",
        object: format!("run {run}"),
        detail: Some(&detail),
        at: now,
    };
    log(tx, deed).await?;
    Ok(run)
}

async fn exists(tx: &mut Session, org: OrgId, mailing: MailingId) -> Result<()> {
    let text = "SELECT id FROM mailings WHERE id = $1 AND org_id = $2 AND removed_at IS NULL";
    let row = tx.first(sql(text).int(mailing.0).int(i64::from(org.0))).await?;
    row.map(|_| ()).ok_or_else(|| absent("mailing", mailing))
}

async fn file(tx: &mut Session, of: &Scheduled) -> Result<String> {
    let text = "SELECT spec FROM mailings WHERE id = $1";
    let row = tx.first(sql(text).int(of.mailing.0)).await?;
    row.ok_or_else(|| absent("mailing", of.mailing))?.columns().text("spec")
}

fn scheduled(row: &Row) -> Result<Scheduled> {
    let c = row.columns();
    Ok(Scheduled {
        org: OrgId(c.int("org_id")? as i32),
        mailing: MailingId(c.int("mailing_id")?),
        schedule: c.text("schedule")?,
        made_at: Timestamp(c.int("made_at")?),
        handled: Timestamp(c.int("handled")?),
        late: Duration::from_millis(c.int("late")?.unsigned_abs()),
        next_at: c.opt_int("next_at")?.map(Timestamp),
    })
}
