//! Three WhatsApp numbers behind WAHA, each a server of its own as in its free edition, and what each accepted.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Result, ensure};
use bellhop_test_services::free_port;
use serde_json::{Value, json};

use crate::command::Bellhop;
use crate::fleet::Role;
use crate::proof::pool::{NUMBERS, RATE};
use crate::simulator::SimulatorBooks;

/// Where the simulated servers listen.
pub struct Addresses {
    waha: Vec<SocketAddr>,
    admin: Vec<SocketAddr>,
}

impl Addresses {
    pub fn free() -> Result<Self> {
        let local = || Ok::<_, anyhow::Error>(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)));
        let each = || NUMBERS.iter().map(|_| local()).collect::<Result<Vec<_>>>();
        Ok(Self {
            waha: each()?,
            admin: each()?,
        })
    }

    /// Adds a sender for each number, all of one pool.
    pub fn add_senders(&self, config: &mut Value, folder: &Path) {
        let secret = |name: &str| json!({ "file": folder.join(name) });
        let senders = NUMBERS.iter().zip(&self.waha).map(|(number, addr)| {
            json!({ "organisation": "default", "name": number, "provider": "waha", "pool": "numbers", "rate": RATE, "warm": true, "settings": {
                "base_url": format!("http://{addr}"),
                "api_key": secret("waha-key"),
                "webhook_key": secret("waha-calls"),
            } })
        });
        if let Some(list) = config["sender"].as_array_mut() {
            list.extend(senders);
        }
    }
}

/// The running servers. Dropping them ends them.
pub struct Numbers {
    servers: Vec<(SimulatorBooks, SocketAddr)>,
    _processes: Vec<Role>,
}

/// What each number accepted: the guests' chats and the instants, in ms UTC.
pub type Taken = BTreeMap<&'static str, Vec<(String, i64)>>;

impl Numbers {
    pub fn start(addresses: &Addresses, bellhop: &Bellhop, folder: &Path, api: &str) -> Result<Self> {
        let (mut servers, mut processes) = (Vec::new(), Vec::new());
        for (nth, number) in NUMBERS.iter().enumerate() {
            let config = json!({ "simulator": {
                "admin_addr": addresses.admin[nth].to_string(),
                "waha": {
                    "addr": addresses.waha[nth].to_string(),
                    "api_key": "secret",
                    "webhook_key": "secret",
                    "webhook": { "url": format!("{api}/webhooks/default/{number}"), "delay_ms": [50, 150] },
                    "guests": { "read": 0.0 },
                },
                "faults": { "waha": { "magic_recipients": false, "latency_ms": [50, 400] } },
            } });
            let file = folder.join(format!("{number}.toml"));
            std::fs::write(&file, toml::to_string(&config)?)?;
            let mut process = Role::new(
                &format!("simulator-{number}"),
                &bellhop.clone().with_config(&file),
                folder,
            );
            process.start()?;
            processes.push(process);
            servers.push((SimulatorBooks::at(addresses.admin[nth])?, addresses.admin[nth]));
        }
        Ok(Self {
            servers,
            _processes: processes,
        })
    }

    /// WhatsApp bans a number: its session ends in `FAILED`, and the server says so.
    pub async fn ban(&self, nth: usize) -> Result<()> {
        let url = format!("http://{}/_sim/waha/session", self.servers[nth].1);
        let answer = reqwest::Client::new()
            .post(url)
            .json(&json!({ "state": "FAILED" }))
            .send()
            .await?;
        ensure!(answer.status().is_success(), "no ban: {}", answer.status());
        Ok(())
    }

    pub async fn taken(&self) -> Result<Taken> {
        let mut taken = Taken::new();
        for (number, (books, _)) in NUMBERS.iter().zip(&self.servers) {
            let mut each: Vec<_> = (books.book("waha").await?.0.iter())
                .flat_map(|message| message.times.iter().map(|at| (message.recipient.clone(), *at)))
                .collect();
            each.sort_unstable_by_key(|(_, at)| *at);
            taken.insert(number, each);
        }
        Ok(taken)
    }

    pub async fn count(&self) -> Result<usize> {
        Ok(self.taken().await?.values().map(Vec::len).sum())
    }
}
