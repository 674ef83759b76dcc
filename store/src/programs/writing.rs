//! A program is made, and gets another version.

use super::switching::WAITING;
use super::told::{absent, tell};
use super::types::{NewVersion, ProgramState};
use crate::Result;
use crate::base::once;
use crate::base::once::Once;
use crate::db::Db;
use crate::segments::note;
use crate::sql::{Session, sql};
use bellhop_domain::*;

pub(super) async fn create(
    db: &Db,
    org: OrgId,
    new: &NewVersion<'_>,
    once: Option<&Once<'_>>,
    who: &str,
    now: Timestamp,
) -> Result<ProgramId> {
    let mut tx = Session::begin(db).await?;
    if let Some(once) = once
        && let Some(made) = once::made(&mut tx, org, once).await?
    {
        return Ok(ProgramId(made));
    }
    let text = "INSERT INTO programs (org_id, name, state, version, created_at, switched_at)
                VALUES ($1, $2, $3, 1, $4, $4) RETURNING id";
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(new.name)
        .int(i64::from(ProgramState::Off.code()))
        .int(now.0);
    let row = tx.first(statement).await?.ok_or(sqlx::Error::RowNotFound)?;
    let id = ProgramId(row.columns().int("id")?);
    write_version(&mut tx, org, id, 1, new, now).await?;
    if let Some(once) = once {
        once::keep(&mut tx, org, once, id.0, now).await?;
    }
    tell(&mut tx, org, id, "program.create", new.name, who, now).await?;
    tx.commit().await?;
    Ok(id)
}

pub(super) async fn edit(
    db: &Db,
    (org, id): (OrgId, ProgramId),
    from: Option<i32>,
    new: &NewVersion<'_>,
    who: &str,
    now: Timestamp,
) -> Result<Option<i32>> {
    let mut tx = Session::begin(db).await?;
    let text =
        "UPDATE programs SET version = version + 1, name = $3, armed_until = 0, arming_until = NULL, arm_cursor = 0
                WHERE id = $1 AND org_id = $2 RETURNING version";
    let statement = sql(text).int(id.0).int(i64::from(org.0)).text(new.name);
    let row = tx.first(statement).await?.ok_or_else(|| absent(id))?;
    let version = row.columns().int("version")? as i32;
    // The row is locked now, so that whoever read the same version comes second; the transaction ends without a trace.
    if from.is_some_and(|from| from != version - 1) {
        return Ok(None);
    }
    write_version(&mut tx, org, id, version, new, now).await?;
    // The days ahead were armed early only so that they are in time: they have not fired before their moment.
    let text =
        format!("UPDATE firings SET version = $2 WHERE program_id = $1 AND state = {WAITING} AND last_event = 0");
    tx.execute(sql(text).int(id.0).int(i64::from(version))).await?;
    let detail = format!("version {version}");
    tell(&mut tx, org, id, "program.edit", &detail, who, now).await?;
    tx.commit().await?;
    Ok(Some(version))
}

/// A version has a mailing of its own, so that its runs keep their texts and have statistics as any.
async fn write_version(
    tx: &mut Session,
    org: OrgId,
    id: ProgramId,
    version: i32,
    new: &NewVersion<'_>,
    now: Timestamp,
) -> Result<()> {
    let text = "INSERT INTO mailings (org_id, name, spec, created_at) VALUES ($1, $2, $3, $4) RETURNING id";
    let statement = sql(text)
        .int(i64::from(org.0))
        .text(new.name)
        .text(new.mailing)
        .int(now.0);
    let row = tx.first(statement).await?.ok_or(sqlx::Error::RowNotFound)?;
    let mailing = row.columns().int("id")?;
    let text = "INSERT INTO program_versions (program_id, version, definition, mailing_id, created_at)
                VALUES ($1, $2, $3, $4, $5)";
    let statement = sql(text).int(id.0).int(i64::from(version)).text(new.definition);
    tx.execute(statement.int(mailing).int(now.0)).await?;
    note(tx, MailingId(mailing), new.definition).await
}
