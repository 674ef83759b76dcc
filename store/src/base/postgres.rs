//! The fleet's backend.

use crate::Result;
use crate::base::pools::Pools;
use crate::base::silence::{Silence, silent};
use crate::db::SqlStore;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use std::str::FromStr;
use std::time::Duration;

/// A connection that was idle for so long is asked whether it lives before it is used.
const UNTRUSTED: Duration = Duration::from_secs(1);
/// How long that question, and the same after its use, may take.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a caller waits for a connection, new or free.
const CONNECTION: Duration = Duration::from_secs(10);

/// How long the server works and waits for this process before it ends a statement or a session with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// One statement, its waits for locks included.
    pub statement: Duration,
    /// One wait for a lock that another session holds.
    pub lock: Duration,
    /// A transaction in which nothing is asked: its locks keep others waiting.
    pub idle_in_transaction: Duration,
}

impl Patience {
    /// For processes that answer waiting callers; the API gives its callers 30 s.
    pub const ANSWERING: Patience = Patience {
        statement: Duration::from_secs(20),
        lock: Duration::from_secs(5),
        idle_in_transaction: Duration::from_secs(30),
    };
    /// For planning, imports and audiences over millions of guests.
    pub const WORKING: Patience = Patience {
        statement: Duration::from_secs(900),
        lock: Duration::from_secs(30),
        idle_in_transaction: Duration::from_secs(300),
    };

    /// PostgreSQL's settings: the timeouts in milliseconds, the keepalives in seconds. A network that swallows packets is
    /// noticed by the server within half a minute, so that the locks of a process that is gone do not outlive it for long.
    fn settings(&self) -> [(&'static str, String); 7] {
        let ms = |duration: Duration| duration.as_millis().to_string();
        [
            ("statement_timeout", ms(self.statement)),
            ("lock_timeout", ms(self.lock)),
            ("idle_in_transaction_session_timeout", ms(self.idle_in_transaction)),
            ("tcp_keepalives_idle", "10".to_owned()),
            ("tcp_keepalives_interval", "5".to_owned()),
            ("tcp_keepalives_count", "4".to_owned()),
            ("tcp_user_timeout", "30000".to_owned()),
        ]
    }
}

/// Connects to a PostgreSQL 15 or later: `postgres://user:password@host/database`.
///
/// Sessions plan without JIT (compiling costs more than our longest query takes) and with enough working
/// memory to hash an audience.
pub async fn open(url: &str, connections: u32) -> Result<SqlStore> {
    open_with(url, connections, Patience::WORKING).await
}

/// The same with another patience.
pub async fn open_with(url: &str, connections: u32, patience: Patience) -> Result<SqlStore> {
    // It would log an unknown key with its value, which may be a password under a misspelt key.
    let read = || PgConnectOptions::from_str(url);
    let options = tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::default(), read)?
        .application_name("bellhop")
        .options([("jit", "off"), ("work_mem", "64MB")])
        .options(patience.settings())
        .disable_statement_logging();
    let silence = Silence::beyond(patience.statement);
    let repeating = connections / 4;
    let pool = pool_of(connections - repeating, &silence);
    let pool = pool.connect_with(options.clone()).await?;
    // Opened by whoever first needs it.
    let options = options.options([("plan_cache_mode", "force_generic_plan")]);
    let repeating = pool_of(repeating.max(1), &silence).connect_lazy_with(options);
    Ok(SqlStore::new(Pools::Postgres {
        pool,
        repeating,
        silence,
    }))
}

fn pool_of(connections: u32, silence: &Silence) -> PgPoolOptions {
    let known = silence.clone();
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECTION)
        // A connection in use is not asked each time whether it lives: a round trip costs as much as some statements.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > UNTRUSTED {
                    // One whose server has vanished without a word never answers; another is made instead.
                    let Ok(answer) = tokio::time::timeout(ANSWER, connection.ping()).await else {
                        return Ok(false);
                    };
                    answer?;
                }
                Ok(true)
            })
        })
        .after_release(move |connection, _| {
            let silence = known.clone();
            Box::pin(async move {
                if !silence.was_met() {
                    return Ok(true);
                }
                // The pool would wait for an answer without end, and the connection's place with it. A server that does
                // not answer is not told goodbye either, as `Ok(false)` would.
                let Ok(answer) = tokio::time::timeout(ANSWER, connection.ping()).await else {
                    return Err(silent(ANSWER));
                };
                answer?;
                silence.is_over();
                Ok(true)
            })
        })
}
