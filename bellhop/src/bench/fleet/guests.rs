//! The guests of the bench, and what they are sent.

use anyhow::{Context, Result};
use bellhop_domain::OrgId;
use bellhop_store::{GuestBase, SqlStore};
use sqlx::{Connection as _, Executor as _, PgConnection};

/// What both pipelines send; the bare one renders it before the clock starts.
pub const TITLE: &str = "We miss you, {{ name }}!";
pub const BODY: &str = "Your table is waiting: 20 % off everything until Sunday, with the code BACK20 at the till.";

/// The name that [`TITLE`] is rendered with.
pub fn name(number: u32) -> String {
    format!("Guest {number}")
}

/// A registration token as long as FCM's are: 163 characters.
pub fn token(number: u32) -> String {
    format!("bench{number:017}:APA91b{}", "x".repeat(134))
}

/// Sources only: the facts about the guests are the store's own to compute.
const LOAD: [&str; 5] = [
    "INSERT INTO customers (id, org_id, external_id, name, locale)
     SELECT i, $1, 'guest-' || i, 'Guest ' || i, 'en' FROM generate_series(1, $2) i",
    "INSERT INTO endpoints (id, org_id, kind, address, state, state_since, registered_at)
     SELECT i, $1, 1, 'bench' || lpad(i::TEXT, 17, '0') || ':APA91b' || repeat('x', 134), 1, 0, 0
     FROM generate_series(1, $2) i",
    "INSERT INTO customer_endpoints (customer_id, endpoint_id) SELECT i, i FROM generate_series(1, $2) i WHERE $1 > 0",
    "INSERT INTO consents (org_id, customer_id, channel, purpose, given, at, how)
     SELECT $1, i, 0, 1, TRUE, 0, 'bench' FROM generate_series(1, $2) i",
    "INSERT INTO stale_customers (customer_id, org_id) SELECT i, $1 FROM generate_series(1, $2) i",
];

/// Loads `count` guests, each with the app and a consent to marketing by push, and brings statistics up to date.
///
/// # Errors
/// The database's own.
pub async fn load(database_url: &str, store: &SqlStore, org: OrgId, count: u32) -> Result<()> {
    let mut connection = PgConnection::connect(database_url).await?;
    for statement in LOAD {
        let loaded = sqlx::query(statement)
            .bind(org.0)
            .bind(i64::from(count))
            .execute(&mut connection)
            .await;
        loaded.context("cannot load the guests")?;
    }
    connection.execute("VACUUM ANALYZE").await?;
    store.settle(org).await?;
    connection.execute("VACUUM ANALYZE").await?;
    Ok(connection.close().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_as_long_as_a_real_one() {
        assert_eq!(token(1).len(), 163);
        assert_eq!(token(u32::MAX).len(), 163);
    }
}
