//! Guests with everything a condition may ask: for `explain`, and for whoever asks about many instants of a few guests.

use super::cap;
use crate::guests::codes::ACTIVE;
use crate::sql::{Row, Session, Sql, Table, sql};
use crate::{Result, SqlStore};
use bellhop_domain::message::MessageState;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::recent_marketing::Fate;
use bellhop_domain::segment::{Endpoint, Guest, MailingMessage, Order, OrderItem};
use bellhop_domain::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const CARDS: &str =
    "SELECT c.id, c.external_id, c.locale, CAST(c.birth_month_day AS BIGINT) AS birthday, c.registered_at,
        home.name AS restaurant, f.blacklisted, f.consent_mask
    FROM {rows} JOIN customers c ON c.id = r.guest JOIN customer_facts f ON f.customer_id = c.id
    LEFT JOIN restaurants home ON home.id = c.restaurant_id
    WHERE c.org_id = $1";
const TAGS: &str = "SELECT own.customer_id, t.name FROM {rows} JOIN customer_tags own ON own.customer_id = r.guest
    JOIN tags t ON t.id = own.tag_id";
const ATTRIBUTES: &str =
    "SELECT a.customer_id, a.key, a.value FROM {rows} JOIN customer_attributes a ON a.customer_id = r.guest";
const ORDERS: &str =
    "SELECT o.customer_id, o.id, o.external_id, o.placed_at, CAST(o.status AS BIGINT) AS status, o.total,
        s.name AS restaurant, o.delivery, o.source, o.promo
    FROM {rows} JOIN orders o ON o.customer_id = r.guest LEFT JOIN restaurants s ON s.id = o.restaurant_id
    ORDER BY o.placed_at, o.id";
const ITEMS: &str = "SELECT i.order_id, d.name AS dish, k.name AS category
    FROM {rows} JOIN orders o ON o.customer_id = r.guest JOIN order_items i ON i.order_id = o.id
    LEFT JOIN dishes d ON d.id = i.dish_id LEFT JOIN categories k ON k.id = i.category_id";

/// SQL that a message `m` is the guest's, whose id is `$1`. In PostgreSQL one index has what runs of audiences were planned with, and
/// another the rest; the statement names both kinds, so that both answer.
pub(crate) const OF_GUEST: &str = "m.customer_id = $1 AND (m.made_at IS NULL OR m.made_at IS NOT NULL)";

/// A guest, and what their orders are called by the brand, in the order of `guest.orders`.
pub(crate) struct Loaded {
    pub guest: Guest,
    pub orders: Vec<String>,
}

impl SqlStore {
    /// `None` if there is no such customer.
    pub(super) async fn load_guest(&self, org: OrgId, external_id: &str) -> Result<Option<Guest>> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT id FROM customers WHERE org_id = $1 AND external_id = $2";
        let statement = sql(text).int(i64::from(org.0)).text(external_id);
        let Some(row) = session.first(statement).await? else {
            return Ok(None);
        };
        let id = CustomerId(row.columns().int("id")?);
        session.commit().await?;
        let found = self.load_guests(org, &[id]).await?;
        Ok(found.into_iter().next().map(|it| it.guest))
    }

    /// Those of these guests who have facts, in the order of their numbers.
    pub(crate) async fn load_guests(&self, org: OrgId, customers: &[CustomerId]) -> Result<Vec<Loaded>> {
        if customers.is_empty() {
            return Ok(Vec::new());
        }
        let mut session = Session::read(&self.db).await?;
        let mut parts = Parts {
            tags: grouped(&mut session, sql(TAGS).rows(among(customers)), |row| {
                row.columns().text("name")
            })
            .await?,
            attributes: grouped(&mut session, sql(ATTRIBUTES).rows(among(customers)), attribute).await?,
            orders: orders(&mut session, customers).await?,
            endpoints: endpoints(&mut session, customers).await?,
            messages: messages(&mut session, org, customers).await?,
        };
        let statement = sql(CARDS).int(i64::from(org.0)).rows(among(customers));
        let rows = session.fetch(statement).await?;
        session.commit().await?;
        let mut marketing = self.load_marketing(customers).await?;
        let mut loaded: Vec<Loaded> = rows.iter().map(|row| parts.guest(row)).collect::<Result<_>>()?;
        for it in &mut loaded {
            it.guest.marketing = marketing.remove(&it.guest.customer).unwrap_or_default();
        }
        loaded.sort_by_key(|it| it.guest.customer);
        Ok(loaded)
    }

    pub(crate) async fn load_marketing(
        &self,
        customers: &[CustomerId],
    ) -> Result<HashMap<CustomerId, Vec<(Timestamp, Fate)>>> {
        let rows = self.fetch(&cap::of_guests(self.dialect(), customers)).await?;
        let mut found: HashMap<CustomerId, Vec<(Timestamp, Fate)>> = HashMap::new();
        for row in &rows {
            let customer = CustomerId(row.columns().int("customer_id")?);
            found.entry(customer).or_default().push(cap::fate(row)?);
        }
        Ok(found)
    }
}

/// What is known of the guests beside their cards.
struct Parts {
    tags: HashMap<CustomerId, Vec<String>>,
    attributes: HashMap<CustomerId, Vec<(String, String)>>,
    orders: HashMap<CustomerId, Vec<(String, Order)>>,
    endpoints: HashMap<CustomerId, Vec<Endpoint>>,
    messages: HashMap<CustomerId, Vec<MailingMessage>>,
}

impl Parts {
    fn guest(&mut self, row: &Row) -> Result<Loaded> {
        let c = row.columns();
        let (id, consents) = (CustomerId(c.int("id")?), c.int("consent_mask")?);
        let (numbers, orders) = self.orders.remove(&id).unwrap_or_default().into_iter().unzip();
        let guest = Guest {
            customer: id,
            external_id: c.text("external_id")?,
            locale: c.opt_text("locale")?,
            birthday: c.opt_int("birthday")?.and_then(|day| i16::try_from(day).ok()),
            registered_at: c.opt_int("registered_at")?.map(Timestamp),
            restaurant: c.opt_text("restaurant")?,
            tags: BTreeSet::from_iter(self.tags.remove(&id).unwrap_or_default()),
            attributes: BTreeMap::from_iter(self.attributes.remove(&id).unwrap_or_default()),
            orders,
            endpoints: self.endpoints.remove(&id).unwrap_or_default(),
            consents: Channel::ALL.into_iter().filter(|c| consents & c.bit() != 0).collect(),
            blacklisted: c.flag("blacklisted")?,
            messages: self.messages.remove(&id).unwrap_or_default(),
            marketing: Vec::new(),
        };
        Ok(Loaded { guest, orders: numbers })
    }
}

/// Of whom a statement asks, in the column `guest`.
fn among(customers: &[CustomerId]) -> Table<'static> {
    Table::default().ints("guest", customers.iter().map(|it| it.0))
}

/// Rows by their `customer_id`.
async fn grouped<T>(
    session: &mut Session,
    statement: Sql<'_>,
    one: impl Fn(&Row) -> Result<T>,
) -> Result<HashMap<CustomerId, Vec<T>>> {
    let mut found: HashMap<CustomerId, Vec<T>> = HashMap::new();
    for row in &session.fetch(statement).await? {
        let customer = CustomerId(row.columns().int("customer_id")?);
        found.entry(customer).or_default().push(one(row)?);
    }
    Ok(found)
}

fn attribute(row: &Row) -> Result<(String, String)> {
    let c = row.columns();
    Ok((c.text("key")?, c.text("value")?))
}

/// One guest at a time, each by an index: a join with several makes PostgreSQL read whole months.
async fn messages(
    session: &mut Session,
    org: OrgId,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<MailingMessage>>> {
    let text = format!(
        "SELECT m.customer_id, x.mailing_id, m.run_id, m.state, m.reason, m.sent_at IS NOT NULL AS sent,
            m.opened_at IS NOT NULL AS opened
         FROM messages m JOIN runs x ON x.id = m.run_id WHERE {OF_GUEST} AND x.org_id = $2 AND NOT x.test"
    );
    let mut found = HashMap::new();
    for customer in customers {
        let statement = sql(text.clone()).int(customer.0).int(i64::from(org.0));
        let rows = session.fetch(statement).await?;
        let of_guest: Vec<MailingMessage> = rows.iter().map(message).collect::<Result<_>>()?;
        if !of_guest.is_empty() {
            found.insert(*customer, of_guest);
        }
    }
    Ok(found)
}

fn message(row: &Row) -> Result<MailingMessage> {
    let c = row.columns();
    Ok(MailingMessage {
        mailing: MailingId(c.int("mailing_id")?),
        run: RunId(c.int("run_id")?),
        state: c.code("state", "message state", MessageState::from_code)?,
        reason: c.opt_text("reason")?,
        sent: c.flag("sent")?,
        opened: c.flag("opened")?,
    })
}

async fn orders(session: &mut Session, customers: &[CustomerId]) -> Result<HashMap<CustomerId, Vec<(String, Order)>>> {
    let mut by_order: HashMap<i64, Vec<OrderItem>> = HashMap::new();
    for row in session.fetch(sql(ITEMS).rows(among(customers))).await? {
        let c = row.columns();
        let (dish, category) = (c.opt_text("dish")?, c.opt_text("category")?);
        let items = by_order.entry(c.int("order_id")?).or_default();
        items.push(OrderItem { dish, category });
    }
    let mut found: HashMap<CustomerId, Vec<(String, Order)>> = HashMap::new();
    for row in session.fetch(sql(ORDERS).rows(among(customers))).await? {
        let c = row.columns();
        let order = Order {
            placed_at: Timestamp(c.int("placed_at")?),
            status: c.code("status", "status of an order", OrderStatus::from_code)?,
            total: Money(c.int("total")?),
            restaurant: c.opt_text("restaurant")?,
            delivery: c.opt_text("delivery")?,
            source: c.opt_text("source")?,
            promo: c.opt_text("promo")?,
            items: by_order.remove(&c.int("id")?).unwrap_or_default(),
        };
        let of = found.entry(CustomerId(c.int("customer_id")?)).or_default();
        of.push((c.text("external_id")?, order));
    }
    Ok(found)
}

async fn endpoints(session: &mut Session, customers: &[CustomerId]) -> Result<HashMap<CustomerId, Vec<Endpoint>>> {
    let text = format!(
        "SELECT own.customer_id, e.id, CAST(e.kind AS BIGINT) AS kind, e.address, e.state = {ACTIVE} AS live, e.registered_at
        FROM {{rows}} JOIN customer_endpoints own ON own.customer_id = r.guest
        JOIN endpoints e ON e.id = own.endpoint_id ORDER BY e.id"
    );
    let one = |row: &Row| {
        let c = row.columns();
        Ok(Endpoint {
            id: EndpointId(c.int("id")?),
            kind: c.code("kind", "endpoint kind", EndpointKind::from_code)?,
            address: c.text("address")?,
            live: c.flag("live")?,
            registered_at: Timestamp(c.int("registered_at")?),
        })
    };
    grouped(session, sql(text).rows(among(customers)), one).await
}
