//! What providers say over their sessions, recorded as what they say by webhook is.

use crate::{Clock, Worker};
use async_trait::async_trait;
use bellhop_campaigns::Sender;
use bellhop_channels::{Event, EventSink};
use bellhop_domain::{EndpointKind, OrgId};
use bellhop_store::Ledger;
use bellhop_store::incoming::Source;
use std::sync::Arc;
use std::time::Duration;
use tracing::warn;

/// How long a provider may take to end its session.
const FAREWELL: Duration = Duration::from_secs(5);

/// Records the events of one sender's session.
struct Incoming {
    ledger: Arc<dyn Ledger>,
    org: OrgId,
    sender: String,
    kind: EndpointKind,
    /// Those of its account.
    peers: Vec<String>,
    clock: Clock,
}

#[async_trait]
impl EventSink for Incoming {
    async fn take(&self, events: Vec<Event>) -> Result<(), String> {
        let source = Source {
            org: self.org,
            sender: &self.sender,
            kind: self.kind,
            peers: &self.peers,
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
    /// Begins the sessions of the senders' providers.
    pub(crate) fn open_providers(&self) {
        for sender in self.senders.iter() {
            sender.provider.open(self.sink(sender));
        }
    }

    fn sink(&self, sender: &Sender) -> Arc<dyn EventSink> {
        Arc::new(Incoming {
            ledger: self.ledger.clone(),
            org: sender.org,
            sender: sender.name.clone(),
            kind: sender.provider.kind(),
            peers: self.senders.peers(sender),
            clock: self.clock.clone(),
        })
    }

    /// Ends the sessions, once nothing is sent any more.
    pub(crate) async fn close_providers(&self) {
        let farewells = self.senders.iter().map(|sender| async move {
            if tokio::time::timeout(FAREWELL, sender.provider.close()).await.is_err() {
                warn!(sender = %sender.name, "its session did not end in time and is cut off");
            }
        });
        futures_util::future::join_all(farewells).await;
    }
}
