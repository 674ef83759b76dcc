//! Delivery reports from providers: verified over the raw bytes, then recorded.

use crate::Api;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bellhop_channels::{Event, WebhookError, WebhookRequest};

pub(crate) async fn receive(
    State(api): State<Api>,
    Path((organisation, sender)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(sender) = api.webhooks.get(&(organisation, sender)) else {
        return (
            StatusCode::NOT_FOUND,
            "no such organisation or sender; check the address given to the provider\n",
        )
            .into_response();
    };
    let Some(webhook) = sender.provider.webhook() else {
        return (
            StatusCode::NOT_FOUND,
            "this sender's provider sends no delivery reports\n",
        )
            .into_response();
    };
    let url = format!("{}{}", api.public_url, uri);
    let request = WebhookRequest {
        url: &url,
        query: query.as_deref().unwrap_or_default(),
        headers: &headers,
        body: &body,
    };
    let reports = match webhook.parse(&request) {
        Ok(reports) => reports,
        Err(error) => return refuse(&error),
    };
    for event in &reports {
        let Event::Receipt(report) = event else {
            continue;
        };
        if let Err(error) = api
            .ledger
            .receipt(sender.org, sender.provider.kind(), report, api.now())
            .await
        {
            tracing::error!(%error, "a delivery report could not be recorded; the provider sends it again");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    }
    metrics::counter!("bellhop_receipts_total", "kind" => sender.provider.kind().name())
        .increment(reports.len() as u64);
    webhook.acknowledgement().to_owned().into_response()
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
