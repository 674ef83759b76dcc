//! The settings of an `fcm` sender, and Google's key file.

use crate::config::{Unusable, base_url, endpoint, parse, read_file, shown_path, without_values};
use crate::http::HttpOptions;
use jsonwebtoken::EncodingKey;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    /// The service account's key, as downloaded from the Firebase console.
    key_file: PathBuf,
    /// By default that of the key file.
    project_id: Option<String>,
    #[serde(default = "google_fcm")]
    base_url: String,
    /// Where the key is exchanged for a token. It is never read from the key file, which may come from a stranger
    /// (PROVIDERS.md §1.1).
    #[serde(default = "google_token")]
    token_uri: String,
    /// HTTP/2 connections; each carries as many requests at once as the server allows.
    #[serde(default = "two")]
    connections: usize,
    /// Label of Firebase's own reports; at most 100 different ones a day are reported.
    analytics_label: Option<String>,
    #[serde(default)]
    http: HttpOptions,
}

fn google_fcm() -> String {
    "https://fcm.googleapis.com".to_owned()
}

fn google_token() -> String {
    "https://oauth2.googleapis.com/token".to_owned()
}

fn two() -> usize {
    2
}

/// The fields of Google's key file that we use; it has others.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: SecretString,
    private_key_id: String,
    project_id: String,
}

/// A service account that can sign.
pub(super) struct ServiceAccount {
    pub client_email: String,
    pub key_id: String,
    pub key: EncodingKey,
}

/// The section, checked.
pub(super) struct FcmConfig {
    pub send_url: Url,
    pub token_uri: Url,
    pub project_id: String,
    pub account: ServiceAccount,
    pub connections: usize,
    pub analytics_label: Option<String>,
    pub http: HttpOptions,
}

impl FcmConfig {
    pub fn read(section: &Value) -> Result<Self, Unusable> {
        let section: Section = parse(section)?;
        let file = shown_path(&section.key_file);
        let text = read_file(&section.key_file).map_err(|why| why.at("key_file"))?;
        let key: KeyFile = serde_json::from_str(&text)
            .map_err(|e| without_values(&e.to_string()))
            .map_err(|e| format!("key_file {file} is not a service account key ({e}); download it again from the Firebase console, Project settings, Service accounts"))?;
        let encoding = EncodingKey::from_rsa_pem(key.private_key.expose_secret().as_bytes())
            .map_err(|e| format!("private_key in {file} is not an RSA key in PEM ({e}); download the file again"))?;
        let project_id = section.project_id.unwrap_or(key.project_id);
        if project_id.is_empty()
            || !project_id
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-.:".contains(&c))
        {
            return Err(Unusable::Wrong(format!(
                "project_id {project_id:?} is not a Firebase project; copy it from the Firebase console"
            )));
        }
        if let Some(label) = &section.analytics_label {
            check_label(label)?;
        }
        if !(1..=64).contains(&section.connections) {
            return Err(format!("connections = {} is not between 1 and 64", section.connections).into());
        }
        let base = base_url("base_url", &section.base_url)?;
        Ok(Self {
            send_url: endpoint(&base, &format!("/v1/projects/{project_id}/messages:send"))?,
            token_uri: base_url("token_uri", &section.token_uri)?,
            project_id,
            account: ServiceAccount {
                client_email: key.client_email,
                key_id: key.private_key_id,
                key: encoding,
            },
            connections: section.connections,
            analytics_label: section.analytics_label,
            http: section.http,
        })
    }
}

/// `^[a-zA-Z0-9-_.~%]{1,50}$` (PROVIDERS.md §1.3).
fn check_label(label: &str) -> Result<(), String> {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-_.~%".contains(&c);
    if (1..=50).contains(&label.len()) && label.bytes().all(allowed) {
        return Ok(());
    }
    Err(format!(
        "analytics_label {label:?} must be 1 to 50 letters, digits or -_.~%"
    ))
}
