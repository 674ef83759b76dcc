//! Reading a provider's section: strict keys, secrets by reference.

use crate::Finding;
use reqwest::Url;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
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

/// What the doctor says of a provider that is spoken to without TLS, unless it is this machine's own.
pub(crate) fn plain_text(key: &str, url: &Url) -> Option<Finding> {
    let host = url.host_str().unwrap_or_default();
    let own = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|ip: IpAddr| ip.is_loopback());
    (url.scheme() == "http" && !own).then(|| {
        Finding::warning(
            format!("{key} is plain http: credentials and messages to {host} can be read on their way"),
            "write it with https",
        )
    })
}

/// The URL of `path` under a base URL, whose own path stays in front.
pub(crate) fn endpoint(base: &Url, path: &str) -> Result<Url, String> {
    let whole = format!("{}{path}", base.as_str().trim_end_matches('/'));
    Url::parse(&whole).map_err(|e| format!("{path:?} is no path ({e}); begin it with /"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for (url, warned) in [
            ("https://smsc.ru", false),
            ("http://127.0.0.1:9000", false),
            ("http://[::1]:9000", false),
            ("http://localhost", false),
            ("http://smsc.ru", true),
            ("http://10.0.0.7", true),
        ] {
            let url = base_url("base_url", url).unwrap();
            assert_eq!(plain_text("base_url", &url).is_some(), warned, "{url}");
        }
    }

    #[test]
    fn a_path_stays_behind_the_bases_own() {
        for (base, path, whole) in [
            ("https://a.example", "/send", "https://a.example/send"),
            ("https://a.example/gate/", "/send", "https://a.example/gate/send"),
        ] {
            let base = base_url("base_url", base).unwrap();
            assert_eq!(endpoint(&base, path).unwrap().as_str(), whole);
        }
    }

    #[test]
    fn a_secret_comes_from_the_environment_or_a_file_without_its_lines_end() {
        use secrecy::ExposeSecret;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "from a file\r\n").unwrap();
        let environment = |name: &str| (name == "SET").then(|| "from outside".to_owned());
        let read = |source: SecretSource| source.read(&environment).map(|s| s.expose_secret().to_owned());
        assert_eq!(read(SecretSource::Env("SET".to_owned())), Ok("from outside".to_owned()));
        assert_eq!(
            read(SecretSource::File(file.path().to_owned())),
            Ok("from a file".to_owned())
        );
        assert!(
            read(SecretSource::Env("UNSET".to_owned()))
                .unwrap_err()
                .contains("UNSET is not set")
        );
        std::fs::write(file.path(), "\n").unwrap();
        assert!(
            read(SecretSource::File(file.path().to_owned()))
                .unwrap_err()
                .contains("is empty")
        );
    }
}
