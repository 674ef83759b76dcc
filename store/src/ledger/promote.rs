//! Waiting messages whose time has come: tried again, moved to the next step, or ended.

use super::codes::{ATTEMPT_ARRIVED, MESSAGE_PENDING, RUN_RUNNING};
use super::due::DueRun;
use super::known::{KnownRun, KnownRuns};
use super::months;
use super::plan::{Addressee, deal};
use super::runs::Spec;
use crate::db::Dialect;
use crate::guests::permission::permission;
use crate::live_endpoints::{self, LiveEndpoints};
use crate::sql::{Row, Session, Table, sql};
use crate::{Result, SqlStore};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::message::{LIFE_ENDED, MessageState, WaitingFor};
use bellhop_domain::*;
use std::collections::HashSet;

/// A waiting message whose time has come.
struct Due {
    id: i64,
    customer: Option<CustomerId>,
    endpoint: (EndpointKind, EndpointId),
    step: u16,
    waiting_for: WaitingFor,
    sent: bool,
    delivered: bool,
    reason: Option<String>,
    /// The end of its own life.
    expires: Option<Timestamp>,
    /// A provider refused it, rather than we.
    tried: bool,
    may: Permission,
    blacklisted: bool,
    endpoints: LiveEndpoints,
}

/// What becomes of it.
enum NextMove {
    Send {
        step: u16,
        kind: EndpointKind,
        endpoint: EndpointId,
    },
    End {
        state: MessageState,
        reason: Option<String>,
    },
}

pub(super) async fn due_of(store: &SqlStore, due: &DueRun, limit: u32, now: Timestamp) -> Result<u64> {
    let mut session = Session::read(&store.db).await?;
    let run = &store
        .memory
        .of::<KnownRuns>()
        .of(&mut session, due.run, due.began)
        .await?;
    session.commit().await?;
    let mut tx = Session::begin(&store.db).await?;
    if !lock(&mut tx, run.id).await? {
        return Ok(0);
    }
    // What somebody else has locked comes next time. The page is taken before anything is joined to it, and `OFFSET`
    // makes PostgreSQL look up each message's attempts; otherwise it would read all attempts there are.
    let text = format!(
        "SELECT m.id, m.customer_id, e.kind, m.endpoint_id, m.step, m.waiting_for, m.sent_at IS NOT NULL AS sent,
                EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id{of_attempts} AND a.state IN {ATTEMPT_ARRIVED} LIMIT 1 OFFSET 0) AS delivered,
                m.reason, m.expires_at,
                EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id{of_attempts} LIMIT 1 OFFSET 0) AS tried,
                f.consent_mask, f.silenced_mask, COALESCE(f.blacklisted, FALSE) AS blacklisted, f.live_endpoints
         FROM (SELECT * FROM messages WHERE run_id = $1 AND due_at <= $2{of_messages} ORDER BY due_at LIMIT {limit} {{lock}}) m
         JOIN endpoints e ON e.id = m.endpoint_id
         LEFT JOIN customer_facts f ON f.customer_id = m.customer_id
         ORDER BY m.due_at",
        of_attempts = of_month(run, tx.dialect(), "a.message_id"),
        of_messages = of_month(run, tx.dialect(), "id")
    );
    let statement = sql(text).int(run.id.0).int(now.0).lock("FOR UPDATE SKIP LOCKED");
    let rows = tx.fetch(statement).await?;
    let due = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    let moves = moves(&mut tx, run, &due, now).await?;
    write(&mut tx, run, &due, &moves, now).await?;
    tx.commit().await?;
    Ok(due.len() as u64)
}

/// SQL that a key is one of the run's. Messages that were asked for one by one may be of any month.
fn of_month(run: &KnownRun, dialect: Dialect, key: &str) -> String {
    let began = run.as_of.filter(|_| run.origin.is_planned());
    began.map_or_else(String::new, |began| months::within(dialect, key, Era::of(began)))
}

fn read(row: &Row) -> Result<Due> {
    let c = row.columns();
    Ok(Due {
        id: c.int("id")?,
        customer: c.opt_int("customer_id")?.map(CustomerId),
        endpoint: (
            c.code("kind", "endpoint kind", EndpointKind::from_code)?,
            EndpointId(c.int("endpoint_id")?),
        ),
        step: c.int("step")? as u16,
        waiting_for: c.code("waiting_for", "waiting for", WaitingFor::from_code)?,
        sent: c.flag("sent")?,
        delivered: c.flag("delivered")?,
        reason: c.opt_text("reason")?,
        expires: c.opt_int("expires_at")?.map(Timestamp),
        tried: c.flag("tried")?,
        may: permission(&c)?,
        blacklisted: c.flag("blacklisted")?,
        endpoints: live_endpoints::read(&c)?,
    })
}

/// Locks a running run against its planner and other dispatchers: one at a time gives addresses their messages.
async fn lock(tx: &mut Session, run: RunId) -> Result<bool> {
    let text = format!("SELECT id FROM runs WHERE id = $1 AND state = {RUN_RUNNING} {{lock}}");
    let statement = sql(text).int(run.0).lock("FOR NO KEY UPDATE");
    Ok(tx.first(statement).await?.is_some())
}

async fn moves(tx: &mut Session, run: &KnownRun, due: &[Due], now: Timestamp) -> Result<Vec<NextMove>> {
    let expired = |d: &Due| d.expires.or(run.expires_at).is_some_and(|end| end <= now);
    let mut moves: Vec<Option<NextMove>> = due.iter().map(|d| d.without_next_step(expired(d))).collect();
    let candidates: Vec<_> = due
        .iter()
        .zip(&moves)
        .map(|(d, next)| {
            if next.is_none() {
                d.next_steps(run.purpose, &run.spec)
            } else {
                Vec::new()
            }
        })
        .collect();
    let wanted = candidates.iter().flatten().map(|(_, _, endpoint)| *endpoint);
    let each = !run.origin.is_once_per_address();
    let mut taken = if each {
        HashSet::new()
    } else {
        taken(tx, run, wanted).await?
    };
    for (next, candidates) in moves.iter_mut().zip(candidates) {
        if next.is_none() {
            let free = candidates
                .into_iter()
                .find(|(_, _, endpoint)| each || taken.insert(*endpoint));
            *next = free.map(|(step, kind, endpoint)| NextMove::Send { step, kind, endpoint });
        }
    }
    let moves = moves
        .into_iter()
        .zip(due)
        .map(|(next, d)| next.unwrap_or_else(|| d.end_of_waterfall()));
    Ok(moves.collect())
}

/// Which of these addresses have, or had, a message of the run.
async fn taken(
    tx: &mut Session,
    run: &KnownRun,
    endpoints: impl Iterator<Item = EndpointId>,
) -> Result<HashSet<EndpointId>> {
    let table = Table::default().ints("endpoint", endpoints.map(|e| e.0));
    let text = format!(
        "SELECT m.endpoint_id FROM {{rows}} JOIN messages m
             ON m.run_id = $1 AND (CASE WHEN m.once_per_address THEN m.endpoint_id ELSE m.id END) = r.endpoint{}
         UNION
         SELECT l.endpoint_id FROM {{rows}} JOIN run_endpoints l ON l.run_id = $1 AND l.endpoint_id = r.endpoint",
        of_month(run, tx.dialect(), "m.id")
    );
    let rows = tx.fetch(sql(text).int(run.id.0).rows(table)).await?;
    rows.iter()
        .map(|row| Ok(EndpointId(row.columns().int("endpoint_id")?)))
        .collect()
}

impl Due {
    /// The fate of everything that does not look for a next step.
    fn without_next_step(&self, expired: bool) -> Option<NextMove> {
        match self.waiting_for {
            WaitingFor::Settlement => Some(self.end(MessageState::Unknown, self.reason.clone())),
            _ if expired => Some(self.end(MessageState::Expired, Some(LIFE_ENDED.to_owned()))),
            WaitingFor::Retry => Some(NextMove::Send {
                step: self.step,
                kind: self.endpoint.0,
                endpoint: self.endpoint.1,
            }),
            WaitingFor::NextStep => None,
        }
    }

    /// The steps behind the present one for which there is content and a live address, and which the guest allows.
    fn next_steps(&self, purpose: Purpose, spec: &Spec) -> Vec<(u16, EndpointKind, EndpointId)> {
        let steps = spec.waterfall.iter().enumerate().skip(usize::from(self.step) + 1);
        steps
            .filter(|(_, step)| self.may.refuses(purpose, step.channel).is_none())
            .filter(|_| !self.blacklisted)
            .filter(|(_, step)| spec.has_content(step.channel))
            .filter_map(|(i, step)| self.endpoints[step.channel as usize].map(|(kind, id)| (i as u16, kind, id)))
            .collect()
    }

    fn end_of_waterfall(&self) -> NextMove {
        match &self.reason {
            Some(reason) if self.tried => self.end(MessageState::Failed, Some(reason.clone())),
            Some(reason) => self.end(MessageState::Suppressed, Some(reason.clone())),
            None => self.end(
                MessageState::Suppressed,
                Some(Exclusion::NoLiveEndpoint.name().to_owned()),
            ),
        }
    }

    /// Whom an earlier step reached has been sent to, whatever became of the later ones.
    fn end(&self, otherwise: MessageState, reason: Option<String>) -> NextMove {
        let state = match (self.delivered, self.sent) {
            (true, _) => MessageState::Delivered,
            (_, true) => MessageState::Sent,
            _ => otherwise,
        };
        NextMove::End {
            state,
            reason: reason.filter(|_| state == otherwise),
        }
    }
}

async fn write(tx: &mut Session, run: &KnownRun, due: &[Due], moves: &[NextMove], now: Timestamp) -> Result<()> {
    let sends: Vec<_> = due
        .iter()
        .zip(moves)
        .filter_map(|(d, next)| match next {
            NextMove::Send { step, kind, endpoint } => Some((d, *step, *kind, *endpoint)),
            NextMove::End { .. } => None,
        })
        .collect();
    if !sends.is_empty() {
        let of = |(due, _, kind, endpoint): &(&Due, u16, EndpointKind, EndpointId)| Addressee {
            customer: due.customer,
            kind: *kind,
            endpoint: *endpoint,
            expires: due.expires,
            era: Era::of_key(MessageKey(due.id)),
        };
        let recipients: Vec<_> = sends.iter().map(of).collect();
        let batches = deal(tx, run, &recipients, now).await?;
        let table = Table::default()
            .ints("message", sends.iter().map(|s| s.0.id))
            .ints("place", sends.iter().map(|s| i64::from(s.1)))
            .ints("endpoint", sends.iter().map(|s| s.3.0))
            .ints("batch", batches.iter().map(|b| b.0));
        if run.origin.is_once_per_address() {
            leave(tx, run.id, due, moves).await?;
        }
        let text = format!(
            "UPDATE messages SET state = {MESSAGE_PENDING}, waiting_for = NULL, due_at = NULL, reason = NULL,
                 tries = CASE WHEN step = r.place THEN tries ELSE 0 END,
                 step = r.place, endpoint_id = r.endpoint, batch_id = r.batch
             FROM {{rows}} WHERE id = r.message{}",
            months::among(tx.dialect(), "id", sends.iter().map(|s| MessageKey(s.0.id)))
        );
        tx.execute(sql(text).rows(table)).await?;
    }
    let ends: Vec<_> = due
        .iter()
        .zip(moves)
        .filter_map(|(d, next)| match next {
            NextMove::End { state, reason } => Some((d.id, *state, reason.as_deref())),
            NextMove::Send { .. } => None,
        })
        .collect();
    if !ends.is_empty() {
        let table = Table::default()
            .ints("message", ends.iter().map(|e| e.0))
            .ints("place", ends.iter().map(|e| i64::from(e.1.code())))
            .texts("why", ends.iter().map(|e| e.2));
        let text = format!(
            "UPDATE messages SET state = r.place, waiting_for = NULL, due_at = NULL, reason = r.why
             FROM {{rows}} WHERE id = r.message{}",
            months::among(tx.dialect(), "id", ends.iter().map(|e| MessageKey(e.0)))
        );
        tx.execute(sql(text).rows(table)).await?;
    }
    Ok(())
}

/// Remembers the addresses that messages leave for their next step.
async fn leave(tx: &mut Session, run: RunId, due: &[Due], moves: &[NextMove]) -> Result<()> {
    let left = due.iter().zip(moves).filter_map(|(d, next)| match next {
        NextMove::Send { endpoint, .. } if *endpoint != d.endpoint.1 => Some(d.endpoint.1.0),
        _ => None,
    });
    let text = "INSERT INTO run_endpoints (run_id, endpoint_id) SELECT $1, r.endpoint FROM {rows} WHERE TRUE
                ON CONFLICT (run_id, endpoint_id) DO NOTHING";
    tx.execute(sql(text).int(run.0).rows(Table::default().ints("endpoint", left)))
        .await?;
    Ok(())
}
