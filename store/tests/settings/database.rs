//! An empty database of either kind, with a second connection for rows as they are.

use bellhop_store::{SqlStore, postgres, sqlite};
use bellhop_test_services::Home;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

pub struct Database {
    pub store: SqlStore,
    raw: Raw,
    _home: Home,
}

impl Database {
    /// At this version's schema.
    pub async fn sqlite() -> Self {
        let new = Self::empty_sqlite().await;
        new.store.migrate().await.unwrap();
        new
    }

    /// At this version's schema.
    pub async fn postgres() -> Self {
        let new = Self::empty_postgres().await;
        new.store.migrate().await.unwrap();
        new
    }

    /// Without a schema.
    pub async fn empty_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bellhop.db");
        let store = sqlite::open(&file).await.unwrap();
        let url = format!("sqlite:{}", file.display());
        let raw = Raw::Sqlite(SqlitePool::connect(&url).await.unwrap());
        let _home = Home::Folder(folder);
        Self { store, raw, _home }
    }

    /// Without a schema.
    pub async fn empty_postgres() -> Self {
        let database = bellhop_test_services::fresh_database().await.unwrap();
        let store = postgres::open(database.url(), 4).await.unwrap();
        let raw = Raw::Postgres(PgPool::connect(database.url()).await.unwrap());
        let _home = Home::Database(database);
        Self { store, raw, _home }
    }

    pub async fn exec(&self, text: &str) {
        let text = AssertSqlSafe(text.to_owned());
        match &self.raw {
            Raw::Sqlite(pool) => drop(sqlx::raw_sql(text).execute(pool).await.unwrap()),
            Raw::Postgres(pool) => drop(sqlx::raw_sql(text).execute(pool).await.unwrap()),
        }
    }

    /// A statement's only column.
    pub async fn texts(&self, text: &str) -> Vec<String> {
        let text = AssertSqlSafe(text.to_owned());
        match &self.raw {
            Raw::Sqlite(pool) => sqlx::query_scalar(text).fetch_all(pool).await.unwrap(),
            Raw::Postgres(pool) => sqlx::query_scalar(text).fetch_all(pool).await.unwrap(),
        }
    }
}
