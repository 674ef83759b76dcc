//! Uploads, and files whose time is over.

use super::types::{JobState, NewUpload, OverFile, OverOf, Upload};
use crate::base::audit::{Deed, log};
use crate::base::once::{self, Once};
use crate::db::Db;
use crate::sql::{Row, Session, Table, sql};
use crate::{Result, StoreError};
use bellhop_domain::fault::Why;
use bellhop_domain::{OrgId, Timestamp};
use std::time::Duration;

/// How long it is known that a job has been.
const KNOWN: Duration = Duration::from_secs(90 * 24 * 3600);

const COLUMNS: &str = "id, name, bytes, place, made_by, created_at, expires_at";

pub(super) async fn declare(
    db: &Db,
    org: OrgId,
    new: &NewUpload<'_>,
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
    // Two that are declared at once are counted one after the other.
    let text = "SELECT id FROM organisations WHERE id = $1 {lock}";
    tx.fetch(sql(text).int(i64::from(org.0)).lock("FOR UPDATE")).await?;
    let text =
        "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS there FROM uploads WHERE org_id = $1 AND expires_at > $2";
    let there = tx.first(sql(text).int(i64::from(org.0)).int(now.0)).await?;
    let there = there.map_or(Ok(0), |row| row.columns().int("there"))?.unsigned_abs();
    if there.saturating_add(new.bytes) > new.together {
        return Err(StoreError::Conflict(Why::UploadsFull { most: new.together }));
    }
    let text = "INSERT INTO uploads (org_id, name, bytes, place, made_by, created_at, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(new.name)
        .int(i64::try_from(new.bytes).unwrap_or(i64::MAX))
        .text(new.place)
        .text(who)
        .int(now.0)
        .int(new.expires_at.0);
    let made = tx.first(statement).await?;
    let id = made.ok_or_else(|| absent(0)).and_then(|row| row.columns().int("id"))?;
    if let Some(once) = once {
        once::keep(&mut tx, org, once, id, now).await?;
    }
    let deed = Deed {
        org,
        who,
        action: "upload",
        object: format!("upload {id}"),
        detail: None,
        at: now,
    };
    log(&mut tx, deed).await?;
    tx.commit().await?;
    Ok(id)
}

fn absent(id: i64) -> StoreError {
    let (what, id) = ("upload", id.to_string());
    StoreError::NotFound { what, id }
}

pub(super) async fn one(db: &Db, org: OrgId, id: i64, now: Timestamp) -> Result<Upload> {
    let text = format!("SELECT {COLUMNS} FROM uploads WHERE org_id = $1 AND id = $2 AND expires_at > $3");
    let statement = sql(text).int(i64::from(org.0)).int(id).int(now.0);
    let row = Session::read(db).await?.first(statement).await?;
    upload(&row.ok_or_else(|| absent(id))?)
}

pub(super) async fn page(db: &Db, org: OrgId, before: Option<i64>, limit: u32, now: Timestamp) -> Result<Vec<Upload>> {
    let text = format!(
        "SELECT {COLUMNS} FROM uploads WHERE org_id = $1 AND id < $2 AND expires_at > $3 ORDER BY id DESC LIMIT {limit}"
    );
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(before.unwrap_or(i64::MAX))
        .int(now.0);
    let rows = Session::read(db).await?.fetch(statement).await?;
    rows.iter().map(upload).collect()
}

pub(super) async fn end(db: &Db, org: OrgId, id: i64, now: Timestamp) -> Result<()> {
    let mut tx = Session::begin(db).await?;
    let text = "UPDATE uploads SET expires_at = $3 WHERE org_id = $1 AND id = $2 AND expires_at > $3";
    let ended = tx.execute(sql(text).int(i64::from(org.0)).int(id).int(now.0)).await?;
    tx.commit().await?;
    match ended {
        0 => Err(absent(id)),
        _ => Ok(()),
    }
}

fn upload(row: &Row) -> Result<Upload> {
    let c = row.columns();
    Ok(Upload {
        id: c.int("id")?,
        name: c.text("name")?,
        bytes: c.int("bytes")?.unsigned_abs(),
        place: c.text("place")?,
        made_by: c.text("made_by")?,
        created_at: Timestamp(c.int("created_at")?),
        expires_at: Timestamp(c.int("expires_at")?),
    })
}

/// An upload that an import reads is over when the import is.
pub(super) async fn over(db: &Db, limit: u32, now: Timestamp) -> Result<Vec<OverFile>> {
    let mut session = Session::read(db).await?;
    let mut over = Vec::new();
    let uploads = format!("SELECT id, place FROM uploads WHERE expires_at <= $1 ORDER BY expires_at LIMIT {limit}");
    let jobs = format!(
        "SELECT id, place FROM file_jobs WHERE place IS NOT NULL AND expires_at IS NOT NULL AND expires_at <= $1
         ORDER BY expires_at LIMIT {limit}"
    );
    for (text, of) in [(uploads, OverOf::Upload as fn(i64) -> OverOf), (jobs, OverOf::Job)] {
        for row in session.fetch(sql(text).int(now.0)).await? {
            let c = row.columns();
            let (of, place) = (of(c.int("id")?), c.text("place")?);
            over.push(OverFile { of, place });
        }
    }
    Ok(over)
}

pub(super) async fn forget(db: &Db, over: &[OverFile], now: Timestamp) -> Result<()> {
    let (mut uploads, mut jobs) = (Vec::new(), Vec::new());
    for file in over {
        match file.of {
            OverOf::Upload(id) => uploads.push(id),
            OverOf::Job(id) => jobs.push(id),
        }
    }
    let mut tx = Session::begin(db).await?;
    let text = "DELETE FROM uploads WHERE id IN (SELECT r.id FROM {rows})";
    tx.execute(sql(text).rows(Table::default().ints("id", uploads))).await?;
    let text = "UPDATE file_jobs SET place = NULL WHERE id IN (SELECT r.id FROM {rows})";
    tx.execute(sql(text).rows(Table::default().ints("id", jobs))).await?;
    let text = format!(
        "DELETE FROM file_jobs WHERE place IS NULL AND state NOT IN ({}, {}) AND expires_at < $1",
        JobState::Waiting.code(),
        JobState::Running.code()
    );
    tx.execute(sql(text).int(now.minus(KNOWN).0)).await?;
    tx.commit().await
}
