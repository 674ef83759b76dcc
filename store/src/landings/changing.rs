//! What people do to landings, each change with its row of the audit.

use super::reading::{self, absent};
use crate::base::audit::{Deed, Difference, log, log_change};
use crate::base::once::{self, Once};
use crate::db::Db;
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::fault::Why;
use bellhop_domain::landing::Landing;
use bellhop_domain::{LandingId, OrgId, Timestamp};

/// More than anybody looks through.
const MOST: usize = 1_000;

pub(super) async fn create(
    db: &Db,
    org: OrgId,
    (landing, token): (&Landing, &str),
    once: Option<&Once<'_>>,
    who: &str,
    now: Timestamp,
) -> Result<LandingId> {
    let mut tx = Session::begin(db).await?;
    if let Some(once) = once
        && let Some(made) = once::made(&mut tx, org, once).await?
    {
        return Ok(LandingId(made));
    }
    if reading::count(&mut tx, org).await? >= MOST as u64 {
        return Err(StoreError::Conflict(Why::LandingsTooMany { most: MOST }));
    }
    has_segment(&mut tx, org, landing).await?;
    let text = "INSERT INTO landings (org_id, token, name, page, segment_id, at_entry, starts_at, ends_at, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id";
    let page = written(landing)?;
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(token)
        .text(landing.name.as_str())
        .text(page.as_str())
        .int(landing.segment.map(|id| id.0))
        .flag(landing.at_entry)
        .int(landing.starts_at.unwrap_or(now).0)
        .int(landing.ends_at.map(|at| at.0))
        .int(now.0);
    let row = tx.first(statement).await?.ok_or(sqlx::Error::RowNotFound)?;
    let id = LandingId(row.columns().int("id")?);
    if let Some(once) = once {
        once::keep(&mut tx, org, once, id.0, now).await?;
    }
    log(&mut tx, deed(org, who, "landing.create", id, Some(&landing.name), now)).await?;
    tx.commit().await?;
    Ok(id)
}

pub(super) async fn change(
    db: &Db,
    org: OrgId,
    (id, version): (LandingId, i64),
    to: &Landing,
    who: &str,
    now: Timestamp,
) -> Result<bool> {
    let mut tx = Session::begin(db).await?;
    if !hold(&mut tx, org, (id, version)).await? {
        return Ok(false);
    }
    has_segment(&mut tx, org, to).await?;
    let before = reading::one(&mut tx, org, id).await?;
    let text =
        "UPDATE landings SET name = $2, page = $3, segment_id = $4, at_entry = $5, starts_at = COALESCE($6, starts_at),
                    ends_at = $7, version = version + 1 WHERE id = $1";
    let page = written(to)?;
    let statement = sql(text)
        .int(id.0)
        .text(to.name.as_str())
        .text(page.as_str())
        .int(to.segment.map(|id| id.0))
        .flag(to.at_entry)
        .int(to.starts_at.map(|at| at.0))
        .int(to.ends_at.map(|at| at.0));
    tx.execute(statement).await?;
    let told = |it: &Landing| serde_json::to_value(it).unwrap_or_default();
    let difference = Difference::of(&told(&before.landing), &told(to));
    log_change(
        &mut tx,
        deed(org, who, "landing.change", id, Some(&to.name), now),
        &difference,
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}

pub(super) async fn remove(
    db: &Db,
    org: OrgId,
    (id, version): (LandingId, i64),
    who: &str,
    now: Timestamp,
) -> Result<bool> {
    let mut tx = Session::begin(db).await?;
    if !hold(&mut tx, org, (id, version)).await? {
        return Ok(false);
    }
    let text = "UPDATE landings SET removed_at = $2 WHERE id = $1";
    tx.execute(sql(text).int(id.0).int(now.0)).await?;
    log(&mut tx, deed(org, who, "landing.remove", id, None, now)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Whether it is at the version, held until the end of the transaction.
async fn hold(tx: &mut Session, org: OrgId, (id, version): (LandingId, i64)) -> Result<bool> {
    let text = "SELECT version FROM landings WHERE id = $1 AND org_id = $2 AND removed_at IS NULL {lock}";
    let statement = sql(text).int(id.0).int(i64::from(org.0)).lock("FOR NO KEY UPDATE");
    let row = tx.first(statement).await?.ok_or_else(|| absent(id))?;
    Ok(row.columns().int("version")? == version)
}

/// Refuses a segment that the organisation does not have, and keeps the one that it has until the landing is there.
async fn has_segment(tx: &mut Session, org: OrgId, landing: &Landing) -> Result<()> {
    let Some(id) = landing.segment else { return Ok(()) };
    let text = "SELECT id FROM segments WHERE id = $1 AND org_id = $2 AND removed_at IS NULL {lock}";
    let statement = sql(text).int(id.0).int(i64::from(org.0)).lock("FOR SHARE");
    match tx.first(statement).await? {
        Some(_) => Ok(()),
        None => Err(StoreError::Conflict(Why::SegmentUnknown { id: id.0 })),
    }
}

fn written(landing: &Landing) -> Result<String> {
    serde_json::to_string(landing).map_err(|error| StoreError::Corrupt {
        what: "landing",
        id: landing.name.clone(),
        problem: error.to_string(),
    })
}

fn deed<'a>(
    org: OrgId,
    who: &'a str,
    action: &'static str,
    id: LandingId,
    detail: Option<&'a str>,
    at: Timestamp,
) -> Deed<'a> {
    Deed {
        org,
        who,
        action,
        object: format!("landing {id}"),
        detail,
        at,
    }
}
