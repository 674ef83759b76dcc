//! A private set of all three servers for one proof, bench or test that breaks them on purpose.

use anyhow::{Result, anyhow};

use crate::place::Place;
use crate::server::Server;
use crate::{postgres, rabbitmq, redis};

/// What PostgreSQL promises after a power cut. Neither choice loses data when only its processes are killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// No flush to disk at all, and all files in memory if there is room. For tests, which only need speed.
    Fast,
    /// PostgreSQL's own defaults, `fsync` and `synchronous_commit` on: for proofs and benches.
    Durable,
}

impl Durability {
    fn place(self) -> Place {
        match self {
            Durability::Fast => Place::Fast,
            Durability::Durable => Place::Disk,
        }
    }
}

/// How the servers of a [`Cluster`] are set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// See [`Durability`].
    pub durability: Durability,
    /// Settings for `postgresql.conf`, in PostgreSQL's spelling; a later one overrides an earlier one.
    pub postgres_settings: Vec<(String, String)>,
}

impl Options {
    /// For tests: [`Durability::Fast`] and nothing else.
    pub fn fast() -> Self {
        Self {
            durability: Durability::Fast,
            postgres_settings: Vec::new(),
        }
    }

    /// For proofs: the packages' defaults.
    pub fn durable() -> Self {
        Self {
            durability: Durability::Durable,
            postgres_settings: Vec::new(),
        }
    }

    /// For benches: durable, with the memory a machine of 8 GiB or more would give PostgreSQL.
    pub fn bench() -> Self {
        let settings = [
            ("shared_buffers", "2GB"),
            ("effective_cache_size", "6GB"),
            ("work_mem", "64MB"),
            ("maintenance_work_mem", "512MB"),
            ("max_wal_size", "8GB"),
            ("checkpoint_timeout", "15min"),
            ("wal_compression", "lz4"),
            ("jit", "off"),
        ];
        settings
            .into_iter()
            .fold(Self::durable(), |options, (name, value)| options.postgres(name, value))
    }

    /// Adds one setting of PostgreSQL, for instance `("work_mem", "256MB")`.
    #[must_use]
    pub fn postgres(mut self, name: &str, value: &str) -> Self {
        self.postgres_settings.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn all_postgres_settings(&self) -> Vec<(String, String)> {
        let fast = ["fsync", "synchronous_commit", "full_page_writes"].map(|name| (name.to_owned(), "off".to_owned()));
        let first = if self.durability == Durability::Fast {
            fast.to_vec()
        } else {
            Vec::new()
        };
        first
            .into_iter()
            .chain(self.postgres_settings.iter().cloned())
            .collect()
    }
}

/// Three servers that nobody else uses. Dropping it ends them and removes their data.
#[derive(Debug)]
pub struct Cluster {
    /// `url()` names the database `postgres`; use [`Cluster::create_database`] to get your own.
    pub postgres: Server,
    /// Append-only file, flushed every second.
    pub redis: Server,
    /// One node, user `guest`, vhost `/`.
    pub rabbitmq: Server,
}

impl Cluster {
    /// Starts all three at the same time and waits until all serve.
    ///
    /// # Errors
    /// When a program is not installed (the message says what to run), or a server does not start (with its output).
    pub async fn start(options: Options) -> Result<Self> {
        tokio::task::spawn_blocking(move || Self::start_blocking(&options))
            .await
            .map_err(|gone| anyhow!("the task that starts the servers ended: {gone}"))?
    }

    fn start_blocking(options: &Options) -> Result<Self> {
        let settings = options.all_postgres_settings();
        let place = options.durability.place();
        std::thread::scope(|scope| {
            let rabbitmq = scope.spawn(|| Server::launch(place, rabbitmq::describe));
            let redis = scope.spawn(|| Server::launch(place, redis::describe));
            let postgres = Server::launch(place, |folder, ports| postgres::describe(folder, ports, &settings));
            let joined = |thread: std::thread::ScopedJoinHandle<'_, Result<Server>>| {
                thread
                    .join()
                    .map_err(|_| anyhow!("the thread that starts a server panicked"))?
            };
            // Join both before looking at errors, so that no server is left behind unnoticed.
            let (redis, rabbitmq) = (joined(redis), joined(rabbitmq));
            Ok(Self {
                postgres: postgres?,
                redis: redis?,
                rabbitmq: rabbitmq?,
            })
        })
    }

    /// Creates an empty database and returns its address.
    ///
    /// # Errors
    /// PostgreSQL's own, for instance when the name exists.
    pub async fn create_database(&self, name: &str) -> Result<String> {
        postgres::create_database(self.postgres.url(), name, None).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_settings_come_after_those_of_the_profile() {
        let settings = Options::bench().postgres("work_mem", "256MB").all_postgres_settings();
        let last = settings.iter().rfind(|(name, _)| name == "work_mem");
        assert_eq!(last.map(|(_, value)| value.as_str()), Some("256MB"));
        assert!(!settings.iter().any(|(name, _)| name == "fsync"));
    }
}
