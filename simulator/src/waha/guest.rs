//! Guests who write, the phone that is unlinked: `/_sim/waha/…`.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use super::{LANE, Waha, WahaState};
use crate::ledger::lock;
use crate::linked_phone;

pub(super) fn router(waha: Arc<Waha>) -> Router {
    Router::new()
        .route("/_sim/waha/session", post(set_session))
        .route("/_sim/waha/message", post(write))
        .route("/_sim/waha/reaction", post(react))
        .route("/_sim/waha/event", post(tell))
        .with_state(waha)
}

/// `data` goes into the event as it is: WhatsApp's warnings to a session that works.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    state: WahaState,
    #[serde(default)]
    data: Value,
}

async fn set_session(State(waha): State<Arc<Waha>>, Json(Session { state, data }): Json<Session>) -> StatusCode {
    *lock(&waha.state) = state;
    let status = |state, at_ms| json!({"status": state, "timestamp": at_ms});
    let call = Call {
        id: waha.event_id(),
        event: "session.status".into(),
        payload: json!({
            "name": waha.config.session, "status": state,
            "statuses": [status(state, Utc::now().timestamp_millis())], "data": data,
        }),
    };
    waha.calls.after(Duration::ZERO, call);
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

async fn write(State(waha): State<Arc<Waha>>, Json(written): Json<Written>) -> Response {
    let call = waha.written(&written.from, &written.text, written.quoting.as_deref());
    told(&waha, call)
}

/// Any event with its payload as an engine writes it: a hidden id with the phone beside it, an edit, a group's message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    event: String,
    payload: Value,
}

async fn tell(State(waha): State<Arc<Waha>>, Json(Told { event, payload }): Json<Told>) -> Response {
    let call = Call {
        id: waha.event_id(),
        event: event.into(),
        payload,
    };
    told(&waha, call)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reaction {
    from: String,
    /// Empty: taken back.
    emoji: String,
    message_id: String,
}

async fn react(State(waha): State<Arc<Waha>>, Json(reaction): Json<Reaction>) -> Response {
    let Reaction {
        from,
        emoji,
        message_id,
    } = reaction;
    let (id, _) = waha.incoming_id(&from);
    let call = Call {
        id: waha.event_id(),
        event: "message.reaction".into(),
        payload: json!({
            "id": id, "from": from, "fromMe": false, "participant": null, "to": "79000000000@c.us",
            "timestamp": Utc::now().timestamp_millis() as f64 / 1_000.0,
            "reaction": {"text": emoji, "messageId": format!("true_{from}_{message_id}")},
        }),
    };
    told(&waha, call)
}

fn told(waha: &Waha, call: Call) -> Response {
    let id = call.payload["id"].clone();
    waha.calls.after(Duration::ZERO, call);
    Json(json!({"id": id})).into_response()
}

impl Waha {
    /// The whole id of a guest's message, and WhatsApp's part of it.
    fn incoming_id(&self, chat: &str) -> (String, String) {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let own = linked_phone::message_id(self.world.seed, LANE.name(), count);
        (format!("false_{chat}_{own}"), own)
    }

    /// What a guest writes.
    pub(super) fn written(&self, chat: &str, text: &str, quoting: Option<&str>) -> Call {
        let (id, _) = self.incoming_id(chat);
        Call {
            id: self.event_id(),
            event: "message".into(),
            payload: json!({
                "id": id, "timestamp": Utc::now().timestamp(), "from": chat, "fromMe": false, "source": "app",
                "to": "79000000000@c.us", "body": text, "hasMedia": false, "media": null, "ack": 1, "vCards": [],
                "replyTo": quoting.map(|quoted| json!({"id": quoted})),
                "_data": {"notifyName": "Guest", "Info": {"PushName": "Guest"}},
            }),
        }
    }
}
