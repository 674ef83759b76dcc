//! How PostgreSQL finds the guests and addresses of a batch that is claimed.
//!
//! A page of planning takes guests in the order of their ids, so the guests of a batch mostly stand side by side in the tables that
//! tell of them, and so do their addresses, if they came with them. To look each up by itself costs a walk through the index for
//! each and each table, most of what a claim costs; to read a stretch costs one. The statement looks at the ids of the very batch, and
//! reads stretches only where they hold few others: it finds the same rows either way.

use super::batches;
use super::claim_columns;
use super::codes::MESSAGE_PENDING;
use super::months;
use super::refusal;
use super::types::ClaimRequest;
use crate::db::Dialect;

/// Among so many ids at most, one is the batch's.
const FEW_OTHERS: i64 = 3;

/// How rows are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// One for one, by their keys.
    Key,
    /// As a stretch of their table.
    Stretch,
}

/// SQL for two tables: the batch's pending messages `m`, and `s`, between which ids its guests and addresses are.
pub(super) fn messages(request: &ClaimRequest<'_>) -> String {
    format!(
        "m AS MATERIALIZED (
             SELECT m.id, m.customer_id, m.endpoint_id, m.step, m.tries, m.sent_at, m.expires_at
             FROM messages m WHERE {}{} AND m.state = {MESSAGE_PENDING} LIMIT $11),
         s AS MATERIALIZED (
             SELECT MIN(customer_id) AS first_guest, MAX(customer_id) AS last_guest,
                    MIN(endpoint_id) AS first_address, MAX(endpoint_id) AS last_address,
                    COUNT(*) > 0 AND COUNT(customer_id) = COUNT(*)
                        AND MAX(customer_id) - MIN(customer_id) < {FEW_OTHERS} * COUNT(*) AS near_guests,
                    MAX(endpoint_id) - MIN(endpoint_id) < {FEW_OTHERS} * COUNT(*) AS near_addresses
             FROM m)",
        batches::has(Dialect::Postgres, "$1", "m"),
        months::within(Dialect::Postgres, "m.id", months::of_batch(request.of.batch)),
    )
}

/// SQL for the messages `m` with what is told of them. Of its three parts one is carried out, as `s` decides.
pub(super) fn told(request: &ClaimRequest<'_>) -> String {
    [
        part(request, By::Stretch, By::Stretch, "near_guests AND near_addresses"),
        part(request, By::Stretch, By::Key, "near_guests AND NOT near_addresses"),
        part(request, By::Key, By::Key, "NOT near_guests"),
    ]
    .join("\n         UNION ALL\n         ")
}

fn part(request: &ClaimRequest<'_>, guests: By, addresses: By, when: &str) -> String {
    let of_guests = |table, key| rows(guests, table, key, "guest");
    let (address, owners) = match guests {
        By::Key => (refusal::address_columns(), String::new()),
        By::Stretch => (
            refusal::ADDRESS_COLUMNS_BY_OWNERS.to_owned(),
            format!(
                " LEFT JOIN {} o ON o.customer_id = m.customer_id AND o.endpoint_id = m.endpoint_id",
                of_guests("customer_endpoints", "customer_id")
            ),
        ),
    };
    let (columns, joins) = claim_columns::of(request, &of_guests("customers", "id"), &address);
    format!(
        "SELECT {columns} FROM m
         LEFT JOIN {} e ON e.id = m.endpoint_id
         LEFT JOIN {} f ON f.customer_id = m.customer_id{owners}{joins}
         WHERE (SELECT {when} FROM s)",
        rows(addresses, "endpoints", "id", "address"),
        of_guests("customer_facts", "customer_id"),
    )
}

/// SQL for the rows of a table that may be wanted. `OFFSET` makes PostgreSQL read the stretch, once; otherwise it might look up each.
fn rows(by: By, table: &str, key: &str, of: &str) -> String {
    match by {
        By::Key => table.to_owned(),
        By::Stretch => format!(
            "(SELECT * FROM {table} t WHERE t.{key} >= (SELECT first_{of} FROM s) AND t.{key} <= (SELECT last_{of} FROM s) OFFSET 0)"
        ),
    }
}
