//! The SMSC's section.

use std::net::{Ipv4Addr, SocketAddr};

use secrecy::SecretString;
use serde::Deserialize;

/// An SMSC that speaks SMPP 3.4.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmppConfig {
    /// Port 0 takes a free one.
    pub addr: SocketAddr,
    pub system_id: String,
    /// Further accounts with the same password. Each hears only of its own messages.
    pub more_system_ids: Vec<String>,
    pub password: SecretString,
    /// Refuse every bind with this `command_status`.
    pub refuse_binds_with: Option<u32>,
    /// The most sessions bound at once; one more is refused.
    pub max_binds: Option<usize>,
    /// `submit_sm`s a second on one bind; the rest of the second is throttled.
    pub messages_per_second: Option<u32>,
    /// Whether the default alphabet comes packed, eight septets in seven octets.
    pub packed: bool,
    /// How ids are written in answers to submissions.
    pub answer_ids: IdForm,
    /// How ids are written in receipts.
    pub receipt_ids: IdForm,
    pub receipts: SmppReceipts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdForm {
    Decimal,
    /// Lower case, eight digits.
    Hex,
}

/// Delivery receipts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmppReceipts {
    /// Least and most milliseconds between acceptance and receipt.
    pub delay_ms: [u64; 2],
    /// Probability that a message is reported undeliverable.
    pub undelivered: f64,
    /// Probability that the receipt goes out before the answer to the submission.
    pub before_answer: f64,
    /// With `receipted_message_id`, `message_state` and `network_error_code` beside the text.
    pub tlvs: bool,
    /// Pause between tries of a receipt that was not acknowledged, milliseconds.
    pub retry_ms: u64,
    /// How often a receipt is tried in all.
    pub max_tries: u32,
}

impl Default for SmppConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            system_id: "bellhop".to_owned(),
            more_system_ids: Vec::new(),
            password: "secret".into(),
            refuse_binds_with: None,
            max_binds: None,
            messages_per_second: None,
            packed: false,
            answer_ids: IdForm::Decimal,
            receipt_ids: IdForm::Decimal,
            receipts: SmppReceipts::default(),
        }
    }
}

impl Default for SmppReceipts {
    fn default() -> Self {
        Self {
            delay_ms: [200, 1_000],
            undelivered: 0.0,
            before_answer: 0.0,
            tlvs: true,
            retry_ms: 1_000,
            max_tries: 10,
        }
    }
}

impl IdForm {
    pub(super) fn write(self, id: u32) -> String {
        match self {
            Self::Decimal => id.to_string(),
            Self::Hex => format!("{id:08x}"),
        }
    }
}
