//! More connections than one process may have, made by child processes, each from its own address in 127/8.
//!
//! Each process opens its connections one after the other, sends half a header on each, and waits until the other
//! side has ended all of them.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// The name under which the program `proof` is such a process.
pub const CROWD: &str = "strangers-crowd";
/// Open files of a process that are not connections.
const OTHER_FILES: usize = 100;
/// The most processes; no machine needs more for ten thousand connections.
const MOST_PROCESSES: usize = 40;
/// The time for connecting and waiting for the end.
const PATIENCE: Duration = Duration::from_secs(120);
const HALF_A_HEADER: &[u8] = b"POST /v1/orders HTTP/1.1\r\nHost: bellhop\r\nX-Slow: ";

/// What a crowd saw.
pub(super) struct Seen {
    pub processes: usize,
    pub connected: usize,
    /// How long the last of them lived after it was opened.
    pub longest: Duration,
}

/// How many files a process of ours may have open, as this machine says (`ulimit -n`).
///
/// # Errors
/// When the kernel does not tell.
pub(super) fn open_files() -> Result<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line
        .and_then(|line| line.split_whitespace().next())
        .context("no limit of open files")?;
    Ok(soft.parse().unwrap_or(usize::MAX))
}

/// Opens this many connections, as far as the machine allows, and waits for their end.
///
/// # Errors
/// When a process cannot be started or fails.
pub(super) async fn gather(to: SocketAddr, wanted: usize) -> Result<Seen> {
    let each = open_files()?.saturating_sub(OTHER_FILES).clamp(1, 2_500);
    let processes = wanted.div_ceil(each).min(MOST_PROCESSES);
    let mut running = JoinSet::new();
    for number in 0..processes {
        let count = each.min(wanted - (number * each).min(wanted));
        let mut command = crate::command::dies_with_us(&std::env::current_exe()?);
        command.args([CROWD, &to.to_string(), &number.to_string(), &count.to_string()]);
        command.stdout(Stdio::piped()).stderr(Stdio::inherit());
        running.spawn(async move { command.output().await });
    }
    let mut seen = Seen {
        processes,
        connected: 0,
        longest: Duration::ZERO,
    };
    while let Some(ended) = running.join_next().await {
        let output = ended??;
        ensure!(output.status.success(), "a crowd failed: {}", output.status);
        let told = String::from_utf8(output.stdout)?;
        let (connected, longest) = told.trim().split_once(' ').context("a crowd says two numbers")?;
        seen.connected += connected.parse::<usize>()?;
        seen.longest = seen.longest.max(Duration::from_millis(longest.parse()?));
    }
    Ok(seen)
}

/// One process of a crowd: `ADDRESS NUMBER COUNT`.
///
/// # Errors
/// When a connection is refused, or not ended in time.
#[allow(clippy::print_stdout, reason = "the process that started this one reads it")]
pub async fn be_a_crowd(arguments: &[String]) -> Result<()> {
    let [to, number, count] = arguments else {
        anyhow::bail!("usage: {CROWD} ADDRESS NUMBER COUNT");
    };
    let (to, number, count): (SocketAddr, u8, usize) = (to.parse()?, number.parse()?, count.parse()?);
    let from = Ipv4Addr::new(127, 0, 1, number + 1);
    let mut open = JoinSet::new();
    for _ in 0..count {
        let mut connection = connect(from, to).await?;
        open.spawn(async move {
            let began = Instant::now();
            // The other side may close it before reading anything.
            let _ = connection.write_all(HALF_A_HEADER).await;
            let _ = connection.read_to_end(&mut Vec::new()).await;
            began.elapsed()
        });
    }
    let ended = async {
        let mut longest = Duration::ZERO;
        while let Some(lived) = open.join_next().await {
            longest = longest.max(lived?);
        }
        anyhow::Ok(longest)
    };
    let longest = tokio::time::timeout(PATIENCE, ended)
        .await
        .context("connections stay open")??;
    println!("{count} {}", longest.as_millis());
    Ok(())
}

pub(super) async fn connect(from: Ipv4Addr, to: SocketAddr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((from, 0)))?;
    let connected = tokio::time::timeout(PATIENCE, socket.connect(to)).await;
    connected
        .context("nobody takes the connection")?
        .with_context(|| format!("from {from}"))
}
