//! How late what follows from events was, asked of the database when all of it is there.

use super::traffic_of_guests::TAG;
use crate::stage::Stage;
use anyhow::{Result, bail, ensure};
use bellhop_domain::event::EventKind;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::time::{Duration, Instant};

/// How long it may take after the last event.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(500);

/// How many of so many events have this remainder by a number.
pub fn of(events: u64, all: u64, remainder: u64) -> u64 {
    events.saturating_sub(remainder).div_ceil(all)
}

/// From each event that fired until the request to the provider began, ms.
pub async fn attempts(stage: &Stage, program: i64, expected: u64) -> Result<Vec<f64>> {
    let from = format!(
        "FROM firings f JOIN events e ON e.number = f.last_event JOIN attempts a ON a.message_id = f.message_id
         WHERE f.program_id = {program}"
    );
    let late = format!("SELECT (MIN(a.started_at) - MIN(e.at))::FLOAT8 {from} GROUP BY f.id");
    each(stage, &late, "events that fire", expected).await
}

/// From each delivered order until its guest's tag was committed, ms.
pub async fn tags(stage: &Stage, expected: u64) -> Result<Vec<f64>> {
    let delivered = EventKind::OrderDelivered.code();
    let late = format!(
        "SELECT (EXTRACT(EPOCH FROM pg_xact_commit_timestamp(t.xmin)) * 1000 - e.at)::FLOAT8
         FROM customer_tags t JOIN tags g ON g.id = t.tag_id AND g.name = '{TAG}'
         JOIN events e ON e.customer_id = t.customer_id AND e.kind = {delivered}"
    );
    each(stage, &late, "deliveries", expected).await
}

/// The rows of a statement, once there are as many as are expected.
async fn each(stage: &Stage, text: &str, what: &str, expected: u64) -> Result<Vec<f64>> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let begun = Instant::now();
    let mut found = 0;
    while begun.elapsed() < PATIENCE {
        let late: Vec<f64> = sqlx::query_scalar(AssertSqlSafe(text.to_owned()))
            .fetch_all(&mut connection)
            .await?;
        found = late.len() as u64;
        ensure!(found <= expected, "of {expected} {what} {found} were followed");
        if found == expected {
            connection.close().await?;
            return Ok(late);
        }
        tokio::time::sleep(LOOK).await;
    }
    bail!("of {expected} {what} {found} were followed {PATIENCE:?} after the last")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_are_counted() {
        for (events, remainder, expected) in [(0, 0, 0), (1, 0, 1), (1, 1, 0), (11, 0, 2), (11, 1, 1), (20, 1, 2)] {
            assert_eq!(of(events, 10, remainder), expected, "{events} {remainder}");
        }
    }
}
