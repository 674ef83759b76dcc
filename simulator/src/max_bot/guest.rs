//! Guests who write to the bot, start it or stop it: `/_sim/max_bot/…`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::MaxBot;
use super::update::Update;
use crate::ledger::lock;

pub(super) fn router(max: Arc<MaxBot>) -> Router {
    Router::new()
        .route("/_sim/max_bot/message", post(write))
        .route("/_sim/max_bot/start", post(start))
        .route("/_sim/max_bot/stop", post(stop))
        .route("/_sim/max_bot/update", post(tell))
        .with_state(max)
}

/// `from` is the user's id.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: i64,
    text: String,
}

async fn write(State(max): State<Arc<MaxBot>>, Json(written): Json<Written>) -> StatusCode {
    let update = max.written(written.from, &written.text);
    max.updates.after(Duration::ZERO, update);
    StatusCode::NO_CONTENT
}

/// `payload` is from the link by which the guest came.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Started {
    from: i64,
    payload: Option<String>,
}

async fn start(State(max): State<Arc<MaxBot>>, Json(Started { from, payload }): Json<Started>) -> StatusCode {
    lock(&max.stopped).remove(&from);
    let mut rest = of_user(from);
    rest.insert("payload".to_owned(), json!(payload));
    max.updates.after(Duration::ZERO, Update::new("bot_started", rest));
    StatusCode::NO_CONTENT
}

/// `removed`: the guest removes the whole dialog, which MAX reports in addition to the stop.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stopped {
    from: i64,
    #[serde(default)]
    removed: bool,
}

async fn stop(State(max): State<Arc<MaxBot>>, Json(Stopped { from, removed }): Json<Stopped>) -> StatusCode {
    lock(&max.stopped).insert(from);
    let told = ["dialog_removed"]
        .into_iter()
        .filter(|_| removed)
        .chain(["bot_stopped"]);
    for kind in told {
        max.updates.after(Duration::ZERO, Update::new(kind, of_user(from)));
    }
    StatusCode::NO_CONTENT
}

/// Any update: its type, and its fields other than type and time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    kind: String,
    told: Map<String, Value>,
}

async fn tell(State(max): State<Arc<MaxBot>>, Json(Told { kind, told }): Json<Told>) -> StatusCode {
    max.updates.after(Duration::ZERO, Update::new(kind, told));
    StatusCode::NO_CONTENT
}

/// The id of a dialog, which is not that of the user.
pub(super) fn dialog(user: i64) -> i64 {
    user.wrapping_add(1_000_000_000)
}

fn of_user(id: i64) -> Map<String, Value> {
    let mut rest = Map::new();
    rest.insert("chat_id".to_owned(), json!(dialog(id)));
    rest.insert("user".to_owned(), user(id));
    rest.insert("user_locale".to_owned(), json!("ru"));
    rest
}

fn user(id: i64) -> Value {
    json!({
        "user_id": id, "first_name": "Guest", "last_name": null, "username": null, "is_bot": false,
        "last_activity_time": Utc::now().timestamp_millis(),
    })
}

impl MaxBot {
    /// A guest's message to the bot, in the dialog.
    pub(super) fn written(&self, from: i64, text: &str) -> Update {
        let (seq, mid) = self.next_message();
        let message = json!({
            "sender": user(from), "timestamp": Utc::now().timestamp_millis(),
            "recipient": {"chat_id": dialog(from), "chat_type": "dialog", "user_id": super::BOT},
            "body": {"mid": mid, "seq": seq, "text": text, "attachments": null},
        });
        let mut rest = Map::new();
        rest.insert("message".to_owned(), message);
        rest.insert("user_locale".to_owned(), json!("ru"));
        Update::new("message_created", rest)
    }
}
