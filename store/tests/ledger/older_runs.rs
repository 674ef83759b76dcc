//! Runs and messages of before purposes were told apart: what the lane had meant is what they are.

use bellhop_store::{postgres, sqlite};
use sqlx::{PgPool, SqlitePool};

/// The last migration before.
const BEFORE: i64 = 18;

const ROWS: &str = "
    INSERT INTO organisations (id, slug, name, currency, timezone, settings) VALUES (1, 'o', 'O', 'RUB', 'Europe/Moscow', '{}');
    INSERT INTO mailings (id, org_id, name, spec, created_at) VALUES (1, 1, 'm', '{}', 0);
    INSERT INTO runs (id, org_id, mailing_id, state, lane, test, spec, start_at) VALUES
        (1, 1, 1, 2, 1, FALSE, '{}', 0), (2, 1, 1, 2, 2, FALSE, '{}', 0);
    INSERT INTO messages (id, org_id, run_id, batch_id, endpoint_id, step, state, expires_at) VALUES
        (11, 1, 1, 1, 5, 0, 1, 99), (12, 1, 1, 2, 5, 0, 1, 99), (21, 1, 2, 3, 5, 0, 1, NULL);";

const RUNS: &str = "SELECT CAST(id AS BIGINT), CAST(purpose AS BIGINT), CAST(origin AS BIGINT) FROM runs ORDER BY id";
const MESSAGES: &str = "SELECT CAST(id AS BIGINT), once_per_address FROM messages ORDER BY id";
/// A second message of the marketing run to the same address.
const AGAIN: &str = "INSERT INTO messages (id, org_id, run_id, batch_id, endpoint_id, step, state, once_per_address)
    VALUES (22, 1, 2, 4, 5, 0, 1, TRUE)";

/// A notification that was requested, and marketing to an audience.
const FILLED: [(i64, i64, i64); 2] = [(1, 2, 3), (2, 1, 1)];
const ONCE: [(i64, bool); 3] = [(11, false), (12, false), (21, true)];

#[tokio::test]
async fn on_sqlite() {
    let folder = bellhop_test_services::folder().unwrap();
    let file = folder.path().join("bellhop.db");
    let store = sqlite::open(&file).await.unwrap();
    let pool = SqlitePool::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    sqlx::migrate!("migrations/sqlite").run_to(BEFORE, &pool).await.unwrap();
    sqlx::raw_sql(ROWS).execute(&pool).await.unwrap();
    store.migrate().await.unwrap();
    let runs: Vec<(i64, i64, i64)> = sqlx::query_as(RUNS).fetch_all(&pool).await.unwrap();
    assert_eq!(runs, FILLED);
    let messages: Vec<(i64, bool)> = sqlx::query_as(MESSAGES).fetch_all(&pool).await.unwrap();
    assert_eq!(messages, ONCE);
    assert!(
        sqlx::raw_sql(AGAIN).execute(&pool).await.is_err(),
        "its address has its message"
    );
}

#[tokio::test]
async fn on_postgres() {
    let database = bellhop_test_services::fresh_database().await.unwrap();
    let store = postgres::open(database.url(), 4).await.unwrap();
    let pool = PgPool::connect(database.url()).await.unwrap();
    sqlx::migrate!("migrations/postgres")
        .run_to(BEFORE, &pool)
        .await
        .unwrap();
    sqlx::raw_sql(ROWS).execute(&pool).await.unwrap();
    store.migrate().await.unwrap();
    let runs: Vec<(i64, i64, i64)> = sqlx::query_as(RUNS).fetch_all(&pool).await.unwrap();
    assert_eq!(runs, FILLED);
    let messages: Vec<(i64, bool)> = sqlx::query_as(MESSAGES).fetch_all(&pool).await.unwrap();
    assert_eq!(messages, ONCE);
    assert!(
        sqlx::raw_sql(AGAIN).execute(&pool).await.is_err(),
        "its address has its message"
    );
    // An API of the version before writes no word of it.
    let code = "INSERT INTO messages (id, org_id, run_id, batch_id, endpoint_id, step, state, expires_at)
                VALUES (13, 1, 1, 5, 5, 0, 1, 99)";
    sqlx::raw_sql(code).execute(&pool).await.unwrap();
}
