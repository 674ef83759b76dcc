//! One person's addresses: every spelling, and what a provider told beside it.

use crate::Result;
use crate::base::codes::listed;
use crate::sql::{Session, Table, sql};
use bellhop_domain::consent::Space;
use bellhop_domain::{CustomerId, EndpointKind, OrgId};
use std::collections::BTreeSet;

/// More addresses than a person has are not believed.
const MOST: usize = 20;

/// The addresses of whoever has the told ones: these first, in all their spellings, with those that were ever told
/// beside one of them.
pub(crate) async fn of_person(tx: &mut Session, org: OrgId, space: Space, told: &[String]) -> Result<Vec<String>> {
    let mut all = spelt(space, told);
    let table = Table::default().texts("address", all.iter().map(String::as_str));
    let text = "SELECT DISTINCT a.other FROM {rows} JOIN address_aliases a
                ON a.org_id = $1 AND a.space = $2 AND a.address = r.address ORDER BY a.other";
    let statement = sql(text).int(i64::from(org.0)).int(i64::from(space.code())).rows(table);
    let mut others = Vec::new();
    for row in tx.fetch(statement).await? {
        others.push(row.columns().text("other")?);
    }
    for other in spelt(space, &others) {
        if !all.contains(&other) {
            all.push(other);
        }
    }
    all.truncate(MOST);
    Ok(all)
}

/// Each of them in all its spellings, the told ones first.
pub(crate) fn spelt(space: Space, told: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let spellings = told.iter().flat_map(|address| space.spellings(address));
    for address in told.iter().cloned().chain(spellings) {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all.truncate(MOST);
    all
}

/// Remembers that these are one person's: told alone, each stands for all.
pub(crate) async fn remember(tx: &mut Session, org: OrgId, space: Space, person: &[String]) -> Result<()> {
    let pairs: Vec<(&str, &str)> = person
        .iter()
        .flat_map(|one| person.iter().map(move |other| (one.as_str(), other.as_str())))
        .filter(|(one, other)| one != other)
        .collect();
    if pairs.is_empty() {
        return Ok(());
    }
    let table = Table::default()
        .texts("address", pairs.iter().map(|(one, _)| *one))
        .texts("other", pairs.iter().map(|(_, other)| *other));
    let text = "INSERT INTO address_aliases (org_id, space, address, other)
                SELECT $1, $2, r.address, r.other FROM {rows} WHERE TRUE ORDER BY r.address, r.other
                ON CONFLICT (org_id, space, address, other) DO NOTHING";
    let statement = sql(text).int(i64::from(org.0)).int(i64::from(space.code())).rows(table);
    tx.execute(statement).await?;
    Ok(())
}

/// Forgets that an address belongs to the same person as the others.
pub(crate) async fn forget(tx: &mut Session, org: OrgId, space: Space, address: &str) -> Result<()> {
    let text = "DELETE FROM address_aliases WHERE org_id = $1 AND space = $2 AND (address = $3 OR other = $3)";
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(i64::from(space.code()))
        .text(address);
    tx.execute(statement).await?;
    Ok(())
}

/// The kinds of a space as a list of SQL.
pub(crate) fn kinds(space: Space) -> String {
    listed(space.kinds().map(EndpointKind::code))
}

/// The customers with one of these addresses, whichever kind of the space it is on their card.
pub(crate) async fn owners(
    tx: &mut Session,
    org: OrgId,
    space: Space,
    addresses: &[String],
) -> Result<Vec<CustomerId>> {
    let kinds = kinds(space);
    let table = Table::default().texts("address", addresses.iter().map(String::as_str));
    let text = format!(
        "SELECT DISTINCT l.customer_id FROM {{rows}}
         JOIN endpoints e ON e.org_id = $1 AND e.kind IN {kinds} AND e.address = r.address
         JOIN customer_endpoints l ON l.endpoint_id = e.id ORDER BY l.customer_id"
    );
    let rows = tx.fetch(sql(text).int(i64::from(org.0)).rows(table)).await?;
    rows.iter()
        .map(|row| Ok(CustomerId(row.columns().int("customer_id")?)))
        .collect()
}

/// The same, each with the address that it has.
pub(crate) async fn owners_of_each(
    tx: &mut Session,
    org: OrgId,
    space: Space,
    addresses: &BTreeSet<String>,
) -> Result<Vec<(String, CustomerId)>> {
    let kinds = kinds(space);
    let table = Table::default().texts("address", addresses.iter().map(String::as_str));
    let text = format!(
        "SELECT DISTINCT r.address, l.customer_id FROM {{rows}}
         JOIN endpoints e ON e.org_id = $1 AND e.kind IN {kinds} AND e.address = r.address
         JOIN customer_endpoints l ON l.endpoint_id = e.id ORDER BY l.customer_id"
    );
    let rows = tx.fetch(sql(text).int(i64::from(org.0)).rows(table)).await?;
    let owner = |row: &crate::sql::Row| {
        let c = row.columns();
        Ok((c.text("address")?, CustomerId(c.int("customer_id")?)))
    };
    rows.iter().map(owner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::EndpointKind;

    #[test]
    fn the_told_ones_come_first_and_each_once() {
        let space = Space::of(EndpointKind::WhatsApp);
        let told = ["1@lid".to_owned(), "+79990000001".to_owned(), "1@lid".to_owned()];
        assert_eq!(spelt(space, &told), ["1@lid", "+79990000001"]);
        let many: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        assert_eq!(spelt(space, &many).len(), MOST);
    }
}
