//! What has had its time goes (PRODUCT.md §18): message by month, the rest row by row, in pieces so small that nobody waits for
//! one. What statistics need of it is frozen before. What is alive stays, however old it is.

mod by_age;
mod cutoffs;
mod months;
mod space;
mod turn;

use crate::Result;
use crate::db::SqlStore;
use async_trait::async_trait;
use bellhop_domain::{RunId, Timestamp};
use serde::Serialize;
use std::time::Duration;

/// What has a lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// With their attempts, batches and requests.
    Messages,
    Opens,
    Receipts,
    ProviderEvents,
    Audit,
    /// What brands have told of guests.
    Events,
    /// What programs have sent or not: with the messages.
    Firings,
    /// What webhooks were told.
    WebhookDeliveries,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Messages => "messages",
            Kind::Opens => "opens",
            Kind::Receipts => "delivery reports",
            Kind::ProviderEvents => "provider events",
            Kind::Audit => "audit entries",
            Kind::Events => "events",
            Kind::Firings => "firings of programs",
            Kind::WebhookDeliveries => "deliveries of webhooks",
        }
    }
}

/// What has outlived its lifetime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outlived {
    pub kind: Kind,
    /// The organisation's slug; absent where all organisations have one lifetime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// What is older goes.
    pub until: Timestamp,
    /// The months whose messages go, as `2026-03`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<String>,
    pub rows: u64,
    /// Why the next month stays, although it has had its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// One piece that went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub kind: Kind,
    /// The month whose rows went all at once, or whose figures were frozen.
    pub month: Option<String>,
    pub rows: u64,
}

#[async_trait]
pub trait Pruning: Send + Sync {
    /// What goes now, by kind. Changes nothing.
    async fn outlived(&self, now: Timestamp) -> Result<Vec<Outlived>>;
    /// Takes the next piece away; `None` when nothing is left that has had its time.
    async fn remove_piece(&self, now: Timestamp) -> Result<Option<Piece>>;
    /// Begins or continues a round, unless another holder has the turn or the next round is not due yet; whether it is on.
    /// A holder that is silent for as long as `silence` loses the turn.
    async fn take_turn(&self, holder: &str, silence: Duration, now: Timestamp) -> Result<bool>;
    /// The months of a run whose messages have had their time.
    async fn months_gone(&self, run: RunId) -> Result<Vec<String>>;
    /// Ends a round; the next one is due then.
    async fn end_round(&self, holder: &str, next: Timestamp) -> Result<()>;
}

#[async_trait]
impl Pruning for SqlStore {
    async fn outlived(&self, now: Timestamp) -> Result<Vec<Outlived>> {
        let mut all = by_age::outlived(&self.db, now).await?;
        all.insert(0, months::outlived(&self.db, now).await?);
        Ok(all)
    }

    async fn remove_piece(&self, now: Timestamp) -> Result<Option<Piece>> {
        if let Some(piece) = by_age::piece(&self.db, now).await? {
            return Ok(Some(piece));
        }
        if let Some(piece) = months::piece(&self.db, now).await? {
            return Ok(Some(piece));
        }
        space::give_back(&self.db).await?;
        Ok(None)
    }

    async fn take_turn(&self, holder: &str, silence: Duration, now: Timestamp) -> Result<bool> {
        turn::take(&self.db, holder, now.plus(silence), now).await
    }

    async fn months_gone(&self, run: RunId) -> Result<Vec<String>> {
        months::gone(&self.db, run).await
    }

    async fn end_round(&self, holder: &str, next: Timestamp) -> Result<()> {
        turn::end(&self.db, holder, next).await
    }
}
