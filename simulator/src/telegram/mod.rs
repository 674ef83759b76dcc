//! Telegram's Bot API: what a bot sends, and its webhook.

mod answer;
mod config;
mod guest;
mod update;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::Utc;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

pub use config::TelegramConfig;

use crate::StartError;
use crate::callbacks::{self, Callbacks};
use crate::draw::{Draw, fingerprint};
use crate::launch::Launch;
use crate::ledger::{Channel, Received, lock};
use crate::linked_phone;
use crate::serve::{self, Provider, Reply, Reset};
use crate::world::{Outcome, World};
use answer::{blocked, error, refusal, result};
use guest::chat;
use update::Update;

const LANE: Channel = Channel::Telegram;

/// The most characters of a text, and of a picture's caption.
const LONGEST_TEXT: usize = 4096;
const LONGEST_CAPTION: usize = 1024;

pub(crate) struct Telegram {
    world: Arc<World>,
    config: TelegramConfig,
    updates: Callbacks<Update>,
    last_message: AtomicU64,
    last_update: AtomicU64,
    /// Who has blocked the bot.
    blocked: Mutex<HashSet<i64>>,
}

impl Provider for Telegram {
    async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Reset> {
        let (head, body) = request.into_parts();
        let method = match self.method(head.uri.path()) {
            Ok(method) => method,
            Err(status) => return Ok(self.refuse(error(status, status.canonical_reason().unwrap_or_default()))),
        };
        let text = match method {
            "getMe" => return Ok(result(&self.bot())),
            "getWebhookInfo" => return Ok(result(&self.webhook_info())),
            "sendMessage" => Shown::TEXT,
            "sendPhoto" => Shown::PHOTO,
            _ => return Ok(error(StatusCode::NOT_FOUND, "Not Found")),
        };
        let Some(body) = serve::body(body).await else {
            return Ok(error(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"));
        };
        let Ok(body) = serde_json::from_slice::<Value>(&body) else {
            return Ok(self.refuse(bad("can't parse JSON object")));
        };
        self.send(&text, &body).play().await
    }

    fn goaway_after(&self) -> Option<u64> {
        self.world.faults().telegram.goaway_after
    }
}

/// Where the words of a message are.
struct Shown {
    words: &'static str,
    longest: usize,
    picture: bool,
}

impl Shown {
    const TEXT: Self = Self {
        words: "text",
        longest: LONGEST_TEXT,
        picture: false,
    };
    const PHOTO: Self = Self {
        words: "caption",
        longest: LONGEST_CAPTION,
        picture: true,
    };

    /// Telegram's refusal of a wrong body, if it is wrong.
    fn wrong(&self, body: &Value) -> Option<Reply> {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let words = text(self.words);
        Some(if self.picture && !text("photo").starts_with("http") {
            bad("wrong file identifier/HTTP URL specified")
        } else if !self.picture && words.is_empty() {
            bad("message text is empty")
        } else if words.chars().count() > self.longest {
            bad(if self.picture {
                "message caption is too long"
            } else {
                "message is too long"
            })
        } else {
            return None;
        })
    }
}

fn bad(what: &str) -> Reply {
    error(StatusCode::BAD_REQUEST, &format!("Bad Request: {what}"))
}

impl Telegram {
    /// Opens the bot when it is configured.
    pub(crate) async fn open(launch: &mut Launch, config: Option<&TelegramConfig>) -> Result<(), StartError> {
        let Some(config) = config else {
            return Ok(());
        };
        let telegram = Arc::new(Self {
            world: launch.world(),
            config: config.clone(),
            updates: launch.callbacks(LANE, &config.webhook, config.secret_token.clone())?,
            last_message: AtomicU64::default(),
            last_update: AtomicU64::default(),
            blocked: Mutex::default(),
        });
        launch.admin(guest::router(Arc::clone(&telegram)));
        launch.http(LANE, "telegram", config.addr, telegram).await
    }

    fn refuse(&self, reply: Reply) -> Reply {
        self.world.ledger.book(LANE).refuse();
        reply
    }

    fn next_message(&self) -> u64 {
        self.last_message.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn update(&self, kind: impl Into<Cow<'static, str>>, told: Value) -> Update {
        let id = self.last_update.fetch_add(1, Ordering::Relaxed) + 1;
        let kind = kind.into();
        Update { id, kind, told }
    }

    fn bot(&self) -> Value {
        let token = self.config.token.expose_secret();
        let id = token.split(':').next().and_then(|id| id.parse::<i64>().ok());
        json!({"id": id, "is_bot": true, "first_name": "Simulated brand", "username": "simulated_brand_bot"})
    }

    fn webhook_info(&self) -> Value {
        let url = self.updates.url().get().unwrap_or_default();
        json!({"url": url, "has_custom_certificate": false, "pending_update_count": 0})
    }

    /// The method of `/bot{token}/{method}`.
    fn method<'a>(&self, path: &'a str) -> Result<&'a str, StatusCode> {
        let (token, method) = path
            .strip_prefix("/bot")
            .and_then(|rest| rest.split_once('/'))
            .ok_or(StatusCode::NOT_FOUND)?;
        match token == self.config.token.expose_secret() {
            true => Ok(method),
            false => Err(StatusCode::UNAUTHORIZED),
        }
    }

    /// Decides everything about one send; what is accepted is in the ledger before this returns.
    fn send(&self, shown: &Shown, body: &Value) -> Outcome {
        let to = body["chat_id"].as_i64().filter(|id| *id > 0);
        let Some(to) = to else {
            return Outcome::at_once(self.refuse(bad("chat not found")));
        };
        let wrong = shown.wrong(body);
        let wrong = wrong.or_else(|| lock(&self.blocked).contains(&to).then(blocked));
        if let Some(reply) = wrong {
            return Outcome::at_once(self.refuse(reply));
        }
        let faults = &self.world.faults().telegram;
        // The client sends no id, so the same text to the same recipient is a repeat.
        let identity = fingerprint(&body.to_string());
        let recipient = to.to_string();
        let attempt = self
            .world
            .attempt(LANE, faults, identity, &recipient, linked_phone::magic_digits);
        if let Some(reply) = attempt.fault.and_then(|fault| refusal(fault, faults)) {
            self.world.ledger.book(LANE).refuse();
            return attempt.outcome(faults, reply);
        }
        let id = self.next_message();
        let words = body[shown.words].as_str().unwrap_or_default();
        if attempt.is_taken() {
            let received = Received {
                recipient: &recipient,
                message_id: &id.to_string(),
                body: words,
                link: body["photo"].as_str().unwrap_or_default(),
                ..Received::default()
            };
            self.world.take(LANE, identity, &received, "");
            self.let_answer(to, identity);
        }
        let mut message =
            json!({"message_id": id, "from": self.bot(), "chat": chat(to), "date": Utc::now().timestamp()});
        message[shown.words] = json!(words);
        attempt.outcome(faults, result(&message))
    }

    /// Lets a guest perhaps answer after a while.
    fn let_answer(&self, from: i64, identity: u64) {
        let mut draw = Draw::new(self.world.seed, "telegram answer", identity, 0);
        let answers = &self.config.answers;
        if answers.is_empty() || !draw.happens(self.config.answer) {
            return;
        }
        let which = draw.between(0, answers.len() as u64 - 1) as usize;
        let wait = callbacks::delay(self.config.webhook.delay_ms, self.world.seed, identity);
        self.updates.after(wait, self.written(from, &answers[which]));
    }
}
