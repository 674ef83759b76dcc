//! A fresh database of either kind, with a second connection for writing rows as they are.

use crate::rows::Rows;
use bellhop_domain::statistics::MailingStatistics;
use bellhop_domain::{MailingId, OrgId, Timestamp};
use bellhop_store::statistics::Statistics;
use bellhop_store::{SqlStore, postgres, sqlite};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

pub struct Database {
    pub store: SqlStore,
    raw: Raw,
    _folder: Option<tempfile::TempDir>,
}

impl Database {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bellhop.db");
        let store = sqlite::open(&file).await.unwrap();
        store.migrate().await.unwrap();
        let url = format!("sqlite:{}", file.display());
        let raw = Raw::Sqlite(SqlitePool::connect(&url).await.unwrap());
        let _folder = Some(folder);
        Self { store, raw, _folder }
    }

    pub async fn postgres() -> Self {
        let url = bellhop_test_services::fresh_database().await.unwrap();
        let store = postgres::open(&url, 2).await.unwrap();
        store.migrate().await.unwrap();
        let raw = Raw::Postgres(PgPool::connect(&url).await.unwrap());
        let _folder = None;
        Self { store, raw, _folder }
    }

    pub async fn exec(&self, text: &str) {
        let text = AssertSqlSafe(text.to_owned());
        match &self.raw {
            Raw::Sqlite(pool) => drop(sqlx::raw_sql(text).execute(pool).await.unwrap()),
            Raw::Postgres(pool) => drop(sqlx::raw_sql(text).execute(pool).await.unwrap()),
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
