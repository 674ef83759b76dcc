//! Restaurants and their time zones. Their guests' nights, and the naive times of imported orders, are by them.

use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore, StoreError};
use bellhop_domain::{OrgId, Zone};
use serde::Serialize;

/// A restaurant, as commands show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restaurant {
    pub name: String,
    /// An IANA name.
    pub timezone: String,
    /// Whether somebody has said the zone; else it is the organisation's, of when the restaurant was first heard of.
    pub timezone_confirmed: bool,
    /// Guests whose home restaurant it is.
    pub guests: u64,
}

impl SqlStore {
    /// All restaurants of an organisation, by name.
    pub async fn restaurants(&self, org: OrgId) -> Result<Vec<Restaurant>> {
        let text = "SELECT r.name, r.timezone, r.timezone_confirmed, COUNT(f.customer_id) FROM restaurants r
            LEFT JOIN customer_facts f ON f.home_restaurant_id = r.id
            WHERE r.org_id = $1 GROUP BY r.id, r.name, r.timezone, r.timezone_confirmed ORDER BY r.name";
        let mut session = Session::read(&self.db).await?;
        let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
        rows.iter().map(read).collect()
    }

    /// The names of those whose time zone nobody has said.
    pub async fn unconfirmed_restaurants(&self, org: OrgId) -> Result<Vec<String>> {
        let text = "SELECT name FROM restaurants WHERE org_id = $1 AND NOT timezone_confirmed ORDER BY name";
        let mut session = Session::read(&self.db).await?;
        let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
        rows.iter().map(|row| row.cells().text()).collect()
    }

    /// Says the time zones of restaurants; an unknown restaurant is created.
    pub async fn put_restaurant_zones(&self, org: OrgId, zones: &[(String, Zone)]) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        // One transaction at a time gives out ordinals.
        let lock = sql("SELECT id FROM organisations WHERE id = $1 {lock}").lock("FOR NO KEY UPDATE");
        tx.fetch(lock.int(i64::from(org.0))).await?;
        for (name, zone) in zones {
            let text = "INSERT INTO restaurants (org_id, ordinal, name, timezone, timezone_confirmed)
                SELECT o.id, (SELECT COALESCE(MAX(ordinal), 0) + 1 FROM restaurants WHERE org_id = o.id), $2, $3, TRUE
                FROM organisations o WHERE o.id = $1
                ON CONFLICT (org_id, name) DO UPDATE SET timezone = excluded.timezone, timezone_confirmed = TRUE";
            let row = sql(text).int(i64::from(org.0)).text(name.as_str()).text(zone.name());
            tx.execute(row).await?;
        }
        tx.commit().await
    }

    /// Says the time zone of a restaurant that is known.
    pub async fn set_restaurant_zone(&self, org: OrgId, name: &str, zone: &Zone) -> Result<()> {
        let text = "UPDATE restaurants SET timezone = $3, timezone_confirmed = TRUE WHERE org_id = $1 AND name = $2";
        let mut tx = Session::begin(&self.db).await?;
        let row = sql(text).int(i64::from(org.0)).text(name).text(zone.name());
        let found = tx.execute(row).await?;
        tx.commit().await?;
        if found == 0 {
            return Err(StoreError::NotFound {
                what: "restaurant",
                id: name.to_owned(),
            });
        }
        Ok(())
    }
}

fn read(row: &Row) -> Result<Restaurant> {
    let mut c = row.cells();
    Ok(Restaurant {
        name: c.text()?,
        timezone: c.text()?,
        timezone_confirmed: c.flag()?,
        guests: c.int()?.unsigned_abs(),
    })
}
