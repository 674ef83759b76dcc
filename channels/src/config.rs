//! Reading a provider's section: strict keys, secrets by reference.

mod unusable;

pub use unusable::Unusable;

use crate::Finding;
use bellhop_domain::masking::{self, words};
use bellhop_domain::setting::SEALED;
use reqwest::Url;
use secrecy::SecretString;
use serde::de::{DeserializeOwned, Error};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Why a provider cannot be made from its section; says what to correct.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("there is no provider {name:?}; known are {known}")]
    UnknownProvider { name: String, known: String },
    #[error("{provider}: {what}")]
    Invalid { provider: &'static str, what: Unusable },
}

/// Looks up an environment variable; tests give their own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The process's own environment.
pub fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where a secret is kept. The configuration never holds the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// `{ env = "SMSC_PASSWORD" }`
    Env(String),
    /// `{ file = "/etc/bellhop/smsc-password" }`: its content without the line's end.
    File(PathBuf),
    /// `{ sealed = "…" }`: kept encrypted in the database. Whoever holds the key opens it; the secret is looked up
    /// under its [`sealed_name`], a name that no environment variable can have.
    Sealed(String),
}

/// The name under which an opened secret is looked up.
pub fn sealed_name(text: &str) -> String {
    format!("sealed={text}")
}

impl SecretSource {
    /// Reads the secret; the error never holds it, even if it was written where its reference belongs.
    ///
    /// # Errors
    /// [`Unusable::NotHere`], because another process may have the variable, the file or the key.
    pub fn read(&self, environment: Environment<'_>) -> Result<SecretString, Unusable> {
        let text = match self {
            SecretSource::Env(name) => environment(name).ok_or_else(|| match shown_variable(name) {
                Some(name) => format!("the environment variable {name} is not set; set it"),
                None => {
                    "env must be the name of an environment variable, like SMSC_PASSWORD, and there is none of this \
                         name (which is not shown: it may be the secret itself)"
                        .to_owned()
                }
            }),
            SecretSource::File(path) => return read_file(path).and_then(|text| whole(&text)),
            SecretSource::Sealed(text) => environment(&sealed_name(text)).ok_or_else(|| {
                "is sealed, and cannot be opened here: it needs the engineer's keys ([settings] keys)".to_owned()
            }),
        };
        whole(&text.map_err(Unusable::NotHere)?)
    }
}

/// Reads the secret of a key that may be absent.
///
/// # Errors
/// As of [`SecretSource::read`], with the key in front.
pub(crate) fn read_optional(
    key: &str,
    source: Option<&SecretSource>,
    environment: Environment<'_>,
) -> Result<Option<SecretString>, Unusable> {
    source
        .map(|source| source.read(environment).map_err(|why| why.at(key)))
        .transpose()
}

/// A secret as it is kept, without its line's end.
fn whole(text: &str) -> Result<SecretString, Unusable> {
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Unusable::NotHere("the secret is empty where it is kept".to_owned())),
        secret => Ok(SecretString::from(secret)),
    }
}

/// How a secret is referred to, for errors.
const REFERENCE: &str = "is not a reference to a secret: write { env = \"NAME\" } or { file = \"/path\" }. The secret itself is never \
                         written into the configuration, and this value is not shown";

impl<'de> Deserialize<'de> for SecretSource {
    /// Written by hand, because the error of a derived one repeats its input.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = serde_json::Value::deserialize(deserializer)?;
        let only = given
            .as_object()
            .filter(|keys| keys.len() == 1)
            .and_then(|keys| keys.iter().next());
        match only.and_then(|(key, value)| Some((key.as_str(), value.as_str()?))) {
            Some(("env", name)) => Ok(SecretSource::Env(name.to_owned())),
            Some(("file", path)) => Ok(SecretSource::File(path.into())),
            Some((SEALED, text)) => Ok(SecretSource::Sealed(text.to_owned())),
            _ => Err(D::Error::custom(REFERENCE)),
        }
    }
}

impl Serialize for SecretSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, text) = match self {
            SecretSource::Env(name) => ("env", name.as_str().into()),
            SecretSource::File(path) => ("file", path.to_string_lossy()),
            SecretSource::Sealed(text) => (SEALED, text.as_str().into()),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(key, &text)?;
        map.end()
    }
}

/// The name of a variable, if it is written like one; any other text may be a secret.
fn shown_variable(name: &str) -> Option<&str> {
    let is_conventional = name
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let is_plain = name.contains('_') || !name.bytes().any(|b| b.is_ascii_digit());
    (is_conventional && is_plain && name.len() <= 64 && words(name) == name).then_some(name)
}

/// A path, if it is written like one; any other text may be a secret.
pub(crate) fn shown_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_path = text.starts_with(['/', '.']) && !text.contains(char::is_whitespace);
    if is_path || text.ends_with(".pem") || text.ends_with(".json") {
        words(&text)
    } else {
        "the file that it names (which is not shown: it may be a secret)".to_owned()
    }
}

/// Reads a small text file that the settings name.
pub(crate) fn read_file(path: &Path) -> Result<String, Unusable> {
    std::fs::read_to_string(path).map_err(|e| cannot_read(path, &e))
}

/// As [`read_file`], whatever is in the file.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, Unusable> {
    std::fs::read(path).map_err(|e| cannot_read(path, &e))
}

fn cannot_read(path: &Path, e: &std::io::Error) -> Unusable {
    Unusable::NotHere(format!(
        "cannot read {} ({e}); check the path and its permissions",
        shown_path(path)
    ))
}

/// Reads a section into a provider's configuration. The error names the key, but quotes none of the text.
pub(crate) fn parse<T: DeserializeOwned>(section: &serde_json::Value) -> Result<T, String> {
    serde_path_to_error::deserialize(section).map_err(|error| {
        let place = error.path().to_string();
        let what = without_values(&error.into_inner().to_string());
        match place.as_str() {
            "." | "?" => what,
            place => format!("{place}: {what}"),
        }
    })
}

/// Serde's message without the text that it quotes.
pub(crate) fn without_values(error: &str) -> String {
    let Some((before, given)) = error.split_once("string \"") else {
        return error.to_owned();
    };
    let after = given.rsplit_once("\", expected").map_or("", |(_, after)| after);
    format!("{before}a text that is not shown, expected{after}")
}

/// Reads a base URL: http or https, without a query. An error shows it without anything that may be a secret.
pub(crate) fn base_url(key: &str, text: &str) -> Result<Url, String> {
    let shown = masking::url(text);
    let bad = |why: &str| format!("{key} = {shown:?} {why}; write it like https://fcm.googleapis.com");
    let url = Url::parse(text).map_err(|e| bad(&format!("is not a URL ({e})")))?;
    match url.scheme() {
        "http" | "https" if url.query().is_none() => Ok(url),
        "http" | "https" => Err(bad("has a query")),
        _ => Err(bad("is neither http nor https")),
    }
}

/// What the doctor says about a provider that is used without TLS, unless it is on this machine.
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
    // Some providers want the token in the path.
    Url::parse(&whole).map_err(|e| format!("{:?} is not a path ({e}); begin it with /", words(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
    fn a_secret_in_its_references_place_is_never_told() {
        const SECRET: &str = "EAAGm0PX4ZCpsBAJkQv8ZB7hunter2";
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code)]
        struct Section {
            token: SecretSource,
            port: Option<u16>,
        }
        let nothing = |_: &str| None;
        for (section, place) in [
            (json!({"token": SECRET}), "token: "),
            (json!({"token": {"value": SECRET}}), "token: "),
            (json!({"token": {"secret": SECRET}}), "token: "),
            (json!({"token": {"env": "A", "file": SECRET}}), "token: "),
            (json!({"token": [SECRET]}), "token: "),
            (json!({"token": {"env": {"x": SECRET}}}), "token: "),
            (json!({"token": 4711}), "token: "),
            (json!({"token": {"env": "A"}, "port": SECRET}), "port: "),
            (json!(SECRET), ""),
        ] {
            let told = parse::<Section>(&section).unwrap_err();
            assert!(
                told.starts_with(place) && !told.contains("hunter2") && !told.contains("4711"),
                "{told}"
            );
        }
        for text in [
            SECRET,
            "hunter2",
            "JBSWY3DPEHPK3PXP",
            "/EAAGm0PX4ZCpsBAJkQv8ZB7",
            "-----BEGIN KEY-----\nhunter2",
        ] {
            for source in [SecretSource::Env(text.to_owned()), SecretSource::File(text.into())] {
                let told = source.read(&nothing).unwrap_err().to_string();
                assert!(!told.contains(text) && !told.contains("hunter2"), "{told}");
            }
        }
        for (name, is_told) in [
            ("SMSC_PASSWORD", true),
            ("PASSWORD", true),
            ("/etc/bellhop/password", true),
        ] {
            let source = match name.starts_with('/') {
                true => SecretSource::File(name.into()),
                false => SecretSource::Env(name.to_owned()),
            };
            let told = source.read(&nothing).unwrap_err().to_string();
            assert_eq!(told.contains(name), is_told, "{name}");
        }
        for url in [
            "http://user:hunter2@host?x",
            "user:hunter2@host",
            "ftp://user:hunter2@host",
            "hunter2",
        ] {
            assert!(!base_url("base_url", url).unwrap_err().contains("hunter2"), "{url}");
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
        for elsewhere in [
            SecretSource::Env("UNSET".to_owned()),
            SecretSource::Env("hunter2".to_owned()),
            SecretSource::File("/nowhere/at/all".into()),
            SecretSource::Sealed("v1.k.x".to_owned()),
        ] {
            let problem = read(elsewhere).unwrap_err();
            assert!(matches!(problem, Unusable::NotHere(_)), "{problem:?}");
        }
        assert!(
            read(SecretSource::Env("UNSET".to_owned()))
                .unwrap_err()
                .to_string()
                .contains("UNSET is not set")
        );
        std::fs::write(file.path(), "\n").unwrap();
        let empty = read(SecretSource::File(file.path().to_owned())).unwrap_err();
        assert!(matches!(empty, Unusable::NotHere(_)) && empty.to_string().contains("is empty"));
    }
}
