//! Events told to the API at an even pace, whatever it answers: a request that is not answered is sent again until it is.

use anyhow::{Result, bail, ensure};
use bellhop_domain::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Requests under way at once, as of a handful of systems.
const AT_ONCE: usize = 16;
const PATIENCE: Duration = Duration::from_secs(60);
/// The rest before a request is sent again.
const REST: Duration = Duration::from_millis(20);

/// How events are told.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub events_a_second: u32,
    /// Events of one request.
    pub of_a_request: u32,
    pub span: Duration,
}

/// What telling came to.
#[derive(Debug, Default)]
pub struct Told {
    pub events: u64,
    /// Milliseconds from the first try of a request to its answer.
    pub answers: Vec<f64>,
    /// Requests that were sent again.
    pub again: u32,
    /// How late the latest request began, because too many were under way.
    pub behind: Duration,
    pub took: Duration,
}

#[derive(Clone)]
struct Api {
    client: reqwest::Client,
    url: String,
    key: String,
}

/// Tells events from now on. `event` makes the one of a number, which happens at an instant.
///
/// # Errors
/// When an event is refused, or a request is not answered for a minute.
pub async fn tell(api: &str, key: &str, pace: Pace, event: impl Fn(u64, Timestamp) -> Value) -> Result<Told> {
    let api = Api {
        client: reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?,
        url: format!("{api}/v1/events"),
        key: key.to_owned(),
    };
    let (mut told, mut under_way) = (Told::default(), JoinSet::new());
    let (begun, places) = (Instant::now(), Arc::new(Semaphore::new(AT_ONCE)));
    let every = Duration::from_secs(1) * pace.of_a_request / pace.events_a_second.max(1);
    let requests = u32::try_from(pace.span.as_nanos() / every.as_nanos().max(1))?;
    for request in 0..requests {
        let due = every * request;
        tokio::time::sleep(due.saturating_sub(begun.elapsed())).await;
        let place = Arc::clone(&places).acquire_owned().await?;
        told.behind = told.behind.max(begun.elapsed().saturating_sub(due));
        let at = Timestamp::now();
        let events: Vec<Value> = (0..pace.of_a_request)
            .map(|i| event(told.events + u64::from(i), at))
            .collect();
        told.events += u64::from(pace.of_a_request);
        let (api, body) = (api.clone(), json!({ "events": events }).to_string());
        under_way.spawn(async move {
            let answered = until_answered(&api, &body).await;
            drop(place);
            answered
        });
        while let Some(done) = under_way.try_join_next() {
            told.add(done??);
        }
    }
    while let Some(done) = under_way.join_next().await {
        told.add(done??);
    }
    told.took = begun.elapsed();
    Ok(told)
}

impl Told {
    fn add(&mut self, (took, again): (Duration, u32)) {
        self.answers.push(took.as_secs_f64() * 1_000.0);
        self.again += u32::from(again > 0);
    }
}

/// How long it took, and how often it was sent again.
async fn until_answered(api: &Api, body: &str) -> Result<(Duration, u32)> {
    let (begun, mut again) = (Instant::now(), 0);
    loop {
        let request = api.client.post(&api.url).bearer_auth(&api.key);
        let request = request.header("content-type", "application/json").body(body.to_owned());
        match request.send().await {
            Ok(answer) if answer.status().is_success() => {
                let text = answer.text().await;
                if let Ok(text) = text {
                    ensure!(!text.contains("refused"), "an event was refused: {text}");
                    return Ok((begun.elapsed(), again));
                }
            }
            Ok(answer) if answer.status().is_client_error() => {
                let (status, text) = (answer.status(), answer.text().await?);
                bail!("{status}: {text}")
            }
            // It was killed, and comes again.
            Ok(_) | Err(_) => {}
        }
        ensure!(begun.elapsed() < PATIENCE, "the API did not take events for a minute");
        again += 1;
        tokio::time::sleep(REST).await;
    }
}
