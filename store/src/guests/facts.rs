//! Facts about one guest, as they are stored.

use crate::db::reading;
use crate::live_endpoints;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore, StoreError};
use bellhop_domain::{Channel, CustomerId, EndpointKind, Money, OrgId, Timestamp};

/// What audiences and planning ask of a guest. Cancelled orders do not count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuestFacts {
    pub orders: u64,
    pub revenue: Money,
    /// F, L and R of PRODUCT.md §2, over all orders.
    pub first_at: Option<Timestamp>,
    pub last_at: Option<Timestamp>,
    pub returned_at: Option<Timestamp>,
    /// Sorted names: the restaurants ordered from and the categories ordered, the first 63 of the organisation's.
    pub restaurants: Vec<String>,
    pub categories: Vec<String>,
    /// Sorted; the first 63 of the organisation's.
    pub tags: Vec<String>,
    pub home_restaurant: Option<String>,
    /// Channels with marketing consent.
    pub consents: Vec<Channel>,
    /// The live address to use per channel, in the order of [`Channel::ALL`].
    pub addresses: Vec<(EndpointKind, String)>,
    /// Whether the mark stands on this card or on one that shares a phone with it.
    pub blacklisted: bool,
    /// Whether one of the addresses is on another card too.
    pub shares_address: bool,
}

#[derive(sqlx::FromRow)]
struct FactsRow {
    orders_count: i64,
    revenue: i64,
    first_at: Option<i64>,
    last_at: Option<i64>,
    returned_at: Option<i64>,
    restaurant_mask: i64,
    category_mask: i64,
    tag_mask: i64,
    home: Option<String>,
    consent_mask: i64,
    blacklisted: bool,
    shares_endpoint: bool,
}

fn named_in(mask: i64, names: Vec<(i32, String)>) -> Vec<String> {
    let has = |ordinal: i32| (1..=63).contains(&ordinal) && mask & (1 << (ordinal - 1)) != 0;
    names
        .into_iter()
        .filter(|(ordinal, _)| has(*ordinal))
        .map(|(_, name)| name)
        .collect()
}

impl SqlStore {
    /// The stored facts; the caller has settled them.
    pub(super) async fn read_facts(&self, org: OrgId, it: CustomerId) -> Result<GuestFacts> {
        let row: Option<FactsRow> = reading!(&self.db, pool => {
            sqlx::query_as(
                "SELECT f.*, r.name AS home FROM customer_facts f
                LEFT JOIN restaurants r ON r.id = f.home_restaurant_id
                WHERE f.org_id = $1 AND f.customer_id = $2",
            )
            .bind(org.0)
            .bind(it.0)
            .fetch_optional(pool)
            .await?
        });
        let row = row.ok_or(StoreError::NotFound {
            what: "customer",
            id: it.to_string(),
        })?;
        let restaurants: Vec<(i32, String)> = reading!(&self.db, pool => {
            sqlx::query_as("SELECT ordinal, name FROM restaurants WHERE org_id = $1 ORDER BY name")
                .bind(org.0)
                .fetch_all(pool)
                .await?
        });
        let categories: Vec<(i32, String)> = reading!(&self.db, pool => {
            sqlx::query_as("SELECT ordinal, name FROM categories WHERE org_id = $1 ORDER BY name")
                .bind(org.0)
                .fetch_all(pool)
                .await?
        });
        let tags: Vec<(i32, String)> = reading!(&self.db, pool => {
            sqlx::query_as("SELECT ordinal, name FROM tags WHERE org_id = $1 ORDER BY name")
                .bind(org.0)
                .fetch_all(pool)
                .await?
        });
        let addresses = self.live_addresses(it).await?;
        Ok(GuestFacts {
            orders: u64::try_from(row.orders_count).unwrap_or_default(),
            revenue: Money(row.revenue),
            first_at: row.first_at.map(Timestamp),
            last_at: row.last_at.map(Timestamp),
            returned_at: row.returned_at.map(Timestamp),
            restaurants: named_in(row.restaurant_mask, restaurants),
            categories: named_in(row.category_mask, categories),
            tags: named_in(row.tag_mask, tags),
            home_restaurant: row.home,
            consents: Channel::ALL
                .into_iter()
                .filter(|c| row.consent_mask & c.bit() != 0)
                .collect(),
            addresses,
            blacklisted: row.blacklisted,
            shares_address: row.shares_endpoint,
        })
    }

    /// In the order of [`Channel::ALL`].
    async fn live_addresses(&self, customer: CustomerId) -> Result<Vec<(EndpointKind, String)>> {
        let mut session = Session::read(&self.db).await?;
        let facts = sql("SELECT live_endpoints FROM customer_facts WHERE customer_id = $1").int(customer.0);
        let row = session.first(facts).await?;
        let Some(live) = row.map(|row| live_endpoints::read(&mut row.cells())).transpose()? else {
            return Ok(Vec::new());
        };
        let mut addresses = Vec::new();
        for (kind, endpoint) in live.into_iter().flatten() {
            let address = sql("SELECT address FROM endpoints WHERE id = $1").int(endpoint.0);
            if let Some(row) = session.first(address).await? {
                addresses.push((kind, row.cells().text()?));
            }
        }
        Ok(addresses)
    }
}
