//! Runs at each guest's own time (PRODUCT.md §5): their batches wait for it as others wait for the end of quiet hours.

use super::known::KnownRun;
use super::planned::Planned;
use super::quiet::Quiet;
use super::types::{Moment, Planner};
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::*;
use std::collections::{BTreeMap, HashMap};

/// What is planned, each with the instant for which it waits.
pub(super) type Timed = Vec<(Planned, Option<Timestamp>)>;

/// Finds when each guest's time comes. Those whose time is past are excluded, if the planner skips them.
pub(super) async fn timed(
    tx: &mut Session,
    run: &KnownRun,
    planned: Vec<Planned>,
    excluded: &mut BTreeMap<Exclusion, u64>,
    planner: &dyn Planner,
    now: Timestamp,
) -> Result<Timed> {
    let at_once = |planned: Vec<Planned>| planned.into_iter().map(|it| (it, None)).collect();
    if !run.is_at_own_time {
        return Ok(at_once(planned));
    }
    let Some(quiet) = Quiet::of_organisation(tx, run.org).await? else {
        return Ok(at_once(planned));
    };
    let zones = quiet.zones(tx, planned.iter().filter_map(|it| it.customer)).await?;
    let mut moments: HashMap<&str, Moment> = HashMap::new();
    let mut timed = Vec::with_capacity(planned.len());
    for it in planned {
        let own = it.customer.and_then(|customer| zones.get(&customer));
        let name = own.map_or(quiet.default_zone(), String::as_str);
        // The names were found to be zones.
        let moment = *moments.entry(name).or_insert_with(|| match Zone::named(name) {
            Ok(zone) => planner.moment(&zone, now),
            Err(_) => Moment::Now,
        });
        match moment {
            Moment::Now => timed.push((it, None)),
            Moment::At(at) => timed.push((it, Some(at).filter(|at| *at > now))),
            Moment::Never => *excluded.entry(Exclusion::OwnTimePast).or_default() += 1,
        }
    }
    Ok(timed)
}

/// Makes batches wait. All messages of one are of one time zone, so they wait for one instant.
pub(super) async fn wait(tx: &mut Session, timed: &Timed, batches: &[BatchId], now: Timestamp) -> Result<()> {
    let waits: BTreeMap<BatchId, Timestamp> = (timed.iter().zip(batches))
        .filter_map(|((_, at), batch)| at.map(|at| (*batch, at)))
        .collect();
    if waits.is_empty() {
        return Ok(());
    }
    let table = Table::default()
        .ints("batch", waits.keys().map(|batch| batch.0))
        .ints("waits", waits.values().map(|at| at.0));
    let text = "UPDATE batches SET quiet_from = $1, waits_until = r.waits FROM {rows} WHERE id = r.batch";
    tx.execute(sql(text).int(now.0).rows(table)).await?;
    Ok(())
}
