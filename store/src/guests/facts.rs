//! Facts about one guest, as they are stored.

use super::permission::permission;
use crate::live_endpoints;
use crate::sql::{Session, Sql, sql};
use crate::{Result, SqlStore, StoreError};
use bellhop_domain::order::OrderStatus;
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
    /// Sorted names: the restaurants ordered from and the categories ordered.
    pub restaurants: Vec<String>,
    pub categories: Vec<String>,
    /// Sorted.
    pub tags: Vec<String>,
    pub home_restaurant: Option<String>,
    /// Channels with marketing consent.
    pub consents: Vec<Channel>,
    /// Channels on which notifications are switched off.
    pub silenced: Vec<Channel>,
    /// The live address to use per channel, in the order of [`Channel::ALL`].
    pub addresses: Vec<(EndpointKind, String)>,
    /// Whether the mark stands on this card or on one that shares a phone with it.
    pub blacklisted: bool,
    /// Whether one of the addresses is on another card too.
    pub shares_address: bool,
}

/// By their ordinals, in the order of their names; the table's name is ours.
async fn ordinals(session: &mut Session, table: &'static str, org: OrgId) -> Result<Vec<(i64, String)>> {
    let text = format!("SELECT ordinal, name FROM {table} WHERE org_id = $1 ORDER BY name");
    let rows = session.fetch(sql(text).int(i64::from(org.0))).await?;
    let named = rows.iter().map(|row| {
        let c = row.columns();
        Ok((c.int("ordinal")?, c.text("name")?))
    });
    named.collect()
}

/// How many have a bit in a mask of the facts; the others are asked of what the facts are made of.
const MASKED: i64 = 63;

/// What of a kind a guest, `$1`, has beyond the first 63; `$2` is the status of orders that do not count.
const LATER_TAGS: &str = "SELECT k.name FROM customer_tags own JOIN tags k ON k.id = own.tag_id
    WHERE own.customer_id = $1 AND k.ordinal > 63";
const LATER_CATEGORIES: &str = "SELECT DISTINCT k.name FROM orders o JOIN order_items i ON i.order_id = o.id
    JOIN categories k ON k.id = i.category_id WHERE o.customer_id = $1 AND k.ordinal > 63 AND o.status <> $2";
const LATER_RESTAURANTS: &str = "SELECT DISTINCT k.name FROM orders o JOIN restaurants k ON k.id = o.restaurant_id
    WHERE o.customer_id = $1 AND k.ordinal > 63 AND o.status <> $2";

/// The names that a guest has of those of a kind.
async fn named(session: &mut Session, mask: i64, names: Vec<(i64, String)>, later: Sql<'_>) -> Result<Vec<String>> {
    let is_long = names.iter().any(|(ordinal, _)| *ordinal > MASKED);
    let has = |ordinal: i64| (1..=MASKED).contains(&ordinal) && mask & (1 << (ordinal - 1)) != 0;
    let first = names.into_iter().filter(|(ordinal, _)| has(*ordinal));
    let mut named: Vec<String> = first.map(|(_, name)| name).collect();
    if is_long {
        for row in session.fetch(later).await? {
            named.push(row.columns().text("name")?);
        }
        named.sort_unstable();
    }
    Ok(named)
}

impl SqlStore {
    /// The stored facts; the caller has settled them.
    pub(super) async fn read_facts(&self, org: OrgId, it: CustomerId) -> Result<GuestFacts> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT f.*, r.name AS home FROM customer_facts f
                    LEFT JOIN restaurants r ON r.id = f.home_restaurant_id
                    WHERE f.org_id = $1 AND f.customer_id = $2";
        let row = session.first(sql(text).int(i64::from(org.0)).int(it.0)).await?;
        let row = row.ok_or(StoreError::NotFound {
            what: "customer",
            id: it.to_string(),
        })?;
        let c = row.columns();
        let restaurants = ordinals(&mut session, "restaurants", org).await?;
        let categories = ordinals(&mut session, "categories", org).await?;
        let tags = ordinals(&mut session, "tags", org).await?;
        let may = permission(&c)?;
        let cancelled = i64::from(OrderStatus::Cancelled.code());
        let counted = |text: &'static str| sql(text).int(it.0).int(cancelled);
        let channels = |mask: i64| Channel::ALL.into_iter().filter(|it| mask & it.bit() != 0).collect();
        Ok(GuestFacts {
            orders: u64::try_from(c.int("orders_count")?).unwrap_or_default(),
            revenue: Money(c.int("revenue")?),
            first_at: c.opt_int("first_at")?.map(Timestamp),
            last_at: c.opt_int("last_at")?.map(Timestamp),
            returned_at: c.opt_int("returned_at")?.map(Timestamp),
            restaurants: named(
                &mut session,
                c.int("restaurant_mask")?,
                restaurants,
                counted(LATER_RESTAURANTS),
            )
            .await?,
            categories: named(
                &mut session,
                c.int("category_mask")?,
                categories,
                counted(LATER_CATEGORIES),
            )
            .await?,
            tags: named(&mut session, c.int("tag_mask")?, tags, sql(LATER_TAGS).int(it.0)).await?,
            home_restaurant: c.opt_text("home")?,
            consents: channels(may.consents),
            silenced: channels(may.silenced),
            addresses: live_addresses(&mut session, it).await?,
            blacklisted: c.flag("blacklisted")?,
            shares_address: c.flag("shares_endpoint")?,
        })
    }
}

/// In the order of [`Channel::ALL`].
async fn live_addresses(session: &mut Session, customer: CustomerId) -> Result<Vec<(EndpointKind, String)>> {
    let facts = sql("SELECT live_endpoints FROM customer_facts WHERE customer_id = $1").int(customer.0);
    let row = session.first(facts).await?;
    let Some(live) = row.map(|row| live_endpoints::read(&row.columns())).transpose()? else {
        return Ok(Vec::new());
    };
    let mut addresses = Vec::new();
    for (kind, endpoint) in live.into_iter().flatten() {
        let address = sql("SELECT address FROM endpoints WHERE id = $1").int(endpoint.0);
        if let Some(row) = session.first(address).await? {
            addresses.push((kind, row.columns().text("address")?));
        }
    }
    Ok(addresses)
}
