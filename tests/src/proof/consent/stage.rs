//! The proof's senders beside the fleet's own: an SMSC and two bots.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Result;
use bellhop_test_services::free_port;
use serde_json::{Value, json};

use super::voices::SECRET;
use crate::fleet::Settings;
use crate::proof::Scale;

/// Where the simulated providers listen.
pub(super) struct Addresses {
    smpp: SocketAddr,
    telegram: SocketAddr,
    max: SocketAddr,
}

impl Addresses {
    pub(super) fn free() -> Result<Self> {
        let local = || Ok::<_, anyhow::Error>(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)));
        Ok(Self {
            smpp: local()?,
            telegram: local()?,
            max: local()?,
        })
    }

    pub(super) fn add_senders(&self, config: &mut Value, folder: &Path, rate: &str) {
        let secret = json!({ "file": folder.join("secret") });
        config["simulator"]["smpp"] = json!({ "addr": self.smpp.to_string() });
        config["simulator"]["telegram"] = json!({ "addr": self.telegram.to_string() });
        config["simulator"]["max_bot"] = json!({ "addr": self.max.to_string(), "token": SECRET });
        // Consecutive numbers would include the simulator's magic ones.
        for channel in ["smpp", "telegram", "max_bot"] {
            config["simulator"]["faults"][channel] = json!({ "magic_recipients": false });
        }
        let Some(senders) = config["sender"].as_array_mut() else {
            return;
        };
        senders.retain(|sender| sender["name"] != "sms");
        for sender in senders.iter_mut() {
            if sender["name"] == "whatsapp" {
                sender["rate"] = json!(rate);
            }
        }
        senders.insert(0, json!({ "organisation": "default", "name": "smsc", "provider": "smpp", "rate": rate, "settings": {
            "host": "127.0.0.1", "port": self.smpp.port(), "system_id": "bellhop", "password": secret, "source": "PIZZA",
            "reconnect_seconds": 1,
        } }));
        senders.push(
            json!({ "organisation": "default", "name": "tg", "provider": "telegram", "rate": rate, "settings": {
            "base_url": format!("http://{}", self.telegram),
            "token": { "file": folder.join("bot-token") },
            "webhook_secret": secret,
        } }),
        );
        senders.push(
            json!({ "organisation": "default", "name": "max", "provider": "max_bot", "rate": rate, "settings": {
            "contract": "of the proof", "base_url": format!("http://{}", self.max), "token": secret, "webhook_secret": secret,
        } }),
        );
    }
}

/// The simulator's bot.
pub(super) const BOT_TOKEN: &str = "7000000001:AAsimulated-bot_token";

pub(super) fn write_secrets(folder: &Path) -> Result<()> {
    std::fs::write(folder.join("secret"), SECRET)?;
    std::fs::write(folder.join("bot-token"), BOT_TOKEN)?;
    Ok(())
}

pub(super) fn settings(scale: Scale) -> Settings {
    Settings {
        seed: scale.seed,
        page: 1_000,
        push_rate: "500/s".to_owned(),
        sms_rate: "500/s".to_owned(),
        push_faults: json!({}),
        sms_faults: json!({}),
        settlement_seconds: 60.0,
        own_calls: true,
    }
}

/// A program that advertises on the same channels.
pub(super) fn program() -> Value {
    let mut program = advertisement("quiz");
    if let Some(keys) = program.as_object_mut() {
        keys.remove("audience");
        keys.insert(
            "trigger".to_owned(),
            json!({ "event": { "kind": "custom", "name": "quiz" } }),
        );
    }
    program
}

/// An advertisement on every channel on which guests can answer.
pub(super) fn advertisement(name: &str) -> Value {
    json!({
        "name": name,
        "audience": { "all": [] },
        "contents": {
            "whatsapp": { "template": { "name": "come_back", "language": "ru", "parameters": ["пицца"] } },
            "telegram": { "text": "Two pizzas for the price of one until Sunday" },
            "max": { "text": "Two pizzas for the price of one until Sunday" },
            "sms": { "text": "Two pizzas for the price of one until Sunday" },
        },
        "waterfall": [{ "channel": "whatsapp", "success": "accepted" }, { "channel": "telegram", "success": "accepted" },
            { "channel": "max", "success": "accepted" }, { "channel": "sms" }],
        "expires_after_minutes": 600,
    })
}
