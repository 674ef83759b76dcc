//! Which schema a database has, and whether this program may work with it. Only [`SqlStore::migrate`] changes one.

pub use crate::base::gate::{Mark, Misfit, Schema, fits};

use crate::base::pools::{Dialect, Pools};
use crate::db::SqlStore;
use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use sqlx::migrate::Migrator;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The number of the last migration that this program knows.
pub fn own() -> i64 {
    SQLITE.iter().map(|migration| migration.version).max().unwrap_or(0)
}

impl SqlStore {
    /// Brings the schema up to this version. Safe to run from several processes at once. A schema that is newer is left as
    /// it is.
    ///
    /// # Errors
    /// When the schema is newer by more than this program may work with, or a migration fails.
    pub async fn migrate(&self) -> Result<()> {
        let there = self.schema_when_free().await?;
        if there.number.is_some_and(|number| number > own()) {
            return Ok(fits(own(), there)?);
        }
        match &self.db.pools {
            Pools::Sqlite { write, .. } => SQLITE.run(write).await,
            Pools::Postgres { pool, .. } => {
                // One migrates, others wait for it, and building an index takes what it takes.
                let mut patient = pool.acquire().await?;
                let without_end = "SET statement_timeout = 0; SET lock_timeout = 0";
                sqlx::raw_sql(without_end).execute(&mut *patient).await?;
                let migrated = POSTGRES.run(&mut *patient).await;
                sqlx::raw_sql("RESET statement_timeout; RESET lock_timeout")
                    .execute(&mut *patient)
                    .await?;
                migrated
            }
        }
        .map_err(StoreError::from)
    }

    /// Whether this program may work with the schema.
    ///
    /// # Errors
    /// [`StoreError::Schema`], which says both numbers and what to do.
    pub async fn fits_schema(&self) -> Result<()> {
        Ok(fits(own(), self.schema().await?)?)
    }

    pub async fn schema(&self) -> Result<Schema> {
        let mut session = Session::read(&self.db).await?;
        let schema = schema(&mut session).await?;
        session.commit().await?;
        Ok(schema)
    }

    /// The same, however long somebody else migrates.
    async fn schema_when_free(&self) -> Result<Schema> {
        let mut session = Session::snapshot(&self.db).await?;
        if session.dialect() == Dialect::Postgres {
            for without_end in ["SET LOCAL statement_timeout = 0", "SET LOCAL lock_timeout = 0"] {
                session.execute(sql(without_end)).await?;
            }
        }
        let schema = schema(&mut session).await?;
        session.commit().await?;
        Ok(schema)
    }
}

async fn schema(session: &mut Session) -> Result<Schema> {
    if !has_table(session, "_sqlx_migrations").await? {
        return Ok(Schema::default());
    }
    let text = "SELECT MAX(version) AS number FROM _sqlx_migrations WHERE success";
    let row = session.first(sql(text)).await?;
    let number = row.map(|row| row.columns().opt_int("number")).transpose()?.flatten();
    let mark = match number {
        Some(number) if has_table(session, "schema_marks").await? => mark(session, number).await?,
        _ => None,
    };
    Ok(Schema { number, mark })
}

async fn mark(session: &mut Session, number: i64) -> Result<Option<Mark>> {
    let text = "SELECT additive, works_with FROM schema_marks WHERE number = $1";
    let Some(row) = session.first(sql(text).int(number)).await? else {
        return Ok(None);
    };
    let c = row.columns();
    Ok(Some(Mark {
        additive: c.flag("additive")?,
        works_with: c.int("works_with")?,
    }))
}

async fn has_table(session: &mut Session, name: &str) -> Result<bool> {
    let text = match session.dialect() {
        Dialect::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
        Dialect::Postgres => "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
    };
    Ok(session.first(sql(text).text(name)).await?.is_some())
}
