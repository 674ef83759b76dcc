//! The last question before a request on a channel that sends at most once.

use super::installation::{IS_THE_TASKS, with_task};
use super::months;
use super::types::TaskOf;
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::*;

pub(super) struct Held {
    pub org: OrgId,
    pub run: RunId,
    pub kind: EndpointKind,
    pub purpose: Purpose,
    pub expires: Option<Timestamp>,
    /// Whether the sender may not send to some country.
    pub stops_countries: bool,
}

/// Locks run and batch; `None` if the run does not run, the sender stands still, its guests' quiet hours
/// have begun, the lease is lost, or the batch is not what the task says.
pub(super) async fn held(
    tx: &mut Session,
    task: &TaskOf,
    lease: i64,
    sender: &str,
    now: Timestamp,
) -> Result<Option<Held>> {
    let text = "SELECT runs.id, runs.org_id, runs.state, runs.expires_at, runs.purpose,
                       EXISTS (SELECT 1 FROM sender_countries s WHERE s.org_id = runs.org_id AND s.sender = $2) AS stops_countries
                FROM runs
                WHERE runs.id = (SELECT run_id FROM batches WHERE id = $1)
                  AND NOT EXISTS (SELECT 1 FROM sender_pauses p WHERE p.org_id = runs.org_id AND p.sender = $2)
                {lock}";
    let statement = sql(text).int(task.batch.0).text(sender).lock("FOR KEY SHARE OF runs");
    let Some(row) = tx.first(statement).await? else {
        return Ok(None);
    };
    let c = row.columns();
    let (run, org) = (RunId(c.int("id")?), OrgId(c.int("org_id")? as i32));
    let running = c.code("state", "run state", RunState::from_code)? == RunState::Running;
    let expires = c.opt_int("expires_at")?.map(Timestamp);
    let (purpose, stops_countries) = (
        c.code("purpose", "purpose", Purpose::from_code)?,
        c.flag("stops_countries")?,
    );
    let text = format!(
        "SELECT kind FROM batches WHERE {IS_THE_TASKS} AND lease = $7 AND lease_until > $8
           AND (quiet_from IS NULL OR quiet_from > $8) {{lock}}"
    );
    let installation = task.installation.to_string();
    let statement = with_task(sql(text), task, &installation).int(lease).int(now.0);
    let statement = statement.lock("FOR NO KEY UPDATE");
    match tx.first(statement).await? {
        Some(row) if running => {
            let c = row.columns();
            Ok(Some(Held {
                org,
                run,
                kind: c.code("kind", "endpoint kind", EndpointKind::from_code)?,
                purpose,
                expires,
                stops_countries,
            }))
        }
        _ => Ok(None),
    }
}

pub(super) async fn write_started(
    tx: &mut Session,
    held: &Held,
    (batch, lease): (BatchId, i64),
    sender: &str,
    allowed: &[MessageId],
    now: Timestamp,
) -> Result<()> {
    let ids = || Table::default().messages("message", allowed.iter().copied());
    let (dialect, era) = (tx.dialect(), months::of_batch(batch));
    let text = format!(
        "INSERT INTO attempts (message_id, lease, org_id, run_id, kind, sender, endpoint_id, state, started_at)
         SELECT m.id, $1, $2, $3, $4, $5, m.endpoint_id, $6, $7 FROM {{rows}} JOIN messages m ON m.id = r.message{}",
        months::within(dialect, "m.id", era)
    );
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
    let within = months::within(dialect, "id", era);
    let text = format!("UPDATE messages SET state = $1 FROM {{rows}} WHERE id = r.message{within}");
    tx.execute(sql(text).int(i64::from(MessageState::InFlight.code())).rows(ids()))
        .await?;
    Ok(())
}
