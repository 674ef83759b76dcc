//! Guests who write to the bot or block it: `/_sim/telegram/…`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Telegram;
use super::update::Update;
use crate::ledger::lock;

pub(super) fn router(telegram: Arc<Telegram>) -> Router {
    Router::new()
        .route("/_sim/telegram/message", post(write))
        .route("/_sim/telegram/block", post(block))
        .route("/_sim/telegram/update", post(tell))
        .with_state(telegram)
}

/// `from` is the user's id.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: i64,
    text: String,
}

async fn write(State(telegram): State<Arc<Telegram>>, Json(written): Json<Written>) -> StatusCode {
    let update = telegram.written(written.from, &written.text);
    telegram.updates.after(Duration::ZERO, update);
    StatusCode::NO_CONTENT
}

/// Any update: its key beside the id, and the value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    kind: String,
    told: Value,
}

async fn tell(State(telegram): State<Arc<Telegram>>, Json(Told { kind, told }): Json<Told>) -> StatusCode {
    let update = telegram.update(kind, told);
    telegram.updates.after(Duration::ZERO, update);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    from: i64,
    blocked: bool,
}

async fn block(State(telegram): State<Arc<Telegram>>, Json(Block { from, blocked }): Json<Block>) -> StatusCode {
    let mut all = lock(&telegram.blocked);
    let [before, after] = match blocked {
        true => ["member", "kicked"],
        false => ["kicked", "member"],
    };
    match blocked {
        true => all.insert(from),
        false => all.remove(&from),
    };
    drop(all);
    let member = |status: &str| json!({"user": telegram.bot(), "status": status});
    let told = json!({
        "chat": chat(from), "from": user(from), "date": Utc::now().timestamp(),
        "old_chat_member": member(before), "new_chat_member": member(after),
    });
    let update = telegram.update("my_chat_member", told);
    telegram.updates.after(Duration::ZERO, update);
    StatusCode::NO_CONTENT
}

pub(super) fn chat(id: i64) -> Value {
    json!({"id": id, "type": "private", "first_name": "Guest"})
}

fn user(id: i64) -> Value {
    json!({"id": id, "is_bot": false, "first_name": "Guest"})
}

impl Telegram {
    /// What a guest writes.
    pub(super) fn written(&self, from: i64, text: &str) -> Update {
        let told = json!({
            "message_id": self.next_message(), "from": user(from), "chat": chat(from),
            "date": Utc::now().timestamp(), "text": text,
        });
        self.update("message", told)
    }
}
