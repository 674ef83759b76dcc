//! Tags that the use of a promo in an order sets (PRODUCT.md §4): the promo's word, which no other source takes back.

use super::tag_rows::Tagging;
use crate::Result;
use crate::base::outbox::{Notice, What, append};
use crate::base::wants::is_wanted;
use crate::sql::{Session, Table, sql};
use bellhop_domain::tag::TagSource;
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What guests have got by it, by the tags' names.
pub(crate) type Tagged = BTreeMap<CustomerId, BTreeSet<String>>;

/// Says the tags of these promos of the guests who used them; returns what is new.
pub(super) async fn say(tx: &mut Session, org: OrgId, used: &BTreeSet<(CustomerId, String)>) -> Result<Tagged> {
    let promos: BTreeSet<&str> = used.iter().map(|(_, promo)| promo.as_str()).collect();
    if promos.is_empty() {
        return Ok(Tagged::new());
    }
    let text = "SELECT p.promo, p.tag_id, t.name FROM {rows} JOIN promo_tags p ON p.org_id = $1 AND p.promo = r.code
                JOIN tags t ON t.id = p.tag_id";
    let statement = sql(text).int(i64::from(org.0));
    let rows = tx.fetch(statement.rows(Table::default().texts("code", promos))).await?;
    let (mut tags, mut names): (HashMap<String, Vec<i64>>, HashMap<i64, String>) = Default::default();
    for row in &rows {
        let c = row.columns();
        let tag = c.int("tag_id")?;
        tags.entry(c.text("promo")?).or_default().push(tag);
        names.insert(tag, c.text("name")?);
    }
    let said: BTreeSet<Tagging> = used
        .iter()
        .flat_map(|(customer, promo)| tags.get(promo).into_iter().flatten().map(|tag| (*customer, *tag)))
        .collect();
    let mut tagged = Tagged::new();
    for (customer, tag) in write(tx, &said).await? {
        tagged.entry(customer).or_default().extend(names.get(&tag).cloned());
    }
    Ok(tagged)
}

/// Those that the promo had not said before. Rows of one order of keys, so that two who write wait for each other and in no
/// circle.
async fn write(tx: &mut Session, said: &BTreeSet<Tagging>) -> Result<Vec<Tagging>> {
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let text = "INSERT INTO customer_tags (customer_id, tag_id, sources) SELECT r.customer, r.tag, $1 FROM {rows}
                WHERE TRUE ON CONFLICT (tag_id, customer_id)
                DO UPDATE SET sources = customer_tags.sources | excluded.sources
                WHERE (customer_tags.sources & excluded.sources) = 0
                RETURNING customer_id, tag_id";
    let table = Table::default()
        .ints("customer", said.iter().map(|(customer, _)| customer.0))
        .ints("tag", said.iter().map(|(_, tag)| *tag));
    let statement = sql(text).int(i64::from(TagSource::Promo.bit())).rows(table);
    let rows = tx.fetch(statement).await?;
    let new = rows.iter().map(|row| {
        let c = row.columns();
        Ok((CustomerId(c.int("customer_id")?), c.int("tag_id")?))
    });
    new.collect()
}

/// Tells webhooks of what guests have got by a live order; an import tells nobody.
pub(crate) async fn tell(tx: &mut Session, org: OrgId, tagged: &Tagged, now: Timestamp) -> Result<()> {
    if tagged.is_empty() || !is_wanted(tx, org, WebhookKind::GuestTagged).await? {
        return Ok(());
    }
    let notice = |(customer, set): (&CustomerId, &BTreeSet<String>)| Notice {
        org,
        at: now,
        what: What::Tagged {
            customer: *customer,
            set: set.iter().cloned().collect(),
            removed: Vec::new(),
            source: TagSource::Promo,
        },
    };
    let notices: Vec<_> = tagged.iter().map(notice).collect();
    append(tx, &notices).await
}
