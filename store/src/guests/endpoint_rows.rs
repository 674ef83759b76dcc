//! Which address belongs to whom.

use super::EndpointState;
use super::names::{json_texts, texts_of};
use super::settle::{ids_of, json_ids};
use crate::Result;
use crate::db::{Dialect, on_both};
use bellhop_domain::address::Subscription;
use bellhop_domain::{CustomerId, EndpointId, EndpointKind, OrgId, Timestamp};
use sqlx::{QueryBuilder, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// An address to be a customer's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Attach {
    pub customer: CustomerId,
    pub kind: EndpointKind,
    pub address: String,
}

/// Why an address is dead that its guest has given up.
pub(crate) const GIVEN_UP_REASON: &str = "the guest has another number now, by the provider's word";

/// Rows per statement of many values.
const ROWS: usize = 500;

/// Endpoints and their customers, inside a transaction.
pub(crate) trait EndpointRows {
    /// Learns the endpoints of these addresses, creating the unknown ones as active.
    async fn endpoints(
        &mut self,
        org: OrgId,
        kind: EndpointKind,
        addresses: BTreeSet<String>,
        now: Timestamp,
    ) -> Result<BTreeMap<String, EndpointId>>;
    /// Attaches addresses: a token moves to the customer named last, a phone gets one more. Returns every customer
    /// whose endpoints have changed or who shares one that has.
    async fn attach(&mut self, org: OrgId, wanted: &[Attach], now: Timestamp) -> Result<BTreeSet<CustomerId>>;
    /// A guest has again what they had given up.
    async fn take_up_again(&mut self, it: EndpointId, customer: CustomerId) -> Result<()>;
    /// Gives the endpoint of this subscription's URL its present keys: a browser that subscribes again is the same one.
    async fn renew_subscription(&mut self, org: OrgId, subscription: &Subscription) -> Result<()>;
    /// Marks an endpoint as dead; `false` if it was registered later or is dead already. The caller marks its
    /// customers as stale.
    async fn retire(&mut self, org: OrgId, it: EndpointId, since: Timestamp, reason: &str) -> Result<bool>;
    /// The customers of an endpoint.
    async fn customers_of(&mut self, endpoint: EndpointId) -> Result<Vec<CustomerId>>;
}

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

on_both! {
    static FIND: LazyLock<String> = LazyLock::new(|| {
        // Two logins on one token take turns.
        let lock = match DIALECT {
            Dialect::Sqlite => "",
            Dialect::Postgres => "FOR NO KEY UPDATE",
        };
        format!(
            "SELECT address, id FROM endpoints WHERE org_id = $2 AND kind = $3 AND address IN ({}) ORDER BY id {lock}",
            texts_of(DIALECT, "$1")
        )
    });
    static CREATE: LazyLock<String> = LazyLock::new(|| {
        format!(
            "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
            SELECT $2, $3, value, $4, $5, $5 FROM ({}) AS t WHERE TRUE ORDER BY value
            ON CONFLICT (org_id, kind, address) DO NOTHING",
            texts_of(DIALECT, "$1")
        )
    });
    static OWNERS: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT endpoint_id, customer_id FROM customer_endpoints WHERE endpoint_id IN ({})",
            ids_of(DIALECT, "$1")
        )
    });

    static GIVEN_UP: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT customer_id, endpoint_id FROM given_up_endpoints WHERE endpoint_id IN ({})",
            ids_of(DIALECT, "$1")
        )
    });
    static REOPEN: LazyLock<String> = LazyLock::new(|| {
        format!(
            "UPDATE endpoints SET state = $2, state_since = $3, reason = NULL, registered_at = $3
            WHERE id IN ({}) AND state = 3 AND reason = $4",
            ids_of(DIALECT, "$1")
        )
    });

    static RENEW_STANDS: LazyLock<String> = LazyLock::new(|| {
        // What was said by it holds for its new keys.
        let address = match DIALECT {
            Dialect::Sqlite => "address",
            Dialect::Postgres => "address COLLATE \"C\"",
        };
        let web_push = EndpointKind::WebPush.code();
        format!(
            "UPDATE consent_stands SET address = $2 WHERE org_id = $1 AND space = {web_push}
            AND {address} >= $3 AND {address} < $4 AND address <> $2
            AND NOT EXISTS (SELECT 1 FROM consent_stands n WHERE n.org_id = $1 AND n.space = {web_push}
                AND n.address = $2 AND n.channel = consent_stands.channel AND n.purpose = consent_stands.purpose)"
        )
    });
    static RENEW: LazyLock<String> = LazyLock::new(|| {
        // Byte by byte, by an index: what begins with $3 lies between it and $4.
        let address = match DIALECT {
            Dialect::Sqlite => "address",
            Dialect::Postgres => "address COLLATE \"C\"",
        };
        format!(
            "UPDATE endpoints SET address = $2 WHERE org_id = $1 AND kind = 3 AND {address} >= $3 AND {address} < $4
            AND NOT EXISTS (SELECT 1 FROM endpoints n WHERE n.org_id = $1 AND n.kind = 3 AND n.address = $2)"
        )
    });

    async fn find(
        conn: &mut Conn,
        org: OrgId,
        kind: EndpointKind,
        addresses: &mut BTreeSet<String>,
        found: &mut BTreeMap<String, EndpointId>,
    ) -> Result<()> {
        let rows = sqlx::query(FIND.as_str())
            .bind(json_texts(addresses.iter()))
            .bind(org.0)
            .bind(kind.code())
            .fetch_all(&mut *conn)
            .await?;
        for row in rows {
            let address: String = row.try_get(0)?;
            addresses.remove(&address);
            found.insert(address, EndpointId(row.try_get(1)?));
        }
        Ok(())
    }

    async fn owners(
        conn: &mut Conn,
        endpoints: &[i64],
    ) -> Result<BTreeMap<EndpointId, BTreeSet<CustomerId>>> {
        let rows = sqlx::query(OWNERS.as_str()).bind(json_ids(endpoints.iter().copied())).fetch_all(&mut *conn).await?;
        let mut owners: BTreeMap<EndpointId, BTreeSet<CustomerId>> = BTreeMap::new();
        for row in rows {
            owners.entry(EndpointId(row.try_get(0)?)).or_default().insert(CustomerId(row.try_get(1)?));
        }
        Ok(owners)
    }

    /// Leaves out numbers that guests have given up: an old card does not make a number theirs again. Returns whether
    /// any number was ever given up.
    async fn not_given_up(conn: &mut Conn, org: OrgId, links: &mut Links) -> Result<bool> {
        let any: Option<i32> = sqlx::query_scalar("SELECT 1 FROM given_up_endpoints WHERE org_id = $1 LIMIT 1")
            .bind(org.0)
            .fetch_optional(&mut *conn)
            .await?;
        if any.is_none() {
            return Ok(false);
        }
        let rows = sqlx::query(GIVEN_UP.as_str())
            .bind(json_ids(links.missing.iter().map(|(_, endpoint)| endpoint.0)))
            .fetch_all(&mut *conn)
            .await?;
        for row in rows {
            links.missing.remove(&(CustomerId(row.try_get(0)?), EndpointId(row.try_get(1)?)));
        }
        Ok(true)
    }

    /// A number that one guest has given up is alive for the next one.
    async fn open_to_others(conn: &mut Conn, links: &Links, now: Timestamp) -> Result<()> {
        sqlx::query(REOPEN.as_str())
            .bind(json_ids(links.missing.iter().map(|(_, endpoint)| endpoint.0)))
            .bind(EndpointState::Active.code())
            .bind(now.0)
            .bind(GIVEN_UP_REASON)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    async fn write_links(conn: &mut Conn, links: &Links) -> Result<()> {
        let surplus: Vec<_> = links.surplus.iter().collect();
        for pairs in surplus.chunks(ROWS) {
            let mut delete = QueryBuilder::<Backend>::new(
                "DELETE FROM customer_endpoints WHERE (customer_id, endpoint_id) IN (",
            );
            delete.push_values(pairs, |mut values, (customer, endpoint)| {
                values.push_bind(customer.0).push_bind(endpoint.0);
            });
            delete.push(")").build().execute(&mut *conn).await?;
        }
        let missing: Vec<_> = links.missing.iter().collect();
        for pairs in missing.chunks(ROWS) {
            let mut insert = QueryBuilder::<Backend>::new("INSERT INTO customer_endpoints (customer_id, endpoint_id) ");
            insert.push_values(pairs, |mut values, (customer, endpoint)| {
                values.push_bind(customer.0).push_bind(endpoint.0);
            });
            insert.push(" ON CONFLICT (customer_id, endpoint_id) DO NOTHING").build().execute(&mut *conn).await?;
        }
        Ok(())
    }

    impl EndpointRows for Conn {
        async fn endpoints(
            &mut self,
            org: OrgId,
            kind: EndpointKind,
            mut addresses: BTreeSet<String>,
            now: Timestamp,
        ) -> Result<BTreeMap<String, EndpointId>> {
            let mut found = BTreeMap::new();
            find(self, org, kind, &mut addresses, &mut found).await?;
            if !addresses.is_empty() {
                sqlx::query(CREATE.as_str())
                    .bind(json_texts(addresses.iter()))
                    .bind(org.0)
                    .bind(kind.code())
                    .bind(EndpointState::Active.code())
                    .bind(now.0)
                    .execute(&mut *self)
                    .await?;
                find(self, org, kind, &mut addresses, &mut found).await?;
            }
            Ok(found)
        }

        async fn attach(&mut self, org: OrgId, wanted: &[Attach], now: Timestamp) -> Result<BTreeSet<CustomerId>> {
            let mut links = Links::default();
            for kind in EndpointKind::ALL {
                let of_kind = || wanted.iter().filter(|w| w.kind == kind);
                let addresses: BTreeSet<String> = of_kind().map(|w| w.address.clone()).collect();
                if addresses.is_empty() {
                    continue;
                }
                let ids = self.endpoints(org, kind, addresses, now).await?;
                let present = owners(self, &ids.values().map(|id| id.0).collect::<Vec<_>>()).await?;
                let pairs: Vec<_> = of_kind().filter_map(|w| Some((w.customer, *ids.get(&w.address)?))).collect();
                links.compare(kind, &pairs, &present);
            }
            let anew = not_given_up(self, org, &mut links).await?;
            write_links(self, &links).await?;
            if anew {
                open_to_others(self, &links, now).await?;
            }
            Ok(links.touched)
        }

        async fn take_up_again(&mut self, it: EndpointId, customer: CustomerId) -> Result<()> {
            sqlx::query("DELETE FROM given_up_endpoints WHERE endpoint_id = $1 AND customer_id = $2")
                .bind(it.0)
                .bind(customer.0)
                .execute(&mut *self)
                .await?;
            Ok(())
        }

        async fn renew_subscription(&mut self, org: OrgId, subscription: &Subscription) -> Result<()> {
            let stem = subscription.stem();
            // The stem ends with a comma, behind which comes the hyphen.
            let end = format!("{}-", stem.trim_end_matches(','));
            for renewal in [RENEW.as_str(), RENEW_STANDS.as_str()] {
                sqlx::query(renewal)
                    .bind(org.0)
                    .bind(subscription.address())
                    .bind(&stem)
                    .bind(&end)
                    .execute(&mut *self)
                    .await?;
            }
            Ok(())
        }

        async fn retire(&mut self, org: OrgId, it: EndpointId, since: Timestamp, reason: &str) -> Result<bool> {
            let done = sqlx::query(
                "UPDATE endpoints SET state = $5, state_since = $3, reason = $4
                WHERE org_id = $1 AND id = $2 AND registered_at <= $3 AND state <> $5",
            )
            .bind(org.0)
            .bind(it.0)
            .bind(since.0)
            .bind(reason)
            .bind(EndpointState::Dead.code())
            .execute(&mut *self)
            .await?;
            Ok(done.rows_affected() > 0)
        }

        async fn customers_of(&mut self, endpoint: EndpointId) -> Result<Vec<CustomerId>> {
            let found = owners(self, &[endpoint.0]).await?;
            Ok(found.into_values().flatten().collect())
        }
    }
}
