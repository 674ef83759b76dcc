//! The roles a process may play, alone or together, and how it stops.

mod api;
mod operations;
mod stop;

pub use stop::signalled;

use crate::config::Config;
use crate::live::Follower;
use crate::opening::{self, Parts};
use crate::{welcome, wiring};
use anyhow::{Result, bail};
use bellhop_dispatcher::{Dispatcher, take_letters};
use bellhop_domain::{Lane, Timestamp};
use bellhop_store::SqlStore;
use bellhop_store::sole::DatabaseLock;
use bellhop_worker::Worker;
use operations::Needs;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Which roles to play.
#[derive(Debug, Clone, Copy)]
pub struct Roles {
    pub api: bool,
    pub dispatcher: bool,
    pub worker: bool,
}

impl Roles {
    pub const ALL: Roles = Roles {
        api: true,
        dispatcher: true,
        worker: true,
    };
    pub const API: Roles = Roles {
        api: true,
        dispatcher: false,
        worker: false,
    };
    pub const DISPATCHER: Roles = Roles {
        api: false,
        dispatcher: true,
        worker: false,
    };
    pub const WORKER: Roles = Roles {
        api: false,
        dispatcher: false,
        worker: true,
    };

    /// The command that starts these roles.
    fn name(self) -> &'static str {
        match self {
            _ if self.is_all() => "up",
            Roles { api: true, .. } => "api",
            Roles { dispatcher: true, .. } => "dispatcher",
            Roles { .. } => "worker",
        }
    }

    fn is_all(self) -> bool {
        self.api && self.dispatcher && self.worker
    }
}

/// The options of the worker role.
#[derive(Debug, Clone, Default)]
pub struct WorkerRole {
    /// The worker's name in leases and logs; the host's name and process number if absent.
    pub name: Option<String>,
    /// The lane to send on; both if absent.
    pub lane: Option<Lane>,
}

/// A process at work.
pub struct Running {
    pub parts: Parts,
    /// Where the HTTP API listens, if it is played.
    pub api: Option<std::net::SocketAddr>,
    /// Where `/readyz` and `/metrics` are served, if they are.
    pub operations: Option<std::net::SocketAddr>,
    tasks: JoinSet<()>,
    /// How long a stop may take.
    drain: Duration,
    /// The lock of a process that sends, kept to the end.
    _lock: Option<Arc<DatabaseLock>>,
}

/// How much longer than the worker's drain a stop may take: a planning page, an HTTP answer.
const BEYOND_DRAIN: Duration = Duration::from_secs(5);

impl Running {
    /// Waits until every role has drained or the time is up. What is left then is recovered as after a crash.
    pub async fn finished(mut self) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.drain + BEYOND_DRAIN, all).await.is_err() {
            tracing::warn!("not everything ended in time; the rest is cut off");
            self.tasks.shutdown().await;
        }
        self.parts.store.close().await;
    }
}

/// Starts the roles; they run until `stop` is cancelled.
pub async fn start(config: &Config, roles: Roles, worker: WorkerRole, stop: &CancellationToken) -> Result<Running> {
    if !roles.is_all() && !wiring::is_fleet(config) {
        bail!(
            "a single role needs servers to share the work through: set store.url to postgres://…, broker.url to amqp://… \
             and limits.url to redis://…, or run `bellhop up` for all roles in one process"
        );
    }
    let patience = match roles.dispatcher || roles.worker {
        true => opening::patience(config),
        false => opening::answering(config),
    };
    let store = opening::open_store(config, patience).await?;
    let mut tasks = JoinSet::new();
    // This comes before anything is written, so that a second process leaves no trace.
    let lock = match roles.worker {
        true => Some(lock_database(config, &store, stop, &mut tasks).await?),
        false => None,
    };
    // All roles are in one process with parts that other processes cannot share, so nobody else can apply the file.
    let parts = match roles.is_all() && !wiring::is_fleet(config) {
        true => opening::bring_up(config, store).await?,
        false => opening::read(store).await?,
    };
    let follower = Follower::new(config, &parts, format!("{} {}", roles.name(), own_name()))?;
    let settings = follower.settings();
    let broker = wiring::open_broker(config)?;
    let limiter = wiring::open_limiter(config)?;
    let (mut api, mut operations) = (None, None);
    let needs = Needs {
        store: parts.store.clone(),
        // The API publishes nothing and takes no permits; a dispatcher takes no permits.
        broker: (roles.dispatcher || roles.worker).then(|| broker.clone()),
        limiter: roles.worker.then(|| limiter.clone()),
        settings: settings.status,
    };
    if roles.api {
        // In this order: nobody is told that it is ready who would then find nobody.
        api = Some(api::serve(config, &parts, settings.served, stop, &mut tasks).await?);
        let at = (config.http.operations_listen, "http.operations_listen");
        operations = Some(operations::serve(at, &needs, stop, &mut tasks).await?);
    } else if let Some(listen) = config.operations.listen {
        let at = (listen, "operations.listen");
        operations = Some(operations::serve(at, &needs, stop, &mut tasks).await?);
    }
    if roles.dispatcher {
        let options = wiring::dispatcher_options(config)?;
        let (store, broker, live) = (parts.store.clone(), broker.clone(), settings.in_force.clone());
        let dispatcher = Dispatcher::new(store, broker, live, options, wiring::clock());
        tasks.spawn(dispatcher.run(stop.clone()));
        if let Some(letters) = wiring::open_letters(config)? {
            let store = parts.store.clone();
            tasks.spawn(take_letters(letters, store, wiring::clock(), stop.clone()));
        }
    }
    if roles.worker {
        let options = bellhop_worker::Options {
            lanes: worker.lane.map_or(Lane::ALL.to_vec(), |lane| vec![lane]),
            ..wiring::worker_options(config, worker.name.unwrap_or_else(own_name))
        };
        let (store, live) = (parts.store.clone(), settings.in_force);
        let worker = Worker::new(store, broker, limiter, live, options, wiring::clock());
        tasks.spawn(worker.run(stop.clone()));
    }
    tasks.spawn(follower.run(stop.clone()));
    Ok(Running {
        parts,
        api,
        operations,
        tasks,
        drain: Duration::from_secs(config.worker.drain_seconds),
        _lock: lock,
    })
}

/// Locks the database for this process, which sends. If the lock is lost to another, the process stops.
async fn lock_database(
    config: &Config,
    store: &SqlStore,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> Result<Arc<DatabaseLock>> {
    let name = format!("process {}, {}, since {}", std::process::id(), host(), Timestamp::now());
    let lock = Arc::new(store.lock_database(wiring::share(config), &name).await?);
    let (kept, stop) = (lock.clone(), stop.clone());
    tasks.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            why = kept.lost() => {
                tracing::error!(%why, "stopping");
                stop.cancel();
            }
        }
    });
    Ok(lock)
}

/// Plays roles until the process is told to stop.
pub async fn play(config: Config, roles: Roles, worker: WorkerRole) -> Result<()> {
    let stop = CancellationToken::new();
    let running = start(&config, roles, worker, &stop).await?;
    if roles.is_all() {
        welcome::greet(&config, &running.parts).await?;
    }
    tokio::select! {
        () = signalled() => {}
        () = stop.cancelled() => {}
    }
    tracing::info!("stopping: no new work; what is under way is finished");
    stop.cancel();
    running.finished().await;
    Ok(())
}

/// The name of the host and the number of this process.
fn own_name() -> String {
    format!("{}-{}", host(), std::process::id())
}

fn host() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_else(|_| "worker".to_owned());
    host.trim().to_owned()
}
