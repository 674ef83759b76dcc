//! What came of a landing.

use super::reading;
use crate::guests::Organisations;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{LandingId, Money, OrgId, Timestamp};

/// The latest days that are told one by one.
const DAYS: u32 = 400;

/// A day of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LandingDay {
    pub begins_at: Timestamp,
    pub shown: u64,
    pub clicked: u64,
}

/// How often it was shown and its button pressed, and what was ordered then.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LandingFigures {
    pub shown: u64,
    pub clicked: u64,
    /// Guests known by name who have seen it, and those of them who pressed the button.
    pub guests_shown: u64,
    pub guests_clicked: u64,
    /// Orders that are not cancelled: those that a guest placed within the attribution window after they first pressed the button, and
    /// those with its promo code from its start on.
    pub orders: u64,
    pub revenue: Money,
    /// The latest first.
    pub days: Vec<LandingDay>,
}

pub(super) async fn of(store: &SqlStore, org: OrgId, id: LandingId) -> Result<LandingFigures> {
    let window = store.organisation_by_id(org).await?.settings.attribution_window();
    let mut session = Session::snapshot(&store.db).await?;
    let kept = reading::one(&mut session, org, id).await?;
    let mut figures = LandingFigures::default();
    let text =
        "SELECT CAST(COALESCE(SUM(shown), 0) AS BIGINT) AS shown, CAST(COALESCE(SUM(clicked), 0) AS BIGINT) AS clicked
                FROM landing_counts WHERE landing_id = $1";
    if let Some(row) = session.first(sql(text).int(id.0)).await? {
        let c = row.columns();
        (figures.shown, figures.clicked) = (c.int("shown")?.unsigned_abs(), c.int("clicked")?.unsigned_abs());
    }
    let text = "SELECT COUNT(*) AS shown, COUNT(clicked_at) AS clicked FROM landing_guests WHERE landing_id = $1";
    if let Some(row) = session.first(sql(text).int(id.0)).await? {
        let c = row.columns();
        figures.guests_shown = c.int("shown")?.unsigned_abs();
        figures.guests_clicked = c.int("clicked")?.unsigned_abs();
    }
    let text = format!(
        "SELECT COUNT(*) AS orders, CAST(COALESCE(SUM(o.total), 0) AS BIGINT) AS revenue FROM orders o WHERE o.id IN (
            SELECT a.id FROM landing_guests g JOIN orders a ON a.customer_id = g.customer_id
                AND a.placed_at >= g.clicked_at AND a.placed_at < g.clicked_at + $3
            WHERE g.landing_id = $1 AND g.clicked_at IS NOT NULL
            UNION SELECT b.id FROM orders b WHERE b.org_id = $2 AND b.promo = $4 AND b.placed_at >= $5)
         AND o.status <> {}",
        OrderStatus::Cancelled.code()
    );
    let statement = sql(text)
        .int(id.0)
        .int(i64::from(org.0))
        .int(i64::try_from(window.as_millis()).unwrap_or(i64::MAX))
        .text(kept.landing.promo.as_deref())
        .int(kept.starts_at.0);
    if let Some(row) = session.first(statement).await? {
        let c = row.columns();
        figures.orders = c.int("orders")?.unsigned_abs();
        figures.revenue = Money(c.int("revenue")?);
    }
    let text = format!(
        "SELECT day, CAST(SUM(shown) AS BIGINT) AS shown, CAST(SUM(clicked) AS BIGINT) AS clicked FROM landing_counts
         WHERE landing_id = $1 GROUP BY day ORDER BY day DESC LIMIT {DAYS}"
    );
    for row in &session.fetch(sql(text).int(id.0)).await? {
        let c = row.columns();
        figures.days.push(LandingDay {
            begins_at: Timestamp(c.int("day")? * DAY_MS),
            shown: c.int("shown")?.unsigned_abs(),
            clicked: c.int("clicked")?.unsigned_abs(),
        });
    }
    session.commit().await?;
    Ok(figures)
}
