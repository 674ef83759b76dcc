//! What providers call us for: verified over the raw bytes, then recorded. Only what is stored is acknowledged.

use crate::Api;
use crate::problem::Problem;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bellhop_channels::{Event, WebhookError, WebhookRequest};
use bellhop_domain::masking::words;
use bellhop_store::incoming::Source;

pub(crate) async fn receive(
    State(api): State<Api>,
    Path((organisation, sender)): Path<(String, String)>,
    request: Request,
) -> Response {
    let Some(known) = api.webhooks.get(&(organisation, sender.clone())) else {
        return nobody("no such organisation or sender; check the address given to the provider\n");
    };
    let Some(webhook) = known.provider.webhook() else {
        return nobody("this sender's provider sends no delivery reports\n");
    };
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    if parts.method == Method::GET
        && let Some(answer) = webhook.handshake(query)
    {
        return answer.map_or_else(|error| refuse(&error), IntoResponse::into_response);
    }
    if !webhook.admits(query, &parts.headers) {
        return refuse(&WebhookError::BadSignature);
    }
    let (body, _room) = match api.bounded.calls.read(&parts.headers, body, webhook.body_bytes()).await {
        Ok(read) => read,
        Err(why) => return Problem::from(why).into_response(),
    };
    let url = format!("{}{}", api.public_url, parts.uri);
    let request = WebhookRequest {
        url: &url,
        query,
        headers: &parts.headers,
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

/// Whatever is sent to nobody is not read.
fn nobody(text: &'static str) -> Response {
    (StatusCode::NOT_FOUND, CLOSE, text).into_response()
}

const CLOSE: [(HeaderName, &str); 1] = [(header::CONNECTION, "close")];

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
    // What cannot be read is told in its own words, which may hold a phone.
    tracing::warn!(error = words(&error.to_string()), "a webhook call was refused");
    (status, CLOSE, format!("{error}\n")).into_response()
}
