//! A mailing over time, and as a funnel, as it is told.

use crate::Result;
use bellhop_domain::curve::{Bucket, By};
use bellhop_domain::money::{self, Amount};
use bellhop_domain::{MailingId, OrgId, Timestamp, Zone};
use bellhop_store::statistics::{OfRestaurant, Statistics};
use serde::Serialize;

/// Docs/statistics.md defines each key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    pub by: By,
    pub timezone: String,
    /// In their order; those in which nothing happened are left out.
    pub buckets: Vec<Bucket>,
    pub funnel: Funnel,
    pub as_of: Timestamp,
}

/// How many are left at each step: messages, and at last guests who have ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Funnel {
    pub planned: u64,
    pub sent: u64,
    pub delivered: u64,
    pub opened: u64,
    pub buyers: u64,
}

/// Credited orders of a restaurant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RestaurantFigures {
    /// Null: the order did not say.
    pub restaurant: Option<String>,
    pub orders: u64,
    pub revenue: Amount,
    pub average_check: Option<Amount>,
    pub buyers: u64,
}

/// Counts a mailing over time.
///
/// # Errors
/// When there is no such mailing, or the store cannot answer.
pub async fn series<S: Statistics + ?Sized>(
    store: &S,
    org: OrgId,
    id: MailingId,
    by: By,
    zone: &Zone,
    now: Timestamp,
) -> Result<Series> {
    let it = store.over_time(org, id).await?;
    let sum = it.slots.sum();
    Ok(Series {
        by,
        timezone: zone.name().to_owned(),
        buckets: it.slots.gathered(by, zone, money::decimals(&it.currency)),
        funnel: Funnel {
            planned: sum.planned,
            sent: sum.sent,
            delivered: sum.delivered,
            opened: sum.opened,
            buyers: it.buyers,
        },
        as_of: now,
    })
}

/// Counts a mailing's orders by restaurant.
///
/// # Errors
/// When there is no such mailing, or the store cannot answer.
pub async fn restaurants<S: Statistics + ?Sized>(
    store: &S,
    org: OrgId,
    id: MailingId,
) -> Result<Vec<RestaurantFigures>> {
    let it = store.by_restaurant(org, id).await?;
    let decimals = money::decimals(&it.currency);
    Ok(it
        .restaurants
        .into_iter()
        .map(|of| of_restaurant(of, decimals))
        .collect())
}

pub(crate) fn of_restaurant(it: OfRestaurant, decimals: u32) -> RestaurantFigures {
    let amount = |money| Amount { money, decimals };
    RestaurantFigures {
        restaurant: it.restaurant,
        orders: it.orders,
        revenue: amount(it.revenue),
        average_check: it.revenue.per(it.orders).map(amount),
        buyers: it.buyers,
    }
}
