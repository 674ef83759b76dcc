//! Takes verified calls of providers. Only what is stored is acknowledged.

use crate::Api;
use crate::problem::Problem;
use crate::routes::ProviderCall;
use axum::response::{IntoResponse, Response};
use bellhop_channels::Event;
use bellhop_domain::fault::Why;
use bellhop_store::StoreError;
use bellhop_store::incoming::Source;

pub(crate) async fn record(api: Api, call: ProviderCall) -> Response {
    match take(&api, &call).await {
        Ok(()) => {
            let webhook = call.sender().provider.webhook();
            let acknowledgement = webhook.map(|it| it.acknowledgement().to_owned());
            acknowledgement.unwrap_or_default().into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a provider's call could not be recorded; the provider makes it again");
            Problem::unavailable(Why::WebhookUnrecorded).into_response()
        }
    }
}

async fn take(api: &Api, call: &ProviderCall) -> Result<(), StoreError> {
    let sender = call.sender();
    let source = Source {
        org: sender.org,
        sender: &sender.name,
        kind: sender.provider.kind(),
        peers: call.peers(),
    };
    for event in call.events() {
        api.ledger.take(&source, event, api.now()).await?;
        let (kind, name) = (source.kind.name(), event.name());
        metrics::counter!("bellhop_provider_events_total", "kind" => kind, "event" => name).increment(1);
        if matches!(event, Event::Receipt(_)) {
            metrics::counter!("bellhop_receipts_total", "kind" => kind).increment(1);
        }
    }
    Ok(())
}
