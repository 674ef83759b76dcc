//! Runs of programs: each takes the messages of one version on one day, and ends when it has none left after that day.
//! So texts stay as they were, and statistics add up.

use super::codes::RUN_UNDER_WAY;
use super::commands::absent;
use super::known::{KnownRun, KnownRuns};
use super::runs::{Spec, parse_spec, read};
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::message::RunState;
use bellhop_domain::*;
use std::sync::Arc;
use std::time::Duration;

const PROGRAM: i16 = Origin::Program.code();

/// A run is not ended before this time has passed since its day, because a dispatcher whose clock is behind may still be
/// giving it messages, in a transaction that nobody sees yet.
pub(super) const GRACE: Duration = Duration::from_secs(600);

/// The run of a version's mailing that takes messages now; it is opened, until this instant, if there is none. One that is
/// paused takes them too, and they wait in it.
///
/// Its lock meets those of pause and cancel, which wait for the messages and then stop them.
pub(crate) async fn open(
    tx: &mut Session,
    known: &KnownRuns,
    org: OrgId,
    mailing: MailingId,
    until: Timestamp,
    now: Timestamp,
) -> Result<Arc<KnownRun>> {
    if let Some(run) = find(tx, known, mailing, now).await? {
        return Ok(run);
    }
    // Of several dispatchers one opens it, and the others find what it has opened.
    let text = "SELECT spec FROM mailings WHERE id = $1 AND org_id = $2 {lock}";
    let statement = sql(text).int(mailing.0).int(i64::from(org.0));
    let row = tx.first(statement.lock("FOR NO KEY UPDATE")).await?;
    let spec = row.ok_or_else(|| absent("mailing", mailing))?.columns().text("spec")?;
    if let Some(run) = find(tx, known, mailing, now).await? {
        return Ok(run);
    }
    // It is known from the next time on: this transaction may yet be rolled back, and SQLite gives its number to another run.
    let begun = begin(tx, org, mailing, &spec, until, now).await?;
    Ok(Arc::new(KnownRun::of(&read(tx, begun).await?)?))
}

async fn find(
    tx: &mut Session,
    known: &KnownRuns,
    mailing: MailingId,
    now: Timestamp,
) -> Result<Option<Arc<KnownRun>>> {
    let text = format!(
        "SELECT id, as_of FROM runs WHERE mailing_id = $1 AND origin = {PROGRAM} AND state IN {RUN_UNDER_WAY}
             AND open_until > $2 ORDER BY id DESC LIMIT 1 {{lock}}"
    );
    let statement = sql(text).int(mailing.0).int(now.0).lock("FOR KEY SHARE");
    let Some(row) = tx.first(statement).await? else {
        return Ok(None);
    };
    let c = row.columns();
    let (run, began) = (RunId(c.int("id")?), c.opt_int("as_of")?.map(Timestamp));
    Ok(Some(known.of(tx, run, began).await?))
}

async fn begin(
    tx: &mut Session,
    org: OrgId,
    mailing: MailingId,
    spec: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<RunId> {
    let spec_read: Spec = parse_spec(RunId(0), spec)?;
    let purpose = spec_read.purpose();
    // Each message has a life of its own; none of them ends after this.
    let expires = until.plus(spec_read.life());
    let text =
        "INSERT INTO runs (org_id, mailing_id, state, purpose, origin, lane, test, spec, start_at, as_of, planned_at,
                        expires_at, open_until)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $10, $11) RETURNING id";
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(mailing.0)
        .int(i64::from(RunState::Running.code()))
        .int(i64::from(purpose.code()))
        .int(i64::from(PROGRAM))
        .int(i64::from(Lane::of(purpose, Origin::Program).code()))
        .flag(false)
        .text(spec)
        .int(now.0)
        .int(expires.0)
        .int(until.0);
    let row = tx.first(statement).await?;
    Ok(RunId(row.ok_or(sqlx::Error::RowNotFound)?.columns().int("id")?))
}
