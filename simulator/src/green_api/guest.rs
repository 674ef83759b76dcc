//! Guests who write, the phone that is unlinked: `/_sim/green_api/…`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use super::{GreenApi, GreenApiState};
use crate::ledger::lock;

pub(super) fn router(green_api: Arc<GreenApi>) -> Router {
    Router::new()
        .route("/_sim/green_api/state", post(set_state))
        .route("/_sim/green_api/message", post(write))
        .route("/_sim/green_api/event", post(tell))
        .with_state(green_api)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Instance {
    state: GreenApiState,
}

async fn set_state(State(green): State<Arc<GreenApi>>, Json(Instance { state }): Json<Instance>) -> StatusCode {
    *lock(&green.state) = state;
    let call = Call {
        kind: "stateInstanceChanged".into(),
        id: None,
        rest: json!({"stateInstance": state}),
    };
    green.calls.after(Duration::ZERO, call);
    StatusCode::NO_CONTENT
}

/// `from` is a chat id.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: String,
    text: String,
    /// The message id it quotes.
    quoting: Option<String>,
}

async fn write(State(green): State<Arc<GreenApi>>, Json(written): Json<Written>) -> Json<Value> {
    let call = green.written(&written.from, &written.text, written.quoting.as_deref());
    let id = json!({"id": call.id});
    green.calls.after(Duration::ZERO, call);
    Json(id)
}

/// Any call: its kind, and its own keys as Green-API writes them. It gets a message id unless it has one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    kind: String,
    rest: Value,
}

async fn tell(State(green): State<Arc<GreenApi>>, Json(Told { kind, rest }): Json<Told>) -> Json<Value> {
    let call = Call {
        kind: kind.into(),
        id: Some(green.message_id()),
        rest,
    };
    let id = json!({"id": call.id});
    green.calls.after(Duration::ZERO, call);
    Json(id)
}

impl GreenApi {
    /// What a guest writes.
    pub(super) fn written(&self, chat: &str, text: &str, quoting: Option<&str>) -> Call {
        let message = match quoting {
            None => json!({"typeMessage": "textMessage", "textMessageData": {"textMessage": text}}),
            Some(quoted) => json!({
                "typeMessage": "quotedMessage",
                "extendedTextMessageData": {"text": text, "stanzaId": quoted},
                "quotedMessage": {"stanzaId": quoted, "participant": "79000000000@c.us"},
            }),
        };
        Call {
            kind: "incomingMessageReceived".into(),
            id: Some(self.message_id()),
            rest: json!({
                "senderData": {"chatId": chat, "sender": chat, "chatName": "Guest", "senderName": "Guest"},
                "messageData": message,
            }),
        }
    }
}
