//! Private PostgreSQL, Redis and RabbitMQ servers for tests, proofs and benches.
//!
//! They run unprivileged on reserved ports of 127.0.0.1, with their data in a temporary folder (in memory if a test
//! only needs speed and `/dev/shm` has 6 GiB free). They end with the process that started them, however that process
//! ends: a small watchdog waits for a pipe to close. Nothing here touches a server that was running before, and a
//! server that cannot start fails the test with the server's own words. If somebody has taken a port, that is
//! reported, and others are tried. There is no way to skip a test because a server is missing.
//!
//! **Tests** share one set of servers and isolate themselves in it; a server starts when first asked for:
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let database = bellhop_test_services::prepared_database().await?; // database.url(): the store's schema, nobody else's
//! let folder = bellhop_test_services::prepared_folder().await?; // the same in SQLite, in its file FILE
//! let redis = bellhop_test_services::redis_space().await?; // redis.url, and redis.prefix for every key
//! let rabbitmq = bellhop_test_services::rabbitmq_space().await?; // rabbitmq.url, and rabbitmq.prefix for every queue
//! # Ok(()) }
//! ```
//! Under `make test` all test processes share the servers named in the file `BELLHOP_TEST_SERVICES`; a bare
//! `cargo test -p bellhop-store` starts its own.
//!
//! **Fault proofs and benches** own a [`Cluster`], whose servers stop, die and return at the same address:
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use bellhop_test_services::{Cluster, Data, Options};
//! let cluster = Cluster::start(Options::durable()).await?;
//! cluster.redis.restart(Data::Lost).await?;
//! cluster.postgres.kill().await?; // SIGKILL to the whole server
//! cluster.postgres.start().await?;
//! # Ok(()) }
//! ```
//! Linux only: processes are identified by `/proc`.

mod account;
mod cluster;
mod command;
mod database;
mod folder;
mod listening;
mod machine;
mod own;
mod place;
mod ports;
mod postgres;
mod prepared;
mod process;
mod process_table;
mod programs;
mod rabbitmq;
mod redis;
mod server;
mod shared;

pub use cluster::{Cluster, Durability, Options};
pub use command::command;
pub use database::Database;
pub use machine::Stopwatch;
pub use place::folder;
pub use ports::free as free_port;
pub use prepared::{FILE, Home, prepared_database, prepared_folder};
pub use server::{Data, Server};
pub use shared::{SERVICES_FILE, Services, Space, fresh_database, fresh_database_like, rabbitmq_space, redis_space};
