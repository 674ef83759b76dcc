//! The section `whatsapp` of the simulator: one number of one business account.

use std::net::{Ipv4Addr, SocketAddr};

use secrecy::SecretString;
use serde::Deserialize;

use crate::callbacks::CallbackConfig;

/// The number, its templates and limits, and what becomes of its messages. Probabilities are fractions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GraphConfig {
    pub addr: SocketAddr,
    pub phone_number_id: String,
    pub waba_id: String,
    /// Digits.
    pub display_phone_number: String,
    pub access_token: SecretString,
    /// Signs the webhooks.
    pub app_secret: SecretString,
    pub templates: Vec<GraphTemplate>,
    /// Messages a second; more are answered 130429.
    pub throughput_per_s: u32,
    /// One message to one person in so many milliseconds, and how many may be borrowed from the future; more are answered 131056.
    pub pair_every_ms: u64,
    pub pair_burst: u32,
    /// The most different people who may be sent templates outside their window in any 24 hours; more are answered
    /// 131048. `None` for no limit.
    pub unique_people_per_day: Option<u32>,
    /// Answer 131047 to free texts and files for people who have not written in the last 24 hours.
    pub window: bool,
    pub webhooks: CallbackConfig,
    /// An accepted message fails later (131026).
    pub failed: f64,
    /// A delivered message is read.
    pub read: f64,
    /// The status `sent` is posted before the reply to the send.
    pub before_reply: f64,
    /// A webhook comes twice.
    pub doubled: f64,
    /// A message's statuses come in any order.
    pub reordered: f64,
    /// A status waits for others and comes in one call with them.
    pub batched: f64,
    /// A guest answers a delivered message.
    pub answers: f64,
    /// What they answer, drawn from these.
    pub answer_texts: Vec<String>,
}

impl Default for GraphConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            phone_number_id: "106540352242922".to_owned(),
            waba_id: "102290129340398".to_owned(),
            display_phone_number: "15550783881".to_owned(),
            access_token: "sim-access-token".into(),
            app_secret: "sim-app-secret".into(),
            templates: vec![GraphTemplate::default()],
            throughput_per_s: 80,
            pair_every_ms: 6_000,
            pair_burst: 45,
            unique_people_per_day: None,
            window: true,
            webhooks: CallbackConfig::default(),
            failed: 0.0,
            read: 0.5,
            before_reply: 0.0,
            doubled: 0.0,
            reordered: 0.0,
            batched: 0.0,
            answers: 0.0,
            answer_texts: ["Спасибо!", "А во сколько вы открываетесь?", "СТОП"]
                .map(str::to_owned)
                .into(),
        }
    }
}

/// An approved template in one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GraphTemplate {
    pub name: String,
    pub language: String,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    pub category: String,
    /// `APPROVED`, `PAUSED`, `DISABLED`, `REJECTED`.
    pub status: String,
    /// Parameters of the body.
    pub parameters: usize,
    /// `text`, `image`, `video` or `document` if the header has a parameter.
    pub header: Option<String>,
    /// The URL button's address, to which its parameter is appended.
    pub button_url: Option<String>,
}

impl Default for GraphTemplate {
    fn default() -> Self {
        Self {
            name: "hello_world".to_owned(),
            language: "en_US".to_owned(),
            category: "UTILITY".to_owned(),
            status: "APPROVED".to_owned(),
            parameters: 0,
            header: None,
            button_url: None,
        }
    }
}
