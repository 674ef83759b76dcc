//! The connections to one database.

use crate::base::silence::Silence;
use sqlx::{PgPool, SqlitePool};

/// Which SQL is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// The pools of one database. SQLite has a single writer, so that a transaction never meets a busy lock
/// half-way, and several readers beside it (WAL).
#[derive(Debug, Clone)]
pub enum Pools {
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres {
        pool: PgPool,
        /// For the few statements that are carried out again and again, thousands of times a minute: here each is planned once
        /// for all arguments. Few connections, because each plans for itself.
        repeating: PgPool,
        silence: Silence,
    },
}

impl Pools {
    pub fn dialect(&self) -> Dialect {
        match self {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres { .. } => Dialect::Postgres,
        }
    }
}
