//! The servers that all tests of a run share, and the part of each test in them.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};

use crate::cluster::{Cluster, Options};
use crate::database::Database;
use crate::place::Place;
use crate::server::Server;
use crate::{postgres, rabbitmq, redis};

/// The environment variable that names a file with the addresses of servers already running for this test run.
/// `bellhop-test-services run -- COMMAND` writes it and sets the variable.
pub const SERVICES_FILE: &str = "BELLHOP_TEST_SERVICES";

/// A server and the test's own part of it.
#[derive(Debug, Clone)]
pub struct Space {
    /// The server's address.
    pub url: String,
    /// The prefix of every key or queue name that this test uses; nobody else has it.
    pub prefix: String,
}

/// An empty database on the shared PostgreSQL that nobody else uses. For one with the store's schema,
/// [`crate::prepared_database`] is cheaper than running the migrations in this one.
///
/// # Errors
/// When PostgreSQL is not installed or does not start.
pub async fn fresh_database() -> Result<Database> {
    Database::create(&postgres_url().await?, unique_name(), None).await
}

/// Like [`fresh_database`], as a copy of `template`, to which nobody may be connected.
///
/// # Errors
/// Those of [`fresh_database`], and PostgreSQL's when the template is in use.
pub async fn fresh_database_like(template: &Database) -> Result<Database> {
    let name = template.url().rsplit('/').next().unwrap_or_default();
    Database::create(&postgres_url().await?, unique_name(), Some(name)).await
}

/// The shared PostgreSQL's maintenance database.
pub(crate) async fn postgres_url() -> Result<String> {
    blocking(|| shared_url(&POSTGRES)).await
}

/// The shared Redis with a key prefix of the test's own. `FLUSHALL` and the like would hit other tests' data; use a
/// [`Cluster`] for those.
///
/// # Errors
/// When Redis is not installed or does not start.
pub async fn redis_space() -> Result<Space> {
    blocking(|| {
        Ok(Space {
            url: shared_url(&REDIS)?,
            prefix: unique_name() + ":",
        })
    })
    .await
}

/// The shared RabbitMQ with a prefix of the test's own for queues and exchanges.
///
/// # Errors
/// When RabbitMQ is not installed or does not start.
pub async fn rabbitmq_space() -> Result<Space> {
    blocking(|| {
        Ok(Space {
            url: shared_url(&RABBITMQ)?,
            prefix: unique_name() + ".",
        })
    })
    .await
}

/// The addresses of all three shared servers, for tests that run the whole fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Services {
    postgres_url: String,
    redis_url: String,
    amqp_url: String,
}

impl Services {
    /// Starts what does not run yet, all at the same time.
    ///
    /// # Errors
    /// When a program is not installed or a server does not start.
    pub async fn shared() -> Result<Self> {
        let url = |server: &'static Shared| blocking(move || shared_url(server));
        let (postgres_url, redis_url, amqp_url) = tokio::try_join!(url(&POSTGRES), url(&REDIS), url(&RABBITMQ))?;
        Ok(Self {
            postgres_url,
            redis_url,
            amqp_url,
        })
    }

    /// The servers of a cluster, to be written to a file for other processes.
    pub fn of(cluster: &Cluster) -> Self {
        Self {
            postgres_url: cluster.postgres.url().to_owned(),
            redis_url: cluster.redis.url().to_owned(),
            amqp_url: cluster.rabbitmq.url().to_owned(),
        }
    }

    /// The maintenance database `postgres`: use [`fresh_database`] for a test's own.
    pub fn postgres_url(&self) -> &str {
        &self.postgres_url
    }

    /// Database 0.
    pub fn redis_url(&self) -> &str {
        &self.redis_url
    }

    /// User `guest`, vhost `/`.
    pub fn amqp_url(&self) -> &str {
        &self.amqp_url
    }

    /// Reads what [`Services::write`] wrote: one `name=url` a line.
    ///
    /// # Errors
    /// When the file is not there or a server is not in it.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!(
                "{SERVICES_FILE} names {}, which cannot be read: unset it, or run the tests by `make test`",
                path.display()
            )
        })?;
        let url = |name: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            found
                .map(str::to_owned)
                .with_context(|| format!("{} has no line '{name}=…'", path.display()))
        };
        Ok(Self {
            postgres_url: url("postgres")?,
            redis_url: url("redis")?,
            amqp_url: url("amqp")?,
        })
    }

    /// Writes the addresses for other processes of the run.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let Self {
            postgres_url,
            redis_url,
            amqp_url,
        } = self;
        let text = format!("postgres={postgres_url}\nredis={redis_url}\namqp={amqp_url}\n");
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// A server of this process, started when first needed; its failure is kept, so that every test fails at once in the
/// same way.
struct Shared {
    server: OnceLock<Result<Server, String>>,
    launch: fn() -> Result<Server>,
    in_file: fn(&Services) -> &str,
}

static POSTGRES: Shared = Shared {
    server: OnceLock::new(),
    launch: || {
        let settings = Options::fast().all_postgres_settings();
        Server::launch(Place::Fast, |folder, ports| {
            postgres::describe(folder, ports, &settings)
        })
    },
    in_file: Services::postgres_url,
};
static REDIS: Shared = Shared {
    server: OnceLock::new(),
    launch: || Server::launch(Place::Fast, redis::describe),
    in_file: Services::redis_url,
};
static RABBITMQ: Shared = Shared {
    server: OnceLock::new(),
    launch: || Server::launch(Place::Fast, rabbitmq::describe),
    in_file: Services::amqp_url,
};

fn shared_url(shared: &'static Shared) -> Result<String> {
    if let Some(path) = std::env::var_os(SERVICES_FILE) {
        return Ok((shared.in_file)(&Services::read(Path::new(&path))?).to_owned());
    }
    match shared
        .server
        .get_or_init(|| (shared.launch)().map_err(|error| format!("{error:#}")))
    {
        Ok(server) => Ok(server.url().to_owned()),
        Err(message) => bail!("{message}"),
    }
}

/// Never given out twice, not even to processes that share servers.
pub(crate) fn unique_name() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let nanoseconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    format!("test_{}_{nanoseconds:x}_{count}", std::process::id())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let task = tokio::task::spawn_blocking(work);
    task.await
        .map_err(|gone| anyhow!("the task that asks for a server ended: {gone}"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("services");
        let services = Services {
            postgres_url: "postgres://bellhop@127.0.0.1:1/postgres".into(),
            redis_url: "redis://127.0.0.1:2/0".into(),
            amqp_url: "amqp://guest:guest@127.0.0.1:3/%2f".into(),
        };
        services.write(&path).unwrap();
        assert_eq!(Services::read(&path).unwrap(), services);
    }

    #[test]
    fn a_file_without_a_server_says_which() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("services");
        std::fs::write(&path, "postgres=x\nredis=y\n").unwrap();
        let message = Services::read(&path).unwrap_err().to_string();
        assert!(message.contains("'amqp=…'"), "{message}");
    }

    #[test]
    fn names_never_repeat() {
        assert_ne!(unique_name(), unique_name());
    }
}
