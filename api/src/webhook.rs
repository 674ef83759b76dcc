//! What providers call us for: verified over the raw bytes, then recorded. Only what is stored is acknowledged.

use crate::Api;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bellhop_channels::{Event, WebhookError, WebhookRequest};
use bellhop_store::incoming::Source;

pub(crate) async fn receive(
    State(api): State<Api>,
    method: Method,
    Path((organisation, sender)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(known) = api.webhooks.get(&(organisation, sender.clone())) else {
        return (
            StatusCode::NOT_FOUND,
            "no such organisation or sender; check the address given to the provider\n",
        )
            .into_response();
    };
    let Some(webhook) = known.provider.webhook() else {
        return (
            StatusCode::NOT_FOUND,
            "this sender's provider sends no delivery reports\n",
        )
            .into_response();
    };
    let query = query.as_deref().unwrap_or_default();
    if method == Method::GET
        && let Some(answer) = webhook.handshake(query)
    {
        return answer.map_or_else(|error| refuse(&error), IntoResponse::into_response);
    }
    let url = format!("{}{}", api.public_url, uri);
    let request = WebhookRequest {
        url: &url,
        query,
        headers: &headers,
        body: &body,
    };
    let events = match webhook.parse(&request) {
        Ok(events) => events,
        Err(error) => return refuse(&error),
    };
    let source = Source {
        org: known.org,
        sender: &sender,
        kind: known.provider.kind(),
        peers: &known.peers,
    };
    match record(&api, &source, &events).await {
        Ok(()) => webhook.acknowledgement().to_owned().into_response(),
        Err(error) => {
            tracing::error!(%error, "a provider's call could not be recorded; the provider makes it again");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn record(api: &Api, source: &Source<'_>, events: &[Event]) -> Result<(), bellhop_store::StoreError> {
    for event in events {
        api.ledger.take(source, event, api.now()).await?;
        let (kind, name) = (source.kind.name(), event.name());
        metrics::counter!("bellhop_provider_events_total", "kind" => kind, "event" => name).increment(1);
        if matches!(event, Event::Receipt(_)) {
            metrics::counter!("bellhop_receipts_total", "kind" => kind).increment(1);
        }
    }
    Ok(())
}

fn refuse(error: &WebhookError) -> Response {
    let (status, label) = match error {
        WebhookError::BadSignature => (StatusCode::UNAUTHORIZED, "bad_signature"),
        WebhookError::Unreadable(_) => (StatusCode::BAD_REQUEST, "unreadable"),
    };
    metrics::counter!("bellhop_webhooks_refused_total", "why" => label).increment(1);
    tracing::warn!(%error, "a webhook call was refused");
    (status, format!("{error}\n")).into_response()
}
