//! Waiting messages whose time has come: tried again, moved to the next step, or ended.

use super::audience::endpoints;
use super::plan::{deal_kinds, take_endpoints};
use super::runs::{Spec, alive, parse_spec};
use super::types::Run;
use crate::Result;
use crate::db::Db;
use crate::sql::{Row, Session, Table, sql};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::message::{MessageState, RunState, WaitingFor};
use bellhop_domain::*;
use std::collections::HashSet;

pub(super) async fn due(db: &Db, limit: u32, now: Timestamp) -> Result<u64> {
    let mut moved = 0;
    for run in alive(db, now).await? {
        if run.state == RunState::Running {
            moved += due_of(db, &run, limit, now).await?;
        }
    }
    Ok(moved)
}

/// A waiting message whose time has come.
struct Due {
    id: i64,
    endpoint: (EndpointKind, EndpointId),
    step: u16,
    waiting_for: WaitingFor,
    sent: bool,
    delivered: bool,
    reason: Option<String>,
    /// A provider refused it, rather than we.
    tried: bool,
    consents: i64,
    blacklisted: bool,
    endpoints: [Option<(EndpointKind, EndpointId)>; 4],
}

/// What becomes of it.
enum Fate {
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

async fn due_of(db: &Db, run: &Run, limit: u32, now: Timestamp) -> Result<u64> {
    let spec = parse_spec(run.id, &run.spec)?;
    let mut tx = Session::begin(db).await?;
    // Nothing is waited for here: what somebody else holds comes next time.
    let text = "SELECT m.id, e.kind, m.endpoint_id, m.step, m.waiting_for, m.sent_at IS NOT NULL,
                       EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id AND a.state = 7), m.reason,
                       EXISTS (SELECT 1 FROM attempts a WHERE a.message_id = m.id),
                       COALESCE(f.consent_mask, 0), COALESCE(f.blacklisted, FALSE), f.push_endpoint, f.push_kind,
                       f.web_push_endpoint, f.whatsapp_endpoint, f.phone_endpoint
                FROM messages m
                JOIN endpoints e ON e.id = m.endpoint_id
                LEFT JOIN customer_facts f ON f.customer_id = m.customer_id
                WHERE m.run_id = $1 AND m.due_at <= $2
                ORDER BY m.due_at LIMIT $3 {lock}";
    let statement = sql(text)
        .int(run.id.0)
        .int(now.0)
        .int(i64::from(limit))
        .lock("FOR UPDATE OF m SKIP LOCKED");
    let rows = tx.fetch(statement).await?;
    let due = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    let fates = fates(&mut tx, run, &spec, &due, now).await?;
    write(&mut tx, run, &due, &fates).await?;
    tx.commit().await?;
    Ok(due.len() as u64)
}

fn read(row: &Row) -> Result<Due> {
    let mut c = row.cells();
    Ok(Due {
        id: c.int()?,
        endpoint: (c.code("endpoint kind", EndpointKind::from_code)?, EndpointId(c.int()?)),
        step: c.int()? as u16,
        waiting_for: c.code("waiting for", WaitingFor::from_code)?,
        sent: c.flag()?,
        delivered: c.flag()?,
        reason: c.opt_text()?,
        tried: c.flag()?,
        consents: c.int()?,
        blacklisted: c.flag()?,
        endpoints: endpoints(&mut c)?,
    })
}

async fn fates(tx: &mut Session, run: &Run, spec: &Spec, due: &[Due], now: Timestamp) -> Result<Vec<Fate>> {
    let expired = run.expires_at.is_some_and(|end| end <= now);
    let mut fates: Vec<Option<Fate>> = due.iter().map(|d| d.without_next_step(expired)).collect();
    let mut candidates: Vec<_> = due.iter().map(|d| d.next_steps(spec).into_iter()).collect();
    // Every round offers each message its next possible address; a run uses an address once.
    loop {
        let mut offers = Vec::new();
        let mut offered = HashSet::new();
        for (i, fate) in fates.iter().enumerate() {
            if fate.is_none()
                && let Some(offer) = candidates[i].next()
            {
                offers.push((i, offer));
                offered.insert(offer.2);
            }
        }
        if offers.is_empty() {
            break;
        }
        let mut free = take_endpoints(tx, run.id, offered.into_iter()).await?;
        for (i, (step, kind, endpoint)) in offers {
            if free.remove(&endpoint) {
                fates[i] = Some(Fate::Send { step, kind, endpoint });
            }
        }
    }
    let fates = fates
        .into_iter()
        .zip(due)
        .map(|(fate, d)| fate.unwrap_or_else(|| d.end_of_waterfall()));
    Ok(fates.collect())
}

impl Due {
    /// The fate of everything that does not look for a next step.
    fn without_next_step(&self, expired: bool) -> Option<Fate> {
        match self.waiting_for {
            WaitingFor::Settlement => Some(self.end(MessageState::Unknown, self.reason.clone())),
            _ if expired => Some(self.end(
                MessageState::Expired,
                Some("its life ended before it could go out".to_owned()),
            )),
            WaitingFor::Retry => Some(Fate::Send {
                step: self.step,
                kind: self.endpoint.0,
                endpoint: self.endpoint.1,
            }),
            WaitingFor::NextStep => None,
        }
    }

    /// The steps behind the present one for which there is content, consent and a live address.
    fn next_steps(&self, spec: &Spec) -> Vec<(u16, EndpointKind, EndpointId)> {
        let steps = spec.waterfall.iter().enumerate().skip(usize::from(self.step) + 1);
        steps
            .filter(|(_, step)| !self.blacklisted && self.consents & step.channel.bit() != 0)
            .filter(|(_, step)| spec.has_content(step.channel))
            .filter_map(|(i, step)| self.endpoints[step.channel as usize].map(|(kind, id)| (i as u16, kind, id)))
            .collect()
    }

    fn end_of_waterfall(&self) -> Fate {
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
    fn end(&self, otherwise: MessageState, reason: Option<String>) -> Fate {
        let state = match (self.delivered, self.sent) {
            (true, _) => MessageState::Delivered,
            (_, true) => MessageState::Sent,
            _ => otherwise,
        };
        Fate::End {
            state,
            reason: reason.filter(|_| state == otherwise),
        }
    }
}

async fn write(tx: &mut Session, run: &Run, due: &[Due], fates: &[Fate]) -> Result<()> {
    let sends: Vec<_> = due
        .iter()
        .zip(fates)
        .filter_map(|(d, fate)| match fate {
            Fate::Send { step, kind, endpoint } => Some((d.id, *step, *kind, *endpoint)),
            Fate::End { .. } => None,
        })
        .collect();
    if !sends.is_empty() {
        let batches = deal_kinds(tx, run.org, run.id, run.lane, sends.iter().map(|s| s.2)).await?;
        let table = Table::default()
            .ints("message", sends.iter().map(|s| s.0))
            .ints("place", sends.iter().map(|s| i64::from(s.1)))
            .ints("endpoint", sends.iter().map(|s| s.3.0))
            .ints("batch", batches.iter().map(|b| b.0));
        let text = "UPDATE messages SET state = 1, waiting_for = NULL, due_at = NULL, reason = NULL,
                        tries = CASE WHEN step = r.place THEN tries ELSE 0 END,
                        step = r.place, endpoint_id = r.endpoint, batch_id = r.batch
                    FROM {rows} WHERE id = r.message";
        tx.execute(sql(text).rows(table)).await?;
    }
    let ends: Vec<_> = due
        .iter()
        .zip(fates)
        .filter_map(|(d, fate)| match fate {
            Fate::End { state, reason } => Some((d.id, *state, reason.as_deref())),
            Fate::Send { .. } => None,
        })
        .collect();
    if !ends.is_empty() {
        let table = Table::default()
            .ints("message", ends.iter().map(|e| e.0))
            .ints("place", ends.iter().map(|e| i64::from(e.1.code())))
            .texts("why", ends.iter().map(|e| e.2));
        let text = "UPDATE messages SET state = r.place, waiting_for = NULL, due_at = NULL, reason = r.why
                    FROM {rows} WHERE id = r.message";
        tx.execute(sql(text).rows(table)).await?;
    }
    Ok(())
}
