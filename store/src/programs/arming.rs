//! Dates: the firings of the next day, armed ahead and in bulk.
//!
//! A round goes over the guests whose dates may fall into it, page by page, from a cursor that survives whoever works on it.
//! What a round has armed another finds, so that rounds may overlap; and what has moved since is moved, or cancelled.

use super::changing;
use super::dated::{self, DatedGuest, Days};
use super::switching::WAITING;
use super::types::{FiringState, Program, ProgramState, ReasonCode};
use crate::guests::GuestBase;
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::*;

/// What the calendar now says of a guest: at most one firing of theirs waits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replanned {
    /// Occasions that are not planned any more.
    pub cancel: Vec<String>,
    pub add: Option<(String, Timestamp)>,
    /// It waits, and for another moment.
    pub retime: Option<(String, Timestamp)>,
}

/// By what a version plans. Pure: asked inside the transaction that does it.
pub trait Calendar: Send + Sync {
    fn plan(&self, guest: &DatedGuest) -> Replanned;
    /// Why what is not planned any more does not go.
    fn replanned(&self) -> ReasonCode;
}

/// What a page did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Armed {
    /// So many guests were looked at, and so many firings made; there may be more.
    Page {
        guests: u64,
        fired: u64,
    },
    Complete,
    /// There is no round, or somebody else works on it.
    NotNow,
}

/// A dispatcher's, for programs by dates.
#[async_trait]
pub trait Arming: Send + Sync {
    /// Begins a round up to `until` if what is armed ends before `short_of`, and none is under way. Returns up to when the
    /// round that is under way arms.
    async fn begin_arming(
        &self,
        program: ProgramId,
        short_of: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Timestamp>>;
    /// Arms the next guests of the round.
    async fn arm_page(
        &self,
        of: &Program,
        days: &Days,
        calendar: &dyn Calendar,
        limit: u32,
        now: Timestamp,
    ) -> Result<Armed>;
}

#[async_trait]
impl Arming for SqlStore {
    async fn begin_arming(
        &self,
        program: ProgramId,
        short_of: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let text = "SELECT arming_until, armed_until FROM programs WHERE id = $1";
        let row = Session::read(&self.db).await?.first(sql(text).int(program.0)).await?;
        let Some(row) = row else { return Ok(None) };
        let c = row.columns();
        let under_way = c.opt_int("arming_until")?.map(Timestamp);
        if under_way.is_some() || Timestamp(c.int("armed_until")?) >= short_of {
            return Ok(under_way);
        }
        let mut tx = Session::begin(&self.db).await?;
        let text = "UPDATE programs SET arming_until = $2, arm_cursor = 0
                    WHERE id = $1 AND arming_until IS NULL AND armed_until < $3";
        let begun = tx
            .execute(sql(text).int(program.0).int(until.0).int(short_of.0))
            .await?;
        tx.commit().await?;
        Ok((begun > 0).then_some(until))
    }

    async fn arm_page(
        &self,
        of: &Program,
        days: &Days,
        calendar: &dyn Calendar,
        limit: u32,
        now: Timestamp,
    ) -> Result<Armed> {
        if matches!(days, Days::Orders(_)) {
            self.settle(of.org).await?;
        }
        let mut tx = Session::begin(&self.db).await?;
        let Some(cursor) = lock(&mut tx, of).await? else {
            return Ok(Armed::NotNow);
        };
        let customers = dated::page(&mut tx, of, days, cursor, limit).await?;
        let Some(last) = customers.last().copied() else {
            let text =
                "UPDATE programs SET armed_until = arming_until, arming_until = NULL, arm_cursor = 0 WHERE id = $1";
            tx.execute(sql(text).int(of.id.0)).await?;
            tx.commit().await?;
            return Ok(Armed::Complete);
        };
        let guests = dated::guests(&mut tx, of, days, &customers).await?;
        let plans: Vec<_> = guests
            .iter()
            .map(|guest| (guest.customer, calendar.plan(guest)))
            .collect();
        cancel(&mut tx, of, &plans, calendar.replanned(), now).await?;
        retime(&mut tx, of, &plans).await?;
        let fired = add(&mut tx, of, &plans, now).await?;
        let text = "UPDATE programs SET arm_cursor = $2 WHERE id = $1";
        tx.execute(sql(text).int(of.id.0).int(last.0)).await?;
        tx.commit().await?;
        let guests = customers.len() as u64;
        Ok(Armed::Page { guests, fired })
    }
}

/// How far the round is, if there is one and it is of this version.
async fn lock(tx: &mut Session, of: &Program) -> Result<Option<CustomerId>> {
    let text = "SELECT arm_cursor FROM programs
                WHERE id = $1 AND state = $2 AND version = $3 AND arming_until IS NOT NULL {lock}";
    let statement = sql(text)
        .int(of.id.0)
        .int(i64::from(ProgramState::On.code()))
        .int(i64::from(of.version))
        .lock("FOR NO KEY UPDATE SKIP LOCKED");
    let row = tx.first(statement).await?;
    row.map(|row| row.columns().int("arm_cursor").map(CustomerId))
        .transpose()
}

type Plan = (CustomerId, Replanned);

async fn cancel(tx: &mut Session, of: &Program, plans: &[Plan], reason: ReasonCode, now: Timestamp) -> Result<()> {
    let all: Vec<_> = plans
        .iter()
        .flat_map(|(customer, plan)| plan.cancel.iter().map(move |occasion| (customer.0, occasion.as_str())))
        .collect();
    if all.is_empty() {
        return Ok(());
    }
    let text = format!(
        "UPDATE firings SET state = $2, reason = $3, decided_at = $4, given = NULL FROM {{rows}}
         WHERE program_id = $1 AND customer_id = r.guest AND occasion = r.about AND state = {WAITING}"
    );
    let statement = sql(text)
        .int(of.id.0)
        .int(i64::from(FiringState::Cancelled.code()))
        .int(i64::from(reason.0))
        .int(now.0)
        .rows(occasions(&all));
    tx.execute(statement).await?;
    Ok(())
}

async fn retime(tx: &mut Session, of: &Program, plans: &[Plan]) -> Result<()> {
    let moved = plans
        .iter()
        .filter_map(|(customer, plan)| Some((customer, plan.retime.as_ref()?)));
    let moved: Vec<_> = moved
        .map(|(customer, (occasion, at))| (customer.0, occasion.as_str(), at.0))
        .collect();
    if moved.is_empty() {
        return Ok(());
    }
    let all: Vec<_> = moved.iter().map(|(guest, occasion, _)| (*guest, *occasion)).collect();
    let text = format!(
        "UPDATE firings SET due_at = r.due, wanted_at = NULL FROM {{rows}}
         WHERE program_id = $1 AND customer_id = r.guest AND occasion = r.about AND state = {WAITING}"
    );
    let table = occasions(&all).ints("due", moved.iter().map(|(_, _, at)| *at));
    tx.execute(sql(text).int(of.id.0).rows(table)).await?;
    Ok(())
}

fn occasions<'a>(all: &[(i64, &'a str)]) -> Table<'a> {
    Table::default()
        .ints("guest", all.iter().map(|(guest, _)| *guest))
        .texts("about", all.iter().map(|(_, occasion)| *occasion))
}

async fn add(tx: &mut Session, of: &Program, plans: &[Plan], now: Timestamp) -> Result<u64> {
    let added = plans
        .iter()
        .filter_map(|(customer, plan)| Some((*customer, plan.add.as_ref()?)));
    let new: Vec<_> = added
        .map(|(customer, (occasion, due_at))| changing::New {
            program: of.id,
            version: of.version,
            customer,
            event: 0,
            occasion,
            due_at: *due_at,
            given: None,
            is_once_per_event: false,
        })
        .collect();
    changing::insert(tx, of.org, &new, now).await
}
