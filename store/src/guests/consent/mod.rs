//! The ledger of consent: every word about marketing, by address, and what holds of them (docs/consent.md).
//!
//! `consent_words` is what was said and is never changed; `consent_stands` is what the words of an address come to
//! (`domain::consent::Stand`); `consents` is the latest word about a card. A guest's facts are masked by the stands of all
//! their addresses where they are computed (`guests/settle.rs`), in the transaction that writes a word or attaches an
//! address.

pub(crate) mod addresses;
pub(crate) mod cards;
pub(crate) mod carry;
mod export;
pub(crate) mod file;
pub(crate) mod hear;
mod heard;
pub(crate) mod lock;
pub(crate) mod of_guest;
pub(crate) mod questions;
mod settle;
mod show;
pub(crate) mod stands;
pub(crate) mod stopped;

pub use export::LedgerWord;
pub use questions::{Asking, Question};
pub use show::{Held, Said};

use crate::base::codes::MARKETING;
use crate::guests::codes::HELD;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::consent::{Space, Word};
use bellhop_domain::{Channel, EndpointKind, OrgId, Timestamp};
use std::collections::BTreeSet;

/// What people ask of the ledger of consent, and settle in it.
#[async_trait]
pub trait ConsentLedger: Send + Sync {
    /// Every word that was said by one of these addresses, or by another of the same person, in their order.
    async fn words_of_addresses(&self, org: OrgId, addresses: &[String]) -> Result<Vec<Said>>;
    /// Every word about a card, and by its addresses. `customer` is the brand's own id.
    async fn words_of_customer(&self, org: OrgId, customer: &str) -> Result<Vec<Said>>;
    /// The answers that hold marketing until a human or the guest says what was meant, the oldest first.
    async fn held(&self, org: OrgId) -> Result<Vec<Held>>;
    /// Words of the ledger with numbers above one, in the order in which they came: a page of an export.
    async fn ledger_after(&self, org: OrgId, after: i64, most: u32) -> Result<Vec<LedgerWord>>;
    /// Records that a human read a held answer and found that it was a no, or was not. Goes to the audit log. A
    /// conflict if nothing is held.
    async fn settle_hold(
        &self,
        org: OrgId,
        addresses: &[String],
        channel: Channel,
        is_stop: bool,
        who: &str,
        now: Timestamp,
    ) -> Result<()>;
}

#[async_trait]
impl ConsentLedger for SqlStore {
    async fn words_of_addresses(&self, org: OrgId, told: &[String]) -> Result<Vec<Said>> {
        let mut session = Session::read(&self.db).await?;
        let mut found = Vec::new();
        for space in show::spaces() {
            show::by_addresses(&mut session, org, space, told, &mut found).await?;
        }
        Ok(show::in_order(found))
    }

    async fn words_of_customer(&self, org: OrgId, customer: &str) -> Result<Vec<Said>> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT id FROM customers WHERE org_id = $1 AND external_id = $2";
        let row = session.first(sql(text).int(i64::from(org.0)).text(customer)).await?;
        let row = row.ok_or_else(|| StoreError::NotFound {
            what: "customer",
            id: customer.to_owned(),
        })?;
        let id = row.columns().int("id")?;
        let text = format!(
            "SELECT {} FROM consent_words w JOIN customers c ON c.id = w.customer_id WHERE w.customer_id = $1",
            show::COLUMNS
        );
        let rows = session.fetch(sql(text).int(id)).await?;
        let mut found = rows.iter().map(show::said).collect::<Result<Vec<_>>>()?;
        let text = "SELECT e.kind, e.address FROM customer_endpoints l JOIN endpoints e ON e.id = l.endpoint_id
                    WHERE l.customer_id = $1";
        for row in session.fetch(sql(text).int(id)).await? {
            let c = row.columns();
            let space = Space::of(c.code("kind", "endpoint kind", EndpointKind::from_code)?);
            let address = c.text("address")?;
            show::by_addresses(&mut session, org, space, &[address], &mut found).await?;
        }
        Ok(show::in_order(found))
    }

    /// All addresses of a person are held; the one that they wrote from stands for all.
    async fn held(&self, org: OrgId) -> Result<Vec<Held>> {
        let mut session = Session::read(&self.db).await?;
        let text = format!(
            "SELECT space, channel, address, held_at, how, wrote FROM (
                        SELECT s.space, s.channel, s.address, s.held_at,
                            (SELECT w.how FROM consent_words w WHERE w.org_id = s.org_id AND w.space = s.space
                                AND w.address = s.address AND w.channel = s.channel AND w.word = {HELD} AND w.at = s.held_at
                                ORDER BY w.id DESC LIMIT 1) AS how,
                            (SELECT m.words FROM endpoints e JOIN conversations v ON v.endpoint_id = e.id
                                JOIN inbound_messages m ON m.conversation_id = v.id
                                WHERE e.org_id = s.org_id AND e.address = s.address AND m.at = s.held_at
                                ORDER BY m.id DESC LIMIT 1) AS wrote
                        FROM consent_stands s WHERE s.org_id = $1 AND s.held AND s.purpose = {MARKETING}) AS h
                    ORDER BY held_at, wrote IS NULL, address, channel"
        );
        let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
        let mut seen: BTreeSet<(Space, i16, String)> = BTreeSet::new();
        let mut held = Vec::new();
        for row in &rows {
            let c = row.columns();
            let space = Space::of(c.code("space", "endpoint kind", EndpointKind::from_code)?);
            let channel = c.code("channel", "channel", show::channel)?;
            let address = c.text("address")?;
            if !seen.insert((space, channel as i16, address.clone())) {
                continue;
            }
            let told = [address.clone()];
            for other in addresses::of_person(&mut session, org, space, &told).await? {
                seen.insert((space, channel as i16, other));
            }
            held.push(Held {
                address,
                channel,
                since: Timestamp(c.int("held_at")?),
                how: c.opt_text("how")?.unwrap_or_default(),
                wrote: c.opt_text("wrote")?,
            });
        }
        Ok(held)
    }

    async fn ledger_after(&self, org: OrgId, after: i64, most: u32) -> Result<Vec<LedgerWord>> {
        export::after(&mut Session::read(&self.db).await?, org, after, most).await
    }

    async fn settle_hold(
        &self,
        org: OrgId,
        addresses: &[String],
        channel: Channel,
        is_stop: bool,
        who: &str,
        now: Timestamp,
    ) -> Result<()> {
        let word = if is_stop { Word::Withdrawn } else { Word::Released };
        let settling = settle::Settling {
            org,
            addresses,
            channel,
            word,
            who,
        };
        crate::guests::again_if_crossed!(settle::hold(&self.db, &settling, now))
    }
}
