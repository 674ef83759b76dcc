//! Dealing the blows, and telling each when it falls.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use anyhow::Result;
use bellhop_test_services::{Cluster, Data};
use futures_util::future::try_join_all;

use super::schedule::{Blow, Event, ServerName};
use crate::fleet::Fleet;
use crate::proof::Report;

/// What is hit, and how often it was.
pub(super) struct Blows<'a> {
    pub(super) fleet: &'a Fleet,
    cluster: &'a Cluster,
    kills: AtomicU32,
    restarts: AtomicU32,
}

impl<'a> Blows<'a> {
    pub(super) fn new(fleet: &'a Fleet, cluster: &'a Cluster) -> Self {
        Self {
            fleet,
            cluster,
            kills: AtomicU32::default(),
            restarts: AtomicU32::default(),
        }
    }

    /// SIGKILLs that found a living process.
    pub(super) fn kills(&self) -> u32 {
        self.kills.load(Ordering::Relaxed)
    }

    pub(super) fn restarts(&self) -> u32 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// Deals them all, each at its instant, whatever the one before has left.
    pub(super) async fn deal(&self, report: &Report, events: Vec<Event>) -> Result<()> {
        let begun = tokio::time::Instant::now();
        let each = events.into_iter().map(|event| async move {
            tokio::time::sleep_until(begun + event.at).await;
            match event.blow {
                Blow::Kill { role, down } => {
                    self.kill(report, role).await?;
                    tokio::time::sleep(down).await;
                    self.start(report, role).await
                }
                Blow::Restart(server, data) => self.restart(report, server, data).await,
            }
        });
        try_join_all(each).await.map(|_| ())
    }

    pub(super) async fn kill(&self, report: &Report, role: usize) -> Result<()> {
        let mut role = self.fleet.roles[role].lock().await;
        if role.kill().await? {
            self.kills.fetch_add(1, Ordering::Relaxed);
            report.tell(format!("SIGKILL {}", role.name));
        } else {
            report.tell(format!("{} was down already: not counted as a kill", role.name));
        }
        Ok(())
    }

    pub(super) async fn start(&self, report: &Report, role: usize) -> Result<()> {
        let mut role = self.fleet.roles[role].lock().await;
        role.start()?;
        report.tell(format!("{} is started again", role.name));
        Ok(())
    }

    async fn restart(&self, report: &Report, server: ServerName, data: Data) -> Result<()> {
        let (name, handle) = match server {
            ServerName::PostgreSql => ("PostgreSQL", &self.cluster.postgres),
            ServerName::RabbitMq => ("RabbitMQ", &self.cluster.rabbitmq),
            ServerName::Redis => ("Redis", &self.cluster.redis),
        };
        let kept = if data == Data::Kept {
            "with its data"
        } else {
            "without its data"
        };
        report.tell(format!("{name} goes down"));
        let begun = Instant::now();
        handle.restart(data).await?;
        self.restarts.fetch_add(1, Ordering::Relaxed);
        report.tell(format!(
            "{name} is back {kept} after {:.1} s",
            begun.elapsed().as_secs_f64()
        ));
        Ok(())
    }
}
