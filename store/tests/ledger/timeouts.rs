//! A PostgreSQL that is held up by others ends in an error that says so.

use bellhop_domain::*;
use bellhop_store::SqlStore;
use bellhop_store::guests::{OrganisationSpec, OrganisationsOfTests, Settings};
use bellhop_store::postgres::{self, Patience};
use sqlx::{Connection, PgConnection};
use std::time::Duration;

pub const SHORT: Patience = Patience {
    statement: Duration::from_millis(1_500),
    lock: Duration::from_millis(300),
    idle_in_transaction: Duration::from_millis(600),
};
/// Far beyond every timeout above: a hang, not a slow machine.
pub const HANG: Duration = Duration::from_secs(30);

async fn store(url: &str) -> SqlStore {
    let store = postgres::open_with(url, 2, SHORT).await.unwrap();
    store.migrate().await.unwrap();
    store
}

pub fn spec() -> OrganisationSpec {
    OrganisationSpec {
        slug: "o".into(),
        name: "O".into(),
        currency: "RUB".into(),
        timezone: Zone::utc(),
        settings: Settings::default(),
    }
}

#[tokio::test]
async fn a_lock_of_another_session_ends_in_an_error_that_says_so() {
    let database = bellhop_test_services::fresh_database().await.unwrap();
    let url = database.url();
    let store = store(url).await;
    let mut other = PgConnection::connect(url).await.unwrap();
    let mut held = other.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE organisations IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    let error = tokio::time::timeout(HANG, store.put_organisation(&spec()))
        .await
        .expect("it hangs");
    let error = error.unwrap_err().to_string();
    assert!(error.contains("lock timeout"), "{error}");
    held.rollback().await.unwrap();
    // And the connection is as good as before.
    store.put_organisation(&spec()).await.unwrap();
}

#[tokio::test]
async fn every_connection_has_its_timeouts_and_a_migration_has_none() {
    let database = bellhop_test_services::fresh_database().await.unwrap();
    let url = database.url();
    let store = store(url).await;
    let mut other = PgConnection::connect(url).await.unwrap();
    // Who migrates waits for who migrates already, however long that is.
    let mut held = other.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE _sqlx_migrations IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    let waits = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                 AND now() - query_start > INTERVAL '2 seconds'";
    let mut looker = PgConnection::connect(url).await.unwrap();
    let let_go = async {
        let began = std::time::Instant::now();
        while sqlx::query_scalar::<_, i64>(waits)
            .fetch_one(&mut looker)
            .await
            .unwrap()
            == 0
        {
            assert!(began.elapsed() < HANG, "nobody waits");
        }
        held.rollback().await.unwrap();
    };
    let (migrated, ()) = tokio::join!(store.migrate(), let_go);
    migrated.unwrap();
    // Beyond the migration the timeouts are as before.
    let mut held = other.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE organisations IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    for _ in 0..3 {
        let error = tokio::time::timeout(HANG, store.put_organisation(&spec()))
            .await
            .expect("it hangs");
        assert!(error.unwrap_err().to_string().contains("lock timeout"));
    }
}
