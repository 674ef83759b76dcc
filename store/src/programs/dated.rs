//! Guests, as a calendar sees them.

use super::switching::WAITING;
use super::types::{FiringState, Program};
use crate::Result;
use crate::ledger::admit;
use crate::sql::{Row, Session, Table, sql};
use bellhop_domain::retention::OrderFacts;
use bellhop_domain::*;
use std::collections::HashMap;

/// Whose dates a round looks at: bounds are inclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Days {
    /// Guests with a birthday between these, month × 100 + day.
    Birthdays(Vec<(i16, i16)>),
    /// Guests of whose bonuses some burn before then.
    BurnsBefore(Timestamp),
    /// Guests with such an order between these instants.
    Orders(Vec<(OrderMark, Timestamp, Timestamp)>),
}

/// An order on which a retention category depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderMark {
    First,
    Latest,
    Returning,
}

/// What is known of a guest's dates, and what the program has of the guest already.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedGuest {
    pub customer: CustomerId,
    /// Month × 100 + day.
    pub birthday: Option<i16>,
    /// When that was told; `None` of what was imported.
    pub birthday_told_at: Option<Timestamp>,
    /// JSON: the guest's bonuses that burn, as last reported; read only where a program is about them.
    pub burns: Option<String>,
    /// Of the orders that count.
    pub orders: Option<OrderFacts>,
    /// The guest's own time zone, else their home restaurant's.
    pub zone: Option<String>,
    pub firings: Vec<KnownFiring>,
}

/// A firing of the guest, as far as a plan needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFiring {
    pub occasion: String,
    pub state: FiringState,
    pub due_at: Timestamp,
    pub last_event: i64,
}

/// The next guests whose dates may fall into these days, in ascending order, and those whose firings wait: what they wait for
/// may have moved away from these days.
pub(super) async fn page(
    tx: &mut Session,
    of: &Program,
    days: &Days,
    after: CustomerId,
    limit: u32,
) -> Result<Vec<CustomerId>> {
    let (Of { table, key }, ranges) = conditions(days);
    let ranges = match ranges.is_empty() {
        true => "FALSE".to_owned(),
        false => ranges.join(" OR "),
    };
    // Each half is read in its order and no further than the page.
    let text = format!(
        "SELECT customer FROM (
             SELECT * FROM (SELECT {key} AS customer FROM {table} WHERE org_id = $1 AND {key} > $2 AND ({ranges})
                            ORDER BY {key} LIMIT {limit}) dated
             UNION
             SELECT * FROM (SELECT customer_id AS customer FROM firings
                            WHERE program_id = $3 AND customer_id > $2 AND state = {WAITING}
                            ORDER BY customer_id LIMIT {limit}) waiting) page
         ORDER BY customer LIMIT {limit}"
    );
    let statement = sql(text).int(i64::from(of.org.0)).int(after.0).int(of.id.0);
    let rows = tx.fetch(statement).await?;
    rows.iter()
        .map(|row| Ok(CustomerId(row.columns().int("customer")?)))
        .collect()
}

struct Of {
    table: &'static str,
    key: &'static str,
}

/// The table to look into, and the conditions one of which must hold. Bounds are numbers of ours, so they are in the text.
fn conditions(days: &Days) -> (Of, Vec<String>) {
    match days {
        Days::Birthdays(ranges) => {
            let between = |(from, to): &(i16, i16)| format!("birth_month_day BETWEEN {from} AND {to}");
            let of = Of {
                table: "customers",
                key: "id",
            };
            (of, ranges.iter().map(between).collect())
        }
        Days::BurnsBefore(at) => {
            let of = Of {
                table: "reported_bonuses",
                key: "customer_id",
            };
            (of, vec![format!("next_burn_at < {}", at.0)])
        }
        Days::Orders(ranges) => {
            let between = |(mark, from, to): &(OrderMark, Timestamp, Timestamp)| {
                let column = match mark {
                    OrderMark::First => "first_at",
                    OrderMark::Latest => "last_at",
                    OrderMark::Returning => "returned_at",
                };
                format!("{column} BETWEEN {} AND {}", from.0, to.0)
            };
            let of = Of {
                table: "customer_facts",
                key: "customer_id",
            };
            (of, ranges.iter().map(between).collect())
        }
    }
}

pub(super) async fn guests(
    tx: &mut Session,
    of: &Program,
    days: &Days,
    customers: &[CustomerId],
) -> Result<Vec<DatedGuest>> {
    let burns = match days {
        Days::BurnsBefore(_) => burns(tx, customers).await?,
        Days::Birthdays(_) | Days::Orders(_) => HashMap::new(),
    };
    let mut firings = firings(tx, of.id, customers).await?;
    let zones = admit::zones(tx, of.org, customers).await?;
    let text = "SELECT c.id, c.birth_month_day, c.birth_told_at, f.first_at, f.last_at, f.returned_at FROM {rows}
                JOIN customers c ON c.id = r.guest LEFT JOIN customer_facts f ON f.customer_id = c.id";
    let table = Table::default().ints("guest", customers.iter().map(|it| it.0));
    let rows = tx.fetch(sql(text).rows(table)).await?;
    let guest = |row: &Row| {
        let c = row.columns();
        let customer = CustomerId(c.int("id")?);
        let at = |name| c.opt_int(name).map(|at| at.map(Timestamp));
        let orders = at("first_at")?.zip(at("last_at")?);
        let returned = at("returned_at")?;
        Ok(DatedGuest {
            customer,
            birthday: c.opt_int("birth_month_day")?.and_then(|day| i16::try_from(day).ok()),
            birthday_told_at: at("birth_told_at")?,
            burns: burns.get(&customer).cloned(),
            orders: orders.map(|(first, latest)| OrderFacts {
                first,
                latest,
                returned,
            }),
            zone: zones.get(&customer).cloned(),
            firings: firings.remove(&customer).unwrap_or_default(),
        })
    };
    rows.iter().map(guest).collect()
}

/// What of these guests' bonuses burns, as last reported.
pub(super) async fn burns(tx: &mut Session, customers: &[CustomerId]) -> Result<HashMap<CustomerId, String>> {
    let text = "SELECT b.customer_id, b.burns FROM {rows} JOIN reported_bonuses b ON b.customer_id = r.guest";
    let table = Table::default().ints("guest", customers.iter().map(|it| it.0));
    let rows = tx.fetch(sql(text).rows(table)).await?;
    let burns = rows.iter().map(|row| {
        let c = row.columns();
        Ok((CustomerId(c.int("customer_id")?), c.text("burns")?))
    });
    burns.collect()
}

async fn firings(
    tx: &mut Session,
    program: ProgramId,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<KnownFiring>>> {
    let text =
        "SELECT f.customer_id, f.occasion, f.state, COALESCE(f.wanted_at, f.due_at) AS due_at, f.last_event FROM {rows}
                JOIN firings f ON f.program_id = $1 AND f.customer_id = r.guest";
    let table = Table::default().ints("guest", customers.iter().map(|it| it.0));
    let rows = tx.fetch(sql(text).int(program.0).rows(table)).await?;
    let mut found: HashMap<CustomerId, Vec<KnownFiring>> = HashMap::new();
    for row in &rows {
        let c = row.columns();
        let firing = KnownFiring {
            occasion: c.text("occasion")?,
            state: c.code("state", "state of a firing", FiringState::from_code)?,
            due_at: Timestamp(c.int("due_at")?),
            last_event: c.int("last_event")?,
        };
        found.entry(CustomerId(c.int("customer_id")?)).or_default().push(firing);
    }
    Ok(found)
}
