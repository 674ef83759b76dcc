//! Outgoing webhooks at work: watched messages are looked at, notices become deliveries, and what is due is delivered.
//!
//! What is told and in which order is the store's (`store/src/webhooks`), how a call is signed and which addresses are called
//! that of `bellhop-channels`, when a try is repeated that of the domain. What is here brings them together.

mod deliver;
mod tell;

use bellhop_channels::outgoing_webhook::WebhookCaller;
use bellhop_domain::WebhookId;
use bellhop_settings::sealed::Keys;
use bellhop_store::base::outbox::{Kind, Reader};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Of several dispatchers one reads notices; another takes over when that one has been silent for this long.
const TURN: Duration = Duration::from_secs(30);

/// With what webhooks are called.
#[derive(Debug)]
pub struct WebhookParts {
    pub caller: WebhookCaller,
    /// Which open their secrets.
    pub keys: Keys,
}

/// What a dispatcher keeps for webhooks. All of it can be lost.
pub(crate) struct Webhooks {
    reader: Reader,
    /// Absent: they are told of what happens, and called by other processes.
    parts: Option<Arc<WebhookParts>>,
    /// Those that this process is calling: one that is slow keeps nobody waiting but itself.
    busy: Arc<Mutex<HashSet<WebhookId>>>,
}

impl Webhooks {
    /// `holder` is this process.
    pub fn new(holder: u64, parts: Option<Arc<WebhookParts>>) -> Self {
        Self {
            reader: Reader {
                name: "webhooks",
                holder: format!("{holder:016x}"),
                kinds: &[
                    Kind::MessageMoved,
                    Kind::ConsentChanged,
                    Kind::Granted,
                    Kind::Revoked,
                    Kind::Tagged,
                    Kind::Erased,
                ],
                turn: TURN,
            },
            parts,
            busy: Arc::default(),
        }
    }
}
