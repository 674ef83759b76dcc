//! Databases that are copied instead of migrated.
#![allow(clippy::unwrap_used, reason = "a test that cannot ask its database fails")]

use std::time::{Duration, Instant};

use bellhop_test_services::{FILE, Services, fresh_database, prepared_database, prepared_folder};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

const PATIENCE: Duration = Duration::from_secs(60);
const INSTALLATION: &str = "SELECT id FROM installation";

async fn text(url: &str, question: &str) -> String {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let question = AssertSqlSafe(format!("SELECT CAST(({question}) AS TEXT)"));
    sqlx::query_scalar(question).fetch_one(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_have_the_schema_and_nothing_in_common() {
    let (one, other) = tokio::try_join!(prepared_database(), prepared_database()).unwrap();
    assert_ne!(
        text(one.url(), INSTALLATION).await,
        text(other.url(), INSTALLATION).await
    );
    let mut connection = PgConnection::connect(one.url()).await.unwrap();
    let delete = sqlx::raw_sql("DELETE FROM installation").execute(&mut connection).await;
    assert_eq!(delete.unwrap().rows_affected(), 1);
    assert_eq!(text(other.url(), "SELECT count(*) FROM installation").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_too() {
    let (one, other) = tokio::try_join!(prepared_folder(), prepared_folder()).unwrap();
    let mut installations = Vec::new();
    for folder in [&one, &other] {
        let url = format!("sqlite:{}", folder.path().join(FILE).display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let id: String = sqlx::query_scalar(INSTALLATION)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        installations.push(id);
    }
    assert_ne!(installations[0], installations[1]);
}

/// This works even if somebody is still connected, like the pool of a test.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_goes_with_its_test() {
    let database = fresh_database().await.unwrap();
    let _connection = PgConnection::connect(database.url()).await.unwrap();
    let name = database.url().rsplit('/').next().unwrap().to_owned();
    let services = Services::shared().await.unwrap();
    let there = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(text(services.postgres_url(), &there).await, "1");
    drop(database);
    let dropped = Instant::now();
    while text(services.postgres_url(), &there).await != "0" {
        assert!(dropped.elapsed() < PATIENCE, "{name} is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
