//! A database that is given other schemas, and what stands in it.

use anyhow::{Context, Result};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use std::path::Path;

use super::Schema;

#[derive(Debug)]
pub enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// What stands in a database, as texts that differ when anything does.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    /// Tables, columns and indexes, and the numbers of migrations.
    pub schema: String,
    pub settings: String,
    /// Of all tables.
    pub rows: Vec<String>,
}

const SETTINGS: [&str; 3] = ["settings", "settings_state", "settings_history"];
const NUMBERS: [&str; 2] = ["_sqlx_migrations", "schema_marks"];

impl Database {
    /// # Errors
    /// When it is not there.
    pub async fn sqlite(file: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(file);
        Ok(Self::Sqlite(SqlitePool::connect_with(options).await?))
    }

    /// # Errors
    /// When it cannot be reached.
    pub async fn postgres(url: &str) -> Result<Self> {
        Ok(Self::Postgres(PgPool::connect(url).await?))
    }

    /// Gives it the numbers and marks of another schema; its tables stay.
    pub(super) async fn become_of(&self, schema: Schema) -> Result<()> {
        let own = self.number().await?;
        self.execute("CREATE TABLE every_kept AS SELECT * FROM _sqlx_migrations".to_owned())
            .await?;
        let newer = match schema {
            Schema::OneNewer => 1,
            Schema::TwoNewer => 2,
            Schema::Older => 0,
        };
        for number in own + 1..=own + newer {
            let columns = "description, installed_on, success, checksum, execution_time";
            self.execute(format!(
                "INSERT INTO _sqlx_migrations (version, {columns})
                 SELECT {number}, {columns} FROM _sqlx_migrations WHERE version = {own}"
            ))
            .await?;
            let before = number - 1;
            self.execute(format!(
                "INSERT INTO schema_marks (number, additive, works_with) VALUES ({number}, TRUE, {before})"
            ))
            .await?;
        }
        if schema == Schema::Older {
            self.execute(format!("DELETE FROM _sqlx_migrations WHERE version = {own}"))
                .await?;
        }
        Ok(())
    }

    /// Gives it its own schema again.
    pub(super) async fn become_own(&self) -> Result<()> {
        for text in [
            "DELETE FROM _sqlx_migrations",
            "INSERT INTO _sqlx_migrations SELECT * FROM every_kept",
            "DELETE FROM schema_marks WHERE number > (SELECT MAX(version) FROM _sqlx_migrations)",
            "DROP TABLE every_kept",
        ] {
            self.execute(text.to_owned()).await?;
        }
        Ok(())
    }

    async fn number(&self) -> Result<i64> {
        let text = "SELECT MAX(version) FROM _sqlx_migrations";
        Ok(match self {
            Self::Sqlite(pool) => sqlx::query_scalar(text).fetch_one(pool).await?,
            Self::Postgres(pool) => sqlx::query_scalar(text).fetch_one(pool).await?,
        })
    }

    async fn execute(&self, text: String) -> Result<()> {
        let text = AssertSqlSafe(text);
        match self {
            Self::Sqlite(pool) => sqlx::raw_sql(text).execute(pool).await.map(|_| ())?,
            Self::Postgres(pool) => sqlx::raw_sql(text).execute(pool).await.map(|_| ())?,
        }
        Ok(())
    }

    pub(super) async fn state(&self) -> Result<State> {
        let mut schema = self.texts(self.catalogue().to_owned()).await?;
        for table in NUMBERS {
            schema.extend(self.rows(table).await?);
        }
        let mut settings = Vec::new();
        for table in SETTINGS {
            settings.extend(self.rows(table).await?);
        }
        let mut rows = Vec::new();
        for table in self.tables().await? {
            // What a look at its plans counts is no content.
            if table != "sqlite_stat1" && table != "sqlite_sequence" {
                rows.extend(self.rows(&table).await?);
            }
        }
        Ok(State {
            schema: schema.join("\n"),
            settings: settings.join("\n"),
            rows,
        })
    }

    /// A statement whose texts tell all tables, columns and indexes. The parts of a table are none: whoever writes messages makes
    /// those of its month, whatever the schema.
    fn catalogue(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_master ORDER BY 1",
            Self::Postgres(_) => {
                "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' ||
                        COALESCE(column_default, '') AS x FROM information_schema.columns
                 WHERE table_schema = 'public' AND table_name NOT IN (SELECT inhrelid::regclass::text FROM pg_inherits)
                 UNION ALL SELECT indexdef FROM pg_indexes
                 WHERE schemaname = 'public' AND tablename NOT IN (SELECT inhrelid::regclass::text FROM pg_inherits)
                 ORDER BY 1"
            }
        }
    }

    async fn tables(&self) -> Result<Vec<String>> {
        let text = match self {
            Self::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1",
            Self::Postgres(_) => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
        };
        self.texts(text.to_owned()).await
    }

    /// All rows of a table, in an order of their own.
    async fn rows(&self, table: &str) -> Result<Vec<String>> {
        let row = match self {
            Self::Postgres(_) => "t::text".to_owned(),
            Self::Sqlite(_) => {
                let columns = self.texts(format!("SELECT name FROM pragma_table_info('{table}')"));
                let quoted: Vec<_> = columns.await?.iter().map(|it| format!("quote(\"{it}\")")).collect();
                quoted.join(" || ',' || ")
            }
        };
        let rows = self
            .texts(format!("SELECT '{table} ' || {row} FROM {table} t ORDER BY 1"))
            .await;
        rows.with_context(|| format!("the rows of {table}"))
    }

    async fn texts(&self, text: String) -> Result<Vec<String>> {
        let text = AssertSqlSafe(text);
        Ok(match self {
            Self::Sqlite(pool) => sqlx::query_scalar(text).fetch_all(pool).await?,
            Self::Postgres(pool) => sqlx::query_scalar(text).fetch_all(pool).await?,
        })
    }
}
