//! The ledger of consent: every word about marketing, by address, and what holds of them (docs/consent.md).
//!
//! `consent_words` is what was said and is never changed; `consent_stands` is what the words of an address come to
//! (`domain::consent::Stand`); `consents` is the latest word about a card. A guest's facts are masked by the stands of all
//! their addresses where they are computed (`guests/settle.rs`), in the transaction that writes a word or attaches an
//! address.

pub(crate) mod addresses;
pub(crate) mod carry;
pub(crate) mod hear;
mod heard;
pub(crate) mod lock;
pub(crate) mod of_guest;
pub(crate) mod questions;
mod settle;
mod show;
pub(crate) mod stands;

pub use questions::Question;
pub use show::{Held, Said};

use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::consent::Word;
use bellhop_domain::{Channel, OrgId, Timestamp};

/// What people ask of the ledger of consent, and settle in it.
#[async_trait]
pub trait ConsentLedger: Send + Sync {
    /// Every word that was said by one of these addresses, or by another of the same person, in their order.
    async fn words_of_addresses(&self, org: OrgId, addresses: &[String]) -> Result<Vec<Said>>;
    /// Every word about a card, and by its addresses. `customer` is the brand's own id.
    async fn words_of_customer(&self, org: OrgId, customer: &str) -> Result<Vec<Said>>;
    /// The answers that hold marketing until a human or the guest says what was meant, the oldest first.
    async fn held(&self, org: OrgId) -> Result<Vec<Held>>;
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
    async fn words_of_addresses(&self, org: OrgId, addresses: &[String]) -> Result<Vec<Said>> {
        show::of_addresses(&self.db, org, addresses).await
    }

    async fn words_of_customer(&self, org: OrgId, customer: &str) -> Result<Vec<Said>> {
        show::of_customer(&self.db, org, customer).await
    }

    async fn held(&self, org: OrgId) -> Result<Vec<Held>> {
        show::held(&self.db, org).await
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
