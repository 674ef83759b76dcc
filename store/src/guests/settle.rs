//! Facts: `customer_facts` computed anew, set by set, for customers whose sources changed.
//!
//! Whoever changes a source marks the customer in `stale_customers` in the same transaction, and the mark's row
//! lock makes the change and the computation exclude each other: a computation sees either all of a change or
//! leaves its mark standing.

use super::codes::{ACTIVE, BY_THE_GUEST, GIVEN, WITHDRAWN, other_sources, shared_kinds, space_of};
use super::latest_orders::Latest;
use crate::base::codes::{MARKETING, NOTIFICATION, PHONES, channel_of};
use crate::db::Dialect;
use crate::sql::{PerDialect, Row, Session, sql};
use crate::{Result, live_endpoints};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::{CustomerId, OrgId};

/// How many customers one transaction computes: short enough to wait for, long enough to be set-based.
///
/// Small, because PostgreSQL expects a hundred ids of the list and joins a chunk's sets by nested loops: 20,000 guests
/// with consents and endpoints took 17 s.
pub(crate) const CHUNK: i64 = 2_000;

fn json_customers(customers: &[CustomerId]) -> String {
    json_ids(customers.iter().map(|c| c.0))
}

pub(crate) fn json_ids(ids: impl Iterator<Item = i64>) -> String {
    serde_json::Value::from(ids.collect::<Vec<_>>()).to_string()
}

/// The ids of a JSON array as a table of one column. Both planners take it for a short list and look every id up
/// in an index, which stays right however many there are; statistics after a bulk load cannot mislead them.
pub(crate) fn ids_of(dialect: Dialect, parameter: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("SELECT value AS id FROM json_each({parameter})"),
        Dialect::Postgres => {
            format!("SELECT CAST(value AS BIGINT) AS id FROM json_array_elements_text(CAST({parameter} AS json))")
        }
    }
}

/// The stands on a purpose, called `w`, of the addresses of the customers of a table, which is called `s`.
fn stands_of(table: &str, purpose: i16) -> String {
    let space = space_of("e.kind");
    format!(
        "{table} s JOIN customer_endpoints l ON l.customer_id = s.customer_id
            JOIN endpoints e ON e.id = l.endpoint_id
            JOIN consent_stands w ON w.org_id = e.org_id AND w.space = {space} AND w.address = e.address
                AND w.purpose = {purpose}"
    )
}

/// The customers of a table one of whose phones is on a blacklisted card; the organisation is `$2`.
fn marked_sql(table: &str) -> String {
    format!(
        "SELECT DISTINCT s.customer_id
            FROM {table} s JOIN customer_endpoints l ON l.customer_id = s.customer_id
            JOIN endpoints e ON e.id = l.endpoint_id AND e.kind IN {PHONES}
            JOIN endpoints same ON same.org_id = e.org_id AND same.kind IN {PHONES} AND same.address = e.address
            JOIN customer_endpoints other ON other.endpoint_id = same.id
            JOIN customers b ON b.id = other.customer_id AND b.blacklisted_at IS NOT NULL
            WHERE EXISTS (SELECT 1 FROM customers WHERE org_id = $2 AND blacklisted_at IS NOT NULL)"
    )
}

/// Who is stopped among `$1`: `$2` the organisation, `$3` those who have just withdrawn.
fn stopped_sql(dialect: Dialect) -> String {
    let (given, withdrawn) = (ids_of(dialect, "$1"), ids_of(dialect, "$3"));
    let (stands, marked) = (stands_of("facing", MARKETING), marked_sql("facing"));
    let unsilenced = stands_of("unsilenced", NOTIFICATION);
    format!(
        "WITH given(customer_id) AS ({given}),
        facing(customer_id, consent_mask) AS (
            SELECT g.customer_id, f.consent_mask FROM given g JOIN customer_facts f ON f.customer_id = g.customer_id
            WHERE f.consent_mask <> 0 AND NOT f.blacklisted),
        unsilenced(customer_id, silenced_mask) AS (
            SELECT g.customer_id, COALESCE(f.silenced_mask, 0)
            FROM given g LEFT JOIN customer_facts f ON f.customer_id = g.customer_id)
        SELECT s.customer_id FROM facing s WHERE s.customer_id IN ({withdrawn})
        UNION SELECT s.customer_id FROM {stands}
            WHERE w.stops AND (s.consent_mask & (CAST(1 AS BIGINT) << w.channel)) <> 0
                AND EXISTS (SELECT 1 FROM consent_stands WHERE org_id = $2 AND stops)
        UNION SELECT s.customer_id FROM {unsilenced}
            WHERE w.stops AND (s.silenced_mask & (CAST(1 AS BIGINT) << w.channel)) = 0
                AND EXISTS (SELECT 1 FROM consent_stands WHERE org_id = $2 AND stops)
        UNION {marked}
        ORDER BY 1"
    )
}

/// Writes the no of a phone on the cards of `$1` that have it and show somebody else's yes, so that a card shows what
/// is in force. What is in force does not depend on this. The no of a token stays with the token only, which may
/// belong to somebody else tomorrow.
fn own_no_sql(dialect: Dialect) -> String {
    let (stale, stands) = (ids_of(dialect, "$1"), stands_of("stale", MARKETING));
    let (kept, others) = (shared_kinds(), other_sources());
    format!(
        "WITH stale(customer_id) AS ({stale}),
        said AS (
            SELECT s.customer_id, w.channel, MAX(w.said_at) AS at FROM {stands}
            WHERE w.said = {WITHDRAWN} AND e.kind IN {kept} AND EXISTS (SELECT 1 FROM consent_stands WHERE org_id = $2 AND stops)
            GROUP BY s.customer_id, w.channel)
        UPDATE consents SET given = FALSE, at = said.at, how = 'said by an address of theirs', source = {BY_THE_GUEST}
        FROM said WHERE consents.customer_id = said.customer_id AND consents.channel = said.channel
            AND consents.purpose = {MARKETING} AND consents.given AND (consents.at <= said.at OR consents.source IN {others})"
    )
}

/// The cards of the table `stale` on which notifications are switched off, unless an address of theirs allowed them later:
/// [`notifies`](bellhop_domain::consent::notifies) in SQL, as far as cards say.
fn silent_cards() -> String {
    let space = space_of("e.kind");
    format!(
        "SELECT s.customer_id, c.channel FROM stale s JOIN consents c ON c.customer_id = s.customer_id
            WHERE c.purpose = {NOTIFICATION} AND NOT c.given AND NOT EXISTS (
                SELECT 1 FROM customer_endpoints l JOIN endpoints e ON e.id = l.endpoint_id
                JOIN consent_stands w ON w.org_id = e.org_id AND w.space = {space} AND w.address = e.address
                    AND w.purpose = {NOTIFICATION}
                WHERE l.customer_id = s.customer_id AND w.channel = c.channel AND w.said = {GIVEN} AND w.said_at > c.at)"
    )
}

/// The statement that computes: `$1` the customers as a JSON array, `$2` the organisation, `$3` *cooling* in ms.
fn compute_sql(dialect: Dialect) -> String {
    let (any_bit, bytewise) = match dialect {
        // Distinct powers of two add up to their union.
        Dialect::Sqlite => ("SUM(DISTINCT ", ""),
        Dialect::Postgres => ("BIT_OR(", "COLLATE \"C\""),
    };
    let stale = ids_of(dialect, "$1");
    let cancelled = OrderStatus::Cancelled.code();
    let channel = channel_of("e.kind");
    let gathered = live_endpoints::gathered(dialect);
    let first_reached = live_endpoints::first_of("e.live_mask & a.consent_mask", "e");
    let (stands, marked) = (stands_of("stale", MARKETING), marked_sql("stale"));
    let silencing = stands_of("stale", NOTIFICATION);
    let silent_cards = silent_cards();
    let Latest { marks, kept, written } = Latest::of(dialect);
    format!(
        "WITH stale(customer_id) AS ({stale}),
        counted AS (
            SELECT o.customer_id, o.placed_at, o.total, r.ordinal,
                ROW_NUMBER() OVER by_time AS nth, LAG(o.placed_at) OVER by_time AS before{marks}
            FROM stale s JOIN orders o ON o.customer_id = s.customer_id
            LEFT JOIN restaurants r ON r.id = o.restaurant_id
            WHERE o.status <> {cancelled}
            WINDOW by_time AS (PARTITION BY o.customer_id ORDER BY o.placed_at, o.external_id {bytewise})),
        ordered AS (
            SELECT customer_id, COUNT(*) AS orders_count, CAST(SUM(total) AS BIGINT) AS revenue,
                MIN(placed_at) AS first_at, MAX(placed_at) AS last_at,
                MAX(CASE WHEN placed_at - before > $3 THEN placed_at END) AS returned_at,
                -- The ordinal of the latest order that names a restaurant: the low half of the greatest pair.
                MAX(CASE WHEN ordinal IS NOT NULL THEN nth * 4294967296 + ordinal END) % 4294967296 AS home,
                {any_bit}CASE WHEN ordinal <= 63 THEN CAST(1 AS BIGINT) << (ordinal - 1) END) AS restaurant_mask{kept}
            FROM counted GROUP BY customer_id),
        eaten AS (
            SELECT o.customer_id, {any_bit}CAST(1 AS BIGINT) << (c.ordinal - 1)) AS category_mask
            FROM stale s JOIN orders o ON o.customer_id = s.customer_id
            JOIN order_items i ON i.order_id = o.id JOIN categories c ON c.id = i.category_id
            WHERE o.status <> {cancelled} AND c.ordinal <= 63
                AND EXISTS (SELECT 1 FROM categories WHERE org_id = $2)
            GROUP BY o.customer_id),
        tagged AS (
            SELECT t.customer_id, {any_bit}CAST(1 AS BIGINT) << (g.ordinal - 1)) AS tag_mask
            FROM stale s JOIN customer_tags t ON t.customer_id = s.customer_id JOIN tags g ON g.id = t.tag_id
            WHERE g.ordinal <= 63 AND EXISTS (SELECT 1 FROM tags WHERE org_id = $2)
            GROUP BY t.customer_id),
        live AS (
            SELECT l.customer_id, e.id, e.kind, {channel} AS channel,
                ROW_NUMBER() OVER (PARTITION BY l.customer_id, {channel}
                    ORDER BY e.registered_at DESC, e.id DESC) AS nth
            FROM stale s JOIN customer_endpoints l ON l.customer_id = s.customer_id
            JOIN endpoints e ON e.id = l.endpoint_id
            WHERE e.state = {ACTIVE}),
        chosen AS (
            SELECT customer_id, CAST(SUM(CAST(1 AS BIGINT) << channel) AS BIGINT) AS live_mask,
                MAX(CASE WHEN EXISTS (SELECT 1 FROM customer_endpoints x WHERE x.endpoint_id = live.id
                    AND x.customer_id <> live.customer_id) THEN 1 ELSE 0 END) AS shared,
                {gathered}
            FROM live WHERE nth = 1 GROUP BY customer_id),
        consented AS (
            SELECT customer_id, {any_bit}CAST(1 AS BIGINT) << channel) AS consent_mask
            FROM (SELECT s.customer_id, c.channel FROM stale s JOIN consents c ON c.customer_id = s.customer_id
                    WHERE c.purpose = {MARKETING} AND c.given
                UNION ALL SELECT s.customer_id, w.channel FROM {stands}
                    LEFT JOIN consents c ON c.customer_id = s.customer_id AND c.channel = w.channel AND c.purpose = {MARKETING}
                    WHERE w.said = {GIVEN} AND (c.at IS NULL OR c.at < w.said_at)
                        AND EXISTS (SELECT 1 FROM consent_stands WHERE org_id = $2 AND said = {GIVEN})) AS given
            GROUP BY customer_id),
        stopped AS (
            SELECT s.customer_id, {any_bit}CAST(1 AS BIGINT) << w.channel) AS stop_mask
            FROM {stands}
            WHERE w.stops AND EXISTS (SELECT 1 FROM consent_stands WHERE org_id = $2 AND stops)
            GROUP BY s.customer_id),
        allowed AS (
            SELECT c.customer_id, c.consent_mask & ~COALESCE(x.stop_mask, 0) AS consent_mask
            FROM consented c LEFT JOIN stopped x ON x.customer_id = c.customer_id),
        silenced AS (
            SELECT customer_id, {any_bit}CAST(1 AS BIGINT) << channel) AS silenced_mask
            FROM ({silent_cards}
                UNION ALL SELECT s.customer_id, w.channel FROM {silencing}
                    WHERE w.stops AND EXISTS (SELECT 1 FROM consent_stands WHERE org_id = $2 AND stops)) AS said
            GROUP BY customer_id),
        marked AS ({marked}){written}
        INSERT INTO customer_facts (customer_id, org_id, orders_count, revenue, first_at, last_at, returned_at,
            category_mask, tag_mask, restaurant_mask, home_restaurant_id, live_mask, consent_mask, silenced_mask, blacklisted, shares_endpoint,
            shared_endpoint, live_endpoints)
        SELECT c.id, c.org_id, COALESCE(o.orders_count, 0), COALESCE(o.revenue, 0), o.first_at, o.last_at,
            o.returned_at, COALESCE(t.category_mask, 0), COALESCE(g.tag_mask, 0), COALESCE(o.restaurant_mask, 0),
            COALESCE(h.id, c.restaurant_id), COALESCE(e.live_mask, 0), COALESCE(a.consent_mask, 0), COALESCE(quiet.silenced_mask, 0),
            c.blacklisted_at IS NOT NULL OR m.customer_id IS NOT NULL, COALESCE(e.shared, 0) = 1,
            CASE WHEN e.shared = 1 AND c.blacklisted_at IS NULL AND m.customer_id IS NULL THEN {first_reached} END,
            COALESCE(e.live_endpoints, '[]')
        FROM stale s JOIN customers c ON c.id = s.customer_id
        LEFT JOIN ordered o ON o.customer_id = c.id
        LEFT JOIN restaurants h ON h.org_id = c.org_id AND h.ordinal = o.home
        LEFT JOIN eaten t ON t.customer_id = c.id
        LEFT JOIN tagged g ON g.customer_id = c.id
        LEFT JOIN chosen e ON e.customer_id = c.id
        LEFT JOIN allowed a ON a.customer_id = c.id
        LEFT JOIN silenced quiet ON quiet.customer_id = c.id
        LEFT JOIN marked m ON m.customer_id = c.id
        WHERE TRUE
        ON CONFLICT (customer_id) DO UPDATE SET orders_count = excluded.orders_count, revenue = excluded.revenue,
            first_at = excluded.first_at, last_at = excluded.last_at, returned_at = excluded.returned_at,
            category_mask = excluded.category_mask, tag_mask = excluded.tag_mask,
            restaurant_mask = excluded.restaurant_mask,
            home_restaurant_id = excluded.home_restaurant_id, live_mask = excluded.live_mask,
            consent_mask = excluded.consent_mask, silenced_mask = excluded.silenced_mask, blacklisted = excluded.blacklisted,
            shares_endpoint = excluded.shares_endpoint, shared_endpoint = excluded.shared_endpoint,
            live_endpoints = excluded.live_endpoints"
    )
}

/// The customers who share an endpoint or a phone with one of `$1`, and these themselves.
fn sharing_sql(dialect: Dialect) -> String {
    let given = ids_of(dialect, "$1");
    format!(
        "WITH given(customer_id) AS ({given})
        SELECT customer_id FROM given
        UNION SELECT other.customer_id FROM given g
            JOIN customer_endpoints l ON l.customer_id = g.customer_id
            JOIN customer_endpoints other ON other.endpoint_id = l.endpoint_id
        UNION SELECT other.customer_id FROM given g
            JOIN customer_endpoints l ON l.customer_id = g.customer_id
            JOIN endpoints e ON e.id = l.endpoint_id AND e.kind IN {PHONES}
            JOIN endpoints same ON same.org_id = e.org_id AND same.kind IN {PHONES} AND same.address = e.address
            JOIN customer_endpoints other ON other.endpoint_id = same.id
        ORDER BY 1"
    )
}

static COMPUTE: PerDialect = PerDialect::new(compute_sql);
static OWN_NO: PerDialect = PerDialect::new(own_no_sql);
static STOPPED: PerDialect = PerDialect::new(stopped_sql);
static SHARING: PerDialect = PerDialect::new(sharing_sql);
// The update takes the lock of a mark that was there.
static MARK: PerDialect = PerDialect::new(|dialect| {
    format!(
        "INSERT INTO stale_customers (customer_id, org_id) SELECT id, $2 FROM ({}) AS s
        WHERE TRUE ORDER BY id ON CONFLICT (customer_id) DO UPDATE SET org_id = excluded.org_id",
        ids_of(dialect, "$1")
    )
});
static UNMARK: PerDialect = PerDialect::new(|dialect| {
    format!(
        "DELETE FROM stale_customers WHERE customer_id IN ({})",
        ids_of(dialect, "$1")
    )
});

/// Marks customers as stale, inside a transaction; the marks stay locked until it ends.
pub(crate) async fn mark_stale(tx: &mut Session, org: OrgId, customers: &[CustomerId]) -> Result<()> {
    if customers.is_empty() {
        return Ok(());
    }
    let ids = json_customers(customers);
    let statement = sql(MARK.of(tx.dialect())).text(ids.as_str()).int(i64::from(org.0));
    tx.execute(statement).await?;
    Ok(())
}

/// Marks everybody who shares one of these endpoints, or a phone with one of these customers, the customers
/// themselves included, and returns them all.
pub(crate) async fn mark_sharing(tx: &mut Session, org: OrgId, customers: &[CustomerId]) -> Result<Vec<CustomerId>> {
    let mut marked = customers.to_vec();
    marked.sort_unstable();
    marked.dedup();
    // Once the marks are locked, nobody can join or leave the group that shares. When asked again, the answer
    // is final, or it includes a change that was in flight.
    loop {
        mark_stale(tx, org, &marked).await?;
        let ids = json_customers(&marked);
        let rows = tx.fetch(sql(SHARING.of(tx.dialect())).text(ids.as_str())).await?;
        let sharing = customers_of(&rows)?;
        if sharing.len() == marked.len() {
            return Ok(sharing);
        }
        marked = sharing;
    }
}

/// Those among these customers (whose marks this transaction holds) whose facts allow marketing or notifications although
/// these are not allowed: they have just withdrawn, or an address of theirs has said no or is on a blacklisted card.
pub(crate) async fn stopped_among(
    tx: &mut Session,
    org: OrgId,
    customers: &[CustomerId],
    withdrawn: &[CustomerId],
) -> Result<Vec<CustomerId>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let (ids, withdrawn) = (json_customers(customers), json_customers(withdrawn));
    let statement = sql(STOPPED.of(tx.dialect())).text(ids.as_str()).int(i64::from(org.0));
    let rows = tx.fetch(statement.text(withdrawn.as_str())).await?;
    customers_of(&rows)
}

/// Locks the next marks of an organisation after a customer.
pub(crate) async fn stale_after(tx: &mut Session, org: OrgId, after: CustomerId) -> Result<Vec<CustomerId>> {
    let text = format!(
        "SELECT customer_id FROM stale_customers WHERE org_id = $1 AND customer_id > $2
        ORDER BY customer_id LIMIT {CHUNK} {{lock}}"
    );
    let statement = sql(text).lock("FOR UPDATE").int(i64::from(org.0)).int(after.0);
    let rows = tx.fetch(statement).await?;
    customers_of(&rows)
}

/// Computes the facts of customers whose marks this transaction holds, and deletes the marks.
pub(crate) async fn compute(tx: &mut Session, org: OrgId, customers: &[CustomerId]) -> Result<()> {
    if customers.is_empty() {
        return Ok(());
    }
    let own = i64::from(org.0);
    let row = tx
        .first(sql("SELECT settings FROM organisations WHERE id = $1").int(own))
        .await?;
    let settings = row.ok_or(sqlx::Error::RowNotFound)?.columns().text("settings")?;
    let settings = crate::guests::organisation::read_settings(org, &settings)?;
    let ids = json_customers(customers);
    tx.execute(sql(OWN_NO.of(tx.dialect())).text(ids.as_str()).int(own))
        .await?;
    let cooling = settings.retention.cooling_ms();
    tx.execute(sql(COMPUTE.of(tx.dialect())).text(ids.as_str()).int(own).int(cooling))
        .await?;
    tx.execute(sql(UNMARK.of(tx.dialect())).text(ids.as_str())).await?;
    Ok(())
}

/// The customers of rows with a `customer_id`.
fn customers_of(rows: &[Row]) -> Result<Vec<CustomerId>> {
    rows.iter()
        .map(|row| Ok(CustomerId(row.columns().int("customer_id")?)))
        .collect()
}
