//! Which address belongs to whom.

use super::EndpointState;
use super::names::{json_texts, texts_of};
use super::settle::{compute, ids_of, json_ids, mark_sharing};
use crate::Result;
use crate::consent::stopped;
use crate::db::Dialect;
use crate::sql::{PerDialect, Session, Table, sql};
use bellhop_domain::address::Subscription;
use bellhop_domain::consent::Space;
use bellhop_domain::{CustomerId, EndpointId, EndpointKind, OrgId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// An address to be a customer's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Attach {
    pub customer: CustomerId,
    pub kind: EndpointKind,
    pub address: String,
}

/// Why an address is dead that its guest has given up.
pub(crate) const GIVEN_UP_REASON: &str = "the guest has another number now, by the provider's word";

/// The links that must be made, and those that must be removed.
#[derive(Default)]
struct Links {
    missing: BTreeSet<(CustomerId, EndpointId)>,
    surplus: BTreeSet<(CustomerId, EndpointId)>,
    touched: BTreeSet<CustomerId>,
}

impl Links {
    /// For one kind: `wanted` in the order they were said, `present` as they are.
    fn compare(
        &mut self,
        kind: EndpointKind,
        wanted: &[(CustomerId, EndpointId)],
        present: &BTreeMap<EndpointId, BTreeSet<CustomerId>>,
    ) {
        let mut wish: BTreeMap<EndpointId, BTreeSet<CustomerId>> = BTreeMap::new();
        for (customer, endpoint) in wanted {
            let owners = wish.entry(*endpoint).or_default();
            if kind.is_exclusive() {
                owners.clear();
            }
            owners.insert(*customer);
        }
        for (endpoint, owners) in wish {
            let none = BTreeSet::new();
            let now = present.get(&endpoint).unwrap_or(&none);
            let mut changes = self.missing.len() + self.surplus.len();
            self.missing.extend(owners.difference(now).map(|c| (*c, endpoint)));
            if kind.is_exclusive() {
                self.surplus.extend(now.difference(&owners).map(|c| (*c, endpoint)));
            }
            changes = self.missing.len() + self.surplus.len() - changes;
            if changes > 0 {
                self.touched.extend(now.union(&owners));
            }
        }
    }
}

// Two logins on one token take turns.
static FIND: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT address, id FROM endpoints WHERE org_id = $2 AND kind = $3 AND address IN ({}) ORDER BY id {{lock}}",
        texts_of(dialect, "$1")
    )
});
static CREATE: PerDialect = PerDialect::new(|dialect| {
    format!(
        "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
        SELECT $2, $3, value, $4, $5, $5 FROM ({}) AS t WHERE TRUE ORDER BY value
        ON CONFLICT (org_id, kind, address) DO NOTHING",
        texts_of(dialect, "$1")
    )
});
static OWNERS: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT endpoint_id, customer_id FROM customer_endpoints WHERE endpoint_id IN ({})",
        ids_of(dialect, "$1")
    )
});
static GIVEN_UP: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT customer_id, endpoint_id FROM given_up_endpoints WHERE endpoint_id IN ({})",
        ids_of(dialect, "$1")
    )
});
static REOPEN: PerDialect = PerDialect::new(|dialect| {
    format!(
        "UPDATE endpoints SET state = $2, state_since = $3, reason = NULL, registered_at = $3
        WHERE id IN ({}) AND state = $5 AND reason = $4",
        ids_of(dialect, "$1")
    )
});
// What was said by it holds for its new keys.
static RENEW_STANDS: PerDialect = PerDialect::new(|dialect| {
    let (address, web_push) = (bytewise(dialect), EndpointKind::WebPush.code());
    format!(
        "UPDATE consent_stands SET address = $2 WHERE org_id = $1 AND space = {web_push}
        AND {address} >= $3 AND {address} < $4 AND address <> $2
        AND NOT EXISTS (SELECT 1 FROM consent_stands n WHERE n.org_id = $1 AND n.space = {web_push}
            AND n.address = $2 AND n.channel = consent_stands.channel AND n.purpose = consent_stands.purpose)"
    )
});
static RENEW: PerDialect = PerDialect::new(|dialect| {
    let (address, web_push) = (bytewise(dialect), EndpointKind::WebPush.code());
    format!(
        "UPDATE endpoints SET address = $2 WHERE org_id = $1 AND kind = {web_push} AND {address} >= $3 AND {address} < $4
        AND NOT EXISTS (SELECT 1 FROM endpoints n WHERE n.org_id = $1 AND n.kind = {web_push} AND n.address = $2)"
    )
});

/// An address as an index has it: what begins with a text lies between that text and its successor.
fn bytewise(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "address",
        Dialect::Postgres => "address COLLATE \"C\"",
    }
}

/// Attaches addresses, inside a transaction: a token moves to the customer named last, a phone gets one more. Returns
/// every customer whose endpoints have changed or who shares one that has.
pub(crate) async fn attach(
    tx: &mut Session,
    org: OrgId,
    wanted: &[Attach],
    now: Timestamp,
) -> Result<BTreeSet<CustomerId>> {
    let mut links = Links::default();
    for kind in EndpointKind::ALL {
        let of_kind = || wanted.iter().filter(|w| w.kind == kind);
        let addresses: BTreeSet<String> = of_kind().map(|w| w.address.clone()).collect();
        if addresses.is_empty() {
            continue;
        }
        // Facts are computed after the attaching, so that they see it.
        stopped::recall(tx, org, Space::of(kind), &addresses, now).await?;
        let ids = endpoints(tx, org, kind, addresses, now).await?;
        let present = owners(tx, &ids.values().map(|id| id.0).collect::<Vec<_>>()).await?;
        let pairs: Vec<_> = of_kind()
            .filter_map(|w| Some((w.customer, *ids.get(&w.address)?)))
            .collect();
        links.compare(kind, &pairs, &present);
    }
    let anew = not_given_up(tx, org, &mut links).await?;
    write_links(tx, &links).await?;
    if anew {
        open_to_others(tx, &links, now).await?;
    }
    Ok(links.touched)
}

/// Attaches addresses, and computes the facts of everybody concerned and of these customers.
pub(crate) async fn attach_and_compute(
    tx: &mut Session,
    org: OrgId,
    wanted: &[Attach],
    mut touched: BTreeSet<CustomerId>,
    now: Timestamp,
) -> Result<()> {
    if !wanted.is_empty() {
        touched.extend(attach(tx, org, wanted, now).await?);
    }
    if touched.is_empty() {
        return Ok(());
    }
    let touched: Vec<_> = touched.into_iter().collect();
    let stale = mark_sharing(tx, org, &touched).await?;
    compute(tx, org, &stale).await
}

/// A guest has again what they had given up.
pub(crate) async fn take_up_again(tx: &mut Session, it: EndpointId, customer: CustomerId) -> Result<()> {
    let text = "DELETE FROM given_up_endpoints WHERE endpoint_id = $1 AND customer_id = $2";
    tx.execute(sql(text).int(it.0).int(customer.0)).await?;
    Ok(())
}

/// Gives the endpoint of this subscription's URL its present keys: a browser that subscribes again is the same one.
pub(crate) async fn renew_subscription(tx: &mut Session, org: OrgId, subscription: &Subscription) -> Result<()> {
    let (address, stem) = (subscription.address(), subscription.stem());
    // The stem ends with a comma, behind which comes the hyphen.
    let end = format!("{}-", stem.trim_end_matches(','));
    for renewal in [&RENEW, &RENEW_STANDS] {
        let statement = sql(renewal.of(tx.dialect()))
            .int(i64::from(org.0))
            .text(address.as_str());
        tx.execute(statement.text(stem.as_str()).text(end.as_str())).await?;
    }
    Ok(())
}

/// Marks an endpoint as dead; `false` if it was registered later or is dead already. The caller marks its
/// customers as stale.
pub(crate) async fn retire(
    tx: &mut Session,
    org: OrgId,
    it: EndpointId,
    since: Timestamp,
    reason: &str,
) -> Result<bool> {
    let text = "UPDATE endpoints SET state = $5, state_since = $3, reason = $4
                WHERE org_id = $1 AND id = $2 AND registered_at <= $3 AND state <> $5";
    let statement = sql(text).int(i64::from(org.0)).int(it.0).int(since.0).text(reason);
    let dead = i64::from(EndpointState::Dead.code());
    Ok(tx.execute(statement.int(dead)).await? > 0)
}

/// The customers of an endpoint.
pub(crate) async fn customers_of(tx: &mut Session, endpoint: EndpointId) -> Result<Vec<CustomerId>> {
    let found = owners(tx, &[endpoint.0]).await?;
    Ok(found.into_values().flatten().collect())
}

/// Learns the endpoints of these addresses, creating the unknown ones as active.
async fn endpoints(
    tx: &mut Session,
    org: OrgId,
    kind: EndpointKind,
    mut addresses: BTreeSet<String>,
    now: Timestamp,
) -> Result<BTreeMap<String, EndpointId>> {
    let mut found = BTreeMap::new();
    find(tx, org, kind, &mut addresses, &mut found).await?;
    if !addresses.is_empty() {
        let texts = json_texts(addresses.iter());
        let statement = sql(CREATE.of(tx.dialect())).text(texts.as_str()).int(i64::from(org.0));
        let active = i64::from(EndpointState::Active.code());
        tx.execute(statement.int(i64::from(kind.code())).int(active).int(now.0))
            .await?;
        find(tx, org, kind, &mut addresses, &mut found).await?;
    }
    Ok(found)
}

async fn find(
    tx: &mut Session,
    org: OrgId,
    kind: EndpointKind,
    addresses: &mut BTreeSet<String>,
    found: &mut BTreeMap<String, EndpointId>,
) -> Result<()> {
    let texts = json_texts(addresses.iter());
    let statement = sql(FIND.of(tx.dialect()))
        .lock("FOR NO KEY UPDATE")
        .text(texts.as_str());
    let statement = statement.int(i64::from(org.0)).int(i64::from(kind.code()));
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        let address = c.text("address")?;
        addresses.remove(&address);
        found.insert(address, EndpointId(c.int("id")?));
    }
    Ok(())
}

async fn owners(tx: &mut Session, endpoints: &[i64]) -> Result<BTreeMap<EndpointId, BTreeSet<CustomerId>>> {
    let ids = json_ids(endpoints.iter().copied());
    let mut owners: BTreeMap<EndpointId, BTreeSet<CustomerId>> = BTreeMap::new();
    for row in tx.fetch(sql(OWNERS.of(tx.dialect())).text(ids.as_str())).await? {
        let c = row.columns();
        owners
            .entry(EndpointId(c.int("endpoint_id")?))
            .or_default()
            .insert(CustomerId(c.int("customer_id")?));
    }
    Ok(owners)
}

/// Leaves out numbers that guests have given up: an old card does not make a number theirs again. Returns whether
/// any number was ever given up.
async fn not_given_up(tx: &mut Session, org: OrgId, links: &mut Links) -> Result<bool> {
    let text = "SELECT 1 FROM given_up_endpoints WHERE org_id = $1 LIMIT 1";
    if tx.first(sql(text).int(i64::from(org.0))).await?.is_none() {
        return Ok(false);
    }
    let ids = missing_endpoints(links);
    for row in tx.fetch(sql(GIVEN_UP.of(tx.dialect())).text(ids.as_str())).await? {
        let c = row.columns();
        let given_up = (CustomerId(c.int("customer_id")?), EndpointId(c.int("endpoint_id")?));
        links.missing.remove(&given_up);
    }
    Ok(true)
}

/// A number that one guest has given up is alive for the next one.
async fn open_to_others(tx: &mut Session, links: &Links, now: Timestamp) -> Result<()> {
    let [active, dead] = [EndpointState::Active, EndpointState::Dead].map(|state| i64::from(state.code()));
    let ids = missing_endpoints(links);
    let statement = sql(REOPEN.of(tx.dialect())).text(ids.as_str()).int(active).int(now.0);
    tx.execute(statement.text(GIVEN_UP_REASON).int(dead)).await?;
    Ok(())
}

fn missing_endpoints(links: &Links) -> String {
    json_ids(links.missing.iter().map(|(_, endpoint)| endpoint.0))
}

async fn write_links(tx: &mut Session, links: &Links) -> Result<()> {
    let delete = "DELETE FROM customer_endpoints
                  WHERE (customer_id, endpoint_id) IN (SELECT r.customer, r.endpoint FROM {rows})";
    let insert = "INSERT INTO customer_endpoints (customer_id, endpoint_id) SELECT r.customer, r.endpoint FROM {rows}
                  WHERE TRUE ON CONFLICT (customer_id, endpoint_id) DO NOTHING";
    for (text, pairs) in [(delete, &links.surplus), (insert, &links.missing)] {
        if !pairs.is_empty() {
            let table = Table::default()
                .ints("customer", pairs.iter().map(|(customer, _)| customer.0))
                .ints("endpoint", pairs.iter().map(|(_, endpoint)| endpoint.0));
            tx.execute(sql(text).rows(table)).await?;
        }
    }
    Ok(())
}
