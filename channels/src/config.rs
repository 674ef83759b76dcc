//! Reading a provider's section: strict keys, secrets by reference.

use reqwest::Url;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// Why a provider cannot be made from its section; says what to mend.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("there is no provider {name:?}; known are {known}")]
    UnknownProvider { name: String, known: String },
    #[error("{provider}: {what}")]
    Invalid { provider: &'static str, what: String },
}

/// Looks up an environment variable; tests give their own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The process's own environment.
pub fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where a secret is kept. The configuration never holds the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum SecretSource {
    /// `{ env = "SMSC_PASSWORD" }`
    Env(String),
    /// `{ file = "/etc/bellhop/smsc-password" }`: its content without the line's end.
    File(PathBuf),
}

impl SecretSource {
    /// Reads the secret; the error names the place, never the content.
    pub fn read(&self, environment: Environment<'_>) -> Result<SecretString, String> {
        let text = match self {
            SecretSource::Env(name) => {
                environment(name).ok_or_else(|| format!("the environment variable {name} is not set; set it"))?
            }
            SecretSource::File(path) => read_file(path)?,
        };
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(format!("the secret in {self:?} is empty"));
        }
        Ok(SecretString::from(secret))
    }
}

/// Reads a small text file that the configuration names.
pub(crate) fn read_file(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| {
        format!(
            "cannot read {} ({e}); check the path and its permissions",
            path.display()
        )
    })
}

/// Reads a section into a provider's configuration.
pub(crate) fn parse<T: DeserializeOwned>(section: &serde_json::Value) -> Result<T, String> {
    T::deserialize(section).map_err(|e| e.to_string())
}

/// Reads a base URL: http or https, without a query.
pub(crate) fn base_url(key: &str, text: &str) -> Result<Url, String> {
    let bad = |why: &str| format!("{key} = {text:?} {why}; write it like https://fcm.googleapis.com");
    let url = Url::parse(text).map_err(|e| bad(&format!("is no URL ({e})")))?;
    match url.scheme() {
        "http" | "https" if url.query().is_none() => Ok(url),
        "http" | "https" => Err(bad("has a query")),
        _ => Err(bad("is neither http nor https")),
    }
}

/// The URL of `path` under a base URL, whose own path stays in front.
pub(crate) fn endpoint(base: &Url, path: &str) -> Result<Url, String> {
    let whole = format!("{}{path}", base.as_str().trim_end_matches('/'));
    Url::parse(&whole).map_err(|e| format!("{path:?} is no path ({e}); begin it with /"))
}
