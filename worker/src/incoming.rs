//! Records what providers say over their sessions, in the same way as what they say by webhook.

use crate::{Clock, Worker};
use async_trait::async_trait;
use bellhop_campaigns::{InForce, Live, Sender};
use bellhop_channels::{Event, EventSink};
use bellhop_domain::{EndpointKind, OrgId};
use bellhop_store::incoming::Source;
use bellhop_store::ledger::Recording;
use std::sync::Arc;

/// Records the events of one sender's session.
struct Incoming {
    ledger: Arc<dyn Recording>,
    org: OrgId,
    sender: String,
    kind: EndpointKind,
    live: Live<InForce>,
    clock: Clock,
}

#[async_trait]
impl EventSink for Incoming {
    async fn take(&self, events: Vec<Event>) -> Result<(), String> {
        let in_force = self.live.now();
        let source = Source {
            org: self.org,
            sender: &self.sender,
            kind: self.kind,
            peers: in_force.senders.peers(self.org, &self.sender),
        };
        for event in &events {
            let taken = self.ledger.take(&source, event, (self.clock)()).await;
            taken.map_err(|error| error.to_string())?;
            let (kind, event) = (self.kind.name(), event.name());
            metrics::counter!("bellhop_provider_events_total", "kind" => kind, "event" => event).increment(1);
        }
        Ok(())
    }
}

impl Worker {
    /// The sink for a provider's session. Which senders share its account is looked up when an event arrives.
    pub(crate) fn sink(&self, sender: &Sender) -> Arc<dyn EventSink> {
        Arc::new(Incoming {
            ledger: self.ledger.clone(),
            org: sender.org,
            sender: sender.name.clone(),
            kind: sender.provider.kind(),
            live: self.live.clone(),
            clock: self.clock.clone(),
        })
    }
}
