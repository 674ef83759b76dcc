//! What a list of an audience says of each guest (PRODUCT.md §3), read a page at a time.

use super::Audience;
use crate::base::codes::listed;
use crate::guests::Organisations;
use crate::sql::{Columns, Session, Table, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::retention::{OrderFacts, Retention, Thresholds, category};
use bellhop_domain::segment::Segment;
use bellhop_domain::{CustomerId, EndpointKind, Money, OrgId, Timestamp};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// A guest of an exported audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedGuest {
    /// Where the next page begins.
    #[serde(skip)]
    pub number: CustomerId,
    /// The brand's own id.
    pub id: String,
    pub name: Option<String>,
    /// All of the card.
    pub phones: Vec<String>,
    pub email: Option<String>,
    pub registered_at: Option<Timestamp>,
    /// For staff only.
    pub comment: Option<String>,
    /// YYYY-MM-DD.
    pub birthday: Option<String>,
    pub last_order_at: Option<Timestamp>,
    pub orders: u64,
    pub average_check: Option<Money>,
    pub category: Option<Retention>,
    /// From where they order.
    pub sources: BTreeSet<String>,
    pub tags: BTreeSet<String>,
    pub bonuses: Option<Money>,
    /// Where else they are reached, each with its kind; tokens of apps and browsers are nobody's business.
    pub addresses: BTreeSet<String>,
}

/// Whoever takes an audience out of the house.
#[async_trait]
pub trait AudienceExport: Send + Sync {
    /// The next guests after `after`, in ascending order, excluded ones too. Fewer than `limit` are the last.
    async fn export_page(
        &self,
        org: OrgId,
        segment: &Segment,
        as_of: Timestamp,
        after: CustomerId,
        limit: u32,
    ) -> Result<Vec<ExportedGuest>>;
}

#[async_trait]
impl AudienceExport for SqlStore {
    async fn export_page(
        &self,
        org: OrgId,
        segment: &Segment,
        as_of: Timestamp,
        after: CustomerId,
        limit: u32,
    ) -> Result<Vec<ExportedGuest>> {
        let listed = self.list(org, segment, as_of, after, limit).await?;
        let ids: Vec<CustomerId> = listed.iter().map(|it| it.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let thresholds = self.organisation_by_id(org).await?.settings.retention;
        let mut session = Session::read(&self.db).await?;
        let mut guests = cards(&mut session, &ids, &thresholds, as_of).await?;
        let places: HashMap<CustomerId, usize> = guests.iter().enumerate().map(|(at, it)| (it.number, at)).collect();
        for (customer, kind, address) in addresses(&mut session, &ids).await? {
            let Some(guest) = places.get(&customer).and_then(|at| guests.get_mut(*at)) else {
                continue;
            };
            match kind {
                EndpointKind::Phone => guest.phones.push(address),
                _ => {
                    guest.addresses.insert(format!("{} {address}", kind.name()));
                }
            }
        }
        for (customer, tag) in texts(&mut session, &ids, TAGS.to_owned()).await? {
            if let Some(guest) = places.get(&customer).and_then(|at| guests.get_mut(*at)) {
                guest.tags.insert(tag);
            }
        }
        for (customer, source) in texts(&mut session, &ids, sources()).await? {
            if let Some(guest) = places.get(&customer).and_then(|at| guests.get_mut(*at)) {
                guest.sources.insert(source);
            }
        }
        session.commit().await?;
        Ok(guests)
    }
}

fn these<'a>(ids: &[CustomerId]) -> Table<'a> {
    Table::default().ints("customer", ids.iter().map(|id| id.0))
}

async fn cards(
    session: &mut Session,
    ids: &[CustomerId],
    thresholds: &Thresholds,
    as_of: Timestamp,
) -> Result<Vec<ExportedGuest>> {
    let text = "SELECT c.id, c.external_id, c.name, c.email, c.registered_at, c.comment, c.birthday,
                       f.orders_count, f.revenue, f.first_at, f.last_at, f.returned_at, b.balance
                FROM {rows} JOIN customers c ON c.id = r.customer JOIN customer_facts f ON f.customer_id = c.id
                LEFT JOIN reported_bonuses b ON b.customer_id = c.id ORDER BY c.id";
    let rows = session.fetch(sql(text).rows(these(ids))).await?;
    rows.iter()
        .map(|row| guest(&row.columns(), thresholds, as_of))
        .collect()
}

fn guest(c: &Columns<'_>, thresholds: &Thresholds, as_of: Timestamp) -> Result<ExportedGuest> {
    let at = |name| Ok::<_, crate::StoreError>(c.opt_int(name)?.map(Timestamp));
    let (first, last) = (at("first_at")?, at("last_at")?);
    let returned = at("returned_at")?;
    let facts = first.zip(last).map(|(first, latest)| OrderFacts {
        first,
        latest,
        returned,
    });
    // Facts are of all orders, and the category is as of an instant after them.
    let seen = |facts: &OrderFacts| as_of.max(Timestamp(facts.latest.0 + 1));
    let orders = c.int("orders_count")?.unsigned_abs();
    Ok(ExportedGuest {
        number: CustomerId(c.int("id")?),
        id: c.text("external_id")?,
        name: c.opt_text("name")?,
        phones: Vec::new(),
        email: c.opt_text("email")?,
        registered_at: at("registered_at")?,
        comment: c.opt_text("comment")?,
        birthday: c.opt_text("birthday")?,
        last_order_at: last,
        orders,
        average_check: Money(c.int("revenue")?).per(orders),
        category: facts.map(|facts| category(&facts, thresholds, seen(&facts))),
        sources: BTreeSet::new(),
        tags: BTreeSet::new(),
        bonuses: c.opt_int("balance")?.map(Money),
        addresses: BTreeSet::new(),
    })
}

async fn addresses(session: &mut Session, ids: &[CustomerId]) -> Result<Vec<(CustomerId, EndpointKind, String)>> {
    let told = EndpointKind::ALL.into_iter().filter(|kind| !kind.replaces_repeats());
    let told = listed(told.map(EndpointKind::code));
    let text = format!(
        "SELECT own.customer_id, e.kind, e.address FROM {{rows}}
         JOIN customer_endpoints own ON own.customer_id = r.customer
         JOIN endpoints e ON e.id = own.endpoint_id AND e.kind IN {told}
         ORDER BY own.customer_id, e.registered_at DESC, e.id"
    );
    let rows = session.fetch(sql(text).rows(these(ids))).await?;
    rows.iter()
        .map(|row| {
            let c = row.columns();
            let kind = c.code("kind", "endpoint kind", EndpointKind::from_code)?;
            Ok((CustomerId(c.int("customer_id")?), kind, c.text("address")?))
        })
        .collect()
}

const TAGS: &str = "SELECT own.customer_id, t.name AS said FROM {rows}
    JOIN customer_tags own ON own.customer_id = r.customer JOIN tags t ON t.id = own.tag_id";

fn sources() -> String {
    format!(
        "SELECT DISTINCT o.customer_id, o.source AS said FROM {{rows}}
         JOIN orders o ON o.customer_id = r.customer AND o.source IS NOT NULL AND o.status <> {}",
        OrderStatus::Cancelled.code()
    )
}

async fn texts(session: &mut Session, ids: &[CustomerId], text: String) -> Result<Vec<(CustomerId, String)>> {
    let rows = session.fetch(sql(text).rows(these(ids))).await?;
    rows.iter()
        .map(|row| {
            let c = row.columns();
            Ok((CustomerId(c.int("customer_id")?), c.text("said")?))
        })
        .collect()
}
