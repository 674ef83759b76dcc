//! Green-API: a rented server that holds a phone's WhatsApp session, its HTTP interface and its webhook.

mod answer;
mod call;
mod config;
mod guest;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

pub use config::{GreenApiConfig, GreenApiState};

use crate::StartError;
use crate::callbacks::Callbacks;
use crate::draw::fingerprint;
use crate::faults::Fault;
use crate::launch::Launch;
use crate::ledger::{Channel, Received, lock};
use crate::linked_phone::{self, Ending, fate};
use crate::serve::{self, Provider, Reply, Reset};
use crate::world::{Outcome, World};
use answer::{json_reply, obstacle, refusal, words};
use call::{Account, Call};

const LANE: Channel = Channel::GreenApi;

/// The most characters of a text.
const LONGEST_TEXT: usize = 4096;

pub(crate) struct GreenApi {
    world: Arc<World>,
    config: GreenApiConfig,
    state: Mutex<GreenApiState>,
    count: AtomicU64,
    calls: Callbacks<Call>,
}

impl Provider for GreenApi {
    async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Reset> {
        let (head, body) = request.into_parts();
        let method = match self.method(head.uri.path()) {
            Ok(method) => method,
            Err((status, why)) => return Ok(self.refuse(words(status, why))),
        };
        let field = match (&head.method, method) {
            (&Method::GET, "getStateInstance") => return Ok(json_reply(&json!({"stateInstance": self.state()}))),
            (&Method::POST, "sendMessage") => "message",
            (&Method::POST, "sendFileByUrl") => "urlFile",
            _ => return Ok(words(StatusCode::NOT_FOUND, "Not Found")),
        };
        let Some(body) = serve::body(body).await else {
            return Ok(words(StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large"));
        };
        let Ok(body) = serde_json::from_slice::<Value>(&body) else {
            return Ok(self.refuse(words(StatusCode::BAD_REQUEST, "bad request data")));
        };
        let (outcome, first) = self.send(field, &body);
        if let Some(call) = first {
            self.calls.now(call).await;
        }
        outcome.play().await
    }

    fn goaway_after(&self) -> Option<u64> {
        self.world.faults().green_api.goaway_after
    }
}

impl GreenApi {
    /// Opens the server when it is configured.
    pub(crate) async fn open(launch: &mut Launch, config: Option<&GreenApiConfig>) -> Result<(), StartError> {
        let Some(config) = config else {
            return Ok(());
        };
        let account = Account {
            token: config.webhook_token.clone(),
            instance: config.instance,
        };
        let green_api = Arc::new(Self {
            world: launch.world(),
            config: config.clone(),
            state: Mutex::new(config.state),
            count: AtomicU64::default(),
            calls: launch.callbacks(LANE, &config.webhook, account)?,
        });
        launch.admin(guest::router(Arc::clone(&green_api)));
        launch.http(LANE, "green_api", config.addr, green_api).await
    }

    fn refuse(&self, reply: Reply) -> Reply {
        self.world.ledger.book(LANE).refuse();
        reply
    }

    fn state(&self) -> GreenApiState {
        *lock(&self.state)
    }

    /// The method of `/waInstance{id}/{method}/{token}`.
    fn method<'a>(&self, path: &'a str) -> Result<&'a str, (StatusCode, &'static str)> {
        let parts: Vec<&str> = path.split('/').collect();
        let ["", instance, method, token] = parts[..] else {
            return Err((StatusCode::NOT_FOUND, "Not Found"));
        };
        if instance != format!("waInstance{}", self.config.instance) {
            return Err((StatusCode::FORBIDDEN, "Forbidden"));
        }
        if token != self.config.token.expose_secret() {
            return Err((StatusCode::UNAUTHORIZED, "Unauthorized"));
        }
        Ok(method)
    }

    /// Decides everything about one send; what is accepted is in the ledger before this returns. The call, if there
    /// is one, must be posted before the reply.
    fn send(&self, field: &str, body: &Value) -> (Outcome, Option<Call>) {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let chat = text("chatId");
        if let Some(reply) = obstacle(self.state()).or_else(|| wrong(field, body)) {
            return (Outcome::at_once(self.refuse(reply)), None);
        }
        if let Some(ordered) = self.world.ordered(LANE, chat) {
            return (ordered, None);
        }
        let faults = &self.world.faults().green_api;
        // The client sends no id, so the same text to the same recipient is a repeat.
        let identity = fingerprint(&body.to_string());
        let attempt = self.world.attempt(LANE, faults, identity, chat, linked_phone::magic);
        if let Some(reply) = attempt.fault.and_then(|fault| refusal(fault, faults)) {
            self.world.ledger.book(LANE).refuse();
            return (attempt.outcome(faults, reply), None);
        }
        let id = self.message_id();
        let mut first = None;
        if attempt.is_taken() || attempt.fault == Some(Fault::DeadRecipient) {
            let shown = if field == "message" {
                text("message")
            } else {
                text("caption")
            };
            let received = Received {
                recipient: chat,
                message_id: &id,
                body: shown,
                link: text("urlFile"),
                ..Received::default()
            };
            self.world.take(LANE, identity, &received, "");
            first = self.tell_fate(chat, &id, identity, attempt.fault);
        }
        (attempt.outcome(faults, json_reply(&json!({"idMessage": id}))), first)
    }

    fn message_id(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        linked_phone::message_id(self.world.seed, LANE.name(), count)
    }

    /// Schedules the statuses and the guest's answer; returns the status that must come before the reply.
    fn tell_fate(&self, chat: &str, id: &str, identity: u64, fault: Option<Fault>) -> Option<Call> {
        let fate = fate(
            &self.config.guests,
            self.config.webhook.delay_ms,
            self.world.seed,
            identity,
            fault,
        );
        let status = |status: &str| status_call(chat, id, status);
        if let Some(told) = self.world.ordered_report(LANE, chat) {
            self.calls
                .after(fate.sent, status(told.get("status").map_or("sent", String::as_str)));
            return None;
        }
        let ending = match (self.state(), fault) {
            (GreenApiState::YellowCard, _) => return self.tell(fate.sent, status("yellowCard")),
            (_, Some(Fault::DeadRecipient)) => return self.tell(fate.sent, status("noAccount")),
            _ => fate.ending,
        };
        let Ending::Arrives {
            delivered,
            read,
            answer,
        } = ending
        else {
            return self.tell(fate.sent, status("failed"));
        };
        self.calls.after(delivered, status("delivered"));
        if let Some(read) = read {
            self.calls.after(read, status("read"));
        }
        if let Some((at, text)) = answer {
            self.calls.after(at, self.written(chat, &text, Some(id)));
        }
        self.tell(fate.sent, status("sent"))
    }

    /// Posts a call later; returns a call without a wait.
    fn tell(&self, after: Duration, call: Call) -> Option<Call> {
        if after == Duration::ZERO {
            return Some(call);
        }
        self.calls.after(after, call);
        None
    }
}

fn wrong(field: &str, body: &Value) -> Option<Reply> {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let what = if !linked_phone::is_chat(text("chatId")) {
        "'chatId' has a wrong format"
    } else if text(field).is_empty() {
        "a field is empty"
    } else if field == "urlFile" && text("fileName").is_empty() {
        "'fileName' is empty"
    } else if field == "message" && text("message").chars().count() > LONGEST_TEXT {
        "'message' is too long"
    } else {
        return None;
    };
    Some(words(
        StatusCode::BAD_REQUEST,
        &format!("Validation failed. Details: {what}"),
    ))
}

fn status_call(chat: &str, id: &str, status: &str) -> Call {
    Call {
        kind: "outgoingMessageStatus".into(),
        id: Some(id.to_owned()),
        rest: json!({"chatId": chat, "status": status, "sendByApi": true}),
    }
}
