//! Guests who write in, as requested by `/_sim/whatsapp/…`.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router, body::Bytes};
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::webhooks::Update;
use super::{Graph, people};

pub(super) fn router(graph: Arc<Graph>) -> Router {
    Router::new()
        .route("/_sim/whatsapp/inbound", post(inbound))
        .route("/_sim/whatsapp/change", post(change))
        .route("/_sim/whatsapp/media", post(media))
        .with_state(graph)
}

type Shared = State<Arc<Graph>>;

/// A message of a guest. Without a type it is a text; the content of any other type is under the type's name, as Meta
/// writes it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Written {
    /// Digits; may be absent for a guest who hides the phone.
    pub(super) from: Option<String>,
    /// The guest's user id.
    pub(super) from_user_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) text: Option<String>,
    /// Meta's id of the message; a new one if absent.
    pub(super) id: Option<String>,
    #[serde(flatten)]
    pub(super) parts: Map<String, Value>,
}

impl Written {
    /// The change in a webhook that reports it.
    pub(super) fn change(&self, id: &str, metadata: &Value, now_s: i64) -> Value {
        let mut message = self.parts.clone();
        let (from, name) = (self.from.as_deref(), self.name.as_deref().unwrap_or("Guest"));
        let user_id = self.from_user_id.clone();
        let user_id = user_id.unwrap_or_else(|| people::user_id(from.unwrap_or_default()));
        let contact = people::contact(from, &user_id, Some(name));
        if let Some(from) = from {
            message.insert("from".to_owned(), json!(from));
        }
        message.insert("from_user_id".to_owned(), json!(user_id));
        message.insert("id".to_owned(), json!(id));
        message.insert("timestamp".to_owned(), json!(now_s.to_string()));
        if let Some(text) = &self.text {
            message.insert("type".to_owned(), json!("text"));
            message.insert("text".to_owned(), json!({"body": text}));
        }
        json!({"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": metadata,
            "contacts": [contact],
            "messages": [message],
        }})
    }
}

async fn inbound(State(graph): Shared, Json(written): Json<Written>) -> Response {
    if written.from.is_none() && written.from_user_id.is_none() {
        let problem = json!({"error": "give from (digits) or from_user_id"});
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response();
    }
    let id = graph.write_in(&written).await;
    Json(json!({"id": id})).into_response()
}

/// Any other change: of the account, a template or a preference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    field: String,
    value: Value,
}

async fn change(State(graph): Shared, Json(Change { field, value }): Json<Change>) -> StatusCode {
    graph
        .webhooks
        .now(Update::Change(json!({"field": field, "value": value})))
        .await;
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    mime: String,
}

/// A guest's file, to be named by a message.
async fn media(State(graph): Shared, Query(Kind { mime }): Query<Kind>, body: Bytes) -> Json<Value> {
    Json(json!({"id": graph.files.keep(&mime, body)}))
}

impl Graph {
    /// A guest writes: their window opens, and Bellhop is called at once.
    pub(super) async fn write_in(&self, written: &Written) -> String {
        let now = Utc::now();
        for person in [&written.from, &written.from_user_id].into_iter().flatten() {
            self.limits.wrote(&people::user_id(person), now.timestamp_millis());
        }
        let id = written.id.clone().unwrap_or_else(|| self.new_id());
        let change = written.change(&id, &self.metadata(), now.timestamp());
        self.webhooks.now(Update::Change(change)).await;
        id
    }
}
