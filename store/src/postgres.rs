//! The fleet's backend.

use crate::Result;
use crate::db::{Db, SqlStore};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use std::str::FromStr;
use std::time::Duration;

/// A connection that was idle for so long is asked whether it lives before it is used.
const UNTRUSTED: Duration = Duration::from_secs(1);

/// Connects to a PostgreSQL 15 or later: `postgres://user:password@host/database`.
///
/// Sessions plan without JIT (compiling costs more than our longest query takes) and with enough working
/// memory to hash an audience.
pub async fn open(url: &str, connections: u32) -> Result<SqlStore> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("bellhop")
        .options([("jit", "off"), ("work_mem", "64MB")])
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        // A connection in use is not asked each time whether it lives: a round trip costs as much as some statements.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > UNTRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await?;
    Ok(SqlStore::new(Db::Postgres(pool)))
}
