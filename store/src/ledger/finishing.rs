//! Brings what is left over to its end: leases that ran out, receipts that came early, doubts, and runs with nothing left.

use super::batches::{finish_if_empty, has};
use super::codes::{ATTEMPT_STARTED, ATTEMPT_UNKNOWN, MESSAGE_IN_FLIGHT, WAITS_FOR_SETTLEMENT};
use super::promo_codes::PromoLook;
use super::types::Doubt;
use super::{cancelled, chores, finish, in_vain, months, outlived, promo_codes, receipts, requests, revived};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::message::{MessageState, WaitingFor};
use bellhop_domain::*;
use std::collections::BTreeMap;
use std::time::Duration;

/// Leases ended per transaction.
const RECLAIMED_AT_ONCE: i64 = 100;
/// Transactions of one call that settles receipts.
const RECEIPTS_PAGES: usize = 25;

/// A dispatcher's: what nobody else brings to its end. Several dispatchers may do it at once, and each thing is ended once.
#[async_trait]
pub trait Finishing: Send + Sync {
    /// Ends leases that ran out, and returns how many. The unstarted messages of such a batch are ready again; its started
    /// attempts without outcome are in doubt until `now + settlement`, and wait for a receipt.
    async fn reclaim(&self, settlement: Duration, now: Timestamp) -> Result<u64>;
    /// Applies receipts that came before their attempt was recorded. One that matches nothing is looked at ever less often,
    /// and after three days no more.
    async fn settle_receipts(&self, now: Timestamp) -> Result<u64>;
    /// Attempts in doubt that a provider may be asked about.
    async fn doubts(&self, limit: u32) -> Result<Vec<Doubt>>;
    /// Ends what a cancelled run has left, and messages that nobody could take before their lives ended; finishes runs with
    /// nothing left to do. Returns the runs that ended. One on
    /// demand ends by a cancel only, and a program's when its day is over and nothing of it is left. Of very
    /// many runs under way a call looks at some for having nothing left, and the next calls at the others. Forgets the
    /// values of messages on demand a day after their lives, and after three months what providers told that no version
    /// understood.
    async fn finish_runs(&self, now: Timestamp) -> Result<Vec<RunId>>;
    /// Looks at promo codes that were given, some at a time: those of messages that failed for good, and that surely nobody
    /// has seen, are free again.
    async fn look_at_promo_codes(&self, now: Timestamp) -> Result<PromoLook>;
}

#[async_trait]
impl Finishing for SqlStore {
    async fn reclaim(&self, settlement: Duration, now: Timestamp) -> Result<u64> {
        // Mostly there is nothing, which is found without a lock.
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT id FROM batches WHERE lease_until <= $1 AND done_at IS NULL ORDER BY lease_until LIMIT 1";
        let found = session.first(sql(text).int(now.0)).await?.is_some();
        session.commit().await?;
        if !found {
            return Ok(0);
        }
        let mut tx = Session::begin(&self.db).await?;
        let text = "SELECT id, lease FROM batches WHERE lease_until <= $1 AND done_at IS NULL
                    ORDER BY id LIMIT $2 {lock}";
        let statement = sql(text)
            .int(now.0)
            .int(RECLAIMED_AT_ONCE)
            .lock("FOR NO KEY UPDATE SKIP LOCKED");
        let mut lost = Vec::new();
        for row in tx.fetch(statement).await? {
            let c = row.columns();
            lost.push((BatchId(c.int("id")?), c.int("lease")?));
        }
        for &(batch, lease) in &lost {
            doubt(&mut tx, batch, lease, now.plus(settlement)).await?;
            promo_codes::may_be_seen(&mut tx, batch).await?;
            let text = "UPDATE batches SET published_at = NULL, lease_until = NULL WHERE id = $1";
            tx.execute(sql(text).int(batch.0)).await?;
            finish_if_empty(&mut tx, batch, lease, now).await?;
        }
        tx.commit().await?;
        Ok(lost.len() as u64)
    }

    /// Applies receipts that came before their attempt had its end, each in a transaction of its own.
    async fn settle_receipts(&self, now: Timestamp) -> Result<u64> {
        let (mut settled, mut given_up) = (0, 0);
        let mut unmatched = BTreeMap::new();
        for _ in 0..RECEIPTS_PAGES {
            let page = receipts::early(&self.db, now).await?;
            for (receipt, last) in &page {
                match receipts::settle_one(self, receipt, now).await? {
                    true => settled += 1,
                    false => {
                        given_up += u64::from(*last);
                        if in_vain::is_noticed(receipt.came, now) {
                            *unmatched.entry(receipt.senders.clone()).or_insert(0) += 1;
                        }
                    }
                }
            }
            if page.len() < receipts::AT_ONCE {
                break;
            }
        }
        in_vain::notice(&unmatched, now);
        in_vain::tell(given_up);
        Ok(settled)
    }

    /// The latest attempts of messages that wait for their settlement, those with the least time left first.
    async fn doubts(&self, limit: u32) -> Result<Vec<Doubt>> {
        let mut session = Session::read(&self.db).await?;
        let text = format!(
            "SELECT a.org_id, a.message_id, a.lease, a.kind, a.sender, e.address, a.provider_id, a.started_at
                    FROM runs
                    JOIN messages m ON m.run_id = runs.id AND m.due_at IS NOT NULL AND m.waiting_for = {WAITS_FOR_SETTLEMENT}
                    JOIN attempts a ON a.message_id = m.id AND a.state = {ATTEMPT_UNKNOWN}
                    JOIN endpoints e ON e.id = a.endpoint_id
                    WHERE runs.finished_at IS NULL
                    ORDER BY m.due_at LIMIT {limit}"
        );
        let rows = session.fetch(sql(text)).await?;
        rows.iter()
            .map(|row| {
                let c = row.columns();
                Ok(Doubt {
                    org: OrgId(c.int("org_id")? as i32),
                    message: c.message("message_id")?,
                    lease: c.int("lease")?,
                    kind: c.code("kind", "endpoint kind", EndpointKind::from_code)?,
                    sender: c.text("sender")?,
                    address: c.text("address")?,
                    provider_id: c.opt_text("provider_id")?,
                    since: Timestamp(c.int("started_at")?),
                })
            })
            .collect()
    }

    async fn finish_runs(&self, now: Timestamp) -> Result<Vec<RunId>> {
        let mut chores = chores::look(&self.db, now).await?;
        if chores.wanted_again {
            revived::go_on(&self.db, now).await?;
            chores = chores::look(&self.db, now).await?;
        }
        if chores.old_values {
            requests::forget(&self.db, now).await?;
        }
        let mut left = match chores.cancelled {
            true => cancelled::end(&self.db, now).await?,
            false => Vec::new(),
        };
        if chores.outlived_runs {
            outlived::end_runs(&self.db, now).await?;
        }
        if chores.outlived_batches {
            outlived::end_in_batches(&self.db, now).await?;
        }
        left.extend(finish::with_nothing_left(self, now).await?);
        finish::finish(&self.db, &left, now).await
    }

    async fn look_at_promo_codes(&self, now: Timestamp) -> Result<PromoLook> {
        let mut reading = Session::read(&self.db).await?;
        let text = "SELECT 1 FROM promo_codes WHERE look_at <= $1 ORDER BY look_at LIMIT 1";
        if reading.first(sql(text).int(now.0)).await?.is_none() {
            return Ok(PromoLook::default());
        }
        drop(reading);
        let mut tx = Session::begin(&self.db).await?;
        let look = promo_codes::look(&mut tx, now).await?;
        tx.commit().await?;
        Ok(look)
    }
}

const LOST: &str = "the worker was lost before it recorded an answer";

async fn doubt(tx: &mut Session, batch: BatchId, lease: i64, until: Timestamp) -> Result<()> {
    let (dialect, era) = (tx.dialect(), months::of_batch(batch));
    let text = format!(
        "UPDATE attempts SET state = $3, reason = $4 WHERE lease = $2 AND state = {ATTEMPT_STARTED} AND message_id IN (
             SELECT m.id FROM messages m WHERE {}{}){}",
        has(dialect, "$1", "m"),
        months::within(dialect, "m.id", era),
        months::within(dialect, "message_id", era)
    );
    tx.execute(
        sql(text)
            .int(batch.0)
            .int(lease)
            .int(i64::from(AttemptState::Unknown.code()))
            .text(LOST),
    )
    .await?;
    let text = format!(
        "UPDATE messages SET state = $2, waiting_for = $3, due_at = $4, reason = $5
         WHERE state = {MESSAGE_IN_FLIGHT} AND {}{}",
        has(dialect, "$1", "messages"),
        months::within(dialect, "id", era)
    );
    tx.execute(
        sql(text)
            .int(batch.0)
            .int(i64::from(MessageState::Waiting.code()))
            .int(i64::from(WaitingFor::Settlement.code()))
            .int(until.0)
            .text(LOST),
    )
    .await?;
    Ok(())
}
