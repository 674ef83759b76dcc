//! One guest with everything a condition may ask, for `explain`.

use super::cap;
use crate::db::reading;
use crate::{Result, SqlStore, StoreError};
use bellhop_domain::message::MessageState;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::recent_marketing::Fate;
use bellhop_domain::segment::{Endpoint, Guest, MailingMessage, Order, OrderItem};
use bellhop_domain::*;
use std::collections::BTreeMap;

const CARD: &str = "SELECT c.id, c.external_id, c.locale, CAST(c.birth_month_day AS BIGINT), r.name, f.blacklisted,
        f.consent_mask
    FROM customers c JOIN customer_facts f ON f.customer_id = c.id LEFT JOIN restaurants r ON r.id = c.restaurant_id
    WHERE c.org_id = $1 AND c.external_id = $2";
const TAGS: &str = "SELECT t.name FROM customer_tags own JOIN tags t ON t.id = own.tag_id WHERE own.customer_id = $1";
const ATTRIBUTES: &str = "SELECT key, value FROM customer_attributes WHERE customer_id = $1";
const ENDPOINTS: &str = "SELECT e.id, CAST(e.kind AS BIGINT), e.address, e.state = 1, e.registered_at
    FROM customer_endpoints own JOIN endpoints e ON e.id = own.endpoint_id WHERE own.customer_id = $1";
const ORDERS: &str =
    "SELECT o.id, o.placed_at, CAST(o.status AS BIGINT), o.total, r.name, o.delivery, o.source, o.promo
    FROM orders o LEFT JOIN restaurants r ON r.id = o.restaurant_id WHERE o.customer_id = $1 ORDER BY o.placed_at";
const ITEMS: &str = "SELECT i.order_id, d.name, k.name FROM orders o JOIN order_items i ON i.order_id = o.id
    LEFT JOIN dishes d ON d.id = i.dish_id LEFT JOIN categories k ON k.id = i.category_id WHERE o.customer_id = $1";
const MESSAGES: &str = "SELECT r.mailing_id, m.sent_at IS NOT NULL, m.opened_at IS NOT NULL
    FROM runs r JOIN messages m ON m.run_id = r.id WHERE m.customer_id = $1 AND r.org_id = $2 AND NOT r.test";

type CardRow = (i64, String, Option<String>, Option<i64>, Option<String>, bool, i64);
type EndpointRow = (i64, i64, String, bool, i64);
type Text = Option<String>;
type OrderRow = (i64, i64, i64, i64, Text, Text, Text, Text);

impl SqlStore {
    /// `None` if there is no such customer.
    pub(super) async fn load_guest(&self, org: OrgId, external_id: &str) -> Result<Option<Guest>> {
        let card: Option<CardRow> = reading!(&self.db, pool => {
            sqlx::query_as(CARD).bind(org.0).bind(external_id).fetch_optional(pool).await?
        });
        let Some((id, external_id, locale, birthday, restaurant, blacklisted, consents)) = card else {
            return Ok(None);
        };
        let tags: Vec<(String,)> = reading!(&self.db, pool => {
            sqlx::query_as(TAGS).bind(id).fetch_all(pool).await?
        });
        let attributes: Vec<(String, String)> = reading!(&self.db, pool => {
            sqlx::query_as(ATTRIBUTES).bind(id).fetch_all(pool).await?
        });
        Ok(Some(Guest {
            customer: CustomerId(id),
            external_id,
            locale,
            birthday: birthday.and_then(|b| i16::try_from(b).ok()),
            restaurant,
            tags: tags.into_iter().map(|(t,)| t).collect(),
            attributes: attributes.into_iter().collect(),
            orders: self.load_orders(id).await?,
            endpoints: self.load_endpoints(id).await?,
            consents: Channel::ALL.into_iter().filter(|c| consents & c.bit() != 0).collect(),
            blacklisted,
            messages: self.load_messages(org, id).await?,
            marketing: self.load_marketing(CustomerId(id)).await?,
        }))
    }

    async fn load_orders(&self, customer: i64) -> Result<Vec<Order>> {
        let (orders, items): (Vec<OrderRow>, Vec<(i64, Text, Text)>) = reading!(&self.db, pool => (
            sqlx::query_as(ORDERS).bind(customer).fetch_all(pool).await?,
            sqlx::query_as(ITEMS).bind(customer).fetch_all(pool).await?,
        ));
        let mut by_order: BTreeMap<i64, Vec<OrderItem>> = BTreeMap::new();
        for (order, dish, category) in items {
            by_order.entry(order).or_default().push(OrderItem { dish, category });
        }
        orders
            .into_iter()
            .map(|(id, placed_at, status, total, restaurant, delivery, source, promo)| {
                Ok(Order {
                    placed_at: Timestamp(placed_at),
                    status: decode("status", id, status, OrderStatus::from_code)?,
                    total: Money(total),
                    restaurant,
                    delivery,
                    source,
                    promo,
                    items: by_order.remove(&id).unwrap_or_default(),
                })
            })
            .collect()
    }

    async fn load_endpoints(&self, customer: i64) -> Result<Vec<Endpoint>> {
        let rows: Vec<EndpointRow> = reading!(&self.db, pool => {
            sqlx::query_as(ENDPOINTS).bind(customer).fetch_all(pool).await?
        });
        rows.into_iter()
            .map(|(id, kind, address, live, registered_at)| {
                Ok(Endpoint {
                    id: EndpointId(id),
                    kind: decode("endpoint kind", id, kind, EndpointKind::from_code)?,
                    address,
                    live,
                    registered_at: Timestamp(registered_at),
                })
            })
            .collect()
    }

    async fn load_marketing(&self, customer: CustomerId) -> Result<Vec<(Timestamp, Fate)>> {
        let statement = cap::of_guest(self.dialect(), customer);
        let rows: Vec<(i64, Option<i64>, Option<i64>)> = self.fetch(&statement).await?;
        rows.into_iter()
            .map(|(about_to_go, sent_at, state)| {
                let state = state.map(|state| decode("message state", customer.0, state, MessageState::from_code));
                let fate = match state.transpose()? {
                    Some(state) => Fate::of(state, sent_at.map(Timestamp)),
                    None => Fate::UnderWay,
                };
                Ok((Timestamp(about_to_go), fate))
            })
            .collect()
    }

    async fn load_messages(&self, org: OrgId, customer: i64) -> Result<Vec<MailingMessage>> {
        let rows: Vec<(i64, bool, bool)> = reading!(&self.db, pool => {
            sqlx::query_as(MESSAGES).bind(customer).bind(org.0).fetch_all(pool).await?
        });
        let message = |(mailing, sent, opened)| MailingMessage {
            mailing: MailingId(mailing),
            sent,
            opened,
        };
        Ok(rows.into_iter().map(message).collect())
    }
}

fn decode<T>(what: &'static str, id: i64, code: i64, from_code: impl Fn(i16) -> Option<T>) -> Result<T> {
    i16::try_from(code)
        .ok()
        .and_then(from_code)
        .ok_or_else(|| StoreError::Corrupt {
            what,
            id: id.to_string(),
            problem: format!("holds {code}, which this version does not know"),
        })
}
