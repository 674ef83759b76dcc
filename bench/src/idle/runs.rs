//! The runs that are alive but idle.

use crate::stage::Stage;
use anyhow::{Result, ensure};
use bellhop_domain::{Era, Timestamp};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// How many messages of each run to an audience wait for opens.
const WAITING: u32 = 20;

/// A file as long as a brand's; its content does not matter here.
fn file() -> String {
    json!({
        "name": "idle",
        "audience": {},
        "contents": {
            "push": { "title": "We miss you, {{ name }}!", "body": "Your table is waiting. ".repeat(40) },
            "web_push": { "title": "We miss you, {{ name }}!", "body": "Your table is waiting. ".repeat(40) },
        },
        "waterfall": [{ "channel": "push", "wait_minutes": 2880 }, { "channel": "web_push" }],
        "expires_after_minutes": 7 * 24 * 60,
    })
    .to_string()
}

/// Creates runs until this many are alive.
///
/// # Errors
/// Errors of the database.
pub async fn fill(stage: &Stage, alive: u32) -> Result<()> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let org = stage.organisation.id;
    let now = "(EXTRACT(EPOCH FROM NOW()) * 1000)::BIGINT";
    let new = format!("generate_series((SELECT COUNT(*) FROM runs) + 1, {alive}) i");
    let mailings = format!(
        "INSERT INTO mailings (id, org_id, name, spec, created_at) SELECT i, {org}, 'idle', $1, {now} FROM {new}
         ON CONFLICT (id) DO NOTHING"
    );
    let texts = [
        // Every second run is to an audience, the others are on demand.
        format!(
            "INSERT INTO runs (id, org_id, mailing_id, state, lane, test, spec, start_at, as_of, expires_at, planned_at,
                 purpose, origin)
             SELECT i, {org}, i, 2, 2, FALSE, $1, {now}, {now}, CASE WHEN i % 2 = 0 THEN {now} + 604800000 END, {now}, 1,
                 CASE WHEN i % 2 = 0 THEN 1 ELSE 3 END FROM {new}"
        ),
    ];
    for text in std::iter::once(mailings).chain(texts) {
        sqlx::query(AssertSqlSafe(text))
            .bind(file())
            .execute(&mut connection)
            .await?;
    }
    stage.store.make_room(Timestamp::now()).await?;
    // Far above the numbers that the store draws.
    let first = Era::of(Timestamp::now()).first_key().0 + 500_000_000_000;
    let without =
        "(SELECT r.id FROM runs r WHERE r.id % 2 = 0 AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.run_id = r.id)) r";
    let batches = format!(
        "INSERT INTO batches (id, org_id, run_id, kind, lane, published_at, lease, done_at)
         SELECT {first} + r.id, {org}, r.id, 1, 2, {now}, r.id, {now} FROM {without}"
    );
    let messages = format!(
        "INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, once_per_address, step, tries, state,
             waiting_for, due_at, sent_at)
         SELECT {first} + b.run_id * 1000 + n, {org}, b.run_id, b.id, n,
             (SELECT endpoint_id FROM customer_endpoints WHERE customer_id = n ORDER BY 1 LIMIT 1), TRUE, 0, 1, 3, 2,
             {now} + 172800000 + n, {now}
         FROM batches b, generate_series(1, {WAITING}) n
         WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.batch_id = b.id)"
    );
    for text in [batches, messages, "VACUUM ANALYZE".to_owned()] {
        connection.execute(AssertSqlSafe(text)).await?;
    }
    Ok(connection.close().await?)
}

/// Checks that the runs are alive and untouched; otherwise the figures would not count.
///
/// # Errors
/// When a run is not under way, or one of its messages has moved.
pub async fn are_alive(stage: &Stage, alive: u32) -> Result<()> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let text = "SELECT (SELECT COUNT(*) FROM runs WHERE state = 2 AND finished_at IS NULL),
                       (SELECT COUNT(*) FROM messages WHERE due_at IS NOT NULL)";
    let (runs, waiting): (i64, i64) = sqlx::query_as(text).fetch_one(&mut connection).await?;
    connection.close().await?;
    let expected = (i64::from(alive), i64::from(alive / 2 * WAITING));
    ensure!(
        (runs, waiting) == expected,
        "{} runs with {} waiting messages were to be alive, but it is {runs} with {waiting}",
        expected.0,
        expected.1
    );
    Ok(())
}
