//! What became of messages, by the word of workers, providers and guests.

use super::kept_opens::{Keeping, keeping, kept, shortened};
use super::kept_receipt::KeptReceipt;
use super::receipt_effects::apply;
use super::receipt_owner::attempt_of;
use super::runs::parse_spec;
use super::source::Source;
use super::types::{Links, OpenClass, Opened, Recorded};
use super::{incoming, opens, receipts, record, record_at_once, refused_content, wishes};
use crate::db::Dialect;
use crate::guests::again_if_crossed;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::incoming::Event;
use bellhop_domain::receipt::Receipt;
use bellhop_domain::*;

/// What workers, providers and guests tell the ledger.
///
/// An error means that it is to be told again. Outcomes and what providers tell change nothing when they are told again;
/// an open that is told again is one more open.
#[async_trait]
pub trait Recording: Send + Sync {
    /// Records what providers answered to a worker. An outcome lands on the attempt of its own lease, however late. Tells
    /// whether nothing of the batch is left; then its lease has ended.
    async fn record(
        &self,
        batch: BatchId,
        lease: i64,
        sender: &str,
        outcomes: &[Recorded],
        now: Timestamp,
    ) -> Result<bool>;
    /// Records what a provider told, by webhook or over a session: receipts, guests' messages and wishes, its own
    /// health.
    async fn take(&self, source: &Source<'_>, event: &Event, now: Timestamp) -> Result<()>;
    /// Records a receipt of the source's account; one that comes before its attempt's record is kept and applied later.
    async fn receipt(&self, source: &Source<'_>, receipt: &Receipt, now: Timestamp) -> Result<()>;
    /// Records an open; `None` if there is no such message. Ends the waterfall unless `class` is a robot's.
    async fn open(
        &self,
        org: Option<OrgId>,
        message: MessageId,
        class: OpenClass,
        user_agent: Option<&str>,
        at: Timestamp,
    ) -> Result<Option<Opened>>;
}

#[async_trait]
impl Recording for SqlStore {
    async fn record(
        &self,
        batch: BatchId,
        lease: i64,
        sender: &str,
        outcomes: &[Recorded],
        now: Timestamp,
    ) -> Result<bool> {
        if outcomes.is_empty() {
            return Ok(false);
        }
        if self.dialect() == Dialect::Postgres
            && let Some(is_done) = record_at_once::at_once(&self.db, batch, lease, sender, outcomes, now).await?
        {
            return Ok(is_done);
        }
        record::with_care(&self.db, batch, lease, sender, outcomes, now).await
    }

    async fn take(&self, source: &Source<'_>, event: &Event, now: Timestamp) -> Result<()> {
        match event {
            Event::Receipt(receipt) => self.receipt(source, receipt, now).await,
            Event::Inbound(message) => again_if_crossed!(incoming::inbox::receive(self, source, message, now)),
            Event::Preference(preference) => again_if_crossed!(wishes::obey(self, source, preference, now)),
            Event::Moved(moved) => again_if_crossed!(incoming::moved::follow(self, source, moved, now)),
            Event::Health(health) => incoming::health::note(&self.db, source, health, now).await,
            Event::Unrecognised { kind, raw } => incoming::keep(self, source, kind, raw, now).await,
        }
    }

    async fn receipt(&self, source: &Source<'_>, receipt: &Receipt, now: Timestamp) -> Result<()> {
        let receipt = KeptReceipt::new(source, receipt, now);
        let mut tx = Session::begin(&self.db).await?;
        let mut refused = None;
        let attempt = attempt_of(&mut tx, &receipt, now).await?;
        if !receipts::came_before(&mut tx, &receipt, attempt).await?
            && receipts::keep(&mut tx, &receipt).await?
            && let Some(key) = attempt
        {
            refused = apply(&mut tx, &receipt, key, now).await?;
        }
        tx.commit().await?;
        match refused {
            Some(refused) => refused_content::count(self, &refused, now).await,
            None => Ok(()),
        }
    }

    /// An unknown token, and an open beyond the number that is still counted, write nothing and wait for no writer. Any
    /// other open locks the message: if it is committed before a request starts, it stops the request; if after, it has
    /// raced it.
    async fn open(
        &self,
        org: Option<OrgId>,
        message: MessageId,
        class: OpenClass,
        user_agent: Option<&str>,
        at: Timestamp,
    ) -> Result<Option<Opened>> {
        let agent = user_agent.map(shortened);
        let mut reading = Session::read(&self.db).await?;
        let text = "SELECT m.org_id, m.run_id, runs.spec FROM messages m JOIN runs ON runs.id = m.run_id
                    WHERE m.id = $1 AND m.org_id = COALESCE($2, m.org_id)";
        let statement = sql(text).message(message).int(org.map(|o| i64::from(o.0)));
        let Some(row) = reading.first(statement).await? else {
            return Ok(None);
        };
        let c = row.columns();
        let (org, run) = (OrgId(c.int("org_id")? as i32), RunId(c.int("run_id")?));
        let links = Links::of(parse_spec(run, &c.text("spec")?)?);
        let kept = kept(&mut reading, message, class, agent).await?;
        drop(reading);
        let mut first = false;
        if keeping(class, &kept) != Keeping::Nothing {
            let mut tx = Session::begin(&self.db).await?;
            let text = "SELECT m.opened_at, m.customer_id FROM messages m WHERE m.id = $1 {lock}";
            let statement = sql(text).message(message).lock("FOR UPDATE OF m");
            let Some(row) = tx.first(statement).await? else {
                return Ok(None);
            };
            let c = row.columns();
            first = c.opt_int("opened_at")?.is_none() && class.by_a_person();
            let is_news = class == OpenClass::Tap && !opens::was_tapped(&mut tx, message).await?;
            opens::write(&mut tx, org, message, class, agent, at).await?;
            if let Some(customer) = c.opt_int("customer_id")?.filter(|_| is_news) {
                opens::tell_of_app(&mut tx, org, CustomerId(customer), message, at).await?;
            }
            tx.commit().await?;
        }
        Ok(Some(Opened { org, run, links, first }))
    }
}
