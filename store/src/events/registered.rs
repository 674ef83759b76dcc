//! Guests who have registered: what they told is written on their cards.

use super::fresh::{Concerned, Fresh};
use crate::Result;
use crate::guests::card_rows::write_cards;
use crate::guests::settle::{ids_of, json_ids};
use crate::guests::{CustomerCard, Names};
use crate::sql::{PerDialect, Session, sql};
use bellhop_domain::event::{EventKind, text_of};
use bellhop_domain::{CustomerId, OrgId, Timestamp, Zone};
use std::collections::{BTreeMap, HashMap};

/// Where a card's words come from, if an event told them.
const HOW: &str = "event";
/// The attribute that says by what a guest has registered.
const REGISTERED_BY: &str = "registered_by";

static EXTERNAL: PerDialect = PerDialect::new(|dialect| {
    let ids = ids_of(dialect, "$1");
    format!("SELECT id, external_id FROM customers WHERE id IN ({ids})")
});

pub(super) async fn write(
    tx: &mut Session,
    org: OrgId,
    fresh: &[Fresh<'_>],
    concerned: &mut Concerned,
    names: &mut Names,
    now: Timestamp,
) -> Result<()> {
    let registered = fresh.iter().filter(|it| it.told.kind == EventKind::GuestRegistered);
    let mut registered: Vec<_> = registered.collect();
    if registered.is_empty() {
        return Ok(());
    }
    // The later event says what the card says.
    registered.sort_by_key(|it| (it.at, it.number));
    let external = external_ids(tx, &registered).await?;
    let cards = registered.iter().filter_map(|it| {
        let id = it.told.customer.as_ref().or_else(|| external.get(&it.customer))?;
        Some(card(id.clone(), it))
    });
    let done = write_cards(tx, org, &cards.collect::<Vec<_>>(), HOW, now, names).await?;
    concerned.sharing.extend(done.touched);
    Ok(())
}

/// The brand's own ids of guests who are known by their phones.
async fn external_ids(tx: &mut Session, of: &[&Fresh<'_>]) -> Result<HashMap<CustomerId, String>> {
    let by_phone = of.iter().filter(|it| it.told.customer.is_none());
    let ids: Vec<i64> = by_phone.map(|it| it.customer.0).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = json_ids(ids.into_iter());
    let rows = tx.fetch(sql(EXTERNAL.of(tx.dialect())).text(ids.as_str())).await?;
    let pairs = rows.iter().map(|row| {
        let c = row.columns();
        Ok((CustomerId(c.int("id")?), c.text("external_id")?))
    });
    pairs.collect()
}

fn card(external_id: String, of: &Fresh<'_>) -> CustomerCard {
    let text = |name: &str| text_of(&of.told.data, &format!("guest.{name}"));
    let by = text("source").map(|source| (REGISTERED_BY.to_owned(), source));
    CustomerCard {
        external_id,
        name: text("name"),
        email: text("email"),
        birthday: text("birthday").and_then(|day| day.parse().ok()),
        locale: text("locale"),
        timezone: text("timezone").and_then(|zone| Zone::named(&zone).ok()),
        restaurant: text("restaurant"),
        registered_at: Some(of.at),
        attributes: BTreeMap::from_iter(by),
        ..CustomerCard::default()
    }
}
