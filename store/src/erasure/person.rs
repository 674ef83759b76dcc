//! Who is to be erased, and what is theirs alone.

use super::absent;
use crate::Result;
use crate::base::codes::listed;
use crate::consent::addresses;
use crate::sql::{Session, Table, sql};
use bellhop_domain::consent::Space;
use bellhop_domain::{CustomerId, EndpointKind, OrgId};
use std::collections::{BTreeMap, BTreeSet};

/// A guest as an erasure finds them.
pub(super) struct Person {
    pub org: OrgId,
    pub customer: CustomerId,
    /// The brand's own id.
    pub external_id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    /// The numbers of addresses that no other card has.
    pub own: BTreeSet<i64>,
    /// These addresses in all spellings, with those that were ever told beside one of them.
    pub addresses: BTreeMap<Space, BTreeSet<String>>,
    /// The other cards that have an address of the guest's.
    pub others: BTreeSet<CustomerId>,
    /// Their ids, as the brand knows them.
    pub others_named: Vec<String>,
}

pub(super) async fn read(tx: &mut Session, org: OrgId, customer: CustomerId) -> Result<Person> {
    let text = "SELECT external_id, name, email FROM customers WHERE org_id = $1 AND id = $2 {lock}";
    let statement = sql(text).int(i64::from(org.0)).int(customer.0).lock("FOR UPDATE");
    let row = tx.first(statement).await?.ok_or_else(|| absent(customer))?;
    let c = row.columns();
    let mut person = Person {
        org,
        customer,
        external_id: c.text("external_id")?,
        name: c.opt_text("name")?,
        email: c.opt_text("email")?,
        own: BTreeSet::new(),
        addresses: BTreeMap::new(),
        others: BTreeSet::new(),
        others_named: Vec::new(),
    };
    for (space, told) in on_the_card(tx, &mut person).await? {
        let all = addresses::of_person(tx, org, space, &told).await?;
        let theirs = also_there(tx, &mut person, space, &all).await?;
        let kept = all.into_iter().filter(|address| !theirs.contains(address));
        person.addresses.insert(space, kept.collect());
    }
    person.others_named = named(tx, &person.others).await?;
    Ok(person)
}

/// The addresses on the card, and those that it had before.
async fn on_the_card(tx: &mut Session, person: &mut Person) -> Result<BTreeMap<Space, Vec<String>>> {
    let text = "SELECT e.id, e.kind, e.address,
                    (SELECT MIN(o.customer_id) FROM customer_endpoints o
                        WHERE o.endpoint_id = e.id AND o.customer_id <> $2) AS other
                FROM endpoints e WHERE e.org_id = $1 AND (
                    e.id IN (SELECT l.endpoint_id FROM customer_endpoints l WHERE l.customer_id = $2)
                    OR e.id IN (SELECT g.endpoint_id FROM given_up_endpoints g WHERE g.customer_id = $2))
                ORDER BY e.id";
    let mut told: BTreeMap<Space, Vec<String>> = BTreeMap::new();
    for row in tx
        .fetch(sql(text).int(i64::from(person.org.0)).int(person.customer.0))
        .await?
    {
        let c = row.columns();
        match c.opt_int("other")? {
            Some(other) => drop(person.others.insert(CustomerId(other))),
            None => {
                person.own.insert(c.int("id")?);
                let space = Space::of(c.code("kind", "endpoint kind", EndpointKind::from_code)?);
                told.entry(space).or_default().push(c.text("address")?);
            }
        }
    }
    Ok(told)
}

/// Other rows with one of these addresses: what nobody else has is the guest's too; what others have is told.
async fn also_there(tx: &mut Session, person: &mut Person, space: Space, all: &[String]) -> Result<BTreeSet<String>> {
    let kinds = listed(space.kinds().map(EndpointKind::code));
    let text = format!(
        "SELECT e.id, e.address, (SELECT MIN(o.customer_id) FROM customer_endpoints o
             WHERE o.endpoint_id = e.id AND o.customer_id <> $2) AS other
         FROM {{rows}} JOIN endpoints e ON e.org_id = $1 AND e.kind IN {kinds} AND e.address = r.address ORDER BY e.id"
    );
    let table = Table::default().texts("address", all.iter().map(String::as_str));
    let statement = sql(text)
        .int(i64::from(person.org.0))
        .int(person.customer.0)
        .rows(table);
    let mut theirs = BTreeSet::new();
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        match c.opt_int("other")? {
            Some(other) => {
                person.others.insert(CustomerId(other));
                theirs.insert(c.text("address")?);
            }
            None => drop(person.own.insert(c.int("id")?)),
        }
    }
    Ok(theirs)
}

async fn named(tx: &mut Session, customers: &BTreeSet<CustomerId>) -> Result<Vec<String>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let table = Table::default().ints("guest", customers.iter().map(|it| it.0));
    let text = "SELECT c.external_id FROM {rows} JOIN customers c ON c.id = r.guest ORDER BY c.external_id";
    let rows = tx.fetch(sql(text).rows(table)).await?;
    rows.iter().map(|row| row.columns().text("external_id")).collect()
}

impl Person {
    /// Texts by which rows of others may name the guest. Shorter ones would be found everywhere.
    pub fn needles(&self) -> Vec<String> {
        let addresses = self.addresses.values().flatten();
        let mut all: Vec<String> = addresses.chain(&self.email).cloned().collect();
        // Providers write numbers without a plus.
        let digits = all.iter().filter_map(|it| it.strip_prefix('+').map(str::to_owned));
        let digits: Vec<_> = digits.collect();
        all.extend(digits);
        all.retain(|it| it.chars().count() >= 6);
        all.sort_unstable();
        all.dedup();
        all
    }
}
