//! How senders do, by their providers' word. A sender that cannot send is paused, and goes on when it can again; what a
//! human or the circuit breaker has paused stays so.

use super::Source;
use crate::Result;
use crate::db::Db;
use crate::ledger::{Deed, OURSELVES, log};
use crate::sql::{Session, sql};
use bellhop_domain::incoming::{Health, HealthState};
use bellhop_domain::{OrgId, Timestamp};

/// A sender's state, as its provider last told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderHealth {
    pub org: OrgId,
    pub sender: String,
    pub state: HealthState,
    pub why: String,
    /// Since when it has been so.
    pub since: Timestamp,
    /// When the provider last said it.
    pub at: Timestamp,
}

/// Takes over what a provider says of its sender, unless something later is known.
pub(super) async fn note(db: &Db, source: &Source<'_>, health: &Health, now: Timestamp) -> Result<()> {
    let at = health.at.min(now);
    let why = super::storable(&health.why, super::ID_BYTES);
    let mut tx = Session::begin(db).await?;
    let known = known(&mut tx, source).await?;
    if known.is_some_and(|(_, last)| last > at) {
        return tx.commit().await;
    }
    let text = "INSERT INTO sender_health (org_id, sender, state, why, since, at) VALUES ($1, $2, $3, $4, $5, $5)
                ON CONFLICT (org_id, sender) DO UPDATE SET
                    since = CASE WHEN sender_health.state = excluded.state THEN sender_health.since
                        ELSE excluded.since END,
                    state = excluded.state, why = excluded.why, at = excluded.at";
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .text(source.sender)
        .int(i64::from(health.state.code()))
        .text(why.as_ref())
        .int(at.0);
    tx.execute(statement).await?;
    // A human who resumed the sender meanwhile is not contradicted by the same word again.
    let was_stopped = known.is_some_and(|(state, _)| state == HealthState::Stopped);
    match (was_stopped, health.state == HealthState::Stopped) {
        (false, true) => pause(&mut tx, source, &why, now).await?,
        (true, false) => lift(&mut tx, source, &why, now).await?,
        _ => {}
    }
    tx.commit().await
}

async fn known(tx: &mut Session, source: &Source<'_>) -> Result<Option<(HealthState, Timestamp)>> {
    let text = "SELECT state, at FROM sender_health WHERE org_id = $1 AND sender = $2 {lock}";
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .text(source.sender)
        .lock("FOR UPDATE");
    let Some(row) = tx.first(statement).await? else {
        return Ok(None);
    };
    let mut c = row.cells();
    let state = c.code("state of a sender", HealthState::from_code)?;
    Ok(Some((state, Timestamp(c.int()?))))
}

async fn pause(tx: &mut Session, source: &Source<'_>, why: &str, now: Timestamp) -> Result<()> {
    let text = "INSERT INTO sender_pauses (org_id, sender, since, reason, by_health) VALUES ($1, $2, $3, $4, TRUE)
                ON CONFLICT (org_id, sender) DO NOTHING";
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .text(source.sender)
        .int(now.0)
        .text(why);
    if tx.execute(statement).await? > 0 {
        log(tx, deed(source, "sender.pause", why, now)).await?;
    }
    Ok(())
}

async fn lift(tx: &mut Session, source: &Source<'_>, why: &str, now: Timestamp) -> Result<()> {
    let text = "DELETE FROM sender_pauses WHERE org_id = $1 AND sender = $2 AND by_health";
    let statement = sql(text).int(i64::from(source.org.0)).text(source.sender);
    if tx.execute(statement).await? > 0 {
        log(tx, deed(source, "sender.resume", why, now)).await?;
    }
    Ok(())
}

fn deed<'a>(source: &Source<'_>, action: &'static str, why: &'a str, at: Timestamp) -> Deed<'a> {
    Deed {
        org: source.org,
        who: OURSELVES,
        action,
        object: format!("sender {}", source.sender),
        detail: Some(why),
        at,
    }
}

/// What is known of all senders.
pub(crate) async fn all(db: &Db) -> Result<Vec<SenderHealth>> {
    let mut session = Session::read(db).await?;
    let text = "SELECT org_id, sender, state, why, since, at FROM sender_health ORDER BY org_id, sender";
    let rows = session.fetch(sql(text)).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.cells();
            Ok(SenderHealth {
                org: OrgId(c.int()? as i32),
                sender: c.text()?,
                state: c.code("state of a sender", HealthState::from_code)?,
                why: c.text()?,
                since: Timestamp(c.int()?),
                at: Timestamp(c.int()?),
            })
        })
        .collect()
}
