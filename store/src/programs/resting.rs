//! Guests who are to rest after a message of a program.
//!
//! Two dispatchers may hold two firings of one guest at the same time, and neither would see what the other is about to send.
//! So whoever asks what was sent before holds the guest for the program until the transaction ends; the firings of a guest
//! whom another holds stay as they are, and their next look finds what that one has done.

use super::types::FiringState;
use crate::Result;
use crate::db::Dialect;
use crate::sql::{Session, Table, sql};
use bellhop_domain::*;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Those of the guests whom nobody else holds for the program; from now on they are held by this transaction. It is a
/// statement of its own, so that the next one sees what a former holder has committed. SQLite has a single writer.
pub(super) async fn hold(
    tx: &mut Session,
    program: ProgramId,
    guests: impl Iterator<Item = CustomerId>,
) -> Result<HashSet<CustomerId>> {
    let guests: BTreeSet<i64> = guests.map(|it| it.0).collect();
    if tx.dialect() == Dialect::Sqlite || guests.is_empty() {
        return Ok(guests.into_iter().map(CustomerId).collect());
    }
    let text = "SELECT r.guest FROM {rows}
                WHERE pg_try_advisory_xact_lock(hashtextextended('bellhop rest ' || $1 || ' ' || r.guest, 0))";
    let rows = tx
        .fetch(sql(text).int(program.0).rows(Table::default().ints("guest", guests)))
        .await?;
    rows.iter()
        .map(|row| row.columns().int("guest").map(CustomerId))
        .collect()
}

/// When the program last sent something to these guests.
pub(super) async fn sent_before(
    tx: &mut Session,
    program: ProgramId,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Timestamp>> {
    let text = format!(
        "SELECT f.customer_id, MAX(f.decided_at) AS latest FROM {{rows}}
         JOIN firings f ON f.program_id = $1 AND f.customer_id = r.guest AND f.state = {}
         GROUP BY f.customer_id",
        FiringState::Sent.code()
    );
    let table = Table::default().ints("guest", customers.iter().map(|it| it.0));
    let rows = tx.fetch(sql(text).int(program.0).rows(table)).await?;
    let latest = rows.iter().map(|row| {
        let c = row.columns();
        Ok((CustomerId(c.int("customer_id")?), Timestamp(c.int("latest")?)))
    });
    latest.collect()
}
