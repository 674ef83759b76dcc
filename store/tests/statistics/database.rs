//! A fresh database of either kind, with a second connection for writing rows as they are.

use crate::rows::Rows;
use bellhop_domain::statistics::MailingStatistics;
use bellhop_domain::{Era, MailingId, OrgId, Timestamp};
use bellhop_store::statistics::Statistics;
use bellhop_store::{SqlStore, postgres, sqlite};
use bellhop_test_services::{FILE, Home, prepared_database, prepared_folder};
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
    pub async fn sqlite() -> Self {
        let folder = prepared_folder().await.unwrap();
        let file = folder.path().join(FILE);
        let store = sqlite::open(&file).await.unwrap();
        let url = format!("sqlite:{}", file.display());
        let raw = Raw::Sqlite(SqlitePool::connect(&url).await.unwrap());
        let _home = Home::Folder(folder);
        Self { store, raw, _home }
    }

    pub async fn postgres() -> Self {
        let database = prepared_database().await.unwrap();
        let store = postgres::open(database.url(), 2).await.unwrap();
        // The months that the tests' messages are of.
        for month in [0, 1, 2, 30] {
            store.make_room(Era::counted(month).starts()).await.unwrap();
        }
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

    pub async fn number(&self, text: &str) -> i64 {
        let text = AssertSqlSafe(text.to_owned());
        match &self.raw {
            Raw::Sqlite(pool) => sqlx::query_scalar(text).fetch_one(pool).await.unwrap(),
            Raw::Postgres(pool) => sqlx::query_scalar(text).fetch_one(pool).await.unwrap(),
        }
    }

    pub async fn put(&self, rows: &Rows) {
        self.exec(&rows.sql()).await;
    }

    pub async fn statistics(&self, rows: &Rows, mailing: i64) -> MailingStatistics {
        let asked = Statistics::mailing(&self.store, OrgId(rows.org), MailingId(mailing), Timestamp(0));
        let mut told = asked.await.unwrap();
        // Rows as plain as these have no batches, by which the reasons are told: see the ledger's tests.
        told.reasons.clear();
        told
    }
}
