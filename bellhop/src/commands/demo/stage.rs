//! The demo's stage: a simulator, a configuration that points to it, and all roles at work.

use super::guests::SampleFiles;
use super::site::{self, Backend};
use super::{rows, say};
use crate::commands::Context;
use crate::commands::import::{Kind, import_file};
use crate::config::SenderSection;
use crate::roles::{self, Roles, Running};
use anyhow::{Context as _, Result, ensure};
use bellhop_channels::VapidKey;
use bellhop_domain::Timestamp;
use bellhop_simulator::{Faults, PeopleConfig, Simulator, SimulatorConfig};
use bellhop_store::SqlStore;
use bellhop_store::guests::{GuestBase, Organisation, Scope};
use bellhop_store::import::ImportOptions;
use secrecy::ExposeSecret;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const VAPID_FILE: &str = "vapid.pem";

pub struct Stage {
    simulator: bellhop_simulator::Running,
    running: Running,
    site: SocketAddr,
    stop: CancellationToken,
    pub organisation: Organisation,
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
        let parts = crate::wiring::open(&config).await?;
        let organisation = parts
            .organisations
            .first()
            .cloned()
            .context("the configuration has no organisation")?;
        let scopes = [Scope::Orders, Scope::Opens, Scope::Endpoints];
        let key = parts
            .store
            .create_api_key(
                organisation.id,
                "demo guests",
                &scopes,
                rand::random(),
                Timestamp::now(),
            )
            .await?;
        let simulator = Simulator::start(SimulatorConfig {
            people: Some(people(&config.http.public_url, key.clone())),
            fcm: bellhop_simulator::FcmConfig {
                service_account_file: Some(folder.join("firebase.json")),
                ..Default::default()
            },
            // One number in three hundred would be a magic one; tokens are magic only where the sample says so.
            faults: without_magic_numbers(),
            ..SimulatorConfig::default()
        })
        .await?;
        simulator.set_report_url(Some(format!(
            "{}/webhooks/{}/sms",
            config.http.public_url, organisation.slug
        )));
        let vapid = VapidKey::generate().map_err(anyhow::Error::msg)?;
        std::fs::write(folder.join(VAPID_FILE), vapid.to_pem().expose_secret())?;
        config.senders = senders(&organisation.slug, folder, &simulator)?;
        let stop = CancellationToken::new();
        let running = roles::start(&config, Roles::ALL, Some("demo".to_owned()), &stop).await?;
        let backend = Backend {
            store: running.parts.store.clone(),
            org: organisation.id,
            api_url: config.http.public_url.clone(),
            api_key: key,
            public_key: vapid.public(),
        };
        let site = site::open(backend, stop.clone()).await?;
        Ok(Self {
            simulator,
            running,
            site,
            stop,
            organisation,
        })
    }

    pub fn store(&self) -> &Arc<SqlStore> {
        &self.running.parts.store
    }

    pub fn api_url(&self) -> String {
        self.running.api.map(|a| format!("http://{a}")).unwrap_or_default()
    }

    pub fn simulator_url(&self) -> String {
        self.simulator.admin_url()
    }

    /// A site on which the visitor's own browser can subscribe.
    pub fn site_url(&self) -> String {
        format!("http://{}", self.site)
    }

    pub async fn import(&self, files: &SampleFiles) -> Result<()> {
        for (kind, file) in [(Kind::Customers, &files.customers), (Kind::Orders, &files.orders)] {
            let started = Instant::now();
            let options = ImportOptions {
                dry_run: false,
                errors: None,
                progress: &|_| {},
            };
            let summary = import_file(self.store(), &self.organisation, kind, file, options).await?;
            ensure!(summary.errors == 0, "the sample files have {} bad rows", summary.errors);
            let name = kind.name();
            say(&format!(
                "   {} {name} imported in {:.1} s",
                summary.rows,
                started.elapsed().as_secs_f64()
            ));
        }
        Ok(())
    }

    /// Waits until no simulated guest has anything left to do.
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
    pub fn print_simulators_ledger(&self) -> Result<()> {
        say("\n   The simulated providers' own ledger:");
        let summary = serde_json::to_value(self.simulator.summary())?;
        let channels = summary["channels"]
            .as_object()
            .context("the simulator's summary has no channels")?;
        let line = |(name, c): (&String, &serde_json::Value)| {
            vec![
                name.clone(),
                format!(
                    "{} accepted, {} refused, {} recipients, {} doubled",
                    c["accepted"], c["refused"], c["unique_recipients"], c["duplicates"]
                ),
            ]
        };
        rows(&channels.iter().map(line).collect::<Vec<_>>());
        Ok(())
    }

    /// Stops everything.
    pub async fn strike(self) {
        self.stop.cancel();
        self.running.finished().await;
        self.simulator.shutdown().await;
    }
}

/// The asked port, or one that is free now.
fn free_port(port: u16) -> Result<SocketAddr> {
    let asked = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = std::net::TcpListener::bind(asked)
        .with_context(|| format!("cannot listen on {asked}; choose another --port"))?;
    Ok(listener.local_addr()?)
}

fn people(api_url: &str, api_key: secrecy::SecretString) -> PeopleConfig {
    PeopleConfig {
        api_url: api_url.to_owned(),
        api_key,
        promo: Some("BACK20".to_owned()),
        // A quarter of an hour passes in a second.
        time_scale: 900.0,
        ..PeopleConfig::default()
    }
}

fn without_magic_numbers() -> Faults {
    let mut faults = Faults::default();
    faults.sms.magic_recipients = false;
    faults
}

fn senders(organisation: &str, folder: &Path, simulator: &bellhop_simulator::Running) -> Result<Vec<SenderSection>> {
    let secret = |name: &str| -> Result<serde_json::Value> {
        let file = folder.join(name);
        std::fs::write(&file, "secret")?;
        Ok(json!({ "file": file }))
    };
    let section = |name: &str, provider: &str, rate: &str, settings| SenderSection {
        organisation: organisation.to_owned(),
        name: name.to_owned(),
        provider: provider.to_owned(),
        rate: rate.to_owned(),
        pool: None,
        settings,
    };
    let fcm = json!({
        "key_file": folder.join("firebase.json"),
        "base_url": simulator.fcm_url(),
        "token_uri": format!("{}/token", simulator.fcm_url()),
    });
    let sms = json!({
        "preset": "smsc_ru",
        "base_url": simulator.sms_url(),
        "values": { "login": "bellhop" },
        "secrets": { "password": secret("sms-password")?, "reports": secret("sms-reports")? },
    });
    let web_push = json!({
        "vapid_key": { "file": folder.join(VAPID_FILE) },
        "subject": "https://bellhop.example",
    });
    Ok(vec![
        section("app", "fcm", "600000/min", fcm),
        section("sms", "sms_http", "500/s", sms),
        section("site", "web_push", "", web_push),
    ])
}
