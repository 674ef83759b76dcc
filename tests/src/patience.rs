//! Waiting for conditions, never for times.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const POLL: Duration = Duration::from_millis(25);

/// Looks until there is an answer. When `patience` is over it fails and names what was awaited. An error while
/// looking counts as "not yet" and is reported at the end, because in a proof servers are down on purpose.
///
/// # Errors
/// When there was no answer in time.
pub async fn eventually<T>(
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        let seen = look().await;
        if let Ok(Some(answer)) = seen {
            return Ok(answer);
        }
        if started.elapsed() > patience {
            let last = seen.err().map(|error| format!("; at the end: {error:#}"));
            bail!(
                "{what}: not within {} s{}",
                patience.as_secs(),
                last.unwrap_or_default()
            );
        }
        tokio::time::sleep(POLL).await;
    }
}
