//! One guest with everything a condition may ask, for `explain`.

use super::cap;
use crate::guests::codes::ACTIVE;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::recent_marketing::Fate;
use bellhop_domain::segment::{Endpoint, Guest, MailingMessage, Order, OrderItem};
use bellhop_domain::*;
use std::collections::{BTreeMap, BTreeSet};

const CARD: &str =
    "SELECT c.id, c.external_id, c.locale, CAST(c.birth_month_day AS BIGINT) AS birthday, c.registered_at,
        r.name AS restaurant, f.blacklisted, f.consent_mask
    FROM customers c JOIN customer_facts f ON f.customer_id = c.id LEFT JOIN restaurants r ON r.id = c.restaurant_id
    WHERE c.org_id = $1 AND c.external_id = $2";
const TAGS: &str = "SELECT t.name FROM customer_tags own JOIN tags t ON t.id = own.tag_id WHERE own.customer_id = $1";
const ATTRIBUTES: &str = "SELECT key, value FROM customer_attributes WHERE customer_id = $1";
const ORDERS: &str =
    "SELECT o.id, o.placed_at, CAST(o.status AS BIGINT) AS status, o.total, r.name AS restaurant, o.delivery, o.source, o.promo
    FROM orders o LEFT JOIN restaurants r ON r.id = o.restaurant_id WHERE o.customer_id = $1 ORDER BY o.placed_at";
const ITEMS: &str = "SELECT i.order_id, d.name AS dish, k.name AS category
    FROM orders o JOIN order_items i ON i.order_id = o.id
    LEFT JOIN dishes d ON d.id = i.dish_id LEFT JOIN categories k ON k.id = i.category_id WHERE o.customer_id = $1";

/// SQL that a message `m` is the guest's, whose id is `$1`. In PostgreSQL one index has what runs of audiences were planned with, and
/// another the rest; the statement names both kinds, so that both answer.
pub(crate) const OF_GUEST: &str = "m.customer_id = $1 AND (m.made_at IS NULL OR m.made_at IS NOT NULL)";

impl SqlStore {
    /// `None` if there is no such customer.
    pub(super) async fn load_guest(&self, org: OrgId, external_id: &str) -> Result<Option<Guest>> {
        let mut session = Session::read(&self.db).await?;
        let card = sql(CARD).int(i64::from(org.0)).text(external_id);
        let Some(row) = session.first(card).await? else {
            return Ok(None);
        };
        let c = row.columns();
        let (id, consents) = (c.int("id")?, c.int("consent_mask")?);
        let guest = Guest {
            customer: CustomerId(id),
            external_id: c.text("external_id")?,
            locale: c.opt_text("locale")?,
            birthday: c.opt_int("birthday")?.and_then(|day| i16::try_from(day).ok()),
            registered_at: c.opt_int("registered_at")?.map(Timestamp),
            restaurant: c.opt_text("restaurant")?,
            tags: tags(&mut session, id).await?,
            attributes: attributes(&mut session, id).await?,
            orders: orders(&mut session, id).await?,
            endpoints: endpoints(&mut session, id).await?,
            consents: Channel::ALL.into_iter().filter(|c| consents & c.bit() != 0).collect(),
            blacklisted: c.flag("blacklisted")?,
            messages: messages(&mut session, org, id).await?,
            marketing: Vec::new(),
        };
        session.commit().await?;
        let marketing = self.load_marketing(CustomerId(id)).await?;
        Ok(Some(Guest { marketing, ..guest }))
    }

    async fn load_marketing(&self, customer: CustomerId) -> Result<Vec<(Timestamp, Fate)>> {
        let rows = self.fetch(&cap::of_guest(self.dialect(), customer)).await?;
        rows.iter().map(cap::fate).collect()
    }
}

async fn tags(session: &mut Session, customer: i64) -> Result<BTreeSet<String>> {
    let rows = session.fetch(sql(TAGS).int(customer)).await?;
    rows.iter().map(|row| row.columns().text("name")).collect()
}

async fn attributes(session: &mut Session, customer: i64) -> Result<BTreeMap<String, String>> {
    let rows = session.fetch(sql(ATTRIBUTES).int(customer)).await?;
    let pairs = rows.iter().map(|row| {
        let c = row.columns();
        Ok((c.text("key")?, c.text("value")?))
    });
    pairs.collect()
}

async fn orders(session: &mut Session, customer: i64) -> Result<Vec<Order>> {
    let mut by_order: BTreeMap<i64, Vec<OrderItem>> = BTreeMap::new();
    for row in session.fetch(sql(ITEMS).int(customer)).await? {
        let c = row.columns();
        let (dish, category) = (c.opt_text("dish")?, c.opt_text("category")?);
        let items = by_order.entry(c.int("order_id")?).or_default();
        items.push(OrderItem { dish, category });
    }
    let rows = session.fetch(sql(ORDERS).int(customer)).await?;
    let orders = rows.iter().map(|row| {
        let c = row.columns();
        Ok(Order {
            placed_at: Timestamp(c.int("placed_at")?),
            status: c.code("status", "status of an order", OrderStatus::from_code)?,
            total: Money(c.int("total")?),
            restaurant: c.opt_text("restaurant")?,
            delivery: c.opt_text("delivery")?,
            source: c.opt_text("source")?,
            promo: c.opt_text("promo")?,
            items: by_order.remove(&c.int("id")?).unwrap_or_default(),
        })
    });
    orders.collect()
}

async fn endpoints(session: &mut Session, customer: i64) -> Result<Vec<Endpoint>> {
    let text = format!(
        "SELECT e.id, CAST(e.kind AS BIGINT) AS kind, e.address, e.state = {ACTIVE} AS live, e.registered_at
        FROM customer_endpoints own JOIN endpoints e ON e.id = own.endpoint_id WHERE own.customer_id = $1"
    );
    let rows = session.fetch(sql(text).int(customer)).await?;
    let endpoints = rows.iter().map(|row| {
        let c = row.columns();
        Ok(Endpoint {
            id: EndpointId(c.int("id")?),
            kind: c.code("kind", "endpoint kind", EndpointKind::from_code)?,
            address: c.text("address")?,
            live: c.flag("live")?,
            registered_at: Timestamp(c.int("registered_at")?),
        })
    });
    endpoints.collect()
}

async fn messages(session: &mut Session, org: OrgId, customer: i64) -> Result<Vec<MailingMessage>> {
    let text = format!(
        "SELECT r.mailing_id, m.sent_at IS NOT NULL AS sent, m.opened_at IS NOT NULL AS opened
         FROM messages m JOIN runs r ON r.id = m.run_id WHERE {OF_GUEST} AND r.org_id = $2 AND NOT r.test"
    );
    let statement = sql(text).int(customer).int(i64::from(org.0));
    let rows = session.fetch(statement).await?;
    let messages = rows.iter().map(|row| {
        let c = row.columns();
        Ok(MailingMessage {
            mailing: MailingId(c.int("mailing_id")?),
            sent: c.flag("sent")?,
            opened: c.flag("opened")?,
        })
    });
    messages.collect()
}
