//! The guest base's steps on a session, for transactions that begin elsewhere.

use super::endpoint_rows::{Attach, EndpointRows};
use super::settle::Settling;
use crate::Result;
use crate::sql::Session;
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use std::collections::BTreeSet;

/// The same call on whichever connection a session has.
macro_rules! on_connection {
    ($session:expr, $connection:ident => $call:expr) => {
        match $session {
            Session::Sqlite($connection) => $call,
            Session::Postgres($connection) => $call,
            Session::Autocommit($connection) => $call,
        }
    };
}

pub(crate) use on_connection;

/// Attaches addresses, and computes the facts of everybody concerned and of these customers.
pub(crate) async fn attach_and_compute(
    tx: &mut Session,
    org: OrgId,
    wanted: &[Attach],
    touched: BTreeSet<CustomerId>,
    now: Timestamp,
) -> Result<()> {
    let mut touched = touched;
    if !wanted.is_empty() {
        touched.extend(on_connection!(tx, connection => connection.attach(org, wanted, now).await)?);
    }
    if touched.is_empty() {
        return Ok(());
    }
    let touched: Vec<_> = touched.into_iter().collect();
    let stale = on_connection!(tx, connection => connection.mark_sharing(org, &touched).await)?;
    compute(tx, org, &stale).await
}

/// Marks customers whose sources this transaction changes.
pub(crate) async fn mark(tx: &mut Session, org: OrgId, customers: &[CustomerId]) -> Result<()> {
    on_connection!(tx, connection => connection.mark_stale(org, customers).await)
}

/// Computes the facts of customers whose marks this transaction holds.
pub(crate) async fn compute(tx: &mut Session, org: OrgId, customers: &[CustomerId]) -> Result<()> {
    on_connection!(tx, connection => connection.compute(org, customers).await)
}
