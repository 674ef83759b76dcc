//! The demo's stage: a simulator, a configuration that points to it, and all roles at work.

use super::brands::{self, Brand, Keys};
use super::guests::{self, SampleFiles};
use super::providers;
use super::say;
use super::senders::{Desk, SiteKey};
use super::site::{self, Backend};
use crate::commands::Context;
use crate::commands::import::{Kind, import_file};
use crate::config::Config;
use crate::opening::{self, Parts};
use crate::roles::{self, Roles, Running, WorkerRole};
use crate::welcome;
use anyhow::{Context as _, Result, ensure};
use bellhop_domain::Timestamp;
use bellhop_domain::words::Language;
use bellhop_settings::Said;
use bellhop_simulator::{Simulator, Summary};
use bellhop_store::SqlStore;
use bellhop_store::accounts::Links;
use bellhop_store::guests::{ApiKeys, KeyKind, Organisation};
use bellhop_store::import::ImportOptions;
use futures_util::{StreamExt as _, TryStreamExt as _};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How many requests are made to Bellhop's API at once.
const REGISTRATIONS: usize = 8;

pub struct Stage {
    simulator: bellhop_simulator::Running,
    running: Running,
    site: SocketAddr,
    stop: CancellationToken,
    /// In the order of [`Brand`].
    organisations: [Organisation; 2],
    keys: Keys,
    /// The public key of the first brand's site.
    site_key: String,
}

impl Stage {
    /// Starts the simulator and all roles, with their data in `folder`.
    pub async fn set(context: &Context, folder: &Path, port: u16) -> Result<Self> {
        let mut config = context.config.clone();
        config.store.url = format!("sqlite:{}", folder.join("bellhop.db").display());
        config.broker.url = "in-process:".to_owned();
        config.limits.url = "in-process:".to_owned();
        config.http.listen = free_port(port)?;
        config.http.public_url = format!("http://{}", config.http.listen);
        config.http.operations_listen = free_port(0)?;
        config.organisations.truncate(1);
        first_evening(&mut config);
        let pizza = config
            .organisations
            .first()
            .context("the configuration has no organisation")?;
        let (slug, sushi) = (pizza.slug.clone(), brands::sushi(pizza));
        config.organisations.push(sushi);
        config.said = Said::ALL;
        let parts = opening::begin(&config, "bellhop demo").await?;
        let organisations: [Organisation; 2] = parts
            .organisations
            .clone()
            .try_into()
            .map_err(|_| anyhow::anyhow!("the demo has two organisations"))?;
        let keys = Keys {
            pizza: api_key(&parts, &organisations[0]).await?,
            sushi: api_key(&parts, &organisations[1]).await?,
        };
        let far = providers::far_side(folder, &config.http.public_url, &keys);
        let simulator = Simulator::start(far).await?;
        brands::connect(&simulator, &config.http.public_url, &slug);
        let site_key = SiteKey::make(folder.join("vapid.pem"))?;
        let visitors_key = SiteKey::make(folder.join("visitors-vapid.pem"))?;
        let desk = Desk {
            pizza: &slug,
            folder,
            far: &simulator,
        };
        config.senders = desk.senders(&site_key, &visitors_key)?;
        let stop = CancellationToken::new();
        let worker = WorkerRole {
            name: Some("demo".to_owned()),
            lane: None,
        };
        let running = roles::start(&config, Roles::ALL, worker, &stop).await?;
        let backend = Backend {
            store: running.parts.store.clone(),
            org: organisations[1].id,
            api_url: config.http.public_url.clone(),
            api_key: keys.sushi.clone(),
            public_key: visitors_key.public,
        };
        let site = site::open(backend, stop.clone()).await?;
        Ok(Self {
            simulator,
            running,
            site,
            stop,
            organisations,
            keys,
            site_key: site_key.public,
        })
    }

    pub fn store(&self) -> &Arc<SqlStore> {
        &self.running.parts.store
    }

    pub fn organisation(&self, brand: Brand) -> &Organisation {
        &self.organisations[brand as usize]
    }

    pub fn api_url(&self) -> String {
        self.running.api.map(|a| format!("http://{a}")).unwrap_or_default()
    }

    pub fn metrics_url(&self) -> String {
        let at = self.running.operations;
        at.map(|a| format!("http://{a}/metrics")).unwrap_or_default()
    }

    pub fn simulator_url(&self) -> String {
        self.simulator.admin_url()
    }

    /// A site on which the visitor's own browser can subscribe.
    pub fn site_url(&self) -> String {
        format!("http://{}", self.site)
    }

    pub async fn import(&self, files: &SampleFiles) -> Result<()> {
        self.import_file(Brand::Pizza, Kind::Customers, &files.customers)
            .await?;
        self.import_file(Brand::Pizza, Kind::Orders, &files.orders).await
    }

    pub async fn import_file(&self, brand: Brand, kind: Kind, file: &Path) -> Result<()> {
        let started = Instant::now();
        let options = ImportOptions {
            by_hand: Default::default(),
            dry_run: false,
            errors: None,
            language: Language::En,
            progress: &|_| {},
        };
        let organisation = self.organisation(brand);
        let summary = import_file(self.store(), organisation, kind, file, options).await?;
        ensure!(summary.errors == 0, "the sample files have {} bad rows", summary.errors);
        say(&format!(
            "   {} {} imported in {:.1} s",
            summary.rows,
            kind.name(),
            started.elapsed().as_secs_f64()
        ));
        Ok(())
    }

    /// Browsers and Telegram accounts of the first brand's guests register through the API, as a site or a login
    /// would do.
    pub async fn register(&self, guests: u32) -> Result<()> {
        let started = Instant::now();
        let browsers = (1..=guests)
            .filter(|number| guests::has_subscribed(*number))
            .map(|number| {
                let subscription = self
                    .simulator
                    .web_push_subscription(u64::from(number), Some(&self.site_key))
                    .context("no push service is simulated")?;
                Ok(registration("web_push", number, &subscription))
            });
        let accounts = (1..=guests).filter_map(|number| {
            let id = guests::telegram_id(number)?;
            Some(Ok(registration("telegram", number, &id.to_string())))
        });
        let bodies = browsers.chain(accounts).collect::<Result<Vec<_>>>()?;
        let count = bodies.len();
        let client = reqwest::Client::new();
        let url = format!("{}/v1/endpoints", self.api_url());
        futures_util::stream::iter(bodies)
            .map(|body| {
                let request = client
                    .post(&url)
                    .bearer_auth(self.keys.pizza.expose_secret())
                    .json(&body);
                async move { anyhow::Ok(request.send().await?.error_for_status().map(drop)?) }
            })
            .buffer_unordered(REGISTRATIONS)
            .try_collect::<Vec<()>>()
            .await?;
        say(&format!(
            "   {count} browsers and Telegram accounts registered in {:.1} s",
            started.elapsed().as_secs_f64()
        ));
        Ok(())
    }

    /// Waits until the simulated guests have nothing left to do.
    pub async fn people_are_done(&self, patience: Duration) -> Result<()> {
        let started = Instant::now();
        while self.simulator.people().waiting > 0 {
            ensure!(
                started.elapsed() < patience,
                "the simulated guests did not come to an end"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// What the providers saw: a ledger that shares no code with Bellhop's.
    pub fn far_ledger(&self) -> Summary {
        self.simulator.summary()
    }

    /// Where the console is, by a link that makes the first administrator of the first brand.
    pub async fn invitation(&self) -> Result<Option<String>> {
        let link = (self.store()).first_link(self.organisations[0].id, rand::random(), Timestamp::now());
        Ok(link.await?.map(|link| welcome::address(&self.api_url(), &link)))
    }

    /// Stops everything.
    pub async fn strike(self) {
        self.stop.cancel();
        self.running.finished().await;
        self.simulator.shutdown().await;
    }
}

/// Lifts quiet hours and caps: a demo on the first evening sends at any time, and several mailings to the same
/// guests.
fn first_evening(config: &mut Config) {
    for setting in [&mut config.marketing.quiet_hours, &mut config.marketing.frequency_cap] {
        *setting = "off".to_owned();
    }
    for organisation in &mut config.organisations {
        (organisation.quiet_hours, organisation.frequency_cap) = (None, None);
    }
}

fn registration(kind: &str, number: u32, address: &str) -> Value {
    json!({ "kind": kind, "customer_id": guests::external_id(number), "address": address })
}

async fn api_key(parts: &Parts, organisation: &Organisation) -> Result<SecretString> {
    let scopes = KeyKind::Backend.usual();
    let now = Timestamp::now();
    let random = rand::random();
    let made = parts
        .store
        .create_api_key(organisation.id, "demo guests", KeyKind::Backend, &scopes, random, now);
    Ok(made.await?)
}

/// The port asked for, or one that is free now.
fn free_port(port: u16) -> Result<SocketAddr> {
    let asked = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = std::net::TcpListener::bind(asked)
        .with_context(|| format!("cannot listen on {asked}; choose another --port"))?;
    Ok(listener.local_addr()?)
}
