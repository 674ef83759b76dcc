//! A drawn guest base as rows of a database.

use super::world::{IDS, NAMED, TAG_ORDINALS, World};
use crate::guests::Settings;
use bellhop_domain::recent_marketing::Fate;
use bellhop_domain::segment::Guest;
use std::fmt::Write;

fn quoted(text: &Option<String>) -> String {
    text.as_ref().map_or("NULL".to_owned(), |t| format!("'{t}'"))
}

fn named_id(org: i64, name: &Option<String>) -> String {
    let number = name.as_ref().and_then(|n| n.rsplit(' ').next().map(str::to_owned));
    number.map_or("NULL".to_owned(), |n| {
        (org * IDS + n.parse::<i64>().unwrap()).to_string()
    })
}

impl World {
    /// The number of one of the two mailings.
    pub fn mailing(org: i64, n: i64) -> i64 {
        org * IDS + n
    }

    /// Everything as rows of an organisation, facts still to be computed.
    pub fn rows(&self, org: i64) -> String {
        let mut sql = String::new();
        let settings = Settings {
            retention: self.thresholds,
            frequency_cap: self.cap,
            ..Settings::default()
        };
        let settings = serde_json::to_string(&settings).unwrap();
        let base = org * IDS;
        let zone = "Asia/Vladivostok";
        writeln!(sql, "INSERT INTO organisations (id, slug, name, currency, timezone, settings) VALUES ({org}, 'org{org}', 'o', 'RUB', '{zone}', '{settings}');").unwrap();
        for n in 1..=NAMED {
            let id = base + n;
            writeln!(sql, "INSERT INTO categories (id, org_id, ordinal, name) VALUES ({id}, {org}, {n}, 'category {n}');
                INSERT INTO dishes (id, org_id, name) VALUES ({id}, {org}, 'dish {n}');
                INSERT INTO restaurants (id, org_id, ordinal, name, timezone) VALUES ({id}, {org}, {n}, 'restaurant {n}', '{zone}');").unwrap();
        }
        for (n, tag) in ["a", "b", "c"].iter().enumerate() {
            writeln!(
                sql,
                "INSERT INTO tags (id, org_id, ordinal, name) VALUES ({}, {org}, {}, '{tag}');",
                base + n as i64,
                TAG_ORDINALS[n]
            )
            .unwrap();
        }
        for n in 1..=2 {
            let id = Self::mailing(org, n);
            writeln!(sql, "INSERT INTO mailings (id, org_id, name, spec, created_at) VALUES ({id}, {org}, 'm', '{{}}', 0);
                INSERT INTO runs (id, org_id, mailing_id, state, purpose, origin, lane, test, spec, start_at) VALUES ({id}, {org}, {id}, 4, 1, 1, 2, FALSE, '', 0);
                INSERT INTO runs (id, org_id, mailing_id, state, purpose, origin, lane, test, spec, start_at) VALUES ({id} + 10, {org}, {id}, 4, 1, 1, 2, TRUE, '', 0);").unwrap();
        }
        for (i, guest) in self.guests.iter().enumerate() {
            self.card(&mut sql, org, i, guest);
            orders(&mut sql, org, guest);
        }
        writeln!(
            sql,
            "INSERT INTO stale_customers (customer_id, org_id) SELECT id, {org} FROM customers WHERE org_id = {org};"
        )
        .unwrap();
        sql
    }

    fn card(&self, sql: &mut String, org: i64, i: usize, guest: &Guest) {
        let (base, id) = (org * IDS, org * IDS + guest.customer.0);
        let marked = if self.marked[i] { "1" } else { "NULL" };
        let birthday = guest.birthday.map_or("NULL".to_owned(), |b| b.to_string());
        let registered = guest.registered_at.map_or("NULL".to_owned(), |at| at.0.to_string());
        writeln!(
            sql,
            "INSERT INTO customers (id, org_id, external_id, locale, birth_month_day, registered_at, restaurant_id, blacklisted_at) VALUES ({id}, {org}, '{}', {}, {birthday}, {registered}, {}, {marked});",
            guest.external_id,
            quoted(&guest.locale),
            named_id(org, &guest.restaurant)
        )
        .unwrap();
        for tag in &guest.tags {
            writeln!(sql, "INSERT INTO customer_tags (tag_id, customer_id, sources) SELECT id, {id}, 2 FROM tags WHERE org_id = {org} AND name = '{tag}';").unwrap();
        }
        for (key, value) in &guest.attributes {
            writeln!(sql, "INSERT INTO customer_attributes (org_id, customer_id, key, value) VALUES ({org}, {id}, '{key}', '{value}');").unwrap();
        }
        for channel in &guest.consents {
            writeln!(sql, "INSERT INTO consents (org_id, customer_id, channel, purpose, given, source, at, how) VALUES ({org}, {id}, {}, 1, TRUE, 1, 0, 'test');", *channel as i64).unwrap();
        }
        for e in &guest.endpoints {
            let (state, endpoint) = (if e.live { 1 } else { 2 + e.id.0 % 2 }, base + e.id.0);
            writeln!(sql, "INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at) VALUES ({endpoint}, {org}, {}, '{}', {state}, 0, {}) ON CONFLICT DO NOTHING;
                INSERT INTO customer_endpoints (customer_id, endpoint_id) VALUES ({id}, {endpoint});", e.kind.code(), e.address, e.registered_at.0).unwrap();
        }
        for (n, message) in guest.messages.iter().enumerate() {
            let at = |is: bool| if is { "1" } else { "NULL" };
            let run = base + message.mailing.0;
            writeln!(sql, "INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, once_per_address, step, state, reason, sent_at, opened_at) VALUES ({id} * 100 + {n}, {org}, {run}, 0, {id}, {id} * 100 + {n}, TRUE, 0, {}, {}, {}, {});", message.state.code(), quoted(&message.reason), at(message.sent), at(message.opened)).unwrap();
        }
        kept_marketing(sql, org, id, guest);
        // A test run and an app without a guest say nothing about anybody.
        writeln!(sql, "INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, once_per_address, step, state, sent_at, opened_at) VALUES ({id} * 100 + 8, {org}, {base} + 11, 0, {id}, {id} * 100 + 8, TRUE, 0, 1, 1, 1), ({id} * 100 + 9, {org}, {base} + 1, 0, NULL, {id} * 100 + 9, TRUE, 0, 1, 1, 1);").unwrap();
    }
}

/// Some of those under way have no message, as if its mailing had been removed.
fn kept_marketing(sql: &mut String, org: i64, id: i64, guest: &Guest) {
    if guest.marketing.is_empty() {
        return;
    }
    let mut kept = Vec::new();
    for (n, (at, fate)) in guest.marketing.iter().enumerate() {
        let message = id * 100 + 50 + n as i64;
        kept.push(format!("[{message},{}]", at.0));
        let (state, sent) = match fate {
            Fate::Never => (10 + n % 4, "NULL".to_owned()),
            Fate::UnderWay => (1 + n % 3, "NULL".to_owned()),
            Fate::Sent(sent) => (13, sent.0.to_string()),
        };
        if *fate != Fate::UnderWay || n % 2 == 0 {
            writeln!(sql, "INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, once_per_address, step, state, sent_at) VALUES ({message}, {org}, 0, 0, {id}, {message}, TRUE, 0, {state}, {sent});").unwrap();
        }
    }
    writeln!(
        sql,
        "INSERT INTO guest_marketing (customer_id, org_id, turn, latest, messages) VALUES ({id}, {org}, 1, {}, '[{}]');",
        guest.marketing[guest.marketing.len() - 1].0.0,
        kept.join(",")
    )
    .unwrap();
}

fn orders(sql: &mut String, org: i64, guest: &Guest) {
    let customer = org * IDS + guest.customer.0;
    for (n, o) in guest.orders.iter().enumerate() {
        let id = customer * 100 + n as i64;
        writeln!(
            sql,
            "INSERT INTO orders (id, org_id, external_id, customer_id, restaurant_id, placed_at, status, total, delivery, source, promo) VALUES ({id}, {org}, 'o{id}', {customer}, {}, {}, {}, {}, {}, {}, {});",
            named_id(org, &o.restaurant),
            o.placed_at.0,
            o.status.code(),
            o.total.0,
            quoted(&o.delivery),
            quoted(&o.source),
            quoted(&o.promo)
        )
        .unwrap();
        for (position, item) in o.items.iter().enumerate() {
            writeln!(
                sql,
                "INSERT INTO order_items (order_id, position, customer_id, dish_id, category_id, quantity, price) VALUES ({id}, {position}, {customer}, {}, {}, 1, 1);",
                named_id(org, &item.dish),
                named_id(org, &item.category)
            )
            .unwrap();
        }
    }
}
