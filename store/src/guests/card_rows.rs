//! Writing customers: their cards, tags, consents, attributes and addresses.

use super::card_merge::CustomerRow;
use super::endpoint_rows::{Attach, EndpointRows};
use super::names::{Named, NamedRows, Names, json_texts, texts_of};
use super::tag_rows::TagRows;
use super::{CustomerCard, Written};
use crate::Result;
use crate::db::{Dialect, on_both};
use bellhop_domain::consent::{Word, WordSource};
use bellhop_domain::tag::TagSource;
use bellhop_domain::{Channel, CustomerId, EndpointKind, OrgId, Purpose, Timestamp};
use sqlx::{QueryBuilder, Row};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

/// Rows per statement of many values.
const ROWS: usize = 500;

/// What a batch of cards did.
#[derive(Debug, Default)]
pub(crate) struct CardsWritten {
    pub written: Written,
    /// Whose facts have changed.
    pub touched: BTreeSet<CustomerId>,
    /// Of them, who wants no marketing from now on.
    pub withdrawn: Vec<CustomerId>,
}

/// Writing customers, inside a transaction. The caller marks the touched ones, and those who share with them.
pub(crate) trait WriteCards {
    async fn write_cards(
        &mut self,
        org: OrgId,
        cards: &[CustomerCard],
        how: &str,
        now: Timestamp,
        names: &mut Names,
    ) -> Result<CardsWritten>;
}

/// Everything a batch wants of one kind, the later card over the earlier.
struct Wishes {
    tags: BTreeMap<CustomerId, BTreeSet<i64>>,
    consents: BTreeMap<CustomerId, bool>,
    attributes: BTreeMap<(CustomerId, String), String>,
    addresses: Vec<Attach>,
}

fn wishes(cards: &[CustomerCard], names: &Names) -> Wishes {
    let mut wishes = Wishes {
        tags: BTreeMap::new(),
        consents: BTreeMap::new(),
        attributes: BTreeMap::new(),
        addresses: Vec::new(),
    };
    for card in cards {
        let Some(customer) = names.customer(&card.external_id) else {
            continue;
        };
        if !card.tags.is_empty() {
            let ids = card.tags.iter().filter_map(|tag| names.id(Named::Tag, Some(tag)));
            wishes.tags.insert(customer, ids.collect());
        }
        if let Some(given) = card.marketing_consent {
            wishes.consents.insert(customer, given);
        }
        for (key, value) in &card.attributes {
            wishes.attributes.insert((customer, key.clone()), value.clone());
        }
        let phones = card.phones.iter().map(|p| (EndpointKind::Phone, p.e164().to_owned()));
        let whatsapp = card
            .whatsapp
            .iter()
            .map(|p| (EndpointKind::WhatsApp, p.e164().to_owned()));
        let tokens = [
            (EndpointKind::Fcm, &card.fcm_token),
            (EndpointKind::Apns, &card.apns_token),
            (EndpointKind::Max, &card.max_user_id),
        ];
        let tokens = tokens
            .into_iter()
            .filter_map(|(kind, token)| Some((kind, token.clone()?)));
        wishes
            .addresses
            .extend(phones.chain(whatsapp).chain(tokens).map(|(kind, address)| Attach {
                customer,
                kind,
                address,
            }));
    }
    wishes
}

/// Whose word a card's consent is, by where the card came from.
fn source_of(how: &str) -> WordSource {
    match how {
        "import" => WordSource::Import,
        _ => WordSource::Api,
    }
}

/// The same of its tags.
fn tag_source_of(how: &str) -> TagSource {
    match source_of(how) {
        WordSource::Import => TagSource::Import,
        _ => TagSource::Api,
    }
}

on_both! {
    static EXISTING: LazyLock<String> = LazyLock::new(|| {
        let lock = match DIALECT {
            Dialect::Sqlite => "",
            Dialect::Postgres => "FOR NO KEY UPDATE",
        };
        format!(
            "SELECT id, external_id, name, email, birthday, birth_month_day, locale, timezone, restaurant_id, comment,
                registered_at
            FROM customers WHERE org_id = $2 AND external_id IN ({}) ORDER BY id {lock}",
            texts_of(DIALECT, "$1")
        )
    });

    async fn known(conn: &mut Conn, org: OrgId, cards: &[CustomerCard]) -> Result<HashMap<String, CustomerRow>> {
        let rows = sqlx::query(EXISTING.as_str())
            .bind(json_texts(cards.iter().map(|c| &c.external_id)))
            .bind(org.0)
            .fetch_all(&mut *conn)
            .await?;
        let read = |row: &<Backend as sqlx::Database>::Row| -> Result<(String, CustomerRow)> {
            let row = CustomerRow {
                id: row.try_get(0)?,
                external_id: row.try_get(1)?,
                name: row.try_get(2)?,
                email: row.try_get(3)?,
                birthday: row.try_get(4)?,
                birth_month_day: row.try_get(5)?,
                locale: row.try_get(6)?,
                timezone: row.try_get(7)?,
                restaurant: row.try_get(8)?,
                comment: row.try_get(9)?,
                registered_at: row.try_get::<Option<i64>, _>(10)?.map(Timestamp),
            };
            Ok((row.external_id.clone(), row))
        };
        rows.iter().map(read).collect()
    }

    async fn update_customers(conn: &mut Conn, rows: &[&CustomerRow]) -> Result<()> {
        for rows in rows.chunks(ROWS) {
            let mut update = QueryBuilder::<Backend>::new(
                "WITH v(id, name, email, birthday, birth_month_day, locale, timezone, restaurant_id, comment,
                    registered_at) AS (",
            );
            update.push_values(rows, |mut values, row| {
                values
                    .push_bind(row.id)
                    .push_bind(&row.name)
                    .push_bind(&row.email)
                    .push_bind(&row.birthday)
                    .push_bind(row.birth_month_day)
                    .push_bind(&row.locale)
                    .push_bind(&row.timezone)
                    .push_bind(row.restaurant)
                    .push_bind(&row.comment)
                    .push_bind(row.registered_at.map(|at| at.0));
            });
            update.push(
                ") UPDATE customers SET name = v.name, email = v.email, birthday = v.birthday,
                birth_month_day = v.birth_month_day, locale = v.locale, timezone = v.timezone,
                restaurant_id = v.restaurant_id, comment = v.comment, registered_at = v.registered_at
                FROM v WHERE customers.id = v.id",
            );
            update.build().execute(&mut *conn).await?;
        }
        Ok(())
    }

    /// Records marketing consents on all channels, on the cards and in the ledger; those for whom that changed something.
    async fn write_consents(
        conn: &mut Conn,
        org: OrgId,
        wanted: &BTreeMap<CustomerId, bool>,
        how: &str,
        now: Timestamp,
    ) -> Result<BTreeSet<CustomerId>> {
        let mut changed = BTreeSet::new();
        let rows: Vec<_> = wanted
            .iter()
            .flat_map(|(customer, given)| Channel::ALL.map(|channel| (*customer, channel, *given)))
            .collect();
        for rows in rows.chunks(ROWS) {
            let mut insert = QueryBuilder::<Backend>::new(
                "INSERT INTO consents (org_id, customer_id, channel, purpose, given, at, how, source) ",
            );
            insert.push_values(rows, |mut values, (customer, channel, given)| {
                values
                    .push_bind(org.0)
                    .push_bind(customer.0)
                    .push_bind(*channel as i16)
                    .push_bind(Purpose::Marketing.code())
                    .push_bind(*given)
                    .push_bind(now.0)
                    .push_bind(how)
                    .push_bind(source_of(how).code());
            });
            // The same word again keeps its date, and a yes by file does not overrule a guest's own no.
            insert.push(
                " ON CONFLICT (customer_id, channel, purpose)
                DO UPDATE SET given = excluded.given, at = excluded.at, how = excluded.how,
                    source = excluded.source
                WHERE consents.given <> excluded.given AND (consents.given OR consents.how = excluded.how)
                RETURNING customer_id",
            );
            for row in insert.build().fetch_all(&mut *conn).await? {
                changed.insert(CustomerId(row.try_get(0)?));
            }
        }
        write_words(conn, org, wanted, &changed, how, now).await?;
        Ok(changed)
    }

    /// One word of the ledger for all channels.
    async fn write_words(
        conn: &mut Conn,
        org: OrgId,
        wanted: &BTreeMap<CustomerId, bool>,
        changed: &BTreeSet<CustomerId>,
        how: &str,
        now: Timestamp,
    ) -> Result<()> {
        let words: Vec<_> = wanted.iter().filter(|(customer, _)| changed.contains(customer)).collect();
        for words in words.chunks(ROWS) {
            let mut insert = QueryBuilder::<Backend>::new(
                "INSERT INTO consent_words (org_id, customer_id, purpose, word, source, how, at, came_at) ",
            );
            insert.push_values(words, |mut values, (customer, given)| {
                let word = if **given { Word::Given } else { Word::Withdrawn };
                values
                    .push_bind(org.0)
                    .push_bind(customer.0)
                    .push_bind(Purpose::Marketing.code())
                    .push_bind(word.code())
                    .push_bind(source_of(how).code())
                    .push_bind(how)
                    .push_bind(now.0)
                    .push_bind(now.0);
            });
            insert.build().execute(&mut *conn).await?;
        }
        Ok(())
    }

    async fn write_attributes(
        conn: &mut Conn,
        org: OrgId,
        wanted: &BTreeMap<(CustomerId, String), String>,
    ) -> Result<BTreeSet<CustomerId>> {
        let mut changed = BTreeSet::new();
        let rows: Vec<_> = wanted.iter().collect();
        for rows in rows.chunks(ROWS) {
            let mut insert = QueryBuilder::<Backend>::new(
                "INSERT INTO customer_attributes (org_id, customer_id, key, value) ",
            );
            insert.push_values(rows, |mut values, ((customer, key), value)| {
                values.push_bind(org.0).push_bind(customer.0).push_bind(key).push_bind(*value);
            });
            insert.push(
                " ON CONFLICT (customer_id, key) DO UPDATE SET value = excluded.value
                WHERE customer_attributes.value <> excluded.value RETURNING customer_id",
            );
            for row in insert.build().fetch_all(&mut *conn).await? {
                changed.insert(CustomerId(row.try_get(0)?));
            }
        }
        Ok(changed)
    }

    impl WriteCards for Conn {
        async fn write_cards(
            &mut self,
            org: OrgId,
            cards: &[CustomerCard],
            how: &str,
            now: Timestamp,
            names: &mut Names,
        ) -> Result<CardsWritten> {
            let unknown = names.unknown(Named::Restaurant, cards.iter().filter_map(|c| c.restaurant.as_ref()));
            self.learn(org, Named::Restaurant, unknown, names).await?;
            let unknown = names.unknown(Named::Tag, cards.iter().flat_map(|c| &c.tags));
            self.learn(org, Named::Tag, unknown, names).await?;
            let unknown = names.unknown_customers(cards.iter().map(|c| &c.external_id));
            let created = self.learn_customers(org, unknown, names).await?;
            let created: BTreeSet<_> = created.into_iter().collect();
            let mut rows = known(self, org, cards).await?;
            let mut changed = BTreeSet::new();
            for card in cards {
                let restaurant = names.id(Named::Restaurant, card.restaurant.as_ref());
                if let Some(row) = rows.get_mut(&card.external_id)
                    && row.absorb(card, restaurant)
                {
                    changed.insert(CustomerId(row.id));
                }
            }
            let news: Vec<_> = rows.values().filter(|row| changed.contains(&CustomerId(row.id))).collect();
            update_customers(self, &news).await?;
            let wishes = wishes(cards, names);
            let attached = self.attach(org, &wishes.addresses, now).await?;
            let mut touched: BTreeSet<_> = created.union(&changed).chain(&attached).copied().collect();
            let consents = write_consents(self, org, &wishes.consents, how, now).await?;
            let is_no = |customer: &&CustomerId| wishes.consents.get(customer) == Some(&false);
            let withdrawn = consents.iter().filter(is_no).copied().collect();
            touched.extend(consents);
            touched.extend(self.replace_tags(tag_source_of(how), &wishes.tags).await?);
            let mut news = write_attributes(self, org, &wishes.attributes).await?;
            news.extend(&touched);
            let said: BTreeSet<_> = cards.iter().filter_map(|c| names.customer(&c.external_id)).collect();
            let updated = said.intersection(&news).filter(|c| !created.contains(c)).count() as u64;
            let written = Written {
                created: created.len() as u64,
                updated,
                unchanged: cards.len() as u64 - created.len() as u64 - updated,
                customers_created: 0,
            };
            Ok(CardsWritten { written, touched, withdrawn })
        }
    }
}
