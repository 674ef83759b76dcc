//! One server: started, stopped, killed and started again at the same address.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use crate::folder::{Folder, create_owned};
use crate::listening::family_listens;
use crate::place::Place;
use crate::ports::{self, Held};
use crate::process::{Launch, Process, wait_until};

/// Far above the few seconds RabbitMQ needs, because two cores may be busy compiling. If a server cannot start, it
/// ends, so nobody waits that long.
const START_PATIENCE: Duration = Duration::from_secs(300);
const STOP_PATIENCE: Duration = Duration::from_secs(180);
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);
/// How many sets of ports are tried.
const STARTS: usize = 5;

/// Where a server's ports come from.
pub(crate) type PortSource<'a> = &'a mut dyn FnMut() -> Result<Held>;

/// What a restart does to the server's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// The server finds what it had written.
    Kept,
    /// The server starts as if new: for PostgreSQL without any database, for RabbitMQ without queues.
    Lost,
}

/// How a server of one kind is prepared and asked whether it serves.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) launch: Launch,
    /// The ports that it listens on, clients at the first. They are held while it is stopped, too.
    pub(crate) held: Vec<Held>,
    pub(crate) url: String,
    /// What to say after connecting, and the bytes of an answer that means "ready".
    pub(crate) greeting: &'static [u8],
    pub(crate) ready: &'static [u8],
    /// Fills an empty data folder, as `initdb` does.
    pub(crate) prepare: fn(&Launch) -> Result<()>,
}

/// A private server. Clones are handles to the same server; it ends with the last of them.
#[derive(Debug, Clone)]
pub struct Server {
    kind: Arc<Kind>,
    running: Arc<Mutex<Running>>,
}

/// A server that did not start.
struct Failed {
    why: anyhow::Error,
    /// Somebody has one of its ports.
    port_taken: bool,
}

/// How servers say that somebody has their port, in lower case; the last two are RabbitMQ's. Checking the port
/// ourselves is not enough, because that somebody may be gone by then.
const TAKEN: [&str; 3] = ["address already in use", "eaddrinuse", "port_already_used"];

#[derive(Debug)]
struct Running {
    // Dropped first: the folder's watchdog would end the process too, but it does not reap it.
    process: Option<Process>,
    _folder: Folder,
}

impl Server {
    /// Starts a server in a folder of its own and waits until it serves. Blocks.
    pub(crate) fn launch(place: Place, describe: impl FnMut(&Folder, PortSource<'_>) -> Result<Kind>) -> Result<Self> {
        Self::launch_on(place, &mut ports::hold, describe)
    }

    /// The same on ports from `source`, and on others from it if somebody has them.
    fn launch_on(
        place: Place,
        source: PortSource<'_>,
        mut describe: impl FnMut(&Folder, PortSource<'_>) -> Result<Kind>,
    ) -> Result<Self> {
        let mut start = 1;
        loop {
            let folder = Folder::create(place)?;
            let kind = describe(&folder, source)?;
            match Self::launch_once(folder, kind) {
                Ok(server) => return Ok(server),
                Err(failed) if failed.port_taken && start < STARTS => {
                    // Somebody who reads about a later failure should know about the first.
                    eprintln!("{:#}\nOther ports are tried.", failed.why);
                }
                Err(failed) => return Err(failed.why),
            }
            start += 1;
        }
    }

    fn launch_once(folder: Folder, kind: Kind) -> Result<Self, Failed> {
        let mut running = Running {
            process: None,
            _folder: folder,
        };
        let started = kind.create_data().and_then(|()| running.start(&kind));
        match started {
            Ok(()) => Ok(Self {
                kind: Arc::new(kind),
                running: Arc::new(Mutex::new(running)),
            }),
            Err(why) => {
                let said = kind.launch.last_output().to_lowercase();
                // Its end frees the ports that it did get.
                drop(running);
                let port_taken = ports::taken(&kind.held) || TAKEN.iter().any(|words| said.contains(words));
                Err(Failed { why, port_taken })
            }
        }
    }

    /// As [`Server::launch`], for tests.
    pub(crate) async fn launch_in_background(describe: fn(&Folder, PortSource<'_>) -> Result<Kind>) -> Result<Self> {
        let task = tokio::task::spawn_blocking(move || Self::launch(Place::Fast, describe));
        task.await
            .map_err(|gone| anyhow!("the task that starts a server ended: {gone}"))?
    }

    /// The server's address as its clients spell it; it stays the same over restarts.
    pub fn url(&self) -> &str {
        &self.kind.url
    }

    /// The server's leading process, for its CPU time and memory; `None` while it is stopped.
    pub fn pid(&self) -> Option<u32> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.process.as_ref().map(Process::id)
    }

    /// Ends the server in order: clients are disconnected, data is flushed.
    ///
    /// # Errors
    /// When it is not running, or had to be killed because it did not end within three minutes.
    pub async fn stop(&self) -> Result<()> {
        self.blocking(|kind, running| running.take(kind)?.stop(STOP_PATIENCE))
            .await
    }

    /// SIGKILL to every process of the server at the same instant. It stays down until [`Server::start`].
    ///
    /// # Errors
    /// When it is not running.
    pub async fn kill(&self) -> Result<()> {
        self.blocking(|kind, running| running.take(kind)?.kill()).await
    }

    /// Starts the server again after [`Server::stop`] or [`Server::kill`], on the data it left, and waits until it serves.
    ///
    /// # Errors
    /// When it runs already, or does not serve within five minutes.
    pub async fn start(&self) -> Result<()> {
        self.blocking(|kind, running| running.start(kind)).await
    }

    /// [`Server::stop`], then [`Server::start`], without the data if told so.
    ///
    /// # Errors
    /// Those of the two.
    pub async fn restart(&self, data: Data) -> Result<()> {
        self.blocking(move |kind, running| {
            running.take(kind)?.stop(STOP_PATIENCE)?;
            running.return_with(kind, data)
        })
        .await
    }

    /// [`Server::kill`], then [`Server::start`], without the data if told so.
    ///
    /// # Errors
    /// Those of the two.
    pub async fn crash(&self, data: Data) -> Result<()> {
        self.blocking(move |kind, running| {
            running.take(kind)?.kill()?;
            running.return_with(kind, data)
        })
        .await
    }

    async fn blocking(&self, work: impl FnOnce(&Kind, &mut Running) -> Result<()> + Send + 'static) -> Result<()> {
        let Self { kind, running } = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            work(&kind, &mut running.lock().unwrap_or_else(PoisonError::into_inner))
        });
        task.await
            .map_err(|gone| anyhow!("the task that drives a server ended: {gone}"))?
    }
}

impl Running {
    fn start(&mut self, kind: &Kind) -> Result<()> {
        if self.process.is_some() {
            bail!("{} runs already", kind.name);
        }
        let mut process = kind.launch.spawn()?;
        let mut end = None;
        let ready = wait_until(START_PATIENCE, || {
            end = process.ended();
            end.is_some() || kind.serves(process.id())
        });
        self.process = Some(process);
        if let Some(status) = end {
            bail!(
                "{} ended while starting ({status}); its last output:\n{}",
                kind.name,
                kind.launch.last_output()
            );
        }
        if !ready {
            bail!(
                "{} does not serve {} after {START_PATIENCE:?}; its last output:\n{}",
                kind.name,
                kind.address(),
                kind.launch.last_output()
            );
        }
        Ok(())
    }

    fn take(&mut self, kind: &Kind) -> Result<Process> {
        self.process
            .take()
            .with_context(|| format!("{} is not running", kind.name))
    }

    fn return_with(&mut self, kind: &Kind, data: Data) -> Result<()> {
        if data == Data::Lost {
            std::fs::remove_dir_all(kind.launch.data()).context("cannot remove a server's data")?;
            kind.create_data()?;
        }
        self.start(kind)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            // The watchdog comes next and finishes what failed here.
            let _ = process.kill();
        }
    }
}

impl Kind {
    fn create_data(&self) -> Result<()> {
        create_owned(&self.launch.data(), self.launch.account)?;
        (self.prepare)(&self.launch).with_context(|| format!("cannot prepare {}", self.name))
    }

    fn address(&self) -> SocketAddr {
        let port = self.held.first().map_or(0, Held::port);
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }

    /// Whether the server answers in its own protocol: an open port alone is not enough while it recovers. Nor is an
    /// answer that comes from another server.
    fn serves(&self, leader: u32) -> bool {
        self.answer().is_ok_and(|answer| answer == self.ready)
            && family_listens(leader, self.held.iter().map(Held::port))
    }

    fn answer(&self) -> std::io::Result<Vec<u8>> {
        let mut socket = TcpStream::connect_timeout(&self.address(), PROBE_TIMEOUT)?;
        socket.set_read_timeout(Some(PROBE_TIMEOUT))?;
        socket.write_all(self.greeting)?;
        let mut answer = vec![0; self.ready.len()];
        socket.read_exact(&mut answer)?;
        Ok(answer)
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
