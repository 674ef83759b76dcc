//! Writing customers: their cards, tags, consents, attributes and addresses.

use super::card_merge::CustomerRow;
use super::endpoint_rows::{Attach, attach};
use super::names::{Named, Names, json_texts, learn, learn_customers, texts_of};
use super::tag_rows::replace_tags;
use super::{CustomerCard, Written};
use crate::Result;
use crate::consent::cards::{self, CardSaid, Replaces, say};
use crate::sql::{PerDialect, Row, Session, Table, sql};
use bellhop_domain::consent::WordSource;
use bellhop_domain::tag::TagSource;
use bellhop_domain::{Channel, CustomerId, EndpointKind, OrgId, Purpose, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a batch of cards did.
#[derive(Debug, Default)]
pub(crate) struct CardsWritten {
    pub written: Written,
    /// Whose facts have changed.
    pub touched: BTreeSet<CustomerId>,
    /// Of them, who wants no marketing from now on.
    pub withdrawn: Vec<CustomerId>,
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

static EXISTING: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT external_id, id, name, email, birthday, birth_month_day, birth_told_at, locale, timezone, restaurant_id,
            comment, registered_at
        FROM customers WHERE org_id = $2 AND external_id IN ({}) ORDER BY id {{lock}}",
        texts_of(dialect, "$1")
    )
});

/// Reads a row of [`EXISTING`].
fn existing(row: &Row) -> Result<CustomerRow> {
    let c = row.columns();
    Ok(CustomerRow {
        id: c.int("id")?,
        external_id: c.text("external_id")?,
        name: c.opt_text("name")?,
        email: c.opt_text("email")?,
        birthday: c.opt_text("birthday")?,
        birth_month_day: c.opt_int("birth_month_day")?.and_then(|day| i16::try_from(day).ok()),
        birth_told_at: c.opt_int("birth_told_at")?.map(Timestamp),
        locale: c.opt_text("locale")?,
        timezone: c.opt_text("timezone")?,
        restaurant: c.opt_int("restaurant_id")?,
        comment: c.opt_text("comment")?,
        registered_at: c.opt_int("registered_at")?.map(Timestamp),
    })
}

/// Writes customers, inside a transaction. The caller marks the touched ones, and those who share with them.
pub(crate) async fn write_cards(
    tx: &mut Session,
    org: OrgId,
    cards: &[CustomerCard],
    how: &str,
    now: Timestamp,
    names: &mut Names,
) -> Result<CardsWritten> {
    let unknown = names.unknown(Named::Restaurant, cards.iter().filter_map(|c| c.restaurant.as_ref()));
    learn(tx, org, Named::Restaurant, unknown, names).await?;
    let unknown = names.unknown(Named::Tag, cards.iter().flat_map(|c| &c.tags));
    learn(tx, org, Named::Tag, unknown, names).await?;
    let unknown = names.unknown_customers(cards.iter().map(|c| &c.external_id));
    let created = learn_customers(tx, org, unknown, names).await?;
    let created: BTreeSet<_> = created.into_iter().collect();
    let mut rows = known(tx, org, cards).await?;
    let told_at = (source_of(how) != WordSource::Import).then_some(now);
    let mut changed = BTreeSet::new();
    for card in cards {
        let restaurant = names.id(Named::Restaurant, card.restaurant.as_ref());
        if let Some(row) = rows.get_mut(&card.external_id)
            && row.absorb(card, restaurant, told_at)
        {
            changed.insert(CustomerId(row.id));
        }
    }
    let news: Vec<_> = rows
        .values()
        .filter(|row| changed.contains(&CustomerId(row.id)))
        .collect();
    update_customers(tx, &news).await?;
    let wishes = wishes(cards, names);
    let attached = attach(tx, org, &wishes.addresses, now).await?;
    let mut touched: BTreeSet<_> = created.union(&changed).chain(&attached).copied().collect();
    let consents = write_consents(tx, org, &wishes.consents, how, now).await?;
    let is_no = |customer: &&CustomerId| wishes.consents.get(customer) == Some(&false);
    let withdrawn = consents.iter().filter(is_no).copied().collect();
    touched.extend(consents);
    touched.extend(replace_tags(tx, tag_source_of(how), &wishes.tags).await?);
    let mut news = write_attributes(tx, org, &wishes.attributes).await?;
    news.extend(&touched);
    let said: BTreeSet<_> = cards.iter().filter_map(|c| names.customer(&c.external_id)).collect();
    let updated = said.intersection(&news).filter(|c| !created.contains(c)).count() as u64;
    let written = Written {
        created: created.len() as u64,
        updated,
        unchanged: cards.len() as u64 - created.len() as u64 - updated,
        customers_created: 0,
    };
    Ok(CardsWritten {
        written,
        touched,
        withdrawn,
    })
}

async fn known(tx: &mut Session, org: OrgId, cards: &[CustomerCard]) -> Result<HashMap<String, CustomerRow>> {
    let ids = json_texts(cards.iter().map(|c| &c.external_id));
    let statement = sql(EXISTING.of(tx.dialect()))
        .lock("FOR NO KEY UPDATE")
        .text(ids.as_str());
    let rows = tx.fetch(statement.int(i64::from(org.0))).await?;
    let read = rows.iter().map(|row| {
        let row = existing(row)?;
        Ok((row.external_id.clone(), row))
    });
    read.collect()
}

async fn update_customers(tx: &mut Session, rows: &[&CustomerRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let text = "UPDATE customers SET name = r.name, email = r.email, birthday = r.birthday,
                birth_month_day = r.birth_month_day, birth_told_at = r.birth_told_at, locale = r.locale, timezone = r.timezone,
                restaurant_id = r.restaurant, comment = r.comment, registered_at = r.registered_at
                FROM {rows} WHERE customers.id = r.customer";
    let rows = || rows.iter();
    let table = Table::default()
        .ints("customer", rows().map(|row| row.id))
        .texts("name", rows().map(|row| row.name.as_deref()))
        .texts("email", rows().map(|row| row.email.as_deref()))
        .texts("birthday", rows().map(|row| row.birthday.as_deref()))
        .ints("birth_month_day", rows().map(|row| row.birth_month_day.map(i64::from)))
        .ints("birth_told_at", rows().map(|row| row.birth_told_at.map(|at| at.0)))
        .texts("locale", rows().map(|row| row.locale.as_deref()))
        .texts("timezone", rows().map(|row| row.timezone.as_deref()))
        .ints("restaurant", rows().map(|row| row.restaurant))
        .texts("comment", rows().map(|row| row.comment.as_deref()))
        .ints("registered_at", rows().map(|row| row.registered_at.map(|at| at.0)));
    tx.execute(sql(text).rows(table)).await?;
    Ok(())
}

/// Records marketing consents on all channels, on the cards and in the ledger; those for whom that changed something.
async fn write_consents(
    tx: &mut Session,
    org: OrgId,
    wanted: &BTreeMap<CustomerId, bool>,
    how: &str,
    now: Timestamp,
) -> Result<BTreeSet<CustomerId>> {
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let words: Vec<_> = wanted
        .iter()
        .flat_map(|(customer, given)| Channel::ALL.map(|channel| (*customer, channel, *given)))
        .collect();
    let said = CardSaid {
        org,
        words: &words,
        purpose: Purpose::Marketing,
        source: source_of(how),
        at: now,
        how,
        replaces: Replaces::AnotherOfItsOrigin,
    };
    let changed = say(tx, &said).await?;
    let heard: Vec<_> = changed
        .iter()
        .map(|(customer, given)| (*customer, None, *given))
        .collect();
    cards::write(tx, &said, &heard, None, now).await?;
    Ok(changed.into_iter().map(|(customer, _)| customer).collect())
}

async fn write_attributes(
    tx: &mut Session,
    org: OrgId,
    wanted: &BTreeMap<(CustomerId, String), String>,
) -> Result<BTreeSet<CustomerId>> {
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let text = "INSERT INTO customer_attributes (org_id, customer_id, key, value)
                SELECT $1, r.customer, r.name, r.said FROM {rows}
                WHERE TRUE ON CONFLICT (customer_id, key) DO UPDATE SET value = excluded.value
                WHERE customer_attributes.value <> excluded.value RETURNING customer_id";
    let table = Table::default()
        .ints("customer", wanted.keys().map(|(customer, _)| customer.0))
        .texts("name", wanted.keys().map(|(_, key)| key.as_str()))
        .texts("said", wanted.values().map(String::as_str));
    let rows = tx.fetch(sql(text).int(i64::from(org.0)).rows(table)).await?;
    customers_of(&rows)
}

/// The customers of rows with a `customer_id`.
fn customers_of(rows: &[Row]) -> Result<BTreeSet<CustomerId>> {
    rows.iter()
        .map(|row| Ok(CustomerId(row.columns().int("customer_id")?)))
        .collect()
}
