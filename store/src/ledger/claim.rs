//! Leasing a batch, and what its messages need to be rendered.

use super::batches::finish_if_empty;
use super::profiles::{self, profile_columns};
use super::refusal::{self, Refusal};
use super::types::{Claim, Claimed, RenderNeeds};
use crate::Result;
use crate::db::{Db, Dialect};
use crate::sql::{Row, Session, sql};
use bellhop_domain::message::RunState;
use bellhop_domain::*;
use std::time::Duration;

/// How long a batch is kept back whose sender stands still.
const HELD_MS: i64 = 2_000;

/// What a worker asks for.
pub(super) struct Wish<'a> {
    pub batch: BatchId,
    pub sender: &'a str,
    pub worker: &'a str,
    pub max: u32,
    pub lease: Duration,
    pub needs: &'a RenderNeeds,
}

/// The lease is committed before the messages are read: what is read under it can no longer be another worker's.
pub(super) async fn claim(db: &Db, wish: &Wish<'_>, now: Timestamp) -> Result<Claim> {
    let mut session = Session::autocommit(db).await?;
    let Some(leased) = take_lease(&mut session, wish, now).await? else {
        let answer = why_not(&mut session, wish, now).await?;
        session.commit().await?;
        return Ok(answer);
    };
    let mut rows = session.fetch(messages(wish)).await?;
    let mut messages = Vec::with_capacity(rows.len());
    let mut refused = Vec::new();
    for row in rows.drain(..) {
        let (claimed, refusal) = read(&row, &leased, wish.needs, now)?;
        match refusal {
            None => messages.push(claimed),
            Some(refusal) => refused.push((claimed.id, refusal)),
        }
    }
    if !refused.is_empty() {
        refusal::write(&mut session, wish.batch, &refused, now).await?;
        if messages.is_empty() {
            finish_if_empty(&mut session, wish.batch, leased.lease, now).await?;
        }
    }
    profiles::add_attributes(&mut session, wish.needs, &mut messages).await?;
    session.commit().await?;
    Ok(Claim::Leased {
        lease: leased.lease,
        messages,
    })
}

struct Leased {
    lease: i64,
    kind: EndpointKind,
    expires: Option<Timestamp>,
}

async fn take_lease(session: &mut Session, wish: &Wish<'_>, now: Timestamp) -> Result<Option<Leased>> {
    let next = match session.dialect() {
        Dialect::Postgres => "nextval('leases')",
        Dialect::Sqlite => {
            session.execute(sql("UPDATE leases SET last = last + 1")).await?;
            "(SELECT last FROM leases)"
        }
    };
    let text = format!(
        "UPDATE batches SET lease = {next}, lease_until = $4, worker = $3, published_at = COALESCE(published_at, $5)
         FROM runs
         WHERE batches.id = $1 AND batches.done_at IS NULL AND batches.lease_until IS NULL
           AND runs.id = batches.run_id AND runs.state = 2
           AND NOT EXISTS (SELECT 1 FROM sender_pauses p WHERE p.org_id = batches.org_id AND p.sender = $2)
         RETURNING lease, kind, (SELECT expires_at FROM runs WHERE runs.id = run_id)"
    );
    let statement = sql(text)
        .int(wish.batch.0)
        .text(wish.sender)
        .text(wish.worker)
        .int(now.plus(wish.lease).0)
        .int(now.0);
    let Some(row) = session.first(statement).await? else {
        return Ok(None);
    };
    let mut c = row.cells();
    Ok(Some(Leased {
        lease: c.int()?,
        kind: c.code("endpoint kind", EndpointKind::from_code)?,
        expires: c.opt_int()?.map(Timestamp),
    }))
}

/// A batch that could go but for its run or sender goes back to the dispatchers.
async fn why_not(session: &mut Session, wish: &Wish<'_>, now: Timestamp) -> Result<Claim> {
    let text = "SELECT runs.state FROM batches b JOIN runs ON runs.id = b.run_id
                WHERE b.id = $1 AND b.done_at IS NULL AND b.lease_until IS NULL";
    let Some(row) = session.first(sql(text).int(wish.batch.0)).await? else {
        return Ok(Claim::Nothing);
    };
    let running = row.cells().code("run state", RunState::from_code)? == RunState::Running;
    let held_until = running.then_some(now.0 + HELD_MS);
    let text = "UPDATE batches SET published_at = NULL, held_until = $2
                WHERE id = $1 AND done_at IS NULL AND lease_until IS NULL";
    session.execute(sql(text).int(wish.batch.0).int(held_until)).await?;
    Ok(Claim::Held)
}

fn messages<'a>(wish: &Wish<'a>) -> crate::sql::Sql<'a> {
    let (columns, joins) = profile_columns(wish.needs);
    let text = format!(
        "SELECT m.id, m.customer_id, m.endpoint_id, e.address, e.registered_at, e.state, m.step, m.tries, m.sent_at,
                f.consent_mask, f.blacklisted{columns}
         FROM messages m
         JOIN endpoints e ON e.id = m.endpoint_id
         LEFT JOIN customer_facts f ON f.customer_id = m.customer_id{joins}
         WHERE m.batch_id = $1 AND m.state = 1
         LIMIT $2"
    );
    sql(text).int(wish.batch.0).int(i64::from(wish.max))
}

fn read(row: &Row, leased: &Leased, needs: &RenderNeeds, now: Timestamp) -> Result<(Claimed, Option<Refusal>)> {
    let mut c = row.cells();
    let id = MessageId::from_sql(c.int()?);
    let customer = c.opt_int()?.map(CustomerId);
    let endpoint = EndpointId(c.int()?);
    let address = c.text()?;
    let registered_at = Timestamp(c.int()?);
    let alive = c.int()? == 1;
    let (step, tries) = (c.int()? as u16, c.int()? as u16);
    let sent_before = c.opt_int()?.is_some();
    let standing = refusal::Standing {
        channel: leased.kind.channel(),
        expires: leased.expires,
        endpoint_alive: alive,
        guest: refusal::guest(customer, &mut c)?,
    };
    let claimed = Claimed {
        id,
        customer,
        endpoint,
        address,
        registered_at,
        step,
        tries,
        sent_before,
        profile: profiles::read(&mut c, needs)?,
    };
    Ok((claimed, standing.refusal(now)))
}
