//! Routes that providers call: verified over the raw bytes before anything of it is believed.

use super::Permission;
use super::line::{Answer, Content, Route, RoutePattern};
use crate::problem::Problem;
use crate::room::Taken;
use crate::{Api, Served};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use bellhop_campaigns::Sender;
use bellhop_channels::{Event, WebhookError, WebhookRequest};
use bellhop_domain::masking::words;
use std::sync::Arc;

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
        let served = move |State(api): State<Api>, Path((organisation, sender)): Path<(String, String)>, request| {
            let handler = handler.clone();
            async move {
                match heard(&api, organisation, sender, request).await {
                    Heard::Call(call) => handler(api, *call).await,
                    Heard::Answered(answer) => *answer,
                }
            }
        };
        let answers = self.answers.iter().map(|(status, says)| Answer {
            status: *status,
            says,
            content: Content::Words,
        });
        Route {
            at: self.at,
            permission: Permission::Provider,
            summary: self.summary,
            body_bytes: None,
            request: None,
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

async fn heard(api: &Api, organisation: String, sender: String, request: Request) -> Heard {
    let answered = |answer: Response| Heard::Answered(Box::new(answer));
    let by = api.live.now();
    let org = by.in_force.organisation(&organisation);
    let Some(known) = org.and_then(|org| by.in_force.senders.named(org, &sender)) else {
        return answered(nobody(
            "no such organisation or sender; check the address given to the provider\n",
        ));
    };
    let Some(webhook) = known.provider.webhook() else {
        return answered(nobody("this sender's provider sends no delivery reports\n"));
    };
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    if parts.method == Method::GET
        && let Some(answer) = webhook.handshake(query)
    {
        return answered(answer.map_or_else(|error| refuse(&error), IntoResponse::into_response));
    }
    if !webhook.admits(query, &parts.headers) {
        return answered(refuse(&WebhookError::BadSignature));
    }
    let (body, room) = match api.bounded.calls.read(&parts.headers, body, webhook.body_bytes()).await {
        Ok(read) => read,
        Err(why) => return answered(Problem::from(why).into_response()),
    };
    let url = format!("{}{}", api.public_url, parts.uri);
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
        Err(error) => answered(refuse(&error)),
    }
}

/// Answers a call for a sender that does not exist, without reading it.
fn nobody(text: &'static str) -> Response {
    (StatusCode::NOT_FOUND, CLOSE, text).into_response()
}

const CLOSE: [(HeaderName, &str); 1] = [(header::CONNECTION, "close")];

fn refuse(error: &WebhookError) -> Response {
    let (status, label) = match error {
        WebhookError::BadSignature => (StatusCode::UNAUTHORIZED, "bad_signature"),
        WebhookError::Unreadable(_) => (StatusCode::BAD_REQUEST, "unreadable"),
    };
    metrics::counter!("bellhop_webhooks_refused_total", "why" => label).increment(1);
    // The error may quote the unreadable text, which may hold a phone.
    tracing::warn!(error = words(&error.to_string()), "a webhook call was refused");
    (status, CLOSE, format!("{error}\n")).into_response()
}
