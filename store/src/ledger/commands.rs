//! What people do to mailings and runs. Every command writes its audit row in its own transaction.

use super::begin::{Begin, insert_run};
use super::change::RunChange;
use super::refused_content;
use super::types::Launch;
use crate::base::audit::{Deed, log};
use crate::base::crossed::again_if_crossed;
use crate::base::once::{self, Once};
use crate::db::Db;
use crate::segments::note;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::fault::{Term, Why};
use bellhop_domain::launching::{Meant, may_launch};
use bellhop_domain::message::RunState;
use bellhop_domain::*;

pub(super) fn absent(what: &'static str, id: impl ToString) -> StoreError {
    StoreError::NotFound {
        what,
        id: id.to_string(),
    }
}

/// What people do to mailings and runs, and the breakers in their stead; `who` goes to the audit log.
#[async_trait]
pub trait Commanding: Send + Sync {
    async fn create_mailing(&self, org: OrgId, name: &str, spec: &str, who: &str, now: Timestamp) -> Result<MailingId>;
    /// Fails with a conflict if [`bellhop_domain::launching`] forbids it: while a run of this mailing (except a test)
    /// is scheduled, running or paused, if the mailing was launched before, or if the start is past.
    async fn launch(&self, org: OrgId, launch: Launch, who: &str, now: Timestamp) -> Result<RunId> {
        self.launch_as_meant(org, launch, Meant::default(), who, now).await
    }
    /// Like [`launch`](Self::launch), but `meant` permits what is forbidden there.
    async fn launch_as_meant(
        &self,
        org: OrgId,
        launch: Launch,
        meant: Meant,
        who: &str,
        now: Timestamp,
    ) -> Result<RunId> {
        self.launch_once(org, launch, meant, None, who, now).await
    }
    /// Like [`launch_as_meant`](Self::launch_as_meant), but the same request again launches nothing, and returns the run
    /// of the first.
    async fn launch_once(
        &self,
        org: OrgId,
        launch: Launch,
        meant: Meant,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<RunId>;
    async fn pause(&self, org: OrgId, run: RunId, reason: &str, who: &str, now: Timestamp) -> Result<()> {
        self.change_run(org, run, RunChange::Pause, Some(reason), who, now)
            .await
    }
    async fn resume(&self, org: OrgId, run: RunId, who: &str, now: Timestamp) -> Result<()> {
        self.change_run(org, run, RunChange::Resume, None, who, now).await
    }
    async fn cancel(&self, org: OrgId, run: RunId, who: &str, now: Timestamp) -> Result<()> {
        self.change_run(org, run, RunChange::Cancel, None, who, now).await
    }
    /// Pauses, resumes or cancels a run. The reason goes to the audit log, and stays with a run that is paused.
    async fn change_run(
        &self,
        org: OrgId,
        run: RunId,
        change: RunChange,
        reason: Option<&str>,
        who: &str,
        now: Timestamp,
    ) -> Result<()>;
}

#[async_trait]
impl Commanding for SqlStore {
    async fn create_mailing(&self, org: OrgId, name: &str, spec: &str, who: &str, now: Timestamp) -> Result<MailingId> {
        let mut tx = Session::begin(&self.db).await?;
        let id = create(&mut tx, org, (name, spec), who, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn launch_once(
        &self,
        org: OrgId,
        launch: Launch,
        meant: Meant,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<RunId> {
        again_if_crossed!(self.try_launch(org, &launch, meant, once, who, now))
    }

    async fn change_run(
        &self,
        org: OrgId,
        run: RunId,
        to: RunChange,
        reason: Option<&str>,
        who: &str,
        now: Timestamp,
    ) -> Result<()> {
        change(&self.db, org, run, to, reason, who, now).await
    }
}

/// Makes a mailing, and tells the audit log.
pub(super) async fn create(
    tx: &mut Session,
    org: OrgId,
    (name, spec): (&str, &str),
    who: &str,
    now: Timestamp,
) -> Result<MailingId> {
    let text = "INSERT INTO mailings (org_id, name, spec, created_at) VALUES ($1, $2, $3, $4) RETURNING id";
    let rows = tx
        .fetch(sql(text).int(i64::from(org.0)).text(name).text(spec).int(now.0))
        .await?;
    let id = MailingId(returned(&rows)?);
    note(tx, id, spec).await?;
    let deed = Deed {
        org,
        who,
        action: "mailing.create",
        object: format!("mailing {id}"),
        detail: Some(name),
        at: now,
    };
    log(tx, deed).await?;
    Ok(id)
}

impl SqlStore {
    /// Locks the mailing first, so that of two launches at once the second sees the first's run.
    async fn try_launch(
        &self,
        org: OrgId,
        launch: &Launch,
        meant: Meant,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<RunId> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "SELECT id FROM mailings WHERE id = $1 AND org_id = $2 AND removed_at IS NULL {lock}";
        tx.first(
            sql(text)
                .int(launch.mailing.0)
                .int(i64::from(org.0))
                .lock("FOR NO KEY UPDATE"),
        )
        .await?
        .ok_or_else(|| absent("mailing", launch.mailing))?;
        if let Some(once) = once
            && let Some(made) = once::made(&mut tx, org, once).await?
        {
            return Ok(RunId(made));
        }
        if !launch.test {
            of_no_program(&mut tx, launch.mailing).await?;
            let runs = runs_before(&mut tx, launch.mailing).await?;
            may_launch(launch.mailing, launch.origin, &runs, launch.start_at, meant, now)
                .map_err(StoreError::Conflict)?;
        }
        let run = insert_run(&mut tx, org, launch, Begin::default()).await?;
        if let Some(once) = once {
            once::keep(&mut tx, org, once, run.0, now).await?;
        }
        let again = if meant.again { ", again" } else { "" };
        let detail = format!("mailing {}, start {}{again}", launch.mailing, launch.start_at);
        let action = if launch.test { "run.test" } else { "run.launch" };
        log(
            &mut tx,
            Deed {
                org,
                who,
                action,
                object: format!("run {run}"),
                detail: Some(&detail),
                at: now,
            },
        )
        .await?;
        tx.commit().await?;
        Ok(run)
    }
}

/// The id of the row just inserted.
fn returned(rows: &[crate::sql::Row]) -> Result<i64> {
    rows.first().ok_or(sqlx::Error::RowNotFound)?.columns().int("id")
}

/// A program's texts go one by one, in runs that it opens itself.
async fn of_no_program(tx: &mut Session, mailing: MailingId) -> Result<()> {
    let text = "SELECT program_id FROM program_versions WHERE mailing_id = $1";
    let Some(row) = tx.first(sql(text).int(mailing.0)).await? else {
        return Ok(());
    };
    let program = row.columns().int("program_id")?;
    Err(StoreError::Conflict(Why::LaunchOfProgram {
        mailing: mailing.0,
        program,
    }))
}

/// The mailing's runs, tests aside, the latest first.
pub(super) async fn runs_before(tx: &mut Session, mailing: MailingId) -> Result<Vec<(RunId, RunState)>> {
    let text = "SELECT id, state FROM runs WHERE mailing_id = $1 AND NOT test ORDER BY id DESC";
    let rows = tx.fetch(sql(text).int(mailing.0)).await?;
    rows.iter()
        .map(|row| {
            let c = row.columns();
            Ok((RunId(c.int("id")?), c.code("state", "run state", RunState::from_code)?))
        })
        .collect()
}

/// Changes a run's state. A state that the run already has is silently kept, because several breakers may pause one
/// run.
///
/// `FOR UPDATE` waits for a planning page and for workers in the middle of [`start`](super::Claiming::start): when a pause or a
/// cancel returns, no request that had not started before it will start.
async fn change(
    db: &Db,
    org: OrgId,
    run: RunId,
    change: RunChange,
    reason: Option<&str>,
    who: &str,
    now: Timestamp,
) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    let text = "SELECT state FROM runs WHERE id = $1 AND org_id = $2 {lock}";
    let row = tx
        .first(sql(text).int(run.0).int(i64::from(org.0)).lock("FOR UPDATE"))
        .await?
        .ok_or_else(|| absent("run", run))?;
    let state = row.columns().code("state", "run state", RunState::from_code)?;
    if state == change.target() {
        return tx.commit().await;
    }
    if !change.allowed_from(state) {
        return Err(StoreError::Conflict(Why::RunStateUnfit {
            run: run.0,
            state: Term(state.name()),
            target: Term(change.target().name()),
        }));
    }
    if change == RunChange::Resume {
        refused_content::forget(&mut tx, run).await?;
    }
    let text = "UPDATE runs SET state = $2, paused_reason = $3 WHERE id = $1";
    let paused_reason = reason.filter(|_| change == RunChange::Pause);
    let statement = sql(text).int(run.0).int(i64::from(change.target().code()));
    tx.execute(statement.text(paused_reason)).await?;
    log(
        &mut tx,
        Deed {
            org,
            who,
            action: change.action(),
            object: format!("run {run}"),
            detail: reason,
            at: now,
        },
    )
    .await?;
    tx.commit().await
}
