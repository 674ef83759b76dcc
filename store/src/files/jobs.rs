//! Imports and exports: asked for, taken, ended.

use super::types::{FileJob, JobEnd, JobKind, JobProgress, JobState, NewJob};
use crate::base::audit::{Deed, log};
use crate::base::once::{self, Once};
use crate::db::Db;
use crate::sql::{Row, Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::fault::Why;
use bellhop_domain::{OrgId, Timestamp};

const COLUMNS: &str =
    "id, org_id, kind, state, about, asked, place, made_by, rows_done, rows_refused, bytes_done, bytes_in_all, told,
    tries, created_at, ended_at, expires_at";

const WAITING: i16 = JobState::Waiting.code();
const RUNNING: i16 = JobState::Running.code();

fn absent(kind: JobKind, id: i64) -> StoreError {
    let (what, id) = (kind.name(), id.to_string());
    StoreError::NotFound { what, id }
}

pub(super) async fn ask(
    db: &Db,
    org: OrgId,
    new: &NewJob<'_>,
    once: Option<&Once<'_>>,
    who: &str,
    now: Timestamp,
) -> Result<i64> {
    let mut tx = Session::begin(db).await?;
    if let Some(once) = once
        && let Some(made) = once::made(&mut tx, org, once).await?
    {
        return Ok(made);
    }
    let text = format!(
        "SELECT COUNT(*) AS there FROM file_jobs WHERE state IN ({WAITING}, {RUNNING}) AND org_id = $1 AND kind = $2"
    );
    let kind = i64::from(new.kind.code());
    let there = tx.first(sql(text).int(i64::from(org.0)).int(kind)).await?;
    let there = there.map_or(Ok(0), |row| row.columns().int("there"))?.unsigned_abs();
    if there >= new.most {
        return Err(StoreError::Conflict(Why::FileJobsMany { most: new.most }));
    }
    let text = format!(
        "INSERT INTO file_jobs (org_id, kind, state, about, asked, place, made_by, created_at)
         VALUES ($1, $2, {WAITING}, $3, $4, $5, $6, $7) RETURNING id"
    );
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(kind)
        .text(new.about)
        .text(new.asked)
        .text(new.place)
        .text(who)
        .int(now.0);
    let made = tx.first(statement).await?;
    let made = made.ok_or_else(|| absent(new.kind, 0));
    let id = made.and_then(|row| row.columns().int("id"))?;
    if let Some(once) = once {
        once::keep(&mut tx, org, once, id, now).await?;
    }
    let deed = Deed {
        org,
        who,
        action: new.kind.name(),
        object: format!("{} {id}", new.kind.name()),
        detail: Some(new.about),
        at: now,
    };
    log(&mut tx, deed).await?;
    tx.commit().await?;
    Ok(id)
}

pub(super) async fn one(db: &Db, org: OrgId, kind: JobKind, id: i64) -> Result<FileJob> {
    let text = format!("SELECT {COLUMNS} FROM file_jobs WHERE org_id = $1 AND kind = $2 AND id = $3");
    let statement = sql(text).int(i64::from(org.0)).int(i64::from(kind.code())).int(id);
    let row = Session::read(db).await?.first(statement).await?;
    job(&row.ok_or_else(|| absent(kind, id))?)
}

pub(super) async fn export_of_link(db: &Db, id: i64) -> Result<Option<FileJob>> {
    let text = format!(
        "SELECT {COLUMNS} FROM file_jobs WHERE id = $1 AND kind = {}",
        JobKind::Export.code()
    );
    let row = Session::read(db).await?.first(sql(text).int(id)).await?;
    row.as_ref().map(job).transpose()
}

pub(super) async fn page(db: &Db, org: OrgId, kind: JobKind, before: Option<i64>, limit: u32) -> Result<Vec<FileJob>> {
    let text = format!(
        "SELECT {COLUMNS} FROM file_jobs WHERE org_id = $1 AND kind = $2 AND id < $3 ORDER BY id DESC LIMIT {limit}"
    );
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(i64::from(kind.code()))
        .int(before.unwrap_or(i64::MAX));
    let rows = Session::read(db).await?.fetch(statement).await?;
    rows.iter().map(job).collect()
}

/// Each organisation's first job comes before anybody's second.
pub(super) async fn take(db: &Db, kind: JobKind, until: Timestamp, now: Timestamp) -> Result<Option<FileJob>> {
    // Who is asked every few seconds writes nothing as long as there is nothing.
    let text = format!("SELECT id FROM file_jobs WHERE state IN ({WAITING}, {RUNNING}) LIMIT 1");
    if Session::read(db).await?.first(sql(text)).await?.is_none() {
        return Ok(None);
    }
    let mut tx = Session::begin(db).await?;
    let text = format!(
        "UPDATE file_jobs SET state = {RUNNING}, tries = tries + 1, leased_until = $2
         WHERE id = (SELECT j.id FROM file_jobs j
            WHERE j.state IN ({WAITING}, {RUNNING}) AND j.kind = $1 AND (j.leased_until IS NULL OR j.leased_until <= $3)
            ORDER BY (SELECT COUNT(*) FROM file_jobs e
                WHERE e.org_id = j.org_id AND e.kind = j.kind AND e.state IN ({WAITING}, {RUNNING}) AND e.id < j.id), j.id
            LIMIT 1 {{lock}})
         RETURNING {COLUMNS}"
    );
    let statement = sql(text)
        .int(i64::from(kind.code()))
        .int(until.0)
        .int(now.0)
        .lock("FOR UPDATE SKIP LOCKED");
    let row = tx.first(statement).await?;
    tx.commit().await?;
    row.as_ref().map(job).transpose()
}

pub(super) async fn keep(db: &Db, id: i64, tries: u32, progress: &JobProgress, until: Timestamp) -> Result<bool> {
    let mut tx = Session::begin(db).await?;
    let text = format!(
        "UPDATE file_jobs SET rows_done = $3, rows_refused = $4, bytes_done = $5, bytes_in_all = $6, leased_until = $7
         WHERE id = $1 AND tries = $2 AND state = {RUNNING}"
    );
    let kept = tx.execute(progressed(text, id, tries, progress).int(until.0)).await?;
    tx.commit().await?;
    Ok(kept > 0)
}

fn progressed<'a>(text: String, id: i64, tries: u32, progress: &JobProgress) -> crate::sql::Sql<'a> {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    sql(text)
        .int(id)
        .int(i64::from(tries))
        .int(whole(progress.rows))
        .int(whole(progress.refused))
        .int(whole(progress.bytes))
        .int(whole(progress.of_bytes))
}

pub(super) async fn end(db: &Db, id: i64, tries: u32, end: &JobEnd<'_>, now: Timestamp) -> Result<bool> {
    let mut tx = Session::begin(db).await?;
    let text = format!(
        "UPDATE file_jobs SET state = $3, told = $4, asked = '{{}}', ended_at = $5, expires_at = $6, leased_until = NULL
         WHERE id = $1 AND tries = $2 AND state = {RUNNING}"
    );
    let statement = sql(text)
        .int(id)
        .int(i64::from(tries))
        .int(i64::from(end.state.code()))
        .text(end.told)
        .int(now.0)
        .int(end.expires_at.0);
    let ended = tx.execute(statement).await?;
    tx.commit().await?;
    Ok(ended > 0)
}

fn job(row: &Row) -> Result<FileJob> {
    let c = row.columns();
    let count = |name: &str| c.int(name).map(i64::unsigned_abs);
    Ok(FileJob {
        id: c.int("id")?,
        org: OrgId(i32::try_from(c.int("org_id")?).unwrap_or_default()),
        kind: c.code("kind", "kind of a job", JobKind::from_code)?,
        state: c.code("state", "state of a job", JobState::from_code)?,
        about: c.text("about")?,
        asked: c.text("asked")?,
        place: c.opt_text("place")?,
        made_by: c.text("made_by")?,
        progress: JobProgress {
            rows: count("rows_done")?,
            refused: count("rows_refused")?,
            bytes: count("bytes_done")?,
            of_bytes: count("bytes_in_all")?,
        },
        told: c.opt_text("told")?,
        tries: u32::try_from(c.int("tries")?).unwrap_or_default(),
        created_at: Timestamp(c.int("created_at")?),
        ended_at: c.opt_int("ended_at")?.map(Timestamp),
        expires_at: c.opt_int("expires_at")?.map(Timestamp),
    })
}
