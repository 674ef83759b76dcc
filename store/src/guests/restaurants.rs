//! Restaurants and their time zones. Their guests' nights, and the naive times of imported orders, are by them.

use crate::sql::{Row, Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::OrgId;
use serde::Serialize;

/// A restaurant, as commands show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restaurant {
    pub name: String,
    /// An IANA name.
    pub timezone: String,
    /// Whether somebody has said the zone; else it is the organisation's, of when the restaurant was first heard of.
    pub timezone_confirmed: bool,
    /// What texts tell guests of it.
    pub phone: Option<String>,
    pub address: Option<String>,
    /// Guests whose home restaurant it is.
    pub guests: u64,
}

impl SqlStore {
    /// All restaurants of an organisation, by name.
    pub async fn restaurants(&self, org: OrgId) -> Result<Vec<Restaurant>> {
        let text = "SELECT r.name, r.timezone, r.timezone_confirmed, r.phone, r.address,
                COUNT(f.customer_id) AS guests
            FROM restaurants r LEFT JOIN customer_facts f ON f.home_restaurant_id = r.id
            WHERE r.org_id = $1 GROUP BY r.id, r.name, r.timezone, r.timezone_confirmed, r.phone, r.address
            ORDER BY r.name";
        let mut session = Session::read(&self.db).await?;
        let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
        rows.iter().map(read).collect()
    }

    /// The names of those whose time zone nobody has said.
    pub async fn unconfirmed_restaurants(&self, org: OrgId) -> Result<Vec<String>> {
        let text = "SELECT name FROM restaurants WHERE org_id = $1 AND NOT timezone_confirmed ORDER BY name";
        let mut session = Session::read(&self.db).await?;
        let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
        rows.iter().map(|row| row.columns().text("name")).collect()
    }
}

fn read(row: &Row) -> Result<Restaurant> {
    let c = row.columns();
    Ok(Restaurant {
        name: c.text("name")?,
        timezone: c.text("timezone")?,
        timezone_confirmed: c.flag("timezone_confirmed")?,
        phone: c.opt_text("phone")?,
        address: c.opt_text("address")?,
        guests: c.int("guests")?.unsigned_abs(),
    })
}
