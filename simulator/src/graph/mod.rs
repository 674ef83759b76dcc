//! WhatsApp by Meta's Graph API: messages, webhooks, files, and the objects of a number and its templates.

mod config;
mod errors;
mod fate;
mod guests;
mod limits;
mod magic;
mod media;
mod people;
mod read;
mod request;
mod templates;
mod webhooks;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

pub use config::{GraphConfig, GraphTemplate};

use crate::StartError;
use crate::callbacks::Callbacks;
use crate::faults::Fault;
use crate::launch::Launch;
use crate::ledger::{Channel, Received, lock};
use crate::serve::reply::{JSON, reply};
use crate::serve::{self, Provider, Reply, Reset};
use crate::sms::message_of;
use crate::world::{Outcome, World};
use errors::GraphError;
use fate::{Asked, Fate, Told};
use guests::Written;
use limits::Limits;
use media::{Files, LINKS};
use request::Send;
use webhooks::{Account, Update};

/// The largest message that is read, bytes; the ledger has room for its texts.
const LARGEST_MESSAGE: usize = 32 << 10;
/// The largest upload that is read, bytes.
const LARGEST_UPLOAD: usize = 101 << 20;

pub(crate) struct Graph {
    world: Arc<World>,
    config: GraphConfig,
    scheme: &'static str,
    limits: Limits,
    files: Files,
    last_id: AtomicU64,
    webhooks: Callbacks<Update>,
    gathered: Arc<Mutex<Vec<Value>>>,
}

impl Graph {
    /// Opens the number.
    pub(crate) async fn open(launch: &mut Launch, config: &GraphConfig) -> Result<(), StartError> {
        let gathered = Arc::default();
        let account = Account {
            waba_id: config.waba_id.clone(),
            app_secret: config.app_secret.clone(),
            gathered: Arc::clone(&gathered),
        };
        let graph = Arc::new(Self {
            world: launch.world(),
            config: config.clone(),
            scheme: launch.scheme(),
            limits: Limits::default(),
            files: Files::default(),
            last_id: AtomicU64::default(),
            webhooks: launch.callbacks(Channel::Whatsapp, &config.webhooks, account)?,
            gathered,
        });
        launch.admin(guests::router(Arc::clone(&graph)));
        launch.http(Channel::Whatsapp, "whatsapp", config.addr, graph).await
    }

    fn new_id(&self) -> String {
        let number = self.last_id.fetch_add(1, Ordering::Relaxed);
        format!("wamid.SIM{:x}.{number}", self.world.seed)
    }

    fn metadata(&self) -> Value {
        json!({
            "display_phone_number": self.config.display_phone_number,
            "phone_number_id": self.config.phone_number_id,
        })
    }
}

impl Provider for Graph {
    async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Reset> {
        let (head, body) = request.into_parts();
        let Some(body) = serve::body_up_to(body, LARGEST_UPLOAD).await else {
            return Ok(GraphError::new(100, "the request is too large or broke off").reply());
        };
        let path = head.uri.path();
        let bearer = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let expected = format!("Bearer {}", self.config.access_token.expose_secret());
        if bearer != Some(expected.as_str()) {
            return Ok(self.refuse(&GraphError::new(190, "Error validating access token")));
        }
        if let Some(id) = path.strip_prefix(LINKS) {
            return Ok(self.files.follow(id, Utc::now().timestamp_millis()));
        }
        let Some(path) = unversioned(path) else {
            return Ok(GraphError::new(2_500, "Unknown path components").reply());
        };
        let number = path.strip_prefix(self.config.phone_number_id.as_str());
        match (&head.method, number) {
            (&Method::POST, Some("/messages")) => self.messages(&body, false).await,
            (&Method::POST, Some("/marketing_messages")) => self.messages(&body, true).await,
            (&Method::POST, Some("/media")) => Ok(self.upload(&head, &body)),
            (&Method::GET, _) => Ok(self.object(path, &head)),
            _ => Ok(GraphError::new(100, "Unsupported post request").reply()),
        }
    }

    fn goaway_after(&self) -> Option<u64> {
        self.world.faults().whatsapp.goaway_after
    }
}

impl Graph {
    fn refuse(&self, error: &GraphError) -> Reply {
        self.world.ledger.book(Channel::Whatsapp).refuse();
        error.reply()
    }

    async fn messages(&self, body: &Bytes, marketing: bool) -> Result<Reply, Reset> {
        if body.len() > LARGEST_MESSAGE {
            return Ok(self.refuse(&GraphError::new(100, "the body is too large")));
        }
        let (outcome, before_reply) = self.send(body, marketing);
        if let Some(update) = before_reply {
            self.webhooks.now(update).await;
        }
        outcome.play().await
    }

    /// Decides everything about one send; what is accepted is in the ledger before this returns. The update must be
    /// posted before the reply.
    fn send(&self, body: &Bytes, marketing: bool) -> (Outcome, Option<Update>) {
        if let Some(answer) = read::answer(body) {
            return (Outcome::at_once(answer), None);
        }
        let send = match Send::read(body, &self.config, marketing) {
            Ok(send) => send,
            Err(error) => return (Outcome::at_once(self.refuse(&error)), None),
        };
        if let Some(ordered) = self.world.ordered(Channel::Whatsapp, &send.recipient) {
            return (ordered, None);
        }
        let faults = &self.world.faults().whatsapp;
        let identity = self
            .world
            .identity(message_of(send.callback_data.as_deref().unwrap_or_default()));
        let attempt = self
            .world
            .attempt(Channel::Whatsapp, faults, identity, &send.recipient, magic::magic);
        let refusal = match attempt.fault.and_then(|fault| magic::reply(fault, faults)) {
            Some(refusal) => Some(refusal),
            None if attempt.is_taken() => self.rejection(&send).err().map(|error| error.reply()),
            None => None,
        };
        if let Some(refusal) = refusal {
            self.world.ledger.book(Channel::Whatsapp).refuse();
            return (attempt.outcome(faults, refusal), None);
        }
        let id = self.new_id();
        let before_reply = match attempt.is_taken() {
            true => self.take(&send, &id, identity, attempt.fault),
            false => None,
        };
        let contact = json!({"input": send.recipient, "wa_id": send.recipient});
        let answer = json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": id, "message_status": "accepted"}]});
        (
            attempt.outcome(faults, reply(StatusCode::OK, JSON, answer.to_string())),
            before_reply,
        )
    }

    /// What forbids accepting a message: the limits of the number, or the person's window.
    fn rejection(&self, send: &Send) -> Result<(), GraphError> {
        let now = Utc::now().timestamp_millis();
        // A phone and a user id may be the same person.
        let person = people::user_id(&send.recipient);
        if self.config.window && send.template.is_none() {
            self.limits.window(&person, now)?;
        }
        self.limits.throughput(&self.config, now)?;
        self.limits.pair(&self.config, &person, now)?;
        match send.template {
            Some(_) => self.limits.people(&self.config, &person, now),
            None => Ok(()),
        }
    }

    /// Accepts the message, plans its statuses, and returns the one that must go out before the reply.
    fn take(&self, send: &Send, id: &str, identity: u64, fault: Option<Fault>) -> Option<Update> {
        let detail = match &send.template {
            Some((name, language, category)) => {
                json!({"type": send.kind, "template": name, "language": language, "category": category})
            }
            None => json!({"type": send.kind}),
        };
        let detail = detail.to_string();
        let received = Received {
            recipient: &send.recipient,
            message_id: message_of(send.callback_data.as_deref().unwrap_or_default()),
            body: &send.shown,
            link: &send.link,
            detail: &detail,
            ..Received::default()
        };
        self.world.take(Channel::Whatsapp, identity, &received, "");
        let nth = u32::try_from(self.last_id.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        let nth = if send.callback_data.is_some() { 0 } else { nth };
        let asked = match self.world.ordered_report(Channel::Whatsapp, &send.recipient) {
            Some(told) => Asked::ordered(&told),
            None => Asked::by_number(&send.recipient),
        };
        let fate = Fate::of(&self.config, self.world.seed, identity, nth, asked);
        let early = fault == Some(Fault::ReportFirst) || fate.first_before_reply;
        let mut before_reply = None;
        for (place, told) in fate.told.iter().enumerate() {
            let change = self.status(send, id, told);
            if place == 0 && early {
                before_reply = Some(Update::Change(change));
                continue;
            }
            self.tell(change, told);
        }
        if let Some((text, after)) = fate.answer {
            self.answer(send, text, after);
        }
        before_reply
    }

    fn tell(&self, change: Value, told: &Told) {
        if told.twice {
            self.webhooks.after(told.after * 2, Update::Change(change.clone()));
        }
        if !told.batched {
            return self.webhooks.after(told.after, Update::Change(change));
        }
        lock(&self.gathered).push(change);
        self.webhooks.after(told.after, Update::gathered());
    }

    /// The guest answers after a while.
    fn answer(&self, send: &Send, text: String, after: Duration) {
        let of = |user: bool| (send.recipient.contains('.') == user).then(|| send.recipient.clone());
        let written = Written {
            from: of(false),
            from_user_id: of(true),
            text: Some(text),
            ..Written::default()
        };
        let now = Utc::now();
        self.limits
            .wrote(&people::user_id(&send.recipient), now.timestamp_millis());
        let change = written.change(&self.new_id(), &self.metadata(), now.timestamp());
        self.webhooks.after(after, Update::Change(change));
    }

    fn status(&self, send: &Send, id: &str, told: &Told) -> Value {
        let mut status = json!({
            "id": id,
            "status": told.status,
            "timestamp": (Utc::now() + told.after).timestamp().to_string(),
            "recipient_id": send.recipient,
        });
        if let Some(data) = &send.callback_data {
            status["biz_opaque_callback_data"] = json!(data);
        }
        if let Some(error) = &told.error {
            status["errors"] = json!([error.of_status()]);
        } else {
            let category = send.template.as_ref().map_or("service", |(_, _, category)| category);
            status["pricing"] = json!({"billable": send.template.is_some(), "pricing_model": "PMP", "type": "regular", "category": category.to_lowercase()});
        }
        let user_id = people::user_id(&send.recipient);
        let phone = Some(send.recipient.as_str()).filter(|recipient| !recipient.contains('.'));
        status["recipient_user_id"] = json!(user_id);
        json!({"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": self.metadata(),
            "contacts": [people::contact(phone, &user_id, None)],
            "statuses": [status],
        }})
    }

    fn upload(&self, head: &Parts, body: &Bytes) -> Reply {
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        match self.files.upload(content_type.unwrap_or_default(), body) {
            Ok(id) => reply(StatusCode::OK, JSON, json!({"id": id}).to_string()),
            Err(error) => error.reply(),
        }
    }

    /// The number, its templates, or a file.
    fn object(&self, path: &str, head: &Parts) -> Reply {
        let host = head.headers.get(HOST).and_then(|value| value.to_str().ok());
        let host = host
            .or(head.uri.authority().map(|authority| authority.as_str()))
            .unwrap_or_default();
        let object = if path == self.config.phone_number_id {
            Some(json!({
                "id": path,
                "display_phone_number": self.config.display_phone_number,
                "verified_name": "Simulated brand",
                "quality_rating": "GREEN",
                "platform_type": "CLOUD_API",
                "status": "CONNECTED",
                "whatsapp_business_manager_messaging_limit": "TIER_UNLIMITED",
            }))
        } else if path.strip_prefix(self.config.waba_id.as_str()) == Some("/message_templates") {
            Some(templates::listed(
                &self.config.templates,
                head.uri.query().unwrap_or_default(),
            ))
        } else {
            let base = format!("{}://{host}", self.scheme);
            self.files.describe(path, &base, Utc::now().timestamp_millis())
        };
        match object {
            Some(object) => reply(StatusCode::OK, JSON, object.to_string()),
            None => missing(path),
        }
    }
}

/// Meta's answer for an id that does not exist or does not belong to this token.
fn missing(id: &str) -> Reply {
    let message = format!("Unsupported get request. Object with ID '{id}' does not exist");
    let body = json!({"error": {"message": message, "type": "GraphMethodException", "code": 100, "error_subcode": 33}});
    reply(StatusCode::BAD_REQUEST, JSON, body.to_string())
}

/// What follows `/v25.0/`.
fn unversioned(path: &str) -> Option<&str> {
    let (version, rest) = path.strip_prefix("/v")?.split_once('/')?;
    let (major, minor) = version.split_once('.')?;
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (number(major) && number(minor)).then_some(rest)
}
