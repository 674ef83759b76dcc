//! Delivery reports by callback (PROVIDERS §4.7), retried until the receiver answers 200.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::Utc;
use md5::{Digest, Md5};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::ReportsConfig;
use crate::timeline::{Next, Timeline};

/// The receiver of a report has this long to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) const DELIVERED: i8 = 1;
pub(super) const UNDELIVERABLE: i8 = 20;

#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) id: String,
    pub(super) phone: String,
    pub(super) status: i8,
    pub(super) tries: u32,
}

/// Posts reports now or later.
pub(super) struct Reports {
    poster: Arc<Poster>,
    timeline: Timeline<Report>,
}

struct Poster {
    client: Client,
    url: RwLock<Option<String>>,
    secret: SecretString,
    retry: Duration,
    max_tries: u32,
}

impl Reports {
    pub(super) fn start(config: &ReportsConfig, stop: CancellationToken, tasks: &TaskTracker) -> reqwest::Result<Self> {
        let poster = Arc::new(Poster {
            client: Client::builder().timeout(TIMEOUT).build()?,
            url: RwLock::new(config.url.clone()),
            secret: config.secret.clone(),
            retry: Duration::from_millis(config.retry_ms),
            max_tries: config.max_tries,
        });
        let later = Arc::clone(&poster);
        let timeline = Timeline::start(stop, tasks, move |report| {
            let poster = Arc::clone(&later);
            async move { poster.deliver(report).await }
        });
        Ok(Self { poster, timeline })
    }

    pub(super) fn set_url(&self, url: Option<String>) {
        *self.poster.url.write().unwrap_or_else(PoisonError::into_inner) = url;
    }

    pub(super) fn after(&self, wait: Duration, report: Report) {
        if self.poster.url().is_some() {
            self.timeline.after(wait, report);
        }
    }

    /// Posts a report and waits for the answer; a failed one is tried again later.
    pub(super) async fn now(&self, report: Report) {
        if let Some((wait, report)) = self.poster.deliver(report).await {
            self.timeline.after(wait, report);
        }
    }
}

impl Poster {
    fn url(&self) -> Option<String> {
        self.url.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn deliver(&self, mut report: Report) -> Next<Report> {
        let url = self.url()?;
        let answer = self.client.post(url).form(&self.form(&report)).send().await;
        let why = match answer {
            Ok(answer) if answer.status() == StatusCode::OK => return None,
            Ok(answer) => answer.status().to_string(),
            Err(error) => error.without_url().to_string(),
        };
        report.tries += 1;
        if report.tries >= self.max_tries {
            tracing::warn!(id = report.id, why, "gave up a delivery report");
            return None;
        }
        Some((self.retry, report))
    }

    fn form(&self, report: &Report) -> [(&'static str, String); 6] {
        let Report { id, phone, status, .. } = report;
        [
            ("id", id.clone()),
            ("phone", phone.clone()),
            ("status", status.to_string()),
            ("time", Utc::now().format("%d.%m.%Y %H:%M:%S").to_string()),
            ("err", u8::from(*status != DELIVERED).to_string()),
            ("md5", signature(id, phone, *status, self.secret.expose_secret())),
        ]
    }
}

fn signature(id: &str, phone: &str, status: i8, secret: &str) -> String {
    hex::encode(Md5::digest(format!("{id}:{phone}:{status}:{secret}")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_golden_signature() {
        assert_eq!(
            super::signature("17", "79990000000", 1, "secret"),
            "5a9dfe521fbdb81fe5d0c6bf94da1626"
        );
    }
}
