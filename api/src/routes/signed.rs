//! Routes that providers call: verified over the raw bytes before anything of it is believed.

use super::Permission;
use super::keyed::path_of;
use super::line::{Answer, Content, Route, RoutePattern};
use crate::problem::Problem;
use crate::room::Taken;
use crate::{Api, Served};
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use bellhop_campaigns::Sender;
use bellhop_channels::{Event, WebhookError, WebhookRequest};
use bellhop_domain::fault::Why;
use bellhop_domain::masking::words;
use std::sync::Arc;
use std::time::Instant;

/// A line of the table whose caller is the provider of the sender named in the path.
pub struct Signed {
    pub at: RoutePattern,
    pub summary: &'static str,
    pub answers: &'static [(StatusCode, &'static str)],
}

/// What a provider told us, with its signature verified. Only [`Signed::by`] makes it.
pub struct ProviderCall {
    by: Arc<Served>,
    sender: Arc<Sender>,
    events: Vec<Event>,
    _room: Taken,
}

impl ProviderCall {
    /// The sender whose provider it was.
    pub(crate) fn sender(&self) -> &Sender {
        &self.sender
    }

    /// The senders of its account at the provider, including itself.
    pub(crate) fn peers(&self) -> &[String] {
        self.by.in_force.senders.peers(self.sender.org, &self.sender.name)
    }

    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }
}

impl Signed {
    pub(crate) fn by<F, Answering>(self, handler: F) -> Route<Api>
    where
        F: Fn(Api, ProviderCall) -> Answering + Clone + Send + Sync + 'static,
        Answering: Future<Output = Response> + Send,
    {
        let served = move |State(api): State<Api>, request: Request| {
            let handler = handler.clone();
            async move {
                match heard(&api, request).await {
                    Heard::Call(call) => handler(api, *call).await,
                    Heard::Answered(answer) => *answer,
                }
            }
        };
        let answers = self.answers.iter().map(|(status, says)| Answer {
            status: *status,
            says,
            content: Content::Words,
            tagged: false,
        });
        Route {
            at: self.at,
            permission: Permission::Provider,
            summary: self.summary,
            body_bytes: None,
            request: None,
            parameters: Vec::new(),
            answers: answers.collect(),
            served: on(self.at.filter(), served),
        }
    }
}

enum Heard {
    Call(Box<ProviderCall>),
    /// The answer is ready: the call was refused, or the provider only verified the address.
    Answered(Box<Response>),
}

async fn heard(api: &Api, request: Request) -> Heard {
    let answered = |answer: Response| Heard::Answered(Box::new(answer));
    let (mut parts, body) = request.into_parts();
    let (organisation, sender) = match path_of::<(String, String)>(&mut parts).await {
        Ok(named) => named,
        Err(problem) => return answered(problem.into_response()),
    };
    let by = api.live.now();
    let org = by.in_force.organisation(&organisation);
    let Some(known) = org.and_then(|org| by.in_force.senders.named(org, &sender)) else {
        return answered(nobody(Why::WebhookOfNobody));
    };
    let Some(webhook) = known.provider.webhook() else {
        return answered(nobody(Why::WebhookOfMute));
    };
    let query = parts.uri.query().unwrap_or_default();
    if parts.method == Method::GET
        && let Some(answer) = webhook.handshake(query)
    {
        return answered(answer.map_or_else(|error| refuse(api, &error), IntoResponse::into_response));
    }
    if !webhook.admits(query, &parts.headers) {
        return answered(refuse(api, &WebhookError::BadSignature));
    }
    let (body, room) = match api.bounded.calls.read(&parts.headers, body, webhook.body_bytes()).await {
        Ok(read) => read,
        Err(why) => return answered(Problem::from(why).into_response()),
    };
    let url = as_called(&api.public_url, &parts.uri);
    let call = WebhookRequest {
        url: &url,
        query,
        headers: &parts.headers,
        body: &body,
    };
    match webhook.parse(&call) {
        Ok(events) => Heard::Call(Box::new(ProviderCall {
            sender: known.clone(),
            by,
            events,
            _room: room,
        })),
        Err(error) => answered(refuse(api, &error)),
    }
}

/// Answers a call for a sender that does not exist, without reading it.
fn nobody(why: Why) -> Response {
    Problem::closing(StatusCode::NOT_FOUND, why).into_response()
}

/// The URL that the provider called, which some of them sign. Over HTTP/2, and through some proxies, the request itself
/// names a scheme and a host too: those of the last hop, which nobody signed.
fn as_called(public_url: &str, uri: &Uri) -> String {
    let path_and_query = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    format!("{public_url}{path_and_query}")
}

fn refuse(api: &Api, error: &WebhookError) -> Response {
    let (status, why, label, complaints) = match error {
        WebhookError::BadSignature => (
            StatusCode::UNAUTHORIZED,
            Why::WebhookForged,
            "bad_signature",
            &api.bounded.forged,
        ),
        WebhookError::Unreadable(_) => (
            StatusCode::BAD_REQUEST,
            Why::WebhookUnreadable,
            "unreadable",
            &api.bounded.unreadable,
        ),
    };
    metrics::counter!("bellhop_webhooks_refused_total", "why" => label).increment(1);
    if let Some(untold) = complaints.tell(Instant::now()) {
        // The error may quote the unreadable text, which may hold a phone.
        let error = words(&error.to_string());
        tracing::warn!(error, untold, "a webhook call was refused");
    }
    Problem::closing(status, why).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_called_url_has_our_own_scheme_and_host_only() {
        for (uri, expected) in [
            (
                "/webhooks/brand/sms?key=w",
                "https://bell.example/webhooks/brand/sms?key=w",
            ),
            (
                "http://10.0.0.7:8080/webhooks/brand/sms",
                "https://bell.example/webhooks/brand/sms",
            ),
            (
                "http://bell.example/webhooks/brand/sms?a=%2B1",
                "https://bell.example/webhooks/brand/sms?a=%2B1",
            ),
            ("http://bell.example", "https://bell.example/"),
        ] {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(as_called("https://bell.example", &uri), expected, "{uri}");
        }
    }
}
