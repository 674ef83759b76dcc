//! The HTTP API of a process.

use crate::config::{Config, FilesSection, HttpSection};
use crate::opening::Parts;
use crate::{secrets, wiring};
use anyhow::{Context, Result};
use axum::Router;
use bellhop_api::{Api, Bounded, Bounds, Crowd, Desk, Entrance, Files, Oidc, OidcService, Served};
use bellhop_campaigns::Live;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Serves the API; returns where.
pub async fn serve(
    config: &Config,
    parts: &Parts,
    live: Live<Served>,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> Result<SocketAddr> {
    let bounds = bounds(&config.http);
    let bounded = Bounded::new(&bounds);
    let slow = bounded.slow();
    let api = Api {
        organisations: parts.store.clone(),
        keys: parts.store.clone(),
        guests: parts.store.clone(),
        events: parts.store.clone(),
        ledger: parts.store.clone(),
        store: parts.store.clone(),
        accounts: parts.store.clone(),
        entrance: Entrance {
            random: secrets::random,
            oidc: oidc(config)?,
        },
        live,
        desk: Desk {
            book: parts.store.clone(),
            keys: Arc::new(secrets::keys(config)?),
            environment: secrets::environment,
            nonce: secrets::nonce,
            randomness: secrets::randomness,
        },
        webhook_caller: Arc::new(wiring::webhook_caller(config)?),
        public_url: config.http.public_url.trim_end_matches('/').to_owned(),
        bounded,
        files: files(&config.files),
        clock: wiring::clock(),
    };
    tasks.spawn(bellhop_api::file_work(api.clone(), stop.clone()));
    let at = (config.http.listen, "http.listen");
    listen(at, bellhop_api::router(api), bounds, slow, stop, tasks).await
}

/// The other service by which people may log in, if there is one.
fn oidc(config: &Config) -> Result<Option<Oidc>> {
    let Some(section) = &config.oidc else {
        return Ok(None);
    };
    let secret = section.client_secret.read(&secrets::environment);
    let service = OidcService {
        issuer: section.issuer.clone(),
        client_id: section.client_id.clone(),
        client_secret: secret.context("oidc.client_secret")?,
    };
    Oidc::new(service).map(Some).map_err(anyhow::Error::msg)
}

fn files(section: &FilesSection) -> Files {
    let bytes = |mib: u64| mib.saturating_mul(1 << 20);
    let kept = Duration::from_secs(section.hours.saturating_mul(3_600));
    let (upload, together) = (bytes(section.upload_mib), bytes(section.organisation_mib));
    Files::new(section.folder.clone(), upload, together, kept)
}

fn bounds(section: &HttpSection) -> Bounds {
    Bounds {
        connections: section.connections.max(1),
        connections_per_address: Some(section.connections_per_address).filter(|most| *most > 0),
        idle: Duration::from_secs(section.idle_seconds),
        body: Duration::from_secs(section.body_seconds),
        header_bytes: section.header_bytes,
        url_bytes: section.url_bytes,
        body_memory: section.body_memory_mib << 20,
        ..Bounds::default()
    }
}

/// Listens at an address, whose name in the configuration is given, and serves requests.
pub(super) async fn listen(
    (at, key): (SocketAddr, &str),
    router: Router,
    bounds: Bounds,
    slow: Vec<Crowd>,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> Result<SocketAddr> {
    let listener = TcpListener::bind(at)
        .await
        .with_context(|| format!("{key}: cannot listen on {at}; is the port taken?"))?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "listening ({key})");
    tasks.spawn(bellhop_api::serve(listener, router, bounds, slow, stop.clone()));
    Ok(address)
}
