//! Real traffic: a brand's backend, its app and its SMS gateway, each making one request after another.

use std::time::{Duration, Instant};

use anyhow::Result;
use bellhop_domain::Timestamp;
use bellhop_domain::receipt::AttemptKey;
use md5::{Digest, Md5};
use reqwest::{Client, RequestBuilder};
use serde_json::json;

use crate::ledger::AttemptRow;

/// The pause between two requests of one client.
const BETWEEN: Duration = Duration::from_millis(20);
/// Programs retry when their connection is closed; the documentation says that everything may be sent again.
const TRIES: u32 = 3;

/// The clients and their secrets.
pub(super) struct Traffic {
    pub api: String,
    pub backend: String,
    pub app: String,
    /// The secret with which the gateway signs.
    pub secret: String,
    pub attempts: Vec<AttemptRow>,
}

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Traffics {
    took: Vec<Duration>,
    pub failures: Vec<String>,
    pub again: u32,
    pub orders: i64,
}

impl Traffics {
    pub fn answered(&self) -> usize {
        self.took.len()
    }

    /// A percentile of the durations in ms, rounded up.
    pub fn percentile(&self, percent: usize) -> u64 {
        let mut sorted = self.took.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        let ms = sorted.get(at).map_or(0, |took| took.as_micros().div_ceil(1_000));
        u64::try_from(ms).unwrap_or(u64::MAX)
    }

    fn add(&mut self, other: Self) {
        self.took.extend(other.took);
        self.failures.extend(other.failures);
        self.again += other.again;
        self.orders += other.orders;
    }
}

impl Traffic {
    /// Runs the traffic while something else is done.
    ///
    /// # Errors
    /// When no client can be made.
    pub async fn during<T>(&self, other: impl Future<Output = T>) -> Result<(T, Traffics)> {
        let stop = tokio::sync::watch::Sender::new(false);
        let client = Client::builder().timeout(Duration::from_secs(60)).build()?;
        let senders = async {
            let [orders, opens, reports] =
                [Kind::Order, Kind::Open, Kind::Report].map(|kind| self.send_on(kind, &client, stop.subscribe()));
            tokio::join!(orders, opens, reports)
        };
        let until_done = async {
            let done = other.await;
            stop.send_replace(true);
            done
        };
        let (done, (mut all, opens, reports)) = tokio::join!(until_done, senders);
        all.add(opens);
        all.add(reports);
        Ok((done, all))
    }

    async fn send_on(&self, kind: Kind, client: &Client, stop: tokio::sync::watch::Receiver<bool>) -> Traffics {
        let mut told = Traffics::default();
        let mut turns = tokio::time::interval(BETWEEN);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut number = 0;
        while !*stop.borrow() {
            turns.tick().await;
            let began = Instant::now();
            match self.send(kind, client, number, &mut told.again).await {
                Ok(200) => {
                    told.took.push(began.elapsed());
                    told.orders += i64::from(kind == Kind::Order);
                }
                Ok(status) => told.failures.push(format!("{kind:?} {number}: {status}")),
                Err(error) => told.failures.push(format!("{kind:?} {number}: {error:?}")),
            }
            number += 1;
        }
        told
    }

    async fn send(&self, kind: Kind, client: &Client, number: usize, again: &mut u32) -> reqwest::Result<u16> {
        let id = Timestamp::now().0;
        let mut tries = 1;
        loop {
            let sent = self.request(kind, client, number, id).send().await;
            match sent {
                Ok(answer) => return Ok(answer.status().as_u16()),
                Err(error) if tries < TRIES && error.is_request() && !error.is_timeout() => {
                    tries += 1;
                    *again += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn request(&self, kind: Kind, client: &Client, number: usize, id: i64) -> RequestBuilder {
        let attempt = &self.attempts[number % self.attempts.len()];
        let message = attempt.message;
        let post = |path: &str| client.post(format!("{}{path}", self.api));
        match kind {
            Kind::Order => {
                let order = json!({
                    "order_id": format!("{id}-{number}"), "customer_id": "guest-1",
                    "placed_at": "2026-03-01T12:40:00+03:00", "total": 700,
                });
                post("/v1/orders")
                    .bearer_auth(&self.backend)
                    .json(&json!({ "orders": [order] }))
            }
            Kind::Open => post("/v1/opens")
                .bearer_auth(&self.app)
                .json(&json!({ "message_id": message.to_string() })),
            Kind::Report => {
                let key = AttemptKey {
                    message,
                    lease: attempt.lease,
                };
                let phone = attempt.address.trim_start_matches('+');
                let signed = hex::encode(Md5::digest(format!("{key}:{phone}:1:{}", self.secret)));
                post("/webhooks/default/sms")
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(format!("id={key}&phone={phone}&status=1&err=0&md5={signed}"))
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Order,
    Open,
    Report,
}
