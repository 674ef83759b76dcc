//! Runs begun, and their messages planned: page by page, and step by step.

use super::codes::{RUN_RUNNING, RUN_SCHEDULED};
use super::known::KnownRuns;
use super::types::{Page, Planner};
use super::{analyze, audience, due, plan, promote, quiet, runs};
use crate::guests::GuestBase;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::*;
use std::collections::HashSet;

/// Runs begun in one call.
const BEGUN_AT_ONCE: usize = 1_000;
/// Runs told that are to be planned: more than are ever under way at once.
const UNPLANNED_AT_ONCE: usize = 10_000;

/// A running run that is not planned yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unplanned {
    pub org: OrgId,
    pub run: RunId,
    /// When it began. A database that was restored may have another run of its number.
    pub began: Option<Timestamp>,
}

/// A dispatcher's: which messages there are to be.
///
/// A page, and a move of due messages, has happened whole or not at all, and a page that has happened is not planned
/// again: of a run, an address gets one message, and a message is at one step.
#[async_trait]
pub trait Planning: Send + Sync {
    /// Starts scheduled runs whose time has come (fixes `as_of` and the expiry); returns them.
    async fn begin_due(&self, now: Timestamp) -> Result<Vec<RunId>>;
    /// Running runs that are to be planned, in the order of their launch.
    async fn unplanned(&self) -> Result<Vec<Unplanned>>;
    /// Plans the next page of `run`: up to `limit` customers are looked at.
    async fn plan_page(&self, run: RunId, limit: u32, planner: &dyn Planner, now: Timestamp) -> Result<Page>;
    /// Moves due waiting messages on: retries and next steps into new batches, ends where there is no next. Lets go what
    /// quiet hours have held until now.
    async fn promote_due(&self, limit: u32, now: Timestamp) -> Result<u64>;
}

#[async_trait]
impl Planning for SqlStore {
    /// Starts what is due. The audience is asked as of the instant of the start, and the messages' life counts from it, unless each
    /// has its own. A run that is not planned as a whole has nobody to plan now.
    async fn begin_due(&self, now: Timestamp) -> Result<Vec<RunId>> {
        self.make_room(now).await?;
        let mut session = Session::read(&self.db).await?;
        let text = format!(
            "SELECT {} FROM runs WHERE state = {RUN_SCHEDULED} AND start_at <= $1 ORDER BY start_at LIMIT {BEGUN_AT_ONCE}",
            runs::COLUMNS
        );
        let rows = session.fetch(sql(text).int(now.0)).await?;
        session.commit().await?;
        let begun = rows.iter().map(runs::run_of).collect::<Result<Vec<_>>>()?;
        for run in &begun {
            runs::start(&self.db, run, now).await?;
        }
        Ok(begun.iter().map(|run| run.id).collect())
    }

    async fn unplanned(&self) -> Result<Vec<Unplanned>> {
        let text = format!(
            "SELECT org_id, id, as_of FROM runs WHERE state = {RUN_RUNNING} AND planned_at IS NULL ORDER BY id LIMIT {UNPLANNED_AT_ONCE}"
        );
        let rows = Session::read(&self.db).await?.fetch(sql(text)).await?;
        let runs = rows.iter().map(|row| {
            let c = row.columns();
            Ok(Unplanned {
                org: OrgId(c.int("org_id")? as i32),
                run: RunId(c.int("id")?),
                began: c.opt_int("as_of")?.map(Timestamp),
            })
        });
        runs.collect()
    }

    async fn plan_page(&self, run: RunId, limit: u32, planner: &dyn Planner, now: Timestamp) -> Result<Page> {
        let mut session = Session::read(&self.db).await?;
        let (began, is_planned) = plan::stands(&mut session, run).await?;
        if is_planned {
            return Ok(Page::Complete);
        }
        let run = self.memory.of::<KnownRuns>().of(&mut session, run, began).await?;
        session.commit().await?;
        let segment = run.spec.audience.as_ref();
        let segment = segment.ok_or_else(|| StoreError::Corrupt {
            what: "run",
            id: run.id.to_string(),
            problem: "its mailing has no audience to plan".to_owned(),
        })?;
        let audience = self.select_audience(run.org, segment, run.as_of.unwrap_or(now)).await?;
        self.make_room_in(run.era(now)).await?;
        let mut tx = Session::begin(&self.db).await?;
        let cursor = match plan::lock(&mut tx, run.id).await? {
            plan::Locked::Go(cursor) => cursor,
            plan::Locked::Not(page) => return Ok(page),
        };
        let (guests, upto) = audience::page(&mut tx, run.org, &audience, CustomerId(cursor.customer), limit).await?;
        let page = if let Some(upto) = upto {
            let (planned, excluded) = plan::choose(&guests, planner);
            let counts = plan::write(&mut tx, &run, planned, excluded, planner, now).await?;
            plan::advance(&mut tx, run.id, "cursor", upto.0).await?;
            counts
        } else {
            plan::unattached(&mut tx, &run, cursor.endpoint, limit, planner, now).await?
        };
        tx.commit().await?;
        analyze::refresh(&self.db, run.era(now), cursor.pages + 1, page == Page::Complete);
        Ok(page)
    }

    /// Moves the due messages of each run that has some. A run that cannot be read does not hinder the others.
    async fn promote_due(&self, limit: u32, now: Timestamp) -> Result<u64> {
        let mut moved = quiet::release(&self.db, limit, now).await?;
        let (mut settled, mut trouble) = (HashSet::new(), None);
        for due in due::runs(&self.db, now).await? {
            if settled.insert(due.org) {
                // The next step asks the facts, which a dead address has made stale.
                self.settle(due.org).await?;
            }
            match promote::due_of(self, &due, limit, now).await {
                Ok(messages) => moved += messages,
                Err(error) => trouble = Some(error),
            }
        }
        trouble.map_or(Ok(moved), Err)
    }
}
