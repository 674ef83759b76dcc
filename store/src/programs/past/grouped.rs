//! Rows of some guests, asked of together.

use crate::Result;
use crate::sql::{Row, Session, Sql, Table};
use bellhop_domain::CustomerId;
use std::collections::HashMap;

pub(super) type Of<T> = HashMap<CustomerId, Vec<T>>;

/// Of whom a statement asks, in the column `guest`.
pub(super) fn among(customers: &[CustomerId]) -> Table<'static> {
    Table::default().ints("guest", customers.iter().map(|it| it.0))
}

/// Rows by their `customer_id`.
pub(super) async fn grouped<T>(
    session: &mut Session,
    statement: Sql<'_>,
    one: impl Fn(&Row) -> Result<T>,
) -> Result<Of<T>> {
    let mut found: Of<T> = HashMap::new();
    for row in &session.fetch(statement).await? {
        let customer = CustomerId(row.columns().int("customer_id")?);
        found.entry(customer).or_default().push(one(row)?);
    }
    Ok(found)
}
