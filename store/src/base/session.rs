//! Sessions: connections that run statements, on either backend.

use crate::base::copy::CopyRows;
use crate::base::keyless::NO_SECRET;
use crate::base::pools::{Dialect, Pools};
use crate::base::rendered::Rendered;
use crate::base::row::{Cells, Row};
use crate::base::silence::Silence;
use crate::base::statement::Sql;
use crate::db::Db;
use crate::{Result, StoreError};
use bellhop_domain::MessageIds;
use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite, Transaction};
use std::sync::Arc;

/// A connection that runs statements, in a transaction or each on its own. Dropped without [`commit`](Session::commit),
/// a transaction is rolled back.
pub(crate) struct Session {
    pub connection: Connection,
    ids: Option<Arc<MessageIds>>,
}

pub(crate) enum Connection {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>, Silence),
    /// Every statement commits by itself.
    Autocommit(PoolConnection<Postgres>, Silence),
}

impl Session {
    /// A write transaction. SQLite's begins immediately, so that it cannot fail for a lock in its middle.
    pub async fn begin(db: &Db) -> Result<Session> {
        let ids = db.message_ids().await?;
        let connection = match &db.pools {
            Pools::Sqlite { write, .. } => Connection::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres { pool, silence, .. } => {
                Connection::Postgres(silence.bounds(pool.begin()).await?, silence.clone())
            }
        };
        Ok(Session { connection, ids })
    }

    /// For writes that need no common transaction: in PostgreSQL every statement commits by itself, which saves two
    /// round trips; in SQLite, where a common transaction is the cheaper, they have one.
    pub async fn autocommit(db: &Db) -> Result<Session> {
        let Pools::Postgres { pool, silence, .. } = &db.pools else {
            return Session::begin(db).await;
        };
        let ids = db.message_ids().await?;
        let connection = Connection::Autocommit(pool.acquire().await?, silence.clone());
        Ok(Session { connection, ids })
    }

    /// Like [`autocommit`](Session::autocommit), for statements that every batch asks: PostgreSQL plans each once for all
    /// arguments, which is then the right plan for any ([`Pools::Postgres`]).
    pub async fn repeating(db: &Db) -> Result<Session> {
        let Pools::Postgres { repeating, silence, .. } = &db.pools else {
            return Session::begin(db).await;
        };
        let ids = db.message_ids().await?;
        let connection = Connection::Autocommit(repeating.acquire().await?, silence.clone());
        Ok(Session { connection, ids })
    }

    /// For reading alone.
    pub async fn read(db: &Db) -> Result<Session> {
        let ids = db.message_ids().await?;
        let connection = match &db.pools {
            Pools::Sqlite { read, .. } => Connection::Sqlite(read.begin().await?),
            Pools::Postgres { pool, silence, .. } => Connection::Autocommit(pool.acquire().await?, silence.clone()),
        };
        Ok(Session { connection, ids })
    }

    /// For reading one instant, whatever is committed meanwhile.
    pub async fn snapshot(db: &Db) -> Result<Session> {
        let ids = db.message_ids().await?;
        let connection = match &db.pools {
            Pools::Sqlite { read, .. } => Connection::Sqlite(read.begin().await?),
            Pools::Postgres { pool, silence, .. } => {
                let text = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
                Connection::Postgres(silence.bounds(pool.begin_with(text)).await?, silence.clone())
            }
        };
        Ok(Session { connection, ids })
    }

    pub fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(..) | Connection::Autocommit(..) => Dialect::Postgres,
        }
    }

    pub async fn commit(self) -> Result<()> {
        match self.connection {
            Connection::Sqlite(tx) => tx.commit().await?,
            Connection::Postgres(tx, silence) => silence.bounds(tx.commit()).await?,
            Connection::Autocommit(..) => {}
        }
        Ok(())
    }

    /// Runs a statement; returns how many rows it touched.
    pub async fn execute(&mut self, statement: Sql<'_>) -> Result<u64> {
        let statement = self.with_keys(statement);
        Ok(match &mut self.connection {
            Connection::Sqlite(tx) => {
                let (text, args) = statement.for_sqlite()?;
                sqlx::query_with(text, args).execute(&mut **tx).await?.rows_affected()
            }
            Connection::Postgres(tx, silence) => {
                let (text, args) = statement.for_postgres()?;
                let asked = sqlx::query_with(text, args).execute(&mut **tx);
                silence.bounds(asked).await?.rows_affected()
            }
            Connection::Autocommit(connection, silence) => {
                let (text, args) = statement.for_postgres()?;
                let asked = sqlx::query_with(text, args).execute(&mut **connection);
                silence.bounds(asked).await?.rows_affected()
            }
        })
    }

    /// Runs a statement and reads all its rows.
    pub async fn fetch(&mut self, statement: Sql<'_>) -> Result<Vec<Row>> {
        let statement = self.with_keys(statement);
        Ok(match &mut self.connection {
            Connection::Sqlite(tx) => {
                let (text, args) = statement.for_sqlite()?;
                let rows = sqlx::query_with(text, args).fetch_all(&mut **tx).await?;
                self.read_by(rows, Cells::Sqlite)
            }
            Connection::Postgres(tx, silence) => {
                let (text, args) = statement.for_postgres()?;
                let asked = sqlx::query_with(text, args).fetch_all(&mut **tx);
                let rows = silence.bounds(asked).await?;
                self.read_by(rows, Cells::Postgres)
            }
            Connection::Autocommit(connection, silence) => {
                let (text, args) = statement.for_postgres()?;
                let asked = sqlx::query_with(text, args).fetch_all(&mut **connection);
                let rows = silence.bounds(asked).await?;
                self.read_by(rows, Cells::Postgres)
            }
        })
    }

    /// PostgreSQL: writes rows by `COPY`.
    pub async fn copy(&mut self, rows: CopyRows, text: &str) -> Result<()> {
        match &mut self.connection {
            Connection::Sqlite(_) => Err(sqlx::Error::Configuration("SQLite has no COPY".into()).into()),
            Connection::Postgres(tx, silence) => silence.bounds(rows.send(tx, text)).await,
            Connection::Autocommit(connection, silence) => silence.bounds(rows.send(connection, text)).await,
        }
    }

    /// Runs a rendered audience and reads all its rows.
    pub async fn fetch_rendered(&mut self, rendered: &Rendered) -> Result<Vec<Row>> {
        Ok(match &mut self.connection {
            Connection::Sqlite(tx) => {
                let rows = rendered.query::<Sqlite>().fetch_all(&mut **tx).await?;
                self.read_by(rows, Cells::Sqlite)
            }
            Connection::Postgres(tx, silence) => {
                let asked = rendered.query::<Postgres>().fetch_all(&mut **tx);
                let rows = silence.bounds(asked).await?;
                self.read_by(rows, Cells::Postgres)
            }
            Connection::Autocommit(connection, silence) => {
                let asked = rendered.query::<Postgres>().fetch_all(&mut **connection);
                let rows = silence.bounds(asked).await?;
                self.read_by(rows, Cells::Postgres)
            }
        })
    }

    /// The first row, if there is one.
    pub async fn first(&mut self, statement: Sql<'_>) -> Result<Option<Row>> {
        Ok(self.fetch(statement).await?.into_iter().next())
    }

    /// Ids of messages and their keys, for what is neither an argument nor a column.
    pub fn message_ids(&self) -> Result<Arc<MessageIds>> {
        self.ids.clone().ok_or_else(|| StoreError::Corrupt {
            what: "installation",
            id: String::new(),
            problem: NO_SECRET.to_owned(),
        })
    }

    /// Without secrets the statement keeps the ids, and says itself that it cannot run.
    fn with_keys<'a>(&self, statement: Sql<'a>) -> Sql<'a> {
        match &self.ids {
            Some(ids) if statement.names_messages() => statement.with_keys(ids),
            _ => statement,
        }
    }

    fn read_by<R>(&self, rows: Vec<R>, cells: fn(R) -> Cells) -> Vec<Row> {
        let row = |row| Row::new(cells(row), self.ids.clone());
        rows.into_iter().map(row).collect()
    }
}
