//! WAHA: a server of the brand's own that holds a phone's WhatsApp session, its HTTP interface and its webhook.

mod answer;
mod call;
mod config;
mod guest;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

pub use config::{WahaConfig, WahaEngine, WahaState};

use crate::StartError;
use crate::callbacks::Callbacks;
use crate::draw::fingerprint;
use crate::faults::Fault;
use crate::launch::Launch;
use crate::ledger::{Channel, Received, lock};
use crate::linked_phone::{self, Ending, fate};
use crate::serve::{self, Provider, Reply, Reset};
use crate::world::{Outcome, World};
use answer::{error, json_reply, not_working, refusal, sent};
use call::{Account, Call};

const LANE: Channel = Channel::Waha;

pub(crate) struct Waha {
    world: Arc<World>,
    config: WahaConfig,
    state: Mutex<WahaState>,
    count: AtomicU64,
    calls: Callbacks<Call>,
}

impl Provider for Waha {
    async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Reset> {
        let (head, body) = request.into_parts();
        let key = head.headers.get("x-api-key").and_then(|key| key.to_str().ok());
        if key != Some(self.config.api_key.expose_secret()) {
            return Ok(self.refuse(error(StatusCode::UNAUTHORIZED, "Unauthorized")));
        }
        let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
        if head.method == Method::GET {
            return match path.strip_prefix("/api/sessions/") {
                Some(session) => Ok(self.session(session)),
                None if path == "/api/contacts/check-exists" => self.check_exists(query).play().await,
                None => Ok(error(StatusCode::NOT_FOUND, "Cannot GET")),
            };
        }
        let field = match path {
            "/api/sendText" => "text",
            "/api/sendImage" | "/api/sendFile" | "/api/sendVoice" | "/api/sendVideo" => "file",
            _ => return Ok(error(StatusCode::NOT_FOUND, "Cannot POST")),
        };
        let Some(body) = serve::body(body).await else {
            return Ok(error(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large"));
        };
        let Ok(body) = serde_json::from_slice::<Value>(&body) else {
            return Ok(self.refuse(error(StatusCode::BAD_REQUEST, "Unexpected token in JSON")));
        };
        let (outcome, first) = self.send(field, &body);
        if let Some(call) = first {
            self.calls.now(call).await;
        }
        outcome.play().await
    }

    fn goaway_after(&self) -> Option<u64> {
        self.world.faults().waha.goaway_after
    }
}

impl Waha {
    /// Opens the server when it is configured.
    pub(crate) async fn open(launch: &mut Launch, config: Option<&WahaConfig>) -> Result<(), StartError> {
        let Some(config) = config else {
            return Ok(());
        };
        let key = config.webhook_key.expose_secret().as_bytes();
        let account = Account {
            key: hmac::Key::new(hmac::HMAC_SHA512, key),
            session: config.session.clone(),
            engine: config.engine,
        };
        let waha = Arc::new(Self {
            world: launch.world(),
            config: config.clone(),
            state: Mutex::new(config.state),
            count: AtomicU64::default(),
            calls: launch.callbacks(LANE, &config.webhook, account)?,
        });
        launch.admin(guest::router(Arc::clone(&waha)));
        launch.http(LANE, "waha", config.addr, waha).await
    }

    fn refuse(&self, reply: Reply) -> Reply {
        self.world.ledger.book(LANE).refuse();
        reply
    }

    fn state(&self) -> WahaState {
        *lock(&self.state)
    }

    fn session(&self, session: &str) -> Reply {
        if session != self.config.session {
            return error(StatusCode::NOT_FOUND, "Session not found");
        }
        json_reply(
            StatusCode::OK,
            &json!({
                "name": session, "status": self.state(), "config": {},
                "me": (self.state() == WahaState::Working).then(|| json!({"id": "79000000000@c.us"})),
                "engine": {"engine": self.config.engine},
            }),
        )
    }

    /// Why a request to WhatsApp is refused, if so: the session is unknown or does not work.
    fn obstacle(&self, session: &str) -> Option<Reply> {
        if session != self.config.session {
            return Some(error(StatusCode::NOT_FOUND, "Session not found"));
        }
        let state = self.state();
        (state != WahaState::Working).then(|| not_working(session, state))
    }

    fn check_exists(&self, query: &str) -> Outcome {
        let parameter = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
        };
        if let Some(obstacle) = self.obstacle(&parameter("session")) {
            return Outcome::at_once(self.refuse(obstacle));
        }
        let chat = format!("{}@c.us", parameter("phone"));
        if linked_phone::number(&chat).is_none() {
            return Outcome::at_once(self.refuse(error(StatusCode::BAD_REQUEST, "phone has a wrong format")));
        }
        let digits = linked_phone::number(&chat).unwrap_or_default();
        if let Some(ordered) = self.world.ordered(LANE, &format!("check-exists/{digits}")) {
            return ordered;
        }
        let faults = &self.world.faults().waha;
        let body = match linked_phone::is_without_whatsapp(LANE, faults, self.world.seed, &chat) {
            true => json!({"numberExists": false}),
            false => json!({"numberExists": true, "chatId": chat}),
        };
        Outcome::at_once(json_reply(StatusCode::OK, &body))
    }

    /// Decides everything about one send; what is accepted is in the ledger before this returns. The call, if there
    /// is one, must be posted before the reply.
    fn send(&self, field: &str, body: &Value) -> (Outcome, Option<Call>) {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let (chat, wrong) = (text("chatId"), self.wrong(field, body));
        if let Some(reply) = self.obstacle(text("session")).or(wrong) {
            return (Outcome::at_once(self.refuse(reply)), None);
        }
        if let Some(ordered) = self.world.ordered(LANE, chat) {
            return (ordered, None);
        }
        let faults = &self.world.faults().waha;
        // The client sends no id, so the same text to the same recipient is a repeat.
        let identity = fingerprint(&body.to_string());
        let attempt = self.world.attempt(LANE, faults, identity, chat, linked_phone::magic);
        if let Some(reply) = attempt.fault.and_then(|fault| refusal(fault, faults)) {
            self.world.ledger.book(LANE).refuse();
            return (attempt.outcome(faults, reply), None);
        }
        let id = linked_phone::message_id(self.world.seed, LANE.name(), self.count.fetch_add(1, Ordering::Relaxed));
        let mut first = None;
        if attempt.is_taken() {
            let shown = if field == "text" { text("text") } else { text("caption") };
            let received = Received {
                recipient: chat,
                message_id: &id,
                body: shown,
                link: body["file"]["url"].as_str().unwrap_or_default(),
                ..Received::default()
            };
            self.world.take(LANE, identity, &received, "");
            first = self.tell_fate(chat, &id, identity, attempt.fault);
        }
        (attempt.outcome(faults, sent(self.config.engine, chat, &id)), first)
    }

    fn wrong(&self, field: &str, body: &Value) -> Option<Reply> {
        let chat = body["chatId"].as_str().unwrap_or_default();
        let file = &body["file"];
        let has = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        let what = if !linked_phone::is_chat(chat) {
            "chatId has a wrong format"
        } else if field == "text" && !has(&body["text"]) {
            "text should not be empty"
        } else if field == "file" && !(has(&file["mimetype"]) && (has(&file["url"]) || has(&file["data"]))) {
            "file must have mimetype and url or data"
        } else {
            return None;
        };
        Some(json_reply(
            StatusCode::BAD_REQUEST,
            &json!({"statusCode": 400, "message": [what], "error": "Bad Request"}),
        ))
    }

    /// Schedules the acks and the guest's answer; returns the ack that must come before the reply.
    fn tell_fate(&self, chat: &str, id: &str, identity: u64, fault: Option<Fault>) -> Option<Call> {
        let fate = fate(
            &self.config.guests,
            self.config.webhook.delay_ms,
            self.world.seed,
            identity,
            fault,
        );
        let ack = |ack: i8| self.ack(chat, id, ack);
        if let Some(told) = self.world.ordered_report(LANE, chat) {
            let asked = told.get("ack").and_then(|ack| ack.parse().ok());
            self.calls.after(fate.sent, ack(asked.unwrap_or(1)));
            return None;
        }
        let sent = match fate.ending {
            Ending::Failed => ack(-1),
            Ending::Arrives {
                delivered,
                read,
                answer,
            } => {
                self.calls.after(delivered, ack(2));
                if let Some(read) = read {
                    self.calls.after(read, ack(3));
                }
                if let Some((at, text)) = answer {
                    self.calls.after(at, self.written(chat, &text, Some(id)));
                }
                ack(1)
            }
        };
        if fate.sent == Duration::ZERO {
            return Some(sent);
        }
        self.calls.after(fate.sent, sent);
        None
    }

    fn event_id(&self) -> String {
        format!("evt_sim{:022}", self.count.fetch_add(1, Ordering::Relaxed))
    }

    fn ack(&self, chat: &str, id: &str, ack: i8) -> Call {
        let name = match ack {
            -1 => "ERROR",
            0 => "PENDING",
            1 => "SERVER",
            2 => "DEVICE",
            3 => "READ",
            _ => "PLAYED",
        };
        Call {
            id: self.event_id(),
            event: "message.ack".into(),
            payload: json!({
                "id": format!("true_{chat}_{id}"), "from": chat, "participant": null, "fromMe": true,
                "ack": ack, "ackName": name,
            }),
        }
    }
}
