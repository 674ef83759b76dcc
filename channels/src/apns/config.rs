//! The settings of an `apns` sender.

use super::request::Priority;
use super::token::TokenSource;
use crate::Finding;
use crate::config::{Environment, SecretSource, Unusable, base_url, parse, plain_text};
use crate::http::HttpOptions;
use reqwest::Url;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::Value;
use std::iter;
use std::sync::Arc;

/// Endings of topics for other kinds of push than alerts (PROVIDERS.md §2.2).
const OTHER_KINDS: [&str; 8] = [
    ".voip",
    ".complication",
    ".pushkit.fileprovider",
    ".location-query",
    ".voip-ptt",
    ".push-type.liveactivity",
    ".push-type.widgets",
    ".push-type.controls",
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    /// The `.p8` file from the Apple developer site.
    key: SecretSource,
    /// The key's id: 10 letters and digits, also in the name of its file.
    key_id: String,
    /// The developer team's id: 10 letters and digits.
    team_id: String,
    /// The app's bundle id.
    topic: String,
    #[serde(default = "apple")]
    production_url: String,
    #[serde(default = "apple_sandbox")]
    sandbox_url: String,
    /// HTTP/2 connections to each host; each carries as many requests at once as Apple allows.
    #[serde(default = "two")]
    connections: usize,
    /// 10 is at once, 5 when it suits the battery, 1 without waking the device.
    #[serde(default = "ten")]
    priority: u8,
    /// `default`, or the name of a sound in the app; if absent, the notification is silent.
    sound: Option<String>,
    #[serde(default)]
    http: HttpOptions,
}

fn apple() -> String {
    "https://api.push.apple.com".to_owned()
}

fn apple_sandbox() -> String {
    "https://api.sandbox.push.apple.com".to_owned()
}

fn two() -> usize {
    2
}

fn ten() -> u8 {
    10
}

/// The section, checked.
pub(super) struct ApnsConfig {
    pub tokens: Arc<TokenSource>,
    pub key_id: String,
    pub team_id: String,
    pub topic: HeaderValue,
    pub production_url: Url,
    pub sandbox_url: Url,
    pub connections: usize,
    pub priority: Priority,
    pub sound: Option<String>,
    pub http: HttpOptions,
    /// What is odd about the section without being wrong.
    pub oddities: Vec<Finding>,
}

impl ApnsConfig {
    pub fn read(section: &Value, environment: Environment<'_>) -> Result<Self, Unusable> {
        let section: Section = parse(section)?;
        check_id("key_id", &section.key_id, "Certificates, Identifiers & Profiles, Keys")?;
        check_id("team_id", &section.team_id, "Membership details")?;
        let pem = section.key.read(environment).map_err(|e| e.at("key"))?;
        let priority = Priority::read(section.priority)
            .ok_or_else(|| format!("priority = {} is not 10, 5 or 1", section.priority))?;
        if !(1..=64).contains(&section.connections) {
            return Err(format!("connections = {} is not between 1 and 64", section.connections).into());
        }
        let topic = HeaderValue::try_from(&section.topic)
            .ok()
            .filter(|_| !section.topic.is_empty())
            .ok_or_else(|| format!("topic {:?} is not a bundle id; copy it from Xcode", section.topic))?;
        let production_url = base_url("production_url", &section.production_url)?;
        let sandbox_url = base_url("sandbox_url", &section.sandbox_url)?;
        Ok(Self {
            tokens: TokenSource::shared(&section.team_id, &section.key_id, &pem)?,
            oddities: oddities(&section, &production_url, &sandbox_url),
            key_id: section.key_id,
            team_id: section.team_id,
            topic,
            production_url,
            sandbox_url,
            connections: section.connections,
            priority,
            sound: section.sound,
            http: section.http,
        })
    }
}

/// Apple's ids of keys and teams: 10 capital letters and digits (PROVIDERS.md §2.1).
fn check_id(field: &str, id: &str, place: &str) -> Result<(), String> {
    let right = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit();
    if id.len() == 10 && id.bytes().all(right) {
        return Ok(());
    }
    Err(format!(
        "{field} {id:?} is not 10 capital letters and digits; copy it from the Apple developer site, {place}"
    ))
}

fn oddities(section: &Section, production: &Url, sandbox: &Url) -> Vec<Finding> {
    let in_clear = plain_text("production_url", production).or_else(|| plain_text("sandbox_url", sandbox));
    let mut found: Vec<_> = iter::once(topic_oddity(&section.topic))
        .chain([in_clear])
        .flatten()
        .collect();
    found.extend(key_oddity(section));
    found
}

fn topic_oddity(topic: &str) -> Option<Finding> {
    if let Some(end) = OTHER_KINDS.iter().find(|end| topic.ends_with(**end)) {
        return Some(Finding::warning(
            format!("topic {topic:?} is for another kind of push: Apple will refuse alerts for it"),
            format!("write the bundle id without {end}"),
        ));
    }
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-.".contains(&c);
    let parts = topic.split('.').filter(|part| !part.is_empty()).count();
    let looks_right = topic.bytes().all(allowed) && parts >= 2 && parts == topic.split('.').count();
    (!looks_right).then(|| {
        Finding::warning(
            format!("topic {topic:?} does not look like a bundle id"),
            "copy the bundle id from Xcode, like com.example.app",
        )
    })
}

/// Apple names the file after the key.
fn key_oddity(section: &Section) -> Option<Finding> {
    let SecretSource::File(path) = &section.key else {
        return None;
    };
    let name = path.file_stem()?.to_str()?.strip_prefix("AuthKey_")?;
    (name != section.key_id).then(|| {
        Finding::warning(
            format!("key_id is {}, but the key's file is named after {name}", section.key_id),
            "make key_id the part of the file's name between AuthKey_ and .p8",
        )
    })
}
