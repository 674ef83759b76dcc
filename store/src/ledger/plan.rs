//! Planning: who of the audience gets a message, page by page.
//!
//! A page is a range of customer ids and one transaction: it locks the run, checks that it runs, writes messages,
//! batches and exclusions, and moves the cursor. If the process is killed anywhere, the page has not happened, and
//! planning continues with it. A cancel waits for the page, whose lock conflicts with its own, and the next page does
//! not begin. The same lock keeps the run's [`promote`](super::promote) out, so that nobody else gives an address its
//! message meanwhile.

use super::batches::{self, BatchKey, Wanted};
use super::commands::absent;
use super::known::KnownRun;
use super::own_time;
use super::planned::{Planned, count_excluded, insert_messages};
use super::quiet::Quiet;
use super::rested;
use super::types::{Choice, Page, PlanGuest, Planner};
use super::unattached;
use crate::Result;
use crate::db::Dialect;
use crate::sql::{Session, Table, sql};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::*;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Where planning stands.
pub(super) struct Cursor {
    pub customer: i64,
    pub endpoint: i64,
    pub pages: i64,
}

/// When the run began, and whether it is planned.
pub(super) async fn stands(session: &mut Session, run: RunId) -> Result<(Option<Timestamp>, bool)> {
    let text = "SELECT as_of, planned_at FROM runs WHERE id = $1";
    let row = session.first(sql(text).int(run.0)).await?;
    let row = row.ok_or_else(|| absent("run", run))?;
    let c = row.columns();
    Ok((c.opt_int("as_of")?.map(Timestamp), c.opt_int("planned_at")?.is_some()))
}

pub(super) enum Locked {
    Go(Cursor),
    Not(Page),
}

pub(super) async fn lock(tx: &mut Session, run: RunId) -> Result<Locked> {
    let text = "SELECT state, planned_at, cursor, endpoint_cursor, pages FROM runs WHERE id = $1 {lock}";
    let statement = sql(text).int(run.0).lock("FOR NO KEY UPDATE SKIP LOCKED");
    let Some(row) = tx.first(statement).await? else {
        return Ok(Locked::Not(Page::NotNow));
    };
    let c = row.columns();
    let (state, planned) = (c.int("state")?, c.opt_int("planned_at")?);
    if planned.is_some() {
        return Ok(Locked::Not(Page::Complete));
    }
    if state != i64::from(message::RunState::Running.code()) {
        return Ok(Locked::Not(Page::NotNow));
    }
    Ok(Locked::Go(Cursor {
        customer: c.int("cursor")?,
        endpoint: c.int("endpoint_cursor")?,
        pages: c.int("pages")?,
    }))
}

/// Moves a cursor; the name of its column is ours.
pub(super) async fn advance(tx: &mut Session, run: RunId, column: &'static str, upto: i64) -> Result<()> {
    let text = format!("UPDATE runs SET {column} = $2, pages = pages + 1 WHERE id = $1");
    tx.execute(sql(text).int(run.0).int(upto)).await?;
    Ok(())
}

async fn complete(tx: &mut Session, run: RunId, now: Timestamp) -> Result<Page> {
    tx.execute(
        sql("UPDATE runs SET planned_at = $2 WHERE id = $1")
            .int(run.0)
            .int(now.0),
    )
    .await?;
    Ok(Page::Complete)
}

/// Splits a page by the planner's choice. Of two guests with one address in the page, the first gets the message.
pub(super) fn choose(guests: &[PlanGuest], planner: &dyn Planner) -> (Vec<Planned>, BTreeMap<Exclusion, u64>) {
    let mut planned = Vec::with_capacity(guests.len());
    let mut excluded = BTreeMap::new();
    let mut taken = HashSet::with_capacity(guests.len());
    for guest in guests {
        let reason = match planner.choose(guest) {
            Choice::Exclude(reason) => reason,
            Choice::Send { step, kind, endpoint } if taken.insert(endpoint) => {
                planned.push(Planned {
                    customer: Some(guest.customer),
                    step,
                    kind,
                    endpoint,
                });
                continue;
            }
            Choice::Send { .. } => Exclusion::DuplicateEndpoint,
        };
        *excluded.entry(reason).or_default() += 1;
    }
    (planned, excluded)
}

/// Endpoints that nobody has logged in to, after all guests.
pub(super) async fn unattached(
    tx: &mut Session,
    run: &KnownRun,
    after: i64,
    limit: u32,
    planner: &dyn Planner,
    now: Timestamp,
) -> Result<Page> {
    let reached = EndpointKind::ALL
        .into_iter()
        .filter(|kind| planner.unattached(*kind).is_some());
    let kinds: Vec<_> = reached.collect();
    let found = unattached::page(tx, run.org, &kinds, EndpointId(after), limit).await?;
    let planned: Vec<_> = found.into_iter().map(|it| unattached_message(it, planner)).collect();
    let Some(last) = planned.last().map(|p| p.endpoint.0) else {
        return complete(tx, run.id, now).await;
    };
    let page = write(tx, run, planned, BTreeMap::new(), planner, now).await?;
    advance(tx, run.id, "endpoint_cursor", last).await?;
    Ok(page)
}

fn unattached_message((endpoint, kind): (EndpointId, EndpointKind), planner: &dyn Planner) -> Planned {
    Planned {
        customer: None,
        endpoint,
        kind,
        // Only kinds that have a step were asked for.
        step: planner.unattached(kind).unwrap_or_default(),
    }
}

/// Writes what was chosen; guests whose address has its message already are duplicates.
pub(super) async fn write(
    tx: &mut Session,
    run: &KnownRun,
    planned: Vec<Planned>,
    mut excluded: BTreeMap<Exclusion, u64>,
    planner: &dyn Planner,
    now: Timestamp,
) -> Result<Page> {
    let planned = rested::leave_alone(tx, run, planned, &mut excluded).await?;
    let timed = own_time::timed(tx, run, planned, &mut excluded, planner, now).await?;
    let planned: Vec<_> = timed.iter().map(|(it, _)| *it).collect();
    let era = run.era(now);
    let of = |p: &Planned| Addressee {
        customer: p.customer,
        kind: p.kind,
        endpoint: p.endpoint,
        expires: None,
        era,
    };
    let recipients: Vec<_> = planned.iter().map(of).collect();
    let batches = deal(tx, run, &recipients, now).await?;
    own_time::wait(tx, &timed, &batches, now).await?;
    let messages = insert_messages(tx, run, era, &planned, &batches).await?;
    let duplicates = planned.len() as u64 - messages;
    if duplicates > 0 {
        *excluded.entry(Exclusion::DuplicateEndpoint).or_default() += duplicates;
    }
    count_excluded(tx, run.id, &excluded).await?;
    Ok(Page::Planned {
        messages,
        excluded: excluded.values().sum(),
    })
}

/// To whom a message of a batch goes.
pub(super) struct Addressee {
    pub customer: Option<CustomerId>,
    pub kind: EndpointKind,
    pub endpoint: EndpointId,
    /// The end of the message's own life; `None` if it has its run's.
    pub expires: Option<Timestamp>,
    /// The message's month.
    pub era: Era,
}

/// Makes batches for messages to these guests at these addresses; returns the batch of each.
pub(super) async fn deal(
    tx: &mut Session,
    run: &KnownRun,
    recipients: &[Addressee],
    now: Timestamp,
) -> Result<Vec<BatchId>> {
    let addresses: Vec<_> = recipients.iter().map(|to| (to.kind, to.endpoint)).collect();
    let mut known = known_numbers(tx, run.org, &addresses).await?;
    let quiet = Quiet::of(tx, run).await?;
    let zones = match &quiet {
        Some(quiet) => quiet.zones(tx, recipients.iter().filter_map(|to| to.customer)).await?,
        None => HashMap::new(),
    };
    let zone = |customer: &Option<CustomerId>| {
        let own = customer.and_then(|customer| zones.get(&customer));
        let default = quiet.as_ref().map(Quiet::default_zone);
        own.map(String::as_str).or(default).map(str::to_owned)
    };
    let has_months = tx.dialect() == Dialect::Postgres;
    let of: Vec<BatchKey> = (recipients.iter())
        .map(|to| BatchKey {
            era: if has_months { to.era } else { Era::default() },
            kind: to.kind,
            number: known.remove(&to.endpoint),
            zone: zone(&to.customer),
        })
        .collect();
    let mut made: HashMap<BatchKey, Vec<BatchId>> = HashMap::new();
    for (id, of) in batches::insert(tx, run, &wanted(&of, recipients), quiet.as_ref(), now).await? {
        made.entry(of).or_default().push(id);
    }
    let mut dealt: HashMap<&BatchKey, usize> = HashMap::new();
    let batches = of.iter().map(|of| {
        let place = dealt.entry(of).or_default();
        let batch = made[of][*place / of.size()];
        *place += 1;
        batch
    });
    Ok(batches.collect())
}

/// As many batches as these messages need. The end noted for a batch may be earlier than the first end of its
/// messages; it is then looked at once too often.
fn wanted<'a>(of: &'a [BatchKey], recipients: &[Addressee]) -> Vec<Wanted<'a>> {
    let mut counts: BTreeMap<&BatchKey, (usize, Option<Timestamp>)> = BTreeMap::new();
    for (of, to) in of.iter().zip(recipients) {
        let (count, first_end) = counts.entry(of).or_default();
        *count += 1;
        *first_end = [*first_end, to.expires].into_iter().flatten().min();
    }
    let each = counts.into_iter().flat_map(|(of, (count, expires))| {
        let one = Wanted { of, expires };
        std::iter::repeat_n(one, count.div_ceil(of.size()))
    });
    each.collect()
}

/// The numbers that the owners of these addresses have a conversation with, each the latest (PRODUCT.md §8: they stay
/// with it). Only channels with conversations are asked for.
async fn known_numbers(
    tx: &mut Session,
    org: OrgId,
    addresses: &[(EndpointKind, EndpointId)],
) -> Result<HashMap<EndpointId, String>> {
    let chats = addresses.iter().filter(|(kind, _)| !kind.replaces_repeats());
    let table = Table::default().ints("endpoint", chats.clone().map(|(_, endpoint)| endpoint.0));
    if chats.count() == 0 {
        return Ok(HashMap::new());
    }
    let text = "SELECT v.endpoint_id, v.sender FROM {rows} JOIN conversations v ON v.endpoint_id = r.endpoint
                WHERE v.org_id = $1 ORDER BY v.last_inbound_at";
    let rows = tx.fetch(sql(text).int(i64::from(org.0)).rows(table)).await?;
    let known = rows.iter().map(|row| {
        let c = row.columns();
        Ok((EndpointId(c.int("endpoint_id")?), c.text("sender")?))
    });
    known.collect()
}
