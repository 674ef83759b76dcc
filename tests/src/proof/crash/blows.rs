//! Deals the blows, and reports each as it falls.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Instant;

use anyhow::Result;
use bellhop_domain::Timestamp;
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
    last_at: AtomicI64,
}

impl<'a> Blows<'a> {
    pub(super) fn new(fleet: &'a Fleet, cluster: &'a Cluster) -> Self {
        Self {
            fleet,
            cluster,
            kills: AtomicU32::default(),
            restarts: AtomicU32::default(),
            last_at: AtomicI64::default(),
        }
    }

    /// SIGKILLs that found a living process.
    pub(super) fn kills(&self) -> u32 {
        self.kills.load(Ordering::Relaxed)
    }

    pub(super) fn restarts(&self) -> u32 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// When the last blow fell, ms UTC.
    pub(super) fn last_at(&self) -> i64 {
        self.last_at.load(Ordering::Relaxed)
    }

    fn fell(&self) {
        self.last_at.store(Timestamp::now().0, Ordering::Relaxed);
    }

    /// Deals them all, each at its instant, whatever state the one before has left.
    pub(super) async fn deal(&self, report: &Report, events: Vec<Event>) -> Result<()> {
        let begun = tokio::time::Instant::now();
        let each = events.into_iter().map(|event| async move {
            tokio::time::sleep_until(begun + event.at).await;
            match event.blow {
                Blow::Kill { role, down } => {
                    let Some(killed) = self.kill_from(report, role).await? else {
                        return Ok(());
                    };
                    tokio::time::sleep(down).await;
                    self.start(report, killed).await
                }
                Blow::Restart(server, data) => self.restart(report, server, data).await,
            }
        });
        try_join_all(each).await.map(|_| ())
    }

    /// Kills the role of this number, or the next that is alive if it is down from the blow before.
    async fn kill_from(&self, report: &Report, first: usize) -> Result<Option<usize>> {
        let count = self.fleet.roles.len();
        for role in (first..first + count).map(|role| role % count) {
            if self.kill(report, role).await? {
                return Ok(Some(role));
            }
        }
        Ok(None)
    }

    /// Kills a role by SIGKILL; false if there was no process to kill.
    pub(super) async fn kill(&self, report: &Report, role: usize) -> Result<bool> {
        let mut role = self.fleet.roles[role].lock().await;
        let killed = role.kill().await?;
        if killed {
            self.fell();
            self.kills.fetch_add(1, Ordering::Relaxed);
            report.tell(format!("SIGKILL {}", role.name));
        }
        Ok(killed)
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
        report.tell(format!("{name} is to restart {kept}"));
        self.fell();
        let begun = Instant::now();
        handle.restart(data).await?;
        self.restarts.fetch_add(1, Ordering::Relaxed);
        report.tell(format!(
            "{name} is back {kept}, {:.1} s later",
            begun.elapsed().as_secs_f64()
        ));
        Ok(())
    }
}
