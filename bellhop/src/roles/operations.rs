//! Health and metrics of a process, on a listener of their own.

use super::api::listen;
use crate::live::{SettingsReady, SettingsStatus};
use anyhow::{Context, Result};
use async_trait::async_trait;
use bellhop_api::{Bounds, Ready};
use bellhop_broker::Broker;
use bellhop_rate_limits::Limiter;
use bellhop_store::SqlStore;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What a process needs for its roles, which `/readyz` checks.
pub struct Needs {
    pub store: Arc<SqlStore>,
    pub broker: Option<Arc<dyn Broker>>,
    pub limiter: Option<Arc<dyn Limiter>>,
    /// Which settings the process follows, and its troubles with them.
    pub settings: Arc<SettingsStatus>,
}

/// Serves the operational routes at an address, whose name in the configuration is given.
pub async fn serve(
    at: (SocketAddr, &str),
    needs: &Needs,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> Result<SocketAddr> {
    let recorder = recorder()?;
    let store: Box<dyn Ready> = Box::new(StoreReady(needs.store.clone()));
    let broker = needs
        .broker
        .clone()
        .map(|it| Box::new(BrokerReady(it)) as Box<dyn Ready>);
    let limits = needs
        .limiter
        .clone()
        .map(|it| Box::new(LimitsReady(it)) as Box<dyn Ready>);
    let settings: Box<dyn Ready> = Box::new(SettingsReady(needs.settings.clone()));
    let needs = [store, settings].into_iter().chain(broker).chain(limits).collect();
    let router = bellhop_api::operations(needs, Arc::new(move || recorder.render()));
    listen(at, router, Bounds::default(), Vec::new(), stop, tasks).await
}

/// The histogram buckets of durations, in seconds.
const SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];
const UPKEEP: Duration = Duration::from_secs(5);

/// The metrics of the process; one recorder, however many servers render it.
fn recorder() -> Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("metrics")?;
    let recorder = HANDLE.get_or_init(|| handle).clone();
    let kept = recorder.clone();
    // Observations are summed up even if nobody asks for the metrics, so that they do not pile up. This task ends
    // with the process.
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            kept.run_upkeep();
        }
    });
    Ok(recorder)
}

struct StoreReady(Arc<SqlStore>);
struct BrokerReady(Arc<dyn Broker>);
struct LimitsReady(Arc<dyn Limiter>);

#[async_trait]
impl Ready for StoreReady {
    fn name(&self) -> &'static str {
        "store"
    }
    async fn ready(&self) -> Result<(), String> {
        self.0.answers().await.map_err(|e| e.to_string())
    }
}

#[async_trait]
impl Ready for BrokerReady {
    fn name(&self) -> &'static str {
        "broker"
    }
    async fn ready(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|e| e.to_string())
    }
}

#[async_trait]
impl Ready for LimitsReady {
    fn name(&self) -> &'static str {
        "limits"
    }
    async fn ready(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|e| e.to_string())
    }
}
