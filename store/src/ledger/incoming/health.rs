//! The health of senders, as their providers report it. A sender that cannot send is paused, and continues when it
//! can again; a sender that a human or the circuit breaker has paused stays paused. A human who resumes a sender
//! knows more than its provider has said so far: the same report repeated changes nothing, but a later one pauses it
//! again.

use super::Source;
use crate::Result;
use crate::base::audit::{Deed, OURSELVES, log};
use crate::db::Db;
use crate::ledger::storable::{ID_BYTES, storable};
use crate::sql::{Session, sql};
use bellhop_domain::incoming::{Ends, Health, HealthState};
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

/// What was known when a provider spoke.
#[derive(Debug, Clone)]
struct Known {
    state: HealthState,
    why: String,
    /// When it was last said.
    at: Timestamp,
    /// When a human last resumed the sender.
    resumed_at: Option<Timestamp>,
}

/// What follows for the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follows {
    Pause,
    Lift,
    Nothing,
}

/// Only the word that it works lifts a pause: a warning, a restart, a tariff used up say nothing about what stopped it.
fn follows(known: Option<&Known>, said: HealthState, at: Timestamp) -> Follows {
    let was_stopped = known.is_some_and(|known| known.state == HealthState::Stopped);
    let is_news = known
        .and_then(|known| known.resumed_at)
        .is_some_and(|resumed| second(at) >= second(resumed));
    match said {
        HealthState::Stopped if !was_stopped || is_news => Follows::Pause,
        HealthState::Working if known.is_some_and(|known| known.state != HealthState::Working) => Follows::Lift,
        HealthState::Stopped | HealthState::Degraded | HealthState::Working => Follows::Nothing,
    }
}

/// Providers tell times in whole seconds.
fn second(at: Timestamp) -> i64 {
    at.0.div_euclid(1_000)
}

/// Takes over what a provider says of its sender, unless something later is known.
pub(crate) async fn note(db: &Db, source: &Source<'_>, health: &Health, now: Timestamp) -> Result<()> {
    let at = health.at.min(now);
    let why = storable(&health.why, ID_BYTES);
    let mut tx = Session::begin(db).await?;
    let known = known(&mut tx, source).await?;
    let known = known.as_ref();
    if known.is_some_and(|known| known.at > at) {
        return tx.commit().await;
    }
    let stop = match health.ends {
        None => None,
        Some(Ends::Warning(warning)) if !warns(known, warning) => return tx.commit().await,
        Some(_) => stopped_by(&mut tx, source).await?,
    };
    let stands = stop.as_deref().and_then(|reason| standing(reason, known, health.ends?));
    // Behind the word stands what has stopped the sender before.
    let (state, why) = match &stands {
        Some(reason) if health.state != HealthState::Stopped => (HealthState::Stopped, reason.as_str().into()),
        _ => (health.state, why),
    };
    let text = "INSERT INTO sender_health (org_id, sender, state, why, since, at) VALUES ($1, $2, $3, $4, $5, $5)
                ON CONFLICT (org_id, sender) DO UPDATE SET
                    since = CASE WHEN sender_health.state = excluded.state THEN sender_health.since
                        ELSE excluded.since END,
                    state = excluded.state, why = excluded.why, at = excluded.at";
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .text(source.sender)
        .int(i64::from(state.code()))
        .text(why.as_ref())
        .int(at.0);
    tx.execute(statement).await?;
    let reason = stands.as_deref().unwrap_or(&why);
    if state == HealthState::Stopped && stop.is_some_and(|before| before != reason) {
        rename(&mut tx, source, reason).await?;
    }
    match follows(known, health.state, at) {
        _ if stands.is_some() || matches!(health.ends, Some(Ends::Warning(_))) => {}
        Follows::Pause => pause(&mut tx, source, &why, now).await?,
        Follows::Lift => lift(&mut tx, source, &why, now).await?,
        Follows::Nothing => {}
    }
    tx.commit().await
}

async fn known(tx: &mut Session, source: &Source<'_>) -> Result<Option<Known>> {
    let text = "SELECT state, why, at, resumed_at FROM sender_health WHERE org_id = $1 AND sender = $2 {lock}";
    let statement = sql(text)
        .int(i64::from(source.org.0))
        .text(source.sender)
        .lock("FOR UPDATE");
    let Some(row) = tx.first(statement).await? else {
        return Ok(None);
    };
    let c = row.columns();
    Ok(Some(Known {
        state: c.code("state", "state of a sender", HealthState::from_code)?,
        why: c.text("why")?,
        at: Timestamp(c.int("at")?),
        resumed_at: c.opt_int("resumed_at")?.map(Timestamp),
    }))
}

/// Whether this warning is the last that was heard.
fn warns(known: Option<&Known>, warning: &str) -> bool {
    known.is_some_and(|known| known.state == HealthState::Degraded && known.why.starts_with(warning))
}

/// The reason that stands of what has stopped the sender: why it was paused, or what came to it since.
fn standing(paused: &str, known: Option<&Known>, ends: Ends) -> Option<String> {
    let Ends::AllBut(reasons) = ends else {
        return Some(paused.to_owned());
    };
    let known = known.filter(|known| known.state == HealthState::Stopped);
    let of_those = |why: &&str| reasons.iter().any(|reason| why.starts_with(reason));
    let mut said = std::iter::once(paused).chain(known.map(|known| known.why.as_str()));
    said.find(of_those).map(str::to_owned)
}

/// Why the provider's word keeps the sender paused.
async fn stopped_by(tx: &mut Session, source: &Source<'_>) -> Result<Option<String>> {
    let text = "SELECT reason FROM sender_pauses WHERE org_id = $1 AND sender = $2 AND by_health";
    let statement = sql(text).int(i64::from(source.org.0)).text(source.sender);
    let row = tx.first(statement).await?;
    row.map(|row| row.columns().text("reason")).transpose()
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

/// Another reason keeps the sender paused; the one before is over.
async fn rename(tx: &mut Session, source: &Source<'_>, why: &str) -> Result<()> {
    let text = "UPDATE sender_pauses SET reason = $3 WHERE org_id = $1 AND sender = $2 AND by_health";
    let statement = sql(text).int(i64::from(source.org.0)).text(source.sender).text(why);
    tx.execute(statement).await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use HealthState::{Degraded, Stopped, Working};

    #[test]
    fn a_pause_follows_the_first_word_and_the_first_after_a_resume() {
        let known = |state, resumed_at: Option<i64>| {
            Some(Known {
                state,
                why: String::new(),
                at: Timestamp(10_000),
                resumed_at: resumed_at.map(Timestamp),
            })
        };
        let resumed = Some(20_500);
        for (known, said, at, expected) in [
            (None, Stopped, 10_000, Follows::Pause),
            (None, Working, 10_000, Follows::Nothing),
            (known(Working, None), Stopped, 11_000, Follows::Pause),
            (known(Degraded, Some(5_000)), Stopped, 11_000, Follows::Pause),
            (known(Stopped, None), Stopped, 11_000, Follows::Nothing),
            // What was said before the resume is known, what is said after it is news, told in whole seconds.
            (known(Stopped, resumed), Stopped, 10_000, Follows::Nothing),
            (known(Stopped, resumed), Stopped, 19_000, Follows::Nothing),
            (known(Stopped, resumed), Stopped, 20_000, Follows::Pause),
            (known(Stopped, resumed), Stopped, 20_501, Follows::Pause),
            (known(Stopped, resumed), Working, 21_000, Follows::Lift),
            (known(Stopped, None), Degraded, 11_000, Follows::Nothing),
            (known(Degraded, None), Degraded, 11_000, Follows::Nothing),
            // It may have been stopped before the warning.
            (known(Degraded, None), Working, 11_000, Follows::Lift),
            (known(Working, resumed), Working, 21_000, Follows::Nothing),
        ] {
            assert_eq!(
                follows(known.as_ref(), said, Timestamp(at)),
                expected,
                "{known:?} {said:?} {at}"
            );
        }
    }
}
