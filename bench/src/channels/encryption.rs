//! Encryption for browsers on its own: the sends of one batch, driven by one task, on one thread and on all.
//!
//! Driven inline, a task's encryptions would stay on one core however many there are, and the two figures would be one.

use crate::figures::rounded;
use crate::stage::Stage;
use anyhow::{Context, Result, ensure};
use bellhop_channels::web_push_body;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// How many sends of one batch a worker has under way.
const WIDTH: usize = 100;
/// About as long as the bench's notifications.
const PLAINTEXT: [u8; 260] = [b'x'; 260];
/// How long each figure is measured.
const SPAN: Duration = Duration::from_secs(3);

/// Bodies a second.
pub struct Encryption {
    /// The cores of this machine.
    pub threads: usize,
    pub on_one: f64,
    pub on_all: f64,
}

impl Encryption {
    /// How many times as many bodies all threads make as one.
    pub fn speed_up(&self) -> f64 {
        self.on_all / self.on_one
    }

    /// One line for people.
    pub fn line(&self) -> String {
        format!(
            "encryption for browsers: {:.0}/s on one thread, {:.0}/s on {}: {:.2} times as many",
            self.on_one,
            self.on_all,
            self.threads,
            self.speed_up()
        )
    }

    pub fn object(&self) -> Value {
        json!({
            "one_thread_per_second": self.on_one.round(),
            "all_threads_per_second": self.on_all.round(),
            "threads": self.threads,
            "speed_up": rounded(self.speed_up()),
        })
    }
}

pub async fn measure(stage: &Stage) -> Result<Encryption> {
    let page = stage.providers.subscriptions(1, 1).await?;
    let subscription: Arc<str> = page.concat().into();
    let threads = std::thread::available_parallelism()?.get();
    let on = async |threads| -> Result<f64> {
        let subscription = subscription.clone();
        tokio::task::spawn_blocking(move || rate(threads, &subscription)).await?
    };
    Ok(Encryption {
        threads,
        on_one: on(1).await?,
        on_all: on(threads).await?,
    })
}

/// Bodies a second on a separate runtime with this many threads of either sort.
fn rate(threads: usize, subscription: &Arc<str>) -> Result<f64> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(threads)
        .build()
        .context("cannot start a runtime")?;
    let driver = drive(subscription.clone());
    // Run as a task, because the thread that waits for it takes no part.
    runtime.block_on(async { runtime.spawn(driver).await })?
}

/// Keeps [`WIDTH`] encryptions under way for [`SPAN`].
async fn drive(subscription: Arc<str>) -> Result<f64> {
    let started = Instant::now();
    let mut made = 0_u32;
    let mut bodies = stream::repeat(subscription)
        .map(|to| async move { web_push_body(PLAINTEXT.to_vec(), &to).await })
        .buffer_unordered(WIDTH);
    while let Some(body) = bodies.next().await {
        let body = body.map_err(anyhow::Error::msg)?;
        ensure!(body.len() > PLAINTEXT.len(), "a body is shorter than its text");
        made += 1;
        if started.elapsed() >= SPAN {
            break;
        }
    }
    Ok(f64::from(made) / started.elapsed().as_secs_f64())
}
