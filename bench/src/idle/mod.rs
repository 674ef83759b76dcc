//! `bellhop-bench idle`: what a dispatcher costs while very many runs are alive but idle, compared with few.
//!
//! Every second run was planned for an audience and sent, and waits for opens until the day after tomorrow; the
//! others are on demand, and nobody requests anything. One dispatcher process runs over them on PostgreSQL, with
//! senders of three kinds of address. Its CPU time is from the kernel (`/proc/PID/stat`), the number of statements
//! from `pg_stat_statements`.

mod report;
mod runs;

use super::machine::Machine;
use super::progress;
use super::stage::{Server, Stage, used};
use super::statements;
use anyhow::Result;
use bellhop_domain::EndpointKind;
use report::{IdleReport, Measured};
use std::time::{Duration, Instant};

/// The kinds of the senders, each of which has queues to look after.
const KINDS: [EndpointKind; 3] = [EndpointKind::Fcm, EndpointKind::Apns, EndpointKind::WebPush];
const GUESTS: u32 = 1_000;
/// The time to make connections, prepare statements and finish leftover work.
const SETTLING: Duration = Duration::from_secs(5);

pub async fn run(many: u32, few: u32, seconds: u64, json: bool) -> Result<()> {
    progress(&format!("bench idle: starting servers, loading {GUESTS} guests"));
    let stage = Stage::set(&KINDS, GUESTS).await?;
    let machine = Machine::describe(&stage.cluster).await?;
    let mut measured = Vec::new();
    for alive in [few.min(many), many] {
        runs::fill(&stage, alive).await?;
        progress(&format!("{alive} runs are alive; looking for {seconds} s"));
        measured.push(measure(&stage, alive, Duration::from_secs(seconds)).await?);
    }
    stage.strike().await?;
    report::print(&IdleReport { machine, measured }, json)
}

/// Measures one dispatcher over this many runs.
async fn measure(stage: &Stage, alive: u32, span: Duration) -> Result<Measured> {
    stage.tidy().await?;
    let dispatcher = stage.child("dispatcher", &["dispatcher"])?;
    dispatcher.logged("dispatcher started").await?;
    tokio::time::sleep(SETTLING).await;
    let processes = [("dispatcher", dispatcher.pid()?)];
    let servers = [Server::PostgreSql];
    statements::forget(&stage.database_url).await?;
    let (before, started) = (stage.cpu(&processes, &servers)?, Instant::now());
    tokio::time::sleep(span).await;
    let (cpu, took) = (used(&before, &stage.cpu(&processes, &servers)?), started.elapsed());
    let counted = statements::counted(&stage.database_url).await?;
    let memory = dispatcher.peak_memory()?;
    dispatcher.stop().await?;
    runs::are_alive(stage, alive).await?;
    Ok(Measured {
        alive,
        took,
        cpu,
        memory,
        statements: counted,
    })
}
