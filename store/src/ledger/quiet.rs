//! Quiet hours at work (PRODUCT.md §8). Guests of one time zone share batches, so that a batch waits and not each of its
//! messages: a night costs a mailing one update per hundred guests, and the looking for work nothing.
//!
//! `quiet_from` is since when a batch may not be leased before it was looked at anew: when its guests' quiet hours begin.
//! Whoever finds one that has come holds the batch (`waits_until`); when that has passed the dispatchers let it go.

use super::known::KnownRun;
use crate::db::Db;
use crate::guests::read_settings;
use crate::sql::{Row, Session, Table, sql};
use crate::{Result, StoreError};
use bellhop_domain::held::{Hold, Holding};
use bellhop_domain::time::TimeError;
use bellhop_domain::*;
use std::collections::{HashMap, HashSet};

/// When quiet hours begin that an organisation does not have.
const NEVER: Timestamp = Timestamp(i64::MAX);

/// The zones of all guests of a stretch of ids: a page of a plan is one, of which most are asked for.
const OF_A_STRETCH: &str =
    "SELECT c.id AS customer, c.timezone AS own_timezone, NULL AS home_timezone FROM customers c
     WHERE c.id >= $1 AND c.id <= $2 AND c.timezone IS NOT NULL
     UNION ALL
     SELECT f.customer_id, NULL, home.timezone FROM customer_facts f JOIN restaurants home ON home.id = f.home_restaurant_id
     WHERE f.customer_id >= $1 AND f.customer_id <= $2";
/// Guest by guest: PostgreSQL would otherwise join all customers there are.
const OF_EACH: &str = "SELECT customer, own_timezone, home_timezone FROM (
         SELECT r.customer,
                (SELECT c.timezone FROM customers c WHERE c.id = r.customer) AS own_timezone,
                (SELECT home.timezone FROM customer_facts f JOIN restaurants home ON home.id = f.home_restaurant_id
                 WHERE f.customer_id = r.customer) AS home_timezone
         FROM {rows} LIMIT $1 OFFSET 0) z
     WHERE own_timezone IS NOT NULL OR home_timezone IS NOT NULL";
/// Ids are a stretch if at least one of so many is among them.
const SPARSE: u64 = 4;

/// The first and the last of ids that lie close together.
fn stretch(ids: &[i64]) -> Option<(i64, i64)> {
    let (first, last) = (*ids.iter().min()?, *ids.iter().max()?);
    (last.abs_diff(first) < SPARSE * ids.len() as u64).then_some((first, last))
}

/// The quiet hours that a run's messages keep.
pub(super) struct Quiet {
    /// `None` if the organisation has none now. It may get some at any time, so the zones of its guests are recorded
    /// all the same.
    holding: Option<Holding>,
    /// Of guests who have no time zone, nor a restaurant.
    default: Zone,
}

impl Quiet {
    /// The organisation's quiet hours; `None` for runs that keep none: tests, and notifications unless their file
    /// asks for them.
    pub async fn of(session: &mut Session, run: &KnownRun) -> Result<Option<Self>> {
        let kept = run.purpose.obeys_quiet_hours() || run.spec.keeps_quiet_hours();
        if run.test || !kept {
            return Ok(None);
        }
        Self::of_organisation(session, run.org).await
    }

    pub async fn of_organisation(session: &mut Session, org: OrgId) -> Result<Option<Self>> {
        let text = "SELECT timezone, settings FROM organisations WHERE id = $1";
        let Some(row) = session.first(sql(text).int(i64::from(org.0))).await? else {
            return Ok(None);
        };
        let c = row.columns();
        let (zone, settings) = (c.text("timezone")?, read_settings(org, &c.text("settings")?)?);
        let default = Zone::named(&zone).map_err(|e| unreadable(&zone, &e))?;
        let holding = settings.holding();
        Ok(Some(Self { holding, default }))
    }

    /// Whether any hour is quiet.
    pub fn holds(&self) -> bool {
        self.holding.is_some()
    }

    /// When a batch of this zone that is made now must be checked again.
    pub fn from(&self, zone: &str, now: Timestamp) -> Result<Timestamp> {
        Ok(match self.hold(zone, now, None, BatchId(0))? {
            Hold::Open { until } => until,
            Hold::Until(_) => now,
        })
    }

    fn hold(&self, zone: &str, now: Timestamp, expires: Option<Timestamp>, batch: BatchId) -> Result<Hold> {
        let Some(holding) = &self.holding else {
            return Ok(Hold::Open { until: NEVER });
        };
        let zone = Zone::named(zone).unwrap_or_else(|_| self.default.clone());
        let hold = holding.at(&zone, now, expires, batch.0.unsigned_abs());
        hold.map_err(|e| unreadable(zone.name(), &e))
    }

    /// The time zones of these guests: their own, else their home restaurant's, else the organisation's. Apps that nobody
    /// has logged in to have the last.
    pub async fn zones(
        &self,
        session: &mut Session,
        customers: impl Iterator<Item = CustomerId>,
    ) -> Result<HashMap<CustomerId, String>> {
        let customers: Vec<i64> = customers.map(|c| c.0).collect();
        let statement = match stretch(&customers) {
            Some((first, last)) => sql(OF_A_STRETCH).int(first).int(last),
            None => {
                let count = i64::try_from(customers.len()).unwrap_or(i64::MAX);
                sql(OF_EACH)
                    .int(count)
                    .rows(Table::default().ints("customer", customers.iter().copied()))
            }
        };
        let (mut zones, mut known) = (HashMap::new(), HashMap::<String, bool>::new());
        for row in session.fetch(statement).await? {
            let c = row.columns();
            let (customer, own, home) = (
                CustomerId(c.int("customer")?),
                c.opt_text("own_timezone")?,
                c.opt_text("home_timezone")?,
            );
            let mut exists = |name: &String| {
                let known = known.entry(name.clone());
                *known.or_insert_with(|| Zone::named(name).is_ok())
            };
            // A guest with both may have two rows.
            if let Some(zone) = own.filter(&mut exists) {
                zones.insert(customer, zone);
            } else if let Some(zone) = home.filter(&mut exists) {
                zones.entry(customer).or_insert(zone);
            }
        }
        Ok(zones)
    }

    pub fn default_zone(&self) -> &str {
        self.default.name()
    }
}

fn unreadable(zone: &str, problem: &TimeError) -> StoreError {
    StoreError::Corrupt {
        what: "time zone",
        id: zone.to_owned(),
        problem: problem.to_string(),
    }
}

/// A batch whose quiet hours may have begun, or ended.
pub(super) struct QuietBatch {
    pub id: BatchId,
    pub org: OrgId,
    pub zone: String,
    pub expires: Option<Timestamp>,
}

/// Holds those of these locked batches whose guests have quiet hours, and returns the others; these are then asked again
/// when the next quiet hours begin.
pub(super) async fn hold(tx: &mut Session, asked: &[QuietBatch], now: Timestamp) -> Result<Vec<BatchId>> {
    let (mut rules, mut open) = (HashMap::new(), Vec::new());
    let mut rows: Vec<(BatchId, Option<i64>, Option<i64>)> = Vec::with_capacity(asked.len());
    let organisations: HashSet<OrgId> = asked.iter().map(|batch| batch.org).collect();
    for org in organisations {
        rules.insert(org, Quiet::of_organisation(tx, org).await?);
    }
    for batch in asked {
        let hold = match rules.get(&batch.org) {
            Some(Some(quiet)) => Some(quiet.hold(&batch.zone, now, batch.expires, batch.id)?),
            // The organisation is gone.
            _ => None,
        };
        let row = match hold {
            Some(Hold::Until(until)) if until > now => (batch.id, Some(now.0), Some(until.0)),
            // Its life is over: the claim says so to its messages.
            Some(Hold::Until(_)) | None => (batch.id, None, None),
            Some(Hold::Open { until }) => (batch.id, Some(until.0), None),
        };
        if row.2.is_none() {
            open.push(batch.id);
        }
        rows.push(row);
    }
    if !rows.is_empty() {
        let table = Table::default()
            .ints("batch", rows.iter().map(|row| row.0.0))
            .ints("quiet", rows.iter().map(|row| row.1))
            .ints("waits", rows.iter().map(|row| row.2));
        let text = "UPDATE batches SET quiet_from = r.quiet, waits_until = r.waits FROM {rows} WHERE id = r.batch";
        tx.execute(sql(text).rows(table)).await?;
    }
    Ok(open)
}

/// Lets go what has waited long enough; how many batches there were.
pub(super) async fn release(db: &Db, limit: u32, now: Timestamp) -> Result<u64> {
    let due = |limit: u32| {
        let text = format!(
            "SELECT b.id, b.org_id, b.zone, runs.expires_at FROM batches b JOIN runs ON runs.id = b.run_id
             WHERE b.waits_until <= $1 AND b.done_at IS NULL ORDER BY b.waits_until LIMIT {limit} {{lock}}"
        );
        sql(text).int(now.0)
    };
    // Mostly there is nothing, which is found without a lock.
    let mut session = Session::read(db).await?;
    let found = session.first(due(1)).await?.is_some();
    session.commit().await?;
    if !found {
        return Ok(0);
    }
    let mut tx = Session::begin(db).await?;
    let rows = tx.fetch(due(limit).lock("FOR NO KEY UPDATE OF b SKIP LOCKED")).await?;
    let asked = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    hold(&mut tx, &asked, now).await?;
    tx.commit().await?;
    Ok(asked.len() as u64)
}

fn read(row: &Row) -> Result<QuietBatch> {
    let c = row.columns();
    Ok(QuietBatch {
        id: BatchId(c.int("id")?),
        org: OrgId(c.int("org_id")? as i32),
        zone: c.opt_text("zone")?.unwrap_or_default(),
        expires: c.opt_int("expires_at")?.map(Timestamp),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_lie_close_together_are_a_stretch() {
        assert_eq!(stretch(&[5, 3, 4]), Some((3, 5)));
        assert_eq!(stretch(&[10, 1]), None);
        assert_eq!(stretch(&[8, 1]), Some((1, 8)));
        assert_eq!(stretch(&[]), None);
        assert_eq!(stretch(&[i64::MIN, i64::MAX]), None);
    }
}
