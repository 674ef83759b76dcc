//! Erasing a guest (PRODUCT.md §10, §18): the person goes from every table, the figures stay as they were.
//!
//! One transaction takes the card, its addresses, consents, chats and everything else that an index leads to; with its commit
//! nothing goes to the guest any more. Messages stay, as numbers of nobody: they are gone through month by month after it, in
//! transactions of their own, from a cursor that survives whoever works on it, and once more some minutes later, for what was
//! under way meanwhile. What happens to which table is a list that a test compares with the schema ([`REGISTRY`]).

mod card;
mod codes;
mod elsewhere;
mod listed;
mod months;
mod person;
mod registry;
mod treating;

pub use registry::{Entry, REGISTRY, Treatment};

use crate::base::crossed::again_if_crossed;
use crate::db::SqlStore;
use crate::{Result, StoreError};
use async_trait::async_trait;
use bellhop_domain::{CustomerId, OrgId, Timestamp};

/// A guest who was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The number of the erasure.
    pub number: i64,
    /// Other cards that have an address of the guest's, by the brand's own ids: they stay, with the address.
    pub shares_with: Vec<String>,
}

/// Erases guests.
#[async_trait]
pub trait Erasing: Send + Sync {
    /// Erases a guest, in `who`'s name. When it returns, nothing goes to them any more and their card is gone; what is left
    /// to be done is done by [`go_on_erasing`](Self::go_on_erasing).
    async fn erase(&self, org: OrgId, customer: CustomerId, who: &str, now: Timestamp) -> Result<Erased>;
    /// Does one piece of what is due; `false` if nothing was.
    async fn go_on_erasing(&self, now: Timestamp) -> Result<bool>;
    /// How many erasures are not through with their first pass.
    async fn unfinished_erasures(&self) -> Result<u64>;
}

#[async_trait]
impl Erasing for SqlStore {
    async fn erase(&self, org: OrgId, customer: CustomerId, who: &str, now: Timestamp) -> Result<Erased> {
        again_if_crossed!(card::erase(&self.db, org, customer, who, now))
    }

    async fn go_on_erasing(&self, now: Timestamp) -> Result<bool> {
        again_if_crossed!(months::go_on(&self.db, now))
    }

    async fn unfinished_erasures(&self) -> Result<u64> {
        months::unfinished(&self.db).await
    }
}

fn absent(customer: CustomerId) -> StoreError {
    StoreError::NotFound {
        what: "customer",
        id: customer.to_string(),
    }
}
