//! What people do to segments, each change with its row of the audit.

use super::reading::{self, NewSegment, SegmentUse, absent};
use crate::base::audit::{Deed, Difference, log, log_change};
use crate::base::once::{self, Once};
use crate::db::Db;
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::fault::Why;
use bellhop_domain::{OrgId, SegmentId, Timestamp};
use serde_json::json;

/// More than anybody looks through.
const MOST: usize = 1_000;

pub(super) async fn create(
    db: &Db,
    org: OrgId,
    new: &NewSegment<'_>,
    once: Option<&Once<'_>>,
    who: &str,
    now: Timestamp,
) -> Result<SegmentId> {
    let mut tx = Session::begin(db).await?;
    if let Some(once) = once
        && let Some(made) = once::made(&mut tx, org, once).await?
    {
        return Ok(SegmentId(made));
    }
    fits(&mut tx, org, None, new).await?;
    if reading::count(&mut tx, org).await? >= MOST as u64 {
        return Err(StoreError::Conflict(Why::SegmentsTooMany { most: MOST }));
    }
    let text = "INSERT INTO segments (org_id, name, description, filter, created_at, changed_at)
                VALUES ($1, $2, $3, $4, $5, $5) RETURNING id";
    let filter = written(new)?;
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(new.name)
        .text(new.description)
        .text(filter.as_str());
    let row = tx.first(statement.int(now.0)).await?.ok_or(sqlx::Error::RowNotFound)?;
    let id = SegmentId(row.columns().int("id")?);
    if let Some(once) = once {
        once::keep(&mut tx, org, once, id.0, now).await?;
    }
    log(&mut tx, deed(org, who, "segment.create", id, Some(new.name), now)).await?;
    tx.commit().await?;
    Ok(id)
}

pub(super) async fn change(
    db: &Db,
    org: OrgId,
    (id, version): (SegmentId, i64),
    to: &NewSegment<'_>,
    who: &str,
    now: Timestamp,
) -> Result<bool> {
    let mut tx = Session::begin(db).await?;
    if !hold(&mut tx, org, (id, version)).await? {
        return Ok(false);
    }
    fits(&mut tx, org, Some(id), to).await?;
    let before = reading::one(&mut tx, org, id).await?;
    let text = "UPDATE segments SET name = $2, description = $3, filter = $4, version = version + 1, changed_at = $5
                WHERE id = $1";
    let filter = written(to)?;
    let statement = sql(text).int(id.0).text(to.name).text(to.description);
    tx.execute(statement.text(filter.as_str()).int(now.0)).await?;
    // Somebody agreed to another audience.
    let text =
        "DELETE FROM launch_approvals WHERE mailing_id IN (SELECT mailing_id FROM segment_uses WHERE segment_id = $1)";
    tx.execute(sql(text).int(id.0)).await?;
    let told =
        |name: &str, description: &str, filter| json!({ "name": name, "description": description, "filter": filter });
    let difference = Difference::of(
        &told(&before.name, &before.description, &before.filter),
        &told(to.name, to.description, to.filter),
    );
    log_change(
        &mut tx,
        deed(org, who, "segment.change", id, Some(to.name), now),
        &difference,
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}

pub(super) async fn remove(
    db: &Db,
    org: OrgId,
    (id, version): (SegmentId, i64),
    who: &str,
    now: Timestamp,
) -> Result<bool> {
    let mut tx = Session::begin(db).await?;
    if !hold(&mut tx, org, (id, version)).await? {
        return Ok(false);
    }
    if let Some(first) = reading::uses(&mut tx, org, id).await?.into_iter().next() {
        let by = match first {
            SegmentUse::Mailing(id, name) => format!("mailing {id} {name:?}"),
            SegmentUse::Program(id, name) => format!("program {id} {name:?}"),
            SegmentUse::Landing(id, name) => format!("landing {id} {name:?}"),
        };
        return Err(StoreError::Conflict(Why::SegmentUsed { by }));
    }
    let text = "UPDATE segments SET removed_at = $2 WHERE id = $1";
    tx.execute(sql(text).int(id.0).int(now.0)).await?;
    log(&mut tx, deed(org, who, "segment.remove", id, None, now)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Whether it is at the version, held until the end of the transaction.
async fn hold(tx: &mut Session, org: OrgId, (id, version): (SegmentId, i64)) -> Result<bool> {
    let text = "SELECT version FROM segments WHERE id = $1 AND org_id = $2 AND removed_at IS NULL {lock}";
    let statement = sql(text).int(id.0).int(i64::from(org.0)).lock("FOR NO KEY UPDATE");
    let row = tx.first(statement).await?.ok_or_else(|| absent(id))?;
    Ok(row.columns().int("version")? == version)
}

/// Refuses a name that another segment has, and a filter that names one.
async fn fits(tx: &mut Session, org: OrgId, own: Option<SegmentId>, new: &NewSegment<'_>) -> Result<()> {
    if !new.filter.saved().is_empty() {
        return Err(StoreError::Conflict(Why::SegmentOfSegments));
    }
    let text = "SELECT id FROM segments WHERE org_id = $1 AND name = $2 AND removed_at IS NULL AND id <> $3";
    let statement = sql(text).int(i64::from(org.0)).text(new.name);
    let taken = tx.first(statement.int(own.map_or(0, |id| id.0))).await?;
    match taken {
        None => Ok(()),
        Some(_) => {
            let name = new.name.to_owned();
            Err(StoreError::Conflict(Why::SegmentTaken { name }))
        }
    }
}

fn written(new: &NewSegment<'_>) -> Result<String> {
    serde_json::to_string(new.filter).map_err(|error| StoreError::Corrupt {
        what: "segment",
        id: new.name.to_owned(),
        problem: error.to_string(),
    })
}

fn deed<'a>(
    org: OrgId,
    who: &'a str,
    action: &'static str,
    id: SegmentId,
    detail: Option<&'a str>,
    at: Timestamp,
) -> Deed<'a> {
    Deed {
        org,
        who,
        action,
        object: format!("segment {id}"),
        detail,
        at,
    }
}
