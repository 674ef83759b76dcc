//! What goes out of the house as rows: guests of an audience, orders, words of consent, recipients of a run, promo codes. Rows are
//! read a part at a time, so whoever writes them, to a file or to a connection, needs no memory for the rest.

mod cells;
mod guests;
mod orders;
mod others;
mod sheet;

pub use cells::{Cell, TextForm};
pub use sheet::{ExportFile, ExportForm};

use crate::audience::AudienceExport;
use crate::consent::ConsentLedger;
use crate::guests::Organisation;
use crate::ledger::{Reading, RecipientFilter, Recipients};
use crate::promos::lists;
use crate::sql::Session;
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::segment::Segment;
use bellhop_domain::{CustomerId, RunId, Timestamp};
use cells::Look;

/// Rows of one part.
const PART: u32 = 2_000;
/// Messages that are looked at for a part of a run's recipients.
const LOOKED_AT: u32 = 20_000;

/// What is exported.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportOf {
    /// The guests whom a filter lets in, as of an instant.
    Guests {
        segment: Segment,
        as_of: Timestamp,
    },
    /// Those that were placed in this time.
    Orders {
        from: Timestamp,
        until: Timestamp,
    },
    /// The whole ledger.
    Consents,
    Recipients {
        run: RunId,
        filter: RecipientFilter,
    },
    PromoCodes {
        list: String,
    },
}

/// Some rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// As many cells each as there are headings.
    pub rows: Vec<Vec<Cell>>,
    /// Behind which place the next part begins; `None` if this was the last. A part may be empty without being the last.
    pub next: Option<(i64, i64)>,
}

impl ExportOf {
    pub fn headings(&self) -> &'static [&'static str] {
        match self {
            ExportOf::Guests { .. } => &guests::HEADINGS,
            ExportOf::Orders { .. } => &orders::HEADINGS,
            ExportOf::Consents => &others::WORDS,
            ExportOf::Recipients { .. } => &others::RECIPIENTS,
            ExportOf::PromoCodes { .. } => &others::CODES,
        }
    }

    /// Of files and sheets.
    pub fn name(&self) -> &'static str {
        match self {
            ExportOf::Guests { .. } => "guests",
            ExportOf::Orders { .. } => "orders",
            ExportOf::Consents => "consents",
            ExportOf::Recipients { .. } => "recipients",
            ExportOf::PromoCodes { .. } => "promo_codes",
        }
    }
}

/// Whoever takes rows out of the house.
#[async_trait]
pub trait Exporting: Send + Sync {
    /// The rows behind a place; the first place is `(i64::MIN, 0)`. What is the organisation's alone is read.
    async fn export_part(&self, org: &Organisation, of: &ExportOf, after: (i64, i64)) -> Result<Part>;
}

#[async_trait]
impl Exporting for SqlStore {
    async fn export_part(&self, org: &Organisation, of: &ExportOf, after: (i64, i64)) -> Result<Part> {
        let look = Look::of(&org.timezone, &org.currency);
        let place = after.0.max(0);
        match of {
            ExportOf::Guests { segment, as_of } => {
                let page = self
                    .export_page(org.id, segment, *as_of, CustomerId(place), PART)
                    .await?;
                let next = page.last().map(|last| (last.number.0, 0));
                let rows = page.iter().map(|guest| guests::row(guest, &look)).collect();
                Ok(Part { rows, next })
            }
            ExportOf::Orders { from, until } => {
                let mut session = Session::read(&self.db).await?;
                orders::part(&mut session, org.id, &look, (*from, *until), after, PART).await
            }
            ExportOf::Consents => {
                let page = self.ledger_after(org.id, place, PART).await?;
                let next = page.last().map(|last| (last.number, 0));
                let rows = page.iter().map(others::word).collect();
                Ok(Part { rows, next })
            }
            ExportOf::Recipients { run, filter } => {
                let found = self.run(*run).await?;
                if found.org != org.id {
                    let id = run.to_string();
                    return Err(StoreError::NotFound { what: "run", id });
                }
                let page = self.recipients(&found, filter, place, PART, LOOKED_AT).await?;
                let rows = page.recipients.iter().map(|it| others::recipient(it, &look)).collect();
                let next = page.next.map(|next| (next, 0));
                Ok(Part { rows, next })
            }
            ExportOf::PromoCodes { list } => {
                let mut session = Session::read(&self.db).await?;
                let found = lists::find(&mut session, org.id, list).await?;
                let found = found.ok_or_else(|| lists::absent(list))?;
                others::codes(&mut session, found.id, &look, place, PART).await
            }
        }
    }
}
