//! How firings are changed: whole sets of them by few statements, in the order of the events.

use super::effects::{Change, Effect, Fired};
use super::switching::WAITING;
use super::types::{FiringState, ProgramState};
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, Table, sql};
use bellhop_domain::*;
use std::collections::{BTreeSet, HashMap};

pub(super) async fn in_waves(db: &Db, org: OrgId, changes: &[Change], now: Timestamp) -> Result<Fired> {
    let mut tx = Session::begin(db).await?;
    let live = share(&mut tx, changes).await?;
    let mut done = Fired::default();
    for wave in waves(changes.iter().filter(|it| live.contains_key(&it.program))) {
        done.cancelled += cancel(&mut tx, &wave, now).await?;
        done.restarted += restart(&mut tx, &wave).await?;
        let on = |it: &&&Change| live.get(&it.program) == Some(&ProgramState::On);
        let firing: Vec<_> = wave.iter().filter(on).copied().collect();
        done.fired += fire(&mut tx, org, &firing, now).await?;
    }
    tx.commit().await?;
    Ok(done)
}

/// The programs that are not off, held as they are until the end of the transaction.
async fn share(tx: &mut Session, changes: &[Change]) -> Result<HashMap<ProgramId, ProgramState>> {
    let programs: BTreeSet<i64> = changes.iter().map(|it| it.program.0).collect();
    let text = format!(
        "SELECT id, state FROM programs WHERE id IN (SELECT r.program FROM {{rows}}) AND state <> {}
         ORDER BY id {{lock}}",
        ProgramState::Off.code()
    );
    let table = Table::default().ints("program", programs);
    let rows = tx.fetch(sql(text).rows(table).lock("FOR SHARE")).await?;
    let states = rows.iter().map(|row| {
        let c = row.columns();
        let state = c.code("state", "state of a program", ProgramState::from_code)?;
        Ok((ProgramId(c.int("id")?), state))
    });
    states.collect()
}

/// Changes that may be made at once, one wave after the other: in a wave a guest's firings of a program are changed by one
/// event at most.
fn waves<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<Vec<&'a Change>> {
    let mut waves: Vec<Vec<&Change>> = Vec::new();
    // Of each guest and program, the event that changed them last and its wave.
    let mut last: HashMap<(ProgramId, CustomerId), (i64, usize)> = HashMap::new();
    for it in changes {
        let key = (it.program, it.customer);
        let wave = match last.get(&key) {
            None => 0,
            Some((event, wave)) if *event == it.event => *wave,
            Some((_, wave)) => wave + 1,
        };
        last.insert(key, (it.event, wave));
        if waves.len() == wave {
            waves.push(Vec::new());
        }
        waves[wave].push(it);
    }
    waves
}

/// Who is meant, in the columns `program`, `guest` and `event`.
fn whose<'a>(changes: &[&Change]) -> Table<'a> {
    Table::default()
        .ints("program", changes.iter().map(|it| it.program.0))
        .ints("guest", changes.iter().map(|it| it.customer.0))
        .ints("event", changes.iter().map(|it| it.event))
}

/// What waits of those who are meant, and is older than the event.
fn older() -> String {
    format!("program_id = r.program AND customer_id = r.guest AND state = {WAITING} AND last_event < r.event")
}

async fn cancel(tx: &mut Session, wave: &[&Change], now: Timestamp) -> Result<u64> {
    let (mut meant, mut reasons, mut occasions) = (Vec::new(), Vec::new(), Vec::new());
    for it in wave {
        if let Effect::Cancel { occasion, reason } = &it.effect {
            meant.push(*it);
            reasons.push(i64::from(reason.0));
            occasions.push(occasion.as_deref());
        }
    }
    if meant.is_empty() {
        return Ok(0);
    }
    let text = format!(
        "UPDATE firings SET state = $1, reason = r.why, decided_at = $2, given = NULL FROM {{rows}}
         WHERE {} AND (r.about IS NULL OR occasion = r.about)",
        older()
    );
    let statement = sql(text).int(i64::from(FiringState::Cancelled.code())).int(now.0);
    let table = whose(&meant).ints("why", reasons).texts("about", occasions);
    tx.execute(statement.rows(table)).await
}

/// Moves no entry of an index. An event that is told late does not make the message go sooner.
async fn restart(tx: &mut Session, wave: &[&Change]) -> Result<u64> {
    let (mut meant, mut dues, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for it in wave {
        if let Effect::Restart { due_at, given, .. } = &it.effect {
            meant.push(*it);
            dues.push(due_at.0);
            values.push(given.as_deref());
        }
    }
    if meant.is_empty() {
        return Ok(0);
    }
    let text = format!(
        "UPDATE firings SET given = r.said, last_event = r.event,
             wanted_at = CASE WHEN r.due > COALESCE(wanted_at, due_at) THEN r.due ELSE wanted_at END
         FROM {{rows}} WHERE {}",
        older()
    );
    let table = whose(&meant).ints("due", dues).texts("said", values);
    tx.execute(sql(text).rows(table)).await
}

async fn fire(tx: &mut Session, org: OrgId, wave: &[&Change], now: Timestamp) -> Result<u64> {
    let new: Vec<New<'_>> = wave.iter().filter_map(|it| new(it)).collect();
    insert(tx, org, &new, now).await
}

fn new(it: &Change) -> Option<New<'_>> {
    let (occasion, due_at, given, is_once_per_event) = match &it.effect {
        Effect::Fire {
            occasion,
            due_at,
            given,
        } => (occasion, due_at, given, false),
        Effect::Restart {
            occasion,
            due_at,
            given,
        } => (occasion, due_at, given, true),
        Effect::Cancel { .. } => return None,
    };
    Some(New {
        program: it.program,
        version: it.version,
        customer: it.customer,
        event: it.event,
        occasion,
        due_at: *due_at,
        given: given.as_deref(),
        is_once_per_event,
    })
}

/// A firing to be made.
pub(super) struct New<'a> {
    pub program: ProgramId,
    pub version: i32,
    pub customer: CustomerId,
    pub event: i64,
    pub occasion: &'a str,
    pub due_at: Timestamp,
    pub given: Option<&'a str>,
    /// It is not made if the event, or a newer one, has moved a firing of the guest already.
    pub is_once_per_event: bool,
}

/// Makes firings of occasions that their guests have none of; returns how many.
pub(super) async fn insert(tx: &mut Session, org: OrgId, new: &[New<'_>], now: Timestamp) -> Result<u64> {
    if new.is_empty() {
        return Ok(0);
    }
    let text = format!(
        "INSERT INTO firings (program_id, org_id, version, state, customer_id, occasion, last_event, fired_at, due_at, given)
         SELECT r.program, $1, r.edition, {WAITING}, r.guest, r.about, r.event, $2, r.due, r.said FROM {{rows}}
         WHERE NOT EXISTS (SELECT 1 FROM firings o WHERE r.once = 1 AND o.program_id = r.program AND o.customer_id = r.guest
                             AND o.last_event >= r.event)
         ON CONFLICT (program_id, customer_id, occasion) DO NOTHING"
    );
    let table = Table::default()
        .ints("program", new.iter().map(|it| it.program.0))
        .ints("guest", new.iter().map(|it| it.customer.0))
        .ints("event", new.iter().map(|it| it.event))
        .ints("edition", new.iter().map(|it| i64::from(it.version)))
        .texts("about", new.iter().map(|it| it.occasion))
        .ints("due", new.iter().map(|it| it.due_at.0))
        .texts("said", new.iter().map(|it| it.given))
        .ints("once", new.iter().map(|it| i64::from(it.is_once_per_event)));
    tx.execute(sql(text).int(i64::from(org.0)).int(now.0).rows(table)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::types::ReasonCode;

    fn change(program: i64, customer: i64, event: i64) -> Change {
        Change {
            program: ProgramId(program),
            version: 1,
            customer: CustomerId(customer),
            event,
            effect: Effect::Cancel {
                occasion: None,
                reason: ReasonCode(1),
            },
        }
    }

    #[test]
    fn in_a_wave_one_event_changes_what_a_guest_has() {
        let all = [
            (1, 1, 5),
            (1, 1, 5),
            (1, 2, 5),
            (1, 1, 6),
            (2, 1, 6),
            (1, 1, 7),
            (1, 2, 8),
        ];
        let all = all.map(|(program, customer, event)| change(program, customer, event));
        let events = |wave: &Vec<&Change>| wave.iter().map(|it| it.event).collect::<Vec<_>>();
        let waves: Vec<_> = waves(all.iter()).iter().map(events).collect();
        assert_eq!(waves, [vec![5, 5, 5, 6], vec![6, 8], vec![7]]);
    }
}
