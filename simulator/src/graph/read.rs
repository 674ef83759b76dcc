//! Marking a guest's message as read, which is posted to the same path as messages.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::errors::GraphError;
use crate::serve::Reply;
use crate::serve::reply::{JSON, reply};

/// The answer to a mark; `None` if the body is a message to be sent.
pub(super) fn answer(body: &[u8]) -> Option<Reply> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let status = body.get("status")?;
    Some(match check(&body, status) {
        Ok(()) => reply(StatusCode::OK, JSON, json!({"success": true}).to_string()),
        Err(error) => error.reply(),
    })
}

fn check(body: &Value, status: &Value) -> Result<(), GraphError> {
    if body["messaging_product"] != "whatsapp" {
        return Err(GraphError::new(131_008, "The parameter messaging_product is required"));
    }
    if status != "read" {
        return Err(GraphError::new(131_009, "status is not read"));
    }
    match body["message_id"].as_str() {
        Some(id) if id.starts_with("wamid.") => Ok(()),
        Some(_) => Err(GraphError::new(131_009, "message_id is no message's")),
        None => Err(GraphError::new(131_008, "The parameter message_id is required")),
    }
}
