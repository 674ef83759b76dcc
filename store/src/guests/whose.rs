//! Of whom something is told: by the brand's own id, or by a phone.

use super::names::{Names, json_texts, learn_customers, texts_of};
use crate::base::codes::PHONES;
use crate::sql::{PerDialect, Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::{CustomerId, OrgId, Phone};
use std::collections::{BTreeSet, HashMap};

/// Who is meant. Without an id it is the guest with the phone; if there is none, a new one whose id is the phone.
pub(crate) struct Whose<'a> {
    pub customer: Option<&'a String>,
    pub phone: Option<&'a Phone>,
}

static BY_PHONE: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT e.address, MIN(l.customer_id) AS customer FROM endpoints e
        JOIN customer_endpoints l ON l.endpoint_id = e.id
        WHERE e.org_id = $2 AND e.kind IN {PHONES} AND e.address IN ({}) GROUP BY e.address",
        texts_of(dialect, "$1")
    )
});

/// The guest of each, created where unknown, and those that were created.
pub(crate) async fn customers(
    tx: &mut Session,
    org: OrgId,
    of: &[Whose<'_>],
    names: &mut Names,
) -> Result<(Vec<CustomerId>, Vec<CustomerId>)> {
    let unnamed = of.iter().filter(|it| it.customer.is_none());
    let phones: BTreeSet<String> = unnamed
        .filter_map(|it| it.phone.map(|phone| phone.e164().to_owned()))
        .collect();
    let by_phone = by_phone(tx, org, &phones).await?;
    let strangers: Vec<String> = phones.into_iter().filter(|p| !by_phone.contains_key(p)).collect();
    let unknown = names.unknown_customers(of.iter().filter_map(|it| it.customer).chain(&strangers));
    let created = learn_customers(tx, org, unknown, names).await?;
    let ids = of.iter().map(|it| {
        let phone = it.phone.map(Phone::e164);
        let id = match it.customer {
            Some(external_id) => names.customer(external_id),
            None => phone.and_then(|p| by_phone.get(p).copied().or_else(|| names.customer(p))),
        };
        id.ok_or_else(|| StoreError::NotFound {
            what: "customer",
            id: it.customer.cloned().unwrap_or_default(),
        })
    });
    Ok((ids.collect::<Result<_>>()?, created))
}

async fn by_phone(tx: &mut Session, org: OrgId, phones: &BTreeSet<String>) -> Result<HashMap<String, CustomerId>> {
    if phones.is_empty() {
        return Ok(HashMap::new());
    }
    let texts = json_texts(phones);
    let statement = sql(BY_PHONE.of(tx.dialect()))
        .text(texts.as_str())
        .int(i64::from(org.0));
    let rows = tx.fetch(statement).await?;
    let found = rows.iter().map(|row| {
        let c = row.columns();
        Ok((c.text("address")?, CustomerId(c.int("customer")?)))
    });
    found.collect()
}
