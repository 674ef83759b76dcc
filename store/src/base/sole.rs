//! One process at a time on a database whose limits are counted in the process: a second one would count for itself,
//! and a number of ten messages a minute would send twenty. The lock ends with its process, however that ends.
//!
//! On SQLite it is an advisory lock (`flock`) on a file beside the database, named after the database's real path,
//! however it was given, plus `.lock`. On PostgreSQL it is an advisory lock of a session.

use crate::base::pools::Pools;
use crate::db::SqlStore;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Row};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How this process shares the database with others that send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// It counts limits in its own memory.
    Alone,
    /// It counts limits in the same place as the others.
    WithOthers,
}

/// This process's hold on the database. Dropping it lets another in.
#[derive(Debug)]
pub struct DatabaseLock(Kind);

#[derive(Debug)]
enum Kind {
    File(#[expect(dead_code, reason = "held, not used")] File),
    Session(Box<Session>),
}

#[derive(Debug)]
struct Session {
    options: Arc<PgConnectOptions>,
    share: Sharing,
    connection: Mutex<PgConnection>,
}

/// Why this process may not work on the database.
#[derive(Debug, thiserror::Error)]
pub enum NoLock {
    #[error(
        "the database {database} is at work in another process ({holder}), and each of the two would count the senders' limits for \
         itself and so exceed them. Stop that process, or give this one a database of its own (store.url); many processes \
         share a PostgreSQL with limits.url = redis://…"
    )]
    Taken { database: String, holder: String },
    #[error(
        "the database {database} has {links} names in the file system (hard links): SQLite cannot protect a file of two names. \
         Delete all but one, or copy the file"
    )]
    TwoNames { database: String, links: u64 },
    #[error(
        "{file} cannot be locked ({problem}): the database belongs on a local disk that this process may write to; SQLite's log \
         does not work over a network either"
    )]
    Unlockable { file: String, problem: io::Error },
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

/// Any number that no other program uses: `bellhop` in ASCII.
const KEY: i64 = 0x0062_656c_6c68_6f70;
/// How often the session is looked after.
const LOOK: Duration = Duration::from_secs(2);
/// A server that is silent for so long is gone, or the network to it; by then it has given up this session, whose lock
/// would seem to be another process'. (Its keepalives take half a minute: [`Patience`](super::postgres::Patience).)
const SILENCE: Duration = Duration::from_secs(45);

impl SqlStore {
    /// Locks the database for this process; `name` identifies it to the next one that tries. SQLite's is locked by one
    /// process at a time.
    ///
    /// # Errors
    /// When another process is there that this one may not be beside.
    pub async fn lock_database(&self, share: Sharing, name: &str) -> Result<DatabaseLock, NoLock> {
        match &self.db.pools {
            Pools::Sqlite { read, .. } => {
                let file = read.connect_options().get_filename().to_owned();
                Ok(DatabaseLock(Kind::File(lock(&file, name)?)))
            }
            Pools::Postgres { pool, .. } => {
                let application: String = format!("bellhop: {name}").chars().take(60).collect();
                let options = pool.connect_options().as_ref().clone().application_name(&application);
                let options = Arc::new(options);
                let connection = Mutex::new(session(&options, share).await?);
                Ok(DatabaseLock(Kind::Session(Box::new(Session {
                    options,
                    share,
                    connection,
                }))))
            }
        }
    }
}

impl DatabaseLock {
    /// Watches over the lock as long as it is polled: a session that is lost with its server is opened again.
    /// Returns when another process has locked it meanwhile, so that this one must not send any more.
    pub async fn lost(&self) -> NoLock {
        let Kind::Session(session) = &self.0 else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(LOOK).await;
            let ping = async { session.connection.lock().await.ping().await };
            let alive = matches!(tokio::time::timeout(SILENCE, ping).await, Ok(Ok(())));
            if alive {
                continue;
            }
            match self::session(&session.options, session.share).await {
                Ok(connection) => *session.connection.lock().await = connection,
                Err(taken @ NoLock::Taken { .. }) => return taken,
                Err(error) => {
                    tracing::warn!(%error, "the database cannot be asked for this process' lock; trying again")
                }
            }
        }
    }
}

/// The file of a database's lock, by the database's real name.
fn lock_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn lock(database: &Path, name: &str) -> Result<File, NoLock> {
    let unlockable = |problem| NoLock::Unlockable {
        file: database.display().to_string(),
        problem,
    };
    // However it was named: by another path, or through a symbolic link.
    let database = fs::canonicalize(database).map_err(unlockable)?;
    one_name(&database)?;
    let path = lock_file(&database);
    let unlockable = |problem| NoLock::Unlockable {
        file: path.display().to_string(),
        problem,
    };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(&path).map_err(unlockable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.take(200).read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => "its name is not known yet",
                holder => holder,
            };
            return Err(NoLock::Taken {
                database: database.display().to_string(),
                holder: holder.to_owned(),
            });
        }
        Err(TryLockError::Error(problem)) => return Err(unlockable(problem)),
    }
    file.set_len(0)
        .and_then(|()| file.write_all(name.as_bytes()))
        .and_then(|()| file.flush())
        .map_err(unlockable)?;
    Ok(file)
}

#[cfg(unix)]
fn one_name(database: &Path) -> Result<(), NoLock> {
    use std::os::unix::fs::MetadataExt;
    match fs::metadata(database).map(|it| it.nlink()) {
        Ok(links) if links > 1 => Err(NoLock::TwoNames {
            database: database.display().to_string(),
            links,
        }),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn one_name(_: &Path) -> Result<(), NoLock> {
    Ok(())
}

/// A session that holds the lock.
async fn session(options: &PgConnectOptions, share: Sharing) -> Result<PgConnection, NoLock> {
    let mut connection = options.connect().await?;
    let ask = match share {
        Sharing::Alone => "SELECT pg_try_advisory_lock($1)",
        Sharing::WithOthers => "SELECT pg_try_advisory_lock_shared($1)",
    };
    let granted: bool = sqlx::query_scalar(ask).bind(KEY).fetch_one(&mut connection).await?;
    if granted {
        return Ok(connection);
    }
    let holders = sqlx::query(
        "SELECT a.application_name || ', since ' || date_trunc('second', a.backend_start) AS holder FROM pg_locks l
         JOIN pg_stat_activity a USING (pid) JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
           AND ((l.classid::bigint << 32) | l.objid::bigint) = $1 LIMIT 1",
    );
    let holder = holders.bind(KEY).fetch_optional(&mut connection).await?;
    let holder: Option<String> = holder.map(|row| row.try_get("holder")).transpose()?;
    Err(NoLock::Taken {
        database: options.get_database().unwrap_or_default().to_owned(),
        holder: holder.unwrap_or_else(|| "it has just gone".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bellhop.db");
        File::create(&file).unwrap();
        (folder, file)
    }

    #[test]
    fn a_second_is_refused_by_the_firsts_name_and_let_in_after_it() {
        let (_folder, file) = database();
        let held = lock(&file, "process 17").unwrap();
        let refused = lock(&file, "process 18").unwrap_err().to_string();
        assert!(
            refused.contains("process 17") && refused.contains("bellhop.db"),
            "{refused}"
        );
        drop(held);
        let _next = lock(&file, "process 18").unwrap();
        assert!(
            lock(&file, "process 19")
                .unwrap_err()
                .to_string()
                .contains("(process 18)")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_database_is_one_however_it_is_named() {
        let (folder, file) = database();
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let around = folder
            .path()
            .join(".")
            .join("..")
            .join(folder.path().file_name().unwrap())
            .join("bellhop.db");
        let _held = lock(&file, "first").unwrap();
        for other in [&link, &around] {
            assert!(
                matches!(lock(other, "second"), Err(NoLock::Taken { .. })),
                "{}",
                other.display()
            );
        }
        let hard = folder.path().join("hard.db");
        fs::hard_link(&file, &hard).unwrap();
        assert!(matches!(lock(&hard, "second"), Err(NoLock::TwoNames { links: 2, .. })));
    }

    #[tokio::test]
    async fn on_postgres_those_who_count_together_are_together() {
        let database = bellhop_test_services::fresh_database().await.unwrap();
        let url = database.url();
        let store = crate::postgres::open(url, 2).await.unwrap();
        let (one, other) = (
            store.lock_database(Sharing::WithOthers, "one").await.unwrap(),
            store.lock_database(Sharing::WithOthers, "other").await.unwrap(),
        );
        let refused = store
            .lock_database(Sharing::Alone, "third")
            .await
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("bellhop: one") || refused.contains("bellhop: other"),
            "{refused}"
        );
        drop((one, other));
        // The server notices that they have gone a moment later.
        let alone = loop {
            match store.lock_database(Sharing::Alone, "alone").await {
                Ok(lock) => break lock,
                Err(NoLock::Taken { .. }) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        };
        for share in [Sharing::Alone, Sharing::WithOthers] {
            let refused = store.lock_database(share, "late").await.unwrap_err().to_string();
            assert!(refused.contains("bellhop: alone"), "{refused}");
        }
        drop(alone);
    }
}
