//! The last question before a request on a channel that sends at most once.

use super::batches::finish_if_empty;
use super::caps;
use super::countries::{self, Elsewhere, Stopped};
use super::installation::{IS_THE_TASKS, with_task};
use super::refusal::{self, Refusal};
use super::types::{Starting, TaskOf};
use crate::Result;
use crate::db::Db;
use crate::sql::{Session, Table, sql};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::*;

/// The order of the locks is the ledger's: run, batch, messages, guests' marketing. The run's is `KEY SHARE`: it meets the `FOR UPDATE`
/// of pause and cancel, and neither the planner nor other workers.
pub(super) async fn start(
    db: &Db,
    of: &Starting<'_>,
    messages: &[MessageId],
    cap: Option<&FrequencyCap>,
    now: Timestamp,
) -> Result<Vec<MessageId>> {
    let Starting {
        of: task,
        lease,
        sender,
        others,
    } = *of;
    let mut tx = Session::begin(db).await?;
    let Some(held) = held(&mut tx, &task, lease, sender, now).await? else {
        return Ok(Vec::new());
    };
    let batch = task.batch;
    let (stopped, elsewhere) = match held.stops_countries {
        true => (
            countries::of(&mut tx, held.org, sender).await?,
            Elsewhere::of(&mut tx, held.org, others).await?,
        ),
        false => (Stopped::none(), Elsewhere::none()),
    };
    let mut turned = Vec::new();
    let table = Table::default().ints("message", messages.iter().map(|m| m.to_sql()));
    let kept = cap.map_or("", |_| caps::COLUMN);
    let text = format!(
        "SELECT m.id, m.customer_id, m.sent_at, m.expires_at, e.address, e.state, f.consent_mask, f.blacklisted{kept} FROM messages m
         JOIN endpoints e ON e.id = m.endpoint_id
         LEFT JOIN customer_facts f ON f.customer_id = m.customer_id
         WHERE m.id IN (SELECT r.message FROM {{rows}}) AND m.batch_id = $1 AND m.state = 1
         ORDER BY m.id {{lock}}"
    );
    let statement = sql(text).int(batch.0).rows(table).lock("FOR UPDATE OF m");
    let (mut allowed, mut refused): (Vec<MessageId>, Vec<(MessageId, Refusal)>) = Default::default();
    let mut wanted = Vec::new();
    for row in tx.fetch(statement).await? {
        let mut c = row.cells();
        let id = MessageId::from_sql(c.int()?);
        let (customer, sent) = (c.opt_int()?.map(CustomerId), c.opt_int()?.is_some());
        let expires = c.opt_int()?.map(Timestamp).or(held.expires);
        let address = c.text()?;
        let eligibility = refusal::Eligibility {
            channel: held.kind.channel(),
            purpose: held.purpose,
            expires,
            country_stopped: stopped.has(&address),
            endpoint_alive: c.int()? == 1,
            guest: refusal::guest(customer, &mut c)?,
        };
        match eligibility.refusal(now) {
            None => allowed.push(id),
            Some(refusal) => {
                match elsewhere.number(&address, id).filter(|_| refusal == Refusal::Country) {
                    Some(number) => turned.push((id, number)),
                    None => refused.push((id, refusal)),
                }
                continue;
            }
        }
        if let (Some(customer), false, Some(_)) = (customer, sent, cap) {
            wanted.push(caps::Wanted {
                message: id,
                customer,
                kept: caps::read(Some(customer), &mut c)?,
            });
        }
    }
    if let Some(cap) = cap {
        let capped = caps::capped(&mut tx, held.org, cap, wanted, now).await?;
        allowed.retain(|message| capped.iter().all(|(over, _)| over != message));
        refused.extend(
            capped
                .into_iter()
                .map(|(message, next)| (message, Refusal::Capped(next))),
        );
    }
    if !refused.is_empty() {
        refusal::write(&mut tx, batch, &refused, now).await?;
    }
    if !turned.is_empty() {
        countries::turn(&mut tx, batch, &turned).await?;
    }
    if allowed.is_empty() {
        finish_if_empty(&mut tx, batch, lease, now).await?;
    } else {
        write_started(&mut tx, &held, lease, sender, &allowed, now).await?;
    }
    tx.commit().await?;
    Ok(allowed)
}

struct Held {
    org: OrgId,
    run: RunId,
    kind: EndpointKind,
    purpose: Purpose,
    expires: Option<Timestamp>,
    /// Whether the sender may not send to some country.
    stops_countries: bool,
}

/// Locks run and batch; `None` if the run does not run, the sender stands still, its guests' quiet hours
/// have begun, the lease is lost, or the batch is not what the task says.
async fn held(tx: &mut Session, task: &TaskOf, lease: i64, sender: &str, now: Timestamp) -> Result<Option<Held>> {
    let text = "SELECT runs.id, runs.org_id, runs.state, runs.expires_at, runs.purpose,
                       EXISTS (SELECT 1 FROM sender_countries s WHERE s.org_id = runs.org_id AND s.sender = $2)
                FROM runs
                WHERE runs.id = (SELECT run_id FROM batches WHERE id = $1)
                  AND NOT EXISTS (SELECT 1 FROM sender_pauses p WHERE p.org_id = runs.org_id AND p.sender = $2)
                {lock}";
    let statement = sql(text).int(task.batch.0).text(sender).lock("FOR KEY SHARE OF runs");
    let Some(row) = tx.first(statement).await? else {
        return Ok(None);
    };
    let mut c = row.cells();
    let (run, org) = (RunId(c.int()?), OrgId(c.int()? as i32));
    let running = c.code("run state", RunState::from_code)? == RunState::Running;
    let expires = c.opt_int()?.map(Timestamp);
    let (purpose, stops_countries) = (c.code("purpose", Purpose::from_code)?, c.flag()?);
    let text = format!(
        "SELECT kind FROM batches WHERE {IS_THE_TASKS} AND lease = $7 AND lease_until > $8
           AND (quiet_from IS NULL OR quiet_from > $8) {{lock}}"
    );
    let installation = task.installation.to_string();
    let statement = with_task(sql(text), task, &installation).int(lease).int(now.0);
    let statement = statement.lock("FOR NO KEY UPDATE");
    match tx.first(statement).await? {
        Some(row) if running => {
            let mut c = row.cells();
            Ok(Some(Held {
                org,
                run,
                kind: c.code("endpoint kind", EndpointKind::from_code)?,
                purpose,
                expires,
                stops_countries,
            }))
        }
        _ => Ok(None),
    }
}

async fn write_started(
    tx: &mut Session,
    held: &Held,
    lease: i64,
    sender: &str,
    allowed: &[MessageId],
    now: Timestamp,
) -> Result<()> {
    let ids = || Table::default().ints("message", allowed.iter().map(|m| m.to_sql()));
    let text = "INSERT INTO attempts (message_id, lease, org_id, run_id, kind, sender, endpoint_id, state, started_at)
                SELECT m.id, $1, $2, $3, $4, $5, m.endpoint_id, $6, $7 FROM {rows} JOIN messages m ON m.id = r.message";
    tx.execute(
        sql(text)
            .int(lease)
            .int(i64::from(held.org.0))
            .int(held.run.0)
            .int(i64::from(held.kind.code()))
            .text(sender)
            .int(i64::from(AttemptState::Started.code()))
            .int(now.0)
            .rows(ids()),
    )
    .await?;
    let text = "UPDATE messages SET state = $1 FROM {rows} WHERE id = r.message";
    tx.execute(sql(text).int(i64::from(MessageState::InFlight.code())).rows(ids()))
        .await?;
    Ok(())
}
