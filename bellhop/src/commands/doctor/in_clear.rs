//! Finds connections in the configuration that anybody on the network path can read.

use crate::config::Config;
use bellhop_channels::{Finding, Severity};
use bellhop_settings::SenderSection;
use reqwest::Url;
use serde_json::Value;
use std::net::IpAddr;

/// One finding for each address on another machine that is used without TLS.
pub fn findings(config: &Config) -> Vec<(&'static str, Finding)> {
    let mut found = Vec::new();
    let mut add = |part, finding: Option<Finding>| found.extend(finding.map(|finding| (part, finding)));
    add("store", database(&config.store.url));
    add("broker", scheme(&config.broker.url, "broker.url", "amqp", "amqps"));
    add("limits", scheme(&config.limits.url, "limits.url", "redis", "rediss"));
    add("links", public(&config.http.public_url));
    found
}

/// The same for senders. Their own checks report their base URLs; this reports the URLs that only a section has.
pub fn of_senders(senders: &[SenderSection]) -> Vec<(&'static str, Finding)> {
    let mut found = Vec::new();
    for sender in senders {
        let name = format!("sender {:?}: ", sender.name);
        for (place, host) in plain_urls(&sender.settings, "settings") {
            let what = format!("{name}{place} is plain http: what goes to {host} can be read on its way");
            found.push(("senders", warning(what, "write it with https")));
        }
    }
    found
}

fn warning(what: String, mend: &str) -> Finding {
    Finding {
        severity: Severity::Warning,
        what,
        mend: Some(mend.to_owned()),
    }
}

/// The host of a URL, unless it is this machine.
fn far(url: &str) -> Option<(Url, String)> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?.to_owned();
    let address = host.trim_matches(['[', ']']).parse();
    let own = host.is_empty() || host == "localhost" || address.is_ok_and(|ip: IpAddr| ip.is_loopback());
    (!own).then_some((url, host))
}

/// Only these modes refuse a connection without TLS; the default, `prefer`, accepts it.
fn database(url: &str) -> Option<Finding> {
    let (url, host) = far(url).filter(|(url, _)| url.scheme().starts_with("postgres"))?;
    let value = |names: [&str; 2]| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| names.contains(&&**name))
            .map(|(_, value)| value.into_owned())
    };
    if value(["host", "hostaddr"]).is_some_and(|host| host.starts_with('/')) {
        return None;
    }
    let is_secure =
        value(["sslmode", "ssl-mode"]).is_some_and(|mode| matches!(&*mode, "require" | "verify-ca" | "verify-full"));
    (!is_secure).then(|| {
        warning(
            format!("store.url lets the connection to {host} continue without TLS: guests and messages can be read on the way"),
            "add ?sslmode=verify-full&sslrootcert=/path/to/ca.pem to store.url (sslmode=require does not check whose server it is)",
        )
    })
}

fn scheme(url: &str, key: &str, plain: &str, secure: &str) -> Option<Finding> {
    let (_, host) = far(url).filter(|(url, _)| url.scheme() == plain)?;
    let what = format!("{key} is {plain}://: the password and all that goes to {host} can be read on its way");
    Some(warning(what, &format!("write it with {secure}://")))
}

fn public(url: &str) -> Option<Finding> {
    let (_, host) = far(url).filter(|(url, _)| url.scheme() == "http")?;
    let what = format!("http.public_url is http://{host}: API keys, links and providers' calls can be read on the way");
    Some(warning(
        what,
        "let a proxy serve it by https, and write http.public_url with https",
    ))
}

/// The places of plain URLs in a section, and their hosts. `base_url` and the like are reported by the sender's own
/// check.
fn plain_urls(section: &Value, place: &str) -> Vec<(String, String)> {
    const TOLD: [&str; 4] = [
        "settings.base_url",
        "settings.token_uri",
        "settings.production_url",
        "settings.sandbox_url",
    ];
    match section {
        Value::Object(keys) => {
            let inner = keys
                .iter()
                .flat_map(|(key, value)| plain_urls(value, &format!("{place}.{key}")));
            inner.collect()
        }
        Value::Array(list) => list.iter().flat_map(|value| plain_urls(value, place)).collect(),
        Value::String(text) if text.starts_with("http://") && !TOLD.contains(&place) => far(text)
            .map(|(_, host)| (place.to_owned(), host))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_connection_in_clear_to_another_machine_is_told_and_no_password() {
        for (url, told) in [
            ("postgres://u:hunter2@db/b", true),
            ("postgresql://u:hunter2@10.0.0.7:5432/b?sslmode=prefer", true),
            ("postgres://u:hunter2@db/b?sslmode=require", false),
            ("postgres://u:hunter2@db/b?sslmode=verify-full", false),
            ("postgres://u:hunter2@localhost/b", false),
            ("postgres://u:hunter2@[::1]/b", false),
            ("postgres://u:hunter2@x/b?host=/run/postgresql", false),
            ("sqlite:bellhop.db", false),
        ] {
            let finding = database(url);
            assert_eq!(finding.is_some(), told, "{url}");
            assert!(finding.is_none_or(|finding| !finding.what.contains("hunter2")));
        }
        for (url, told) in [
            ("amqp://u:hunter2@mq/v", true),
            ("amqps://u:hunter2@mq/v", false),
            ("amqp://u:hunter2@127.0.0.1:5672/v", false),
            ("in-process:", false),
        ] {
            let finding = scheme(url, "broker.url", "amqp", "amqps");
            assert_eq!(finding.is_some(), told, "{url}");
            assert!(finding.is_none_or(|finding| !finding.what.contains("hunter2")));
        }
        assert!(scheme("redis://:hunter2@cache:6379", "limits.url", "redis", "rediss").is_some());
        assert!(public("http://b.example").is_some());
        assert!(public("https://b.example").is_none() && public("http://127.0.0.1:8080").is_none());
    }

    #[test]
    fn plain_urls_are_found_wherever_they_stand() {
        let settings = json!({
            "base_url": "http://told.elsewhere",
            "media": {"url": "http://files.example/x?key=hunter2"},
            "hosts": ["http://10.0.0.7", "https://ok.example", "http://localhost"],
        });
        let mut found = plain_urls(&settings, "settings");
        found.sort();
        let expected = [("settings.hosts", "10.0.0.7"), ("settings.media.url", "files.example")];
        assert_eq!(found, expected.map(|(place, host)| (place.to_owned(), host.to_owned())));
    }
}
