//! Batches leased, and the last question before a request on a channel that sends at most once.

use super::batches::finish_if_empty;
use super::codes::MESSAGE_PENDING;
use super::countries::{self, Elsewhere, Stopped};
use super::installation::{IS_THE_TASKS, with_task};
use super::refusal::{self, GUEST_COLUMNS, Refusal};
use super::types::{Claim, ClaimRequest, Claimed, Starting, TaskOf};
use super::{caps, claim, months, profiles, promo_codes, start};
use crate::db::Dialect;
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::*;
use std::collections::HashSet;

/// A worker's: which messages it may send.
///
/// A batch has one lease at a time. On channels that replace repeats a claim is enough, and what a lost worker did not record
/// is sent again: at least once. On the others [`start`](Self::start) comes before the request: at most once.
#[async_trait]
pub trait Claiming: Send + Sync {
    /// Whether the batch agrees with everything that the task says.
    async fn recognises(&self, of: &TaskOf) -> Result<bool>;
    /// The number that the batch's guests know from a conversation; `None` if any of the pool will do.
    async fn known_number(&self, batch: BatchId) -> Result<Option<String>>;
    /// Leases a batch and hands over at most `max` of its messages that may still go out; those that may not end here, or
    /// go to their next step. A lease that runs out is given up: see [`Finishing::reclaim`](super::Finishing::reclaim).
    async fn claim(&self, request: &ClaimRequest<'_>, now: Timestamp) -> Result<Claim>;
    /// Channels that send at most once: records that the requests are about to be made. Only the messages returned may
    /// go out, once; if the worker dies after this, they are in doubt and never sent again by themselves. The others were
    /// opened, withdrawn, cancelled, paused or expired meanwhile, their address is not their guest's any more, it is night for them, `cap` has been reached, or the
    /// lease is lost. A message to a country that the sender may not send to is ready again for another number of its
    /// pool that may.
    async fn start(
        &self,
        of: &Starting<'_>,
        messages: &[MessageId],
        cap: Option<&FrequencyCap>,
        now: Timestamp,
    ) -> Result<Vec<MessageId>>;
}

#[async_trait]
impl Claiming for SqlStore {
    async fn recognises(&self, of: &TaskOf) -> Result<bool> {
        let mut session = Session::read(&self.db).await?;
        let installation = of.installation.to_string();
        let text = format!("SELECT 1 FROM batches WHERE {IS_THE_TASKS}");
        let found = session.first(with_task(sql(text), of, &installation)).await?;
        Ok(found.is_some())
    }

    async fn known_number(&self, batch: BatchId) -> Result<Option<String>> {
        let mut session = Session::read(&self.db).await?;
        let row = session
            .first(sql("SELECT number FROM batches WHERE id = $1").int(batch.0))
            .await?;
        row.map_or(Ok(None), |row| row.columns().opt_text("number"))
    }

    async fn claim(&self, request: &ClaimRequest<'_>, now: Timestamp) -> Result<Claim> {
        // A code is given if, and only if, its batch is leased.
        let mut session = match request.needs.takes_code() {
            true => Session::begin(&self.db).await?,
            false => Session::repeating(&self.db).await?,
        };
        let installation = request.of.installation.to_string();
        let rows = match session.dialect() {
            Dialect::Postgres => {
                session
                    .fetch(claim::lease_and_messages(request, &installation, now))
                    .await?
            }
            Dialect::Sqlite => claim::lease_then_messages(&mut session, request, &installation, now).await?,
        };
        let Some(first) = rows.first() else {
            let answer = claim::why_not(&mut session, request, now).await?;
            session.commit().await?;
            return Ok(answer);
        };
        let leased = claim::Leased::read(&first.columns())?;
        let mut messages = Vec::with_capacity(rows.len());
        let (mut refused, mut wanted) = (Vec::new(), Vec::new());
        for row in &rows {
            let Some(claim::Waiting {
                claimed,
                key,
                refusal,
                kept,
            }) = claim::read(row, request, now)?
            else {
                continue;
            };
            if let Some(refusal) = refusal {
                refused.push((claimed.id, refusal));
                continue;
            }
            if let (Some(customer), false, Some(kept)) = (claimed.customer, claimed.sent_before, kept) {
                wanted.push(caps::Wanted {
                    message: claimed.id,
                    key,
                    customer,
                    kept,
                });
            }
            messages.push(claimed);
        }
        // Where a message is sent at most once, it is asked when it starts.
        if let Some(cap) = request.cap.filter(|_| leased.kind.replaces_repeats()) {
            let capped = caps::capped(&mut session, leased.org, cap, wanted, now).await?;
            let over: HashSet<MessageId> = capped.iter().map(|(message, _)| *message).collect();
            messages.retain(|message: &Claimed| !over.contains(&message.id));
            refused.extend(
                capped
                    .into_iter()
                    .map(|(message, next)| (message, Refusal::Capped(next))),
            );
        }
        if let Some(promo) = &request.needs.promo {
            let without =
                promo_codes::give(&mut session, (leased.org, request.of.run), promo, &mut messages, now).await?;
            let short: HashSet<MessageId> = without.iter().map(|(message, _)| *message).collect();
            messages.retain(|message| !short.contains(&message.id));
            refused.extend(
                without
                    .into_iter()
                    .map(|(message, why)| (message, Refusal::NoPromo(why))),
            );
        }
        if !refused.is_empty() {
            refusal::write(&mut session, request.of.batch, &refused, now).await?;
        }
        if messages.is_empty() {
            finish_if_empty(&mut session, request.of.batch, leased.lease, now).await?;
        }
        profiles::complete(&mut session, request.needs, &mut messages, now).await?;
        session.commit().await?;
        Ok(Claim::Leased {
            lease: leased.lease,
            messages,
            quiet_from: leased.quiet_from,
        })
    }

    /// The order of the locks is the ledger's: run, batch, messages, guests' marketing. The run's is `KEY SHARE`: it meets
    /// the `FOR UPDATE` of pause and cancel, and neither the planner nor other workers.
    async fn start(
        &self,
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
        let mut tx = Session::begin(&self.db).await?;
        let Some(held) = start::held(&mut tx, &task, lease, sender, now).await? else {
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
        let table = Table::default().messages("message", messages.iter().copied());
        let kept = cap.map_or("", |_| caps::COLUMN);
        let text = format!(
            "SELECT m.id, m.customer_id, m.sent_at, m.expires_at, {}, {GUEST_COLUMNS}{kept}
             FROM messages m
             JOIN endpoints e ON e.id = m.endpoint_id
             LEFT JOIN customer_facts f ON f.customer_id = m.customer_id
             WHERE m.id IN (SELECT r.message FROM {{rows}}) AND m.batch_id = $1 AND m.state = {MESSAGE_PENDING}{}
             ORDER BY m.id {{lock}}",
            refusal::address_columns(),
            months::within(tx.dialect(), "m.id", months::of_batch(batch))
        );
        let statement = sql(text).int(batch.0).rows(table).lock("FOR UPDATE OF m");
        let (mut allowed, mut refused): (Vec<MessageId>, Vec<(MessageId, Refusal)>) = Default::default();
        let mut wanted = Vec::new();
        for row in tx.fetch(statement).await? {
            let c = row.columns();
            let id = c.message("id")?;
            let (customer, sent) = (
                c.opt_int("customer_id")?.map(CustomerId),
                c.opt_int("sent_at")?.is_some(),
            );
            let expires = c.opt_int("expires_at")?.map(Timestamp).or(held.expires);
            let address = c.text("address")?;
            let eligibility = refusal::Eligibility {
                channel: held.kind.channel(),
                purpose: held.purpose,
                expires,
                country_stopped: stopped.has(&address),
                address_stands: refusal::address_stands(&c)?,
                guest: refusal::guest(customer, &c)?,
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
                    key: c.key("id")?,
                    customer,
                    kept: caps::read(Some(customer), &c)?,
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
            start::write_started(&mut tx, &held, (batch, lease), sender, &allowed, now).await?;
        }
        tx.commit().await?;
        Ok(allowed)
    }
}
