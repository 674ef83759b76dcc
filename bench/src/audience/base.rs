//! The guest base of the bench: drawn in PostgreSQL, and copied row by row into SQLite, so that both hold the same.

use anyhow::{Context, Result};
use bellhop_domain::{OrgId, Timestamp};
use bellhop_store::{GuestBase, SqlStore, sqlite};
use sqlx::postgres::PgRow;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, QueryBuilder, Row, Sqlite, SqliteConnection};
use std::path::Path;

/// Draws the base; the comment at its head says how. `:guests`, `:orders` and `:now` are put in as numbers.
const DRAW: &str = include_str!("../../../tests/data/audience_bench_postgres.sql");
/// The instant at which the base ends, and which all questions are about: 2026-06-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp(1_780_272_000_000);
/// The organisation that the script creates.
pub const ORG: OrgId = OrgId(1);

/// The tables that audiences read, in the order in which they may be filled.
const TABLES: [&str; 13] = [
    "organisations",
    "restaurants",
    "categories",
    "dishes",
    "tags",
    "customers",
    "customer_tags",
    "endpoints",
    "customer_endpoints",
    "consents",
    "orders",
    "order_items",
    "customer_facts",
];
/// Rows in one insert; a statement of SQLite has at most 32,766 arguments.
const ROWS: usize = 500;

/// Draws the base into an empty, migrated PostgreSQL database and has the store compute the facts.
pub async fn draw(url: &str, store: &SqlStore, customers: u32, orders: u32) -> Result<()> {
    let script = DRAW
        .replace(":guests", &customers.to_string())
        .replace(":orders", &orders.to_string())
        .replace(":now", &NOW.0.to_string());
    let mut connection = PgConnection::connect(url).await?;
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(script)))
        .await
        .context("cannot draw the guest base")?;
    connection.execute("VACUUM ANALYZE").await?;
    store.settle(ORG).await?;
    connection.execute("VACUUM ANALYZE").await?;
    Ok(connection.close().await?)
}

/// Makes a SQLite file with the same rows, facts included, and opens it as Bellhop does.
pub async fn copy_to_sqlite(url: &str, file: &Path) -> Result<SqlStore> {
    let store = sqlite::open(file).await?;
    store.migrate().await?;
    store.close().await;
    let mut source = PgConnection::connect(url).await?;
    // The file is made again if anything fails, so it needs no journal. Each index is built in one go afterwards.
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(false)
        .pragma("cache_size", "-1000000");
    let mut target = SqliteConnection::connect_with(&options).await?;
    let indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
    let indexes: Vec<(String, String)> = sqlx::query_as(indexes).fetch_all(&mut target).await?;
    for (name, _) in &indexes {
        target.execute(AssertSqlSafe(format!("DROP INDEX {name}"))).await?;
    }
    for table in TABLES {
        copy_table(&mut source, &mut target, table)
            .await
            .with_context(|| format!("cannot copy {table}"))?;
    }
    for (_, sql) in indexes {
        target.execute(AssertSqlSafe(sql)).await?;
    }
    target.execute("PRAGMA analysis_limit = 1000; ANALYZE").await?;
    target.close().await?;
    source.close().await?;
    Ok(sqlite::open(file).await?)
}

async fn copy_table(source: &mut PgConnection, target: &mut SqliteConnection, table: &str) -> Result<()> {
    use futures_util::TryStreamExt;
    let columns = "SELECT column_name::TEXT, data_type::TEXT FROM information_schema.columns
                   WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position";
    let columns: Vec<(String, String)> = sqlx::query_as(columns).bind(table).fetch_all(&mut *source).await?;
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let read: Vec<String> = columns
        .iter()
        .map(|(name, kind)| as_number_or_text(name, kind))
        .collect();
    let is_text: Vec<bool> = columns.iter().map(|(_, kind)| kind == "text").collect();
    let select = AssertSqlSafe(format!("SELECT {} FROM {table}", read.join(", ")));
    let insert = format!("INSERT INTO {table} ({}) ", names.join(", "));
    let mut tx = target.begin().await?;
    let mut rows = sqlx::query(select)
        .fetch(source)
        .try_chunks(ROWS.min(32_000 / columns.len()));
    while let Some(chunk) = rows.try_next().await.map_err(|cut| cut.1)? {
        let mut statement = QueryBuilder::<Sqlite>::new(&insert);
        statement.push_values(&chunk, |mut values, row| {
            for (i, text) in is_text.iter().enumerate() {
                match text {
                    true => values.push_bind(cell::<String>(row, i)),
                    false => values.push_bind(cell::<i64>(row, i)),
                };
            }
        });
        statement.build().execute(&mut *tx).await?;
    }
    drop(rows);
    Ok(tx.commit().await?)
}

/// SQLite has only numbers and texts; a boolean is 0 or 1 there.
fn as_number_or_text(name: &str, kind: &str) -> String {
    match kind {
        "text" => name.to_owned(),
        "boolean" => format!("{name}::INTEGER::BIGINT"),
        _ => format!("{name}::BIGINT"),
    }
}

/// A cell whose type the statement has made sure of.
fn cell<'r, T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>>(row: &'r PgRow, i: usize) -> Option<T> {
    row.try_get(i).ok().flatten()
}
