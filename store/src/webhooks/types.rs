//! What is kept of webhooks.

use crate::{Result, StoreError};
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::*;
use serde::Serialize;
use std::collections::BTreeSet;

/// A webhook to be kept.
#[derive(Debug, Clone)]
pub struct NewWebhook<'a> {
    pub name: &'a str,
    pub url: &'a str,
    pub kinds: &'a BTreeSet<WebhookKind>,
    /// Sealed.
    pub secret: &'a str,
}

/// A webhook, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Webhook {
    pub id: WebhookId,
    pub name: String,
    pub url: String,
    pub kinds: BTreeSet<WebhookKind>,
    pub enabled: bool,
    pub created_at: Timestamp,
    /// Until then the secret before this one signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<Timestamp>,
    pub waiting: u64,
    pub dead: u64,
}

/// A sealed secret and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    pub webhook: WebhookId,
    /// The organisation's slug.
    pub organisation: String,
    pub sealed: String,
}

/// How far a delivery is. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum DeliveryState {
    Waiting = 1,
    Delivered = 2,
    /// It was tried for a day; only a replay tries it again.
    Dead = 3,
}

impl DeliveryState {
    pub const ALL: [DeliveryState; 3] = [DeliveryState::Waiting, DeliveryState::Delivered, DeliveryState::Dead];

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    pub fn name(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Dead => "dead",
        }
    }
}

/// A delivery, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    pub id: DeliveryId,
    /// The header `webhook-id`.
    pub webhook_id: String,
    pub subject: String,
    pub kind: String,
    pub state: DeliveryState,
    pub tries: u32,
    pub created_at: Timestamp,
    /// Of one that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_words: Option<String>,
    /// JSON.
    pub body: String,
}

pub(super) fn absent(id: WebhookId) -> StoreError {
    StoreError::NotFound {
        what: "webhook",
        id: id.to_string(),
    }
}

pub(super) fn kinds(id: WebhookId, text: &str) -> Result<BTreeSet<WebhookKind>> {
    serde_json::from_str(text).map_err(|error| corrupt(id, &error))
}

pub(super) fn corrupt(id: impl ToString, problem: &impl ToString) -> StoreError {
    StoreError::Corrupt {
        what: "webhook",
        id: id.to_string(),
        problem: problem.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        for (state, code, name) in [
            (DeliveryState::Waiting, 1, "waiting"),
            (DeliveryState::Delivered, 2, "delivered"),
            (DeliveryState::Dead, 3, "dead"),
        ] {
            assert_eq!((state.code(), state.name()), (code, name));
            assert_eq!(DeliveryState::from_code(code), Some(state));
        }
        assert_eq!(DeliveryState::from_code(0), None);
    }
}
