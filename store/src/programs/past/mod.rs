//! What the store knows of the past of guests, for a rehearsal: what happened to them when, and what was said when.
//!
//! Read only. A guest's card, tags and attributes are as they are now, because their past is not kept; orders, words of consent,
//! addresses that died, bonuses and birthdays that were told have their instants, and whoever asks goes back by them.

mod concerned;
mod grouped;
mod history;
mod words;

use super::types::{FiringState, ReasonCode};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::consent::{Space, Word, WordSource};
use bellhop_domain::event::{Event, EventKind};
use bellhop_domain::segment::Guest;
use bellhop_domain::*;

/// Whom a rehearsal has to look at. Too many are no harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concerning {
    /// Guests of whom such an event was told in the time.
    Events(Vec<EventKind>),
    /// Guests with a birthday between these, month × 100 + day, both included.
    Birthdays(Vec<(i16, i16)>),
    /// Guests of whose bonuses something is known.
    Burns,
    /// Guests with an order since then.
    OrdersSince(Timestamp),
    /// The guests of the organisation.
    Everybody,
}

/// A guest as they are now, and what is known of how they came to be so.
#[derive(Debug, Clone)]
pub struct PastGuest {
    pub guest: Guest,
    /// What the brand calls each of the orders of `guest`.
    pub orders: Vec<String>,
    pub may: Permission,
    /// The guest's own time zone, else their home restaurant's.
    pub zone: Option<String>,
    pub birthday_told_at: Option<Timestamp>,
    /// Since when the guest's own card is marked.
    pub blacklisted_at: Option<Timestamp>,
    /// Addresses that are muted or dead, and since when.
    pub gone: Vec<(EndpointId, Timestamp)>,
    /// In the order in which they were heard.
    pub words: Vec<PastWord>,
    /// JSON: what burns, as last reported, and as of when.
    pub burns: Option<(String, Timestamp)>,
    /// In the order in which they were told.
    pub events: Vec<PastEvent>,
    pub firings: Vec<PastFiring>,
    /// Marketing messages of about the last week, but those of the rehearsed programs: when each was about to go.
    pub marketing: Vec<Timestamp>,
}

/// Something that was told of a guest.
#[derive(Debug, Clone)]
pub struct PastEvent {
    pub event: Event,
    pub came_at: Timestamp,
    /// Whether it said something new of its order; of others it always does.
    pub is_news: bool,
}

/// A word about marketing or notifications.
#[derive(Debug, Clone)]
pub struct PastWord {
    /// By which address it was said; `None` of a word about the card.
    pub address: Option<(Space, String)>,
    /// `None`: all that there are.
    pub channel: Option<Channel>,
    pub purpose: Purpose,
    pub word: Word,
    pub source: WordSource,
    pub at: Timestamp,
    pub came_at: Timestamp,
}

/// A firing of one of the programs.
#[derive(Debug, Clone)]
pub struct PastFiring {
    pub program: ProgramId,
    pub version: i32,
    pub occasion: String,
    pub state: FiringState,
    pub reason: Option<ReasonCode>,
    pub last_event: i64,
    pub fired_at: Timestamp,
    pub due_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub given: Option<String>,
}

/// A rehearsal's questions; nothing is written but facts that were stale.
#[async_trait]
pub trait Past: Send + Sync {
    /// The next guests after `after`, in ascending order, of whom something may come between two instants: those concerned, and
    /// those of whom the programs have a firing that waits.
    async fn concerned(
        &self,
        org: OrgId,
        programs: &[ProgramId],
        by: &Concerning,
        between: (Timestamp, Timestamp),
        after: CustomerId,
        limit: u32,
    ) -> Result<Vec<CustomerId>>;
    /// What is known of these guests, in ascending order. `since`: events that were told from then on, and all that told of
    /// bonuses; marketing of these programs that was decided from then on is left out.
    async fn pasts(
        &self,
        org: OrgId,
        programs: &[ProgramId],
        customers: &[CustomerId],
        since: Timestamp,
    ) -> Result<Vec<PastGuest>>;
}

#[async_trait]
impl Past for SqlStore {
    async fn concerned(
        &self,
        org: OrgId,
        programs: &[ProgramId],
        by: &Concerning,
        between: (Timestamp, Timestamp),
        after: CustomerId,
        limit: u32,
    ) -> Result<Vec<CustomerId>> {
        concerned::page(&self.db, org, programs, by, between, after, limit).await
    }

    async fn pasts(
        &self,
        org: OrgId,
        programs: &[ProgramId],
        customers: &[CustomerId],
        since: Timestamp,
    ) -> Result<Vec<PastGuest>> {
        history::of(self, org, programs, customers, since).await
    }
}
