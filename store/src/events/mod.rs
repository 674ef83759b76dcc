//! What brands tell of guests as it happens (PRODUCT.md §13): stored once, with all that follows from it for the guest, in one
//! transaction, of which the outbox tells.
//!
//! What a set of events leaves does not depend on their order: a cart and a balance are those of the latest event by its own
//! time, the first invitation counts, and orders merge as they do everywhere.

mod bonuses;
mod carts;
mod fresh;
mod happening;
mod opens;
mod orders;
mod page;
mod referrals;
mod registered;
mod reported;
mod reviews;
mod telling;
mod together;
mod told;

use crate::Result;
use crate::db::SqlStore;
use crate::sql::Session;
use async_trait::async_trait;
use bellhop_domain::event::Told;
use bellhop_domain::{CustomerId, OrgId, Timestamp};

/// What became of an event that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Taken,
    /// It was told before, and nothing happens again.
    Known,
    /// Its id was used for an event that says something else, so it is refused.
    IdTaken,
}

pub use page::{GuestPages, MAX_PHOTOS, PageItem, PageKey, PageOrder, Photo, Rated, Rating};
pub use reported::{Bonuses, Burn, Cart, Reported, Review};
pub use telling::{End, Outcome, tell};

/// Events as they happen.
#[async_trait]
pub trait LiveEvents: Send + Sync {
    /// Takes events, all in one transaction, perhaps with what others tell at the same time; an answer for each. An event is
    /// recognised by its id for as long as events are kept. One that lies ahead of `now` counts as of `now`.
    async fn take_events(&self, org: OrgId, events: &[Told], now: Timestamp) -> Result<Vec<Answer>>;
    /// What is known of a guest by events.
    async fn reported(&self, org: OrgId, customer: CustomerId) -> Result<Reported>;
}

#[async_trait]
impl LiveEvents for SqlStore {
    async fn take_events(&self, org: OrgId, events: &[Told], now: Timestamp) -> Result<Vec<Answer>> {
        together::take(self, org, events, now).await
    }

    async fn reported(&self, org: OrgId, customer: CustomerId) -> Result<Reported> {
        reported::of(&mut Session::read(&self.db).await?, org, customer).await
    }
}
