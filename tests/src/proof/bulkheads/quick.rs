//! The other organisation: it has its own app at its own simulated provider, which answers at once.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use bellhop_test_services::free_port;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{all_imported, id};
use crate::fleet::{Fleet, Role};
use crate::guests::{self, Reach};
use crate::simulator::SimulatorBooks;

/// Its name in the configuration.
pub(super) const SLUG: &str = "quick";

/// Where its provider will listen.
pub(super) struct Quick {
    fcm: SocketAddr,
    admin: SocketAddr,
    folder: TempDir,
}

/// Its provider. Dropping it ends it.
pub(super) struct Running {
    books: SimulatorBooks,
    folder: TempDir,
    _process: Role,
}

impl Quick {
    pub fn prepare() -> Result<Self> {
        let local = || Ok::<_, anyhow::Error>(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)));
        Ok(Self {
            fcm: local()?,
            admin: local()?,
            folder: tempfile::Builder::new().prefix("bellhop-proof-").tempdir()?,
        })
    }

    /// Adds the organisation and its sender.
    pub fn add(&self, config: &mut Value) {
        let organisation = |slug: &str| {
            json!({
                "slug": slug,
                "name": slug,
                "currency": "RUB",
                "timezone": "Europe/Moscow",
                "region": "RU",
                "locale": "ru",
                "attribution_hours": 72,
                "retention": { "cooling_days": 14, "lost_days": 30, "new_days": 14, "returned_days": 14 },
            })
        };
        config["organisation"] = json!([organisation("default"), organisation(SLUG)]);
        let sender = json!({ "organisation": SLUG, "name": "app", "provider": "fcm", "rate": "unlimited", "settings": {
            "key_file": self.folder.path().join("firebase.json"),
            "base_url": format!("http://{}", self.fcm),
            "token_uri": format!("http://{}/token", self.fcm),
        } });
        if let Some(senders) = config["sender"].as_array_mut() {
            senders.push(sender);
        }
    }

    pub fn start(self, fleet: &Fleet) -> Result<Running> {
        let config = json!({ "simulator": {
            "admin_addr": self.admin.to_string(),
            "fcm_addr": self.fcm.to_string(),
            "fcm": { "service_account_file": self.folder.path().join("firebase.json") },
        } });
        let file = self.folder.path().join("quick.toml");
        std::fs::write(&file, toml::to_string(&config)?)?;
        let bellhop = fleet.bellhop.clone().with_config(&file);
        let mut process = Role::new("simulator-quick", &bellhop, self.folder.path());
        process.start()?;
        Ok(Running {
            books: SimulatorBooks::at(self.admin)?,
            folder: self.folder,
            _process: process,
        })
    }
}

impl Running {
    pub async fn import(&self, fleet: &Fleet, count: u32) -> Result<()> {
        let file = self.folder.path().join("customers.csv");
        guests::write(&file, count, |_| Reach::App)?;
        let file = file.to_string_lossy();
        let import = ["--organisation", SLUG, "import", "customers", &file];
        all_imported(&fleet.bellhop.json(&import).await?, count)
    }

    /// Creates a mailing to all its guests and launches it; returns its id.
    pub async fn launch(&self, fleet: &Fleet, mailing: &Value) -> Result<i64> {
        let file = self.folder.path().join("mailing.json");
        std::fs::write(&file, mailing.to_string())?;
        let file = format!("@{}", file.display());
        let create = ["--organisation", SLUG, "mailing", "create", &file];
        let id = id(&fleet.bellhop.json(&create).await?)?;
        let launch = ["--organisation", SLUG, "mailing", "launch", &id.to_string()];
        fleet.bellhop.json(&launch).await?;
        Ok(id)
    }

    pub async fn accepted(&self) -> Result<u64> {
        self.books.accepted().await
    }
}
