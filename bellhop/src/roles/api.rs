//! The HTTP side of a process.

use crate::config::Config;
use crate::wiring::{self, Parts};
use anyhow::{Context, Result};
use async_trait::async_trait;
use axum::Router;
use bellhop_api::{Api, Ready, WebhookSender};
use bellhop_broker::Broker;
use bellhop_domain::MessageId;
use bellhop_rate_limits::Limiter;
use bellhop_store::SqlStore;
use bellhop_worker::Senders;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What a process needs to work, as `/readyz` asks it.
pub struct Needs<'a> {
    pub parts: &'a Parts,
    pub broker: &'a Arc<dyn Broker>,
    pub limiter: &'a Arc<dyn Limiter>,
}

/// Serves the API and the operational routes; returns where.
pub async fn serve(
    config: &Config,
    needs: &Needs<'_>,
    senders: &Senders,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> Result<SocketAddr> {
    let parts = needs.parts;
    let slug = |org| {
        parts
            .organisations
            .iter()
            .find(|o| o.id == org)
            .map(|o| o.slug.clone())
            .unwrap_or_default()
    };
    let webhooks = senders
        .iter()
        .map(|s| {
            (
                (slug(s.org), s.name.clone()),
                WebhookSender {
                    org: s.org,
                    peers: senders.peers(s),
                    provider: s.provider.clone(),
                },
            )
        })
        .collect::<HashMap<_, _>>();
    let api = Api {
        guests: parts.store.clone(),
        ledger: parts.store.clone(),
        webhooks: Arc::new(webhooks),
        public_url: config.http.public_url.trim_end_matches('/').to_owned(),
        kinds: Arc::new(wiring::kinds(senders)),
        message_id: || MessageId(rand::random()),
        clock: wiring::clock(),
    };
    let router = bellhop_api::router(api).merge(operations(needs)?);
    listen(config.http.listen, "http.listen", router, stop, tasks).await
}

/// Serves the operational routes alone.
pub async fn serve_operations(
    at: SocketAddr,
    needs: &Needs<'_>,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> Result<SocketAddr> {
    listen(at, "operations.listen", operations(needs)?, stop, tasks).await
}

async fn listen(
    at: SocketAddr,
    key: &str,
    router: Router,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> Result<SocketAddr> {
    let listener = TcpListener::bind(at)
        .await
        .with_context(|| format!("{key}: cannot listen on {at}; is the port taken?"))?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "listening");
    let stop = stop.clone();
    tasks.spawn(async move {
        let served = axum::serve(listener, router)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the HTTP server ended");
        }
    });
    Ok(address)
}

fn operations(needs: &Needs<'_>) -> Result<Router> {
    let recorder = recorder()?;
    let needs: Vec<Box<dyn Ready>> = vec![
        Box::new(StoreReady(needs.parts.store.clone())),
        Box::new(BrokerReady(needs.broker.clone())),
        Box::new(LimitsReady(needs.limiter.clone())),
    ];
    Ok(bellhop_api::operations(needs, Arc::new(move || recorder.render())))
}

/// The buckets of durations, in seconds.
const SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];
const UPKEEP: Duration = Duration::from_secs(5);

/// The process' metrics; one recorder however many servers render it.
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
    // What is observed is summed up even if nobody asks for it, so that it does not pile up. It ends with the process.
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
