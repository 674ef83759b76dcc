//! MAX's Bot API: what a bot sends, and its webhook.

mod answer;
mod config;
mod guest;
mod request;
mod update;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::Utc;
use hyper::body::Incoming;
use hyper::header::AUTHORIZATION;
use hyper::{Method, Request, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

pub use config::MaxBotConfig;

use crate::StartError;
use crate::callbacks::{self, Callbacks};
use crate::draw::{Draw, fingerprint};
use crate::launch::Launch;
use crate::ledger::{Channel, Received, lock};
use crate::linked_phone;
use crate::serve::{self, Provider, Reply, Reset};
use crate::world::{Outcome, World};
use answer::{bad, error, refusal, result, stopped, unauthorized};
use guest::dialog;
use update::Update;

const LANE: Channel = Channel::MaxBot;
/// The bot's own user id.
const BOT: i64 = 55;

pub(crate) struct MaxBot {
    world: Arc<World>,
    config: MaxBotConfig,
    updates: Callbacks<Update>,
    last_message: AtomicU64,
    /// Who has stopped the bot.
    stopped: Mutex<HashSet<i64>>,
}

impl Provider for MaxBot {
    async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Reset> {
        let (head, body) = request.into_parts();
        // The token alone, without a word before it.
        let given = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if given != Some(self.config.token.expose_secret()) {
            return Ok(self.refuse(unauthorized()));
        }
        match (&head.method, head.uri.path()) {
            (&Method::GET, "/me") => return Ok(result(&me())),
            (&Method::GET, "/subscriptions") => return Ok(result(&self.subscriptions())),
            (&Method::POST, "/messages") => {}
            (_, "/me" | "/messages" | "/subscriptions") => {
                return Ok(error(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "method.not.allowed",
                    "Method not allowed",
                ));
            }
            _ => return Ok(serve::reply::html(StatusCode::NOT_FOUND, "There is no such method.")),
        }
        let Some(body) = serve::body(body).await else {
            return Ok(self.refuse(bad("the body is too long")));
        };
        let Ok(body) = serde_json::from_slice::<Value>(&body) else {
            return Ok(self.refuse(bad("the body is no JSON")));
        };
        let Some(user) = request::user(head.uri.query().unwrap_or_default()) else {
            return Ok(self.refuse(bad("Unknown recipient")));
        };
        self.send(user, &body).play().await
    }

    fn goaway_after(&self) -> Option<u64> {
        self.world.faults().max_bot.goaway_after
    }
}

fn me() -> Value {
    json!({
        "user_id": BOT, "first_name": "Simulated brand", "username": "simulated_brand_bot", "is_bot": true,
        "last_activity_time": Utc::now().timestamp_millis(),
    })
}

impl MaxBot {
    /// Opens the bot when it is configured.
    pub(crate) async fn open(launch: &mut Launch, config: Option<&MaxBotConfig>) -> Result<(), StartError> {
        let Some(config) = config else {
            return Ok(());
        };
        let max = Arc::new(Self {
            world: launch.world(),
            config: config.clone(),
            updates: launch.callbacks(LANE, &config.webhook, config.secret.clone())?,
            last_message: AtomicU64::default(),
            stopped: Mutex::default(),
        });
        launch.admin(guest::router(Arc::clone(&max)));
        launch.http(LANE, "max_bot", config.addr, max).await
    }

    fn refuse(&self, reply: Reply) -> Reply {
        self.world.ledger.book(LANE).refuse();
        reply
    }

    /// The sequence number of a message, and its id.
    fn next_message(&self) -> (u64, String) {
        let seq = self.last_message.fetch_add(1, Ordering::Relaxed) + 1;
        (seq, format!("mid.{:016x}{seq:016x}", self.world.seed))
    }

    /// The subscriptions; one without a list of types is to all of them.
    fn subscriptions(&self) -> Value {
        let one = |url: String| json!({"url": url, "time": 1_772_355_600_000_i64, "update_types": null});
        let all: Vec<_> = self.updates.url().get().map(one).into_iter().collect();
        json!({"subscriptions": all})
    }

    /// Decides everything about one send; an accepted message is in the ledger before this returns.
    fn send(&self, user: i64, body: &Value) -> Outcome {
        let wrong = request::wrong(body);
        let wrong = wrong.or_else(|| lock(&self.stopped).contains(&user).then(|| stopped(user)));
        if let Some(reply) = wrong {
            return Outcome::at_once(self.refuse(reply));
        }
        let recipient = user.to_string();
        if let Some(ordered) = self.world.ordered(LANE, &recipient) {
            return ordered;
        }
        let faults = &self.world.faults().max_bot;
        // The client gives no id, so the same body for the same guest is a repeat.
        let identity = fingerprint(&format!("{user} {body}"));
        let attempt = self
            .world
            .attempt(LANE, faults, identity, &recipient, linked_phone::magic_digits);
        if let Some(reply) = attempt.fault.and_then(|fault| refusal(fault, faults, user)) {
            self.world.ledger.book(LANE).refuse();
            return attempt.outcome(faults, reply);
        }
        let (seq, mid) = self.next_message();
        if attempt.is_taken() {
            let attachments = &body["attachments"];
            let detail = match attachments {
                Value::Array(_) => attachments.to_string(),
                _ => String::new(),
            };
            let received = Received {
                detail: &detail,
                recipient: &recipient,
                message_id: &mid,
                body: body["text"].as_str().unwrap_or_default(),
                link: request::link(body),
                ..Received::default()
            };
            self.world.take(LANE, identity, &received, "");
            self.let_answer(user, identity);
        }
        let message = json!({
            "sender": me(), "timestamp": Utc::now().timestamp_millis(),
            "recipient": {"chat_id": dialog(user), "chat_type": "dialog", "user_id": user},
            "body": {"mid": mid, "seq": seq, "text": body["text"], "attachments": body["attachments"]},
        });
        attempt.outcome(faults, result(&json!({"message": message})))
    }

    /// A guest may answer after a while.
    fn let_answer(&self, from: i64, identity: u64) {
        let mut draw = Draw::new(self.world.seed, "max answer", identity, 0);
        let answers = &self.config.answers;
        if answers.is_empty() || !draw.happens(self.config.answer) {
            return;
        }
        let which = draw.between(0, answers.len() as u64 - 1) as usize;
        let wait = callbacks::delay(self.config.webhook.delay_ms, self.world.seed, identity);
        self.updates.after(wait, self.written(from, &answers[which]));
    }
}
