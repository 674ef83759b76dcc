//! What guests like best: the dish, and the category, that is in the most of their orders of late.

use super::codes::ORDER_CANCELLED;
use super::rendering::{Profile, RenderNeeds};
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{CustomerId, Timestamp};
use std::collections::HashMap;

/// Of late is within so many days of 24 hours.
const DAYS: i64 = 90;

/// Of these guests, as far as templates ask; one question each for all of them.
pub(super) struct Favourites {
    dishes: HashMap<CustomerId, String>,
    categories: HashMap<CustomerId, String>,
}

impl Favourites {
    pub async fn of(
        session: &mut Session,
        customers: &[CustomerId],
        needs: &RenderNeeds,
        now: Timestamp,
    ) -> Result<Self> {
        let (mut dishes, mut categories) = (HashMap::new(), HashMap::new());
        if needs.favourite_dish {
            dishes = most(session, customers, "dishes", "dish_id", now).await?;
        }
        if needs.favourite_category {
            categories = most(session, customers, "categories", "category_id", now).await?;
        }
        Ok(Self { dishes, categories })
    }

    pub fn put(&self, customer: CustomerId, profile: &mut Profile) {
        profile.favourite_dish = self.dishes.get(&customer).cloned();
        profile.favourite_category = self.categories.get(&customer).cloned();
    }
}

/// Of several that are in as many orders, the one that was ordered last; then the one that the brand has had for longest.
async fn most(
    session: &mut Session,
    customers: &[CustomerId],
    table: &'static str,
    key: &'static str,
    now: Timestamp,
) -> Result<HashMap<CustomerId, String>> {
    let mut found = HashMap::new();
    if customers.is_empty() {
        return Ok(found);
    }
    let text = format!(
        "SELECT ranked.customer_id, ranked.name FROM (
            SELECT o.customer_id, d.name, ROW_NUMBER() OVER (PARTITION BY o.customer_id
                ORDER BY COUNT(DISTINCT o.id) DESC, MAX(o.placed_at) DESC, d.id) AS nth
            FROM {{rows}} JOIN orders o ON o.customer_id = r.guest AND o.placed_at > $1 AND o.placed_at <= $2
                AND o.status <> {ORDER_CANCELLED}
            JOIN order_items i ON i.order_id = o.id JOIN {table} d ON d.id = i.{key}
            GROUP BY o.customer_id, d.id, d.name) ranked
         WHERE ranked.nth = 1"
    );
    let since = now.0.saturating_sub(DAYS * DAY_MS);
    let rows = Table::default().ints("guest", customers.iter().map(|it| it.0));
    for row in session.fetch(sql(text).int(since).int(now.0).rows(rows)).await? {
        let c = row.columns();
        found.insert(CustomerId(c.int("customer_id")?), c.text("name")?);
    }
    Ok(found)
}
