//! Events at a steady pace through the API, and how soon a program's message of theirs is on its way.

use super::super::crew::{self, Crew};
use crate::figures::{median, p99, rounded};
use crate::progress;
use crate::stage::Stage;
use crate::traffic::{self, Pace, Told};
use anyhow::{Result, bail, ensure};
use bellhop_domain::{EndpointKind, Timestamp};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::time::{Duration, Instant};

const KIND: EndpointKind = EndpointKind::Fcm;
const GUESTS: u32 = 20_000;
const OF_A_REQUEST: u32 = 50;
/// One event in so many fires.
const FIRES: u64 = 10;
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(200);
/// What 99 of 100 messages are asked to keep, ms.
pub const TARGET_MS: f64 = 1_000.0;

/// What came of it.
pub struct Live {
    pub told: Told,
    /// Events that fired.
    pub fired: i64,
    /// From the event to the request to the provider, ms.
    pub first_attempt_p50: f64,
    pub first_attempt_p99: f64,
    pub first_attempt_max: f64,
}

pub async fn run(per_second: u32, seconds: u64) -> Result<Live> {
    progress(&format!("{per_second} events a second for {seconds} s"));
    let stage = Stage::set(&[KIND], GUESTS).await?;
    let crew = Crew::start(&stage).await?;
    let program = crew::switch_on(&stage, &booked()).await?;
    stage.providers.forget().await?;
    let pace = Pace {
        events_a_second: per_second,
        of_a_request: OF_A_REQUEST.min(per_second),
        span: Duration::from_secs(seconds),
    };
    let told = traffic::tell(&crew.api, &crew.key, pace, event).await?;
    let fires = told.events.div_ceil(FIRES);
    let late = attempts(&stage, program, fires).await?;
    crew.stop().await?;
    stage.strike().await?;
    Ok(Live {
        told,
        fired: i64::try_from(late.len())?,
        first_attempt_p50: median(&late),
        first_attempt_p99: p99(&late),
        first_attempt_max: late.last().copied().unwrap_or_default(),
    })
}

/// How late the first attempt of each message was, in ascending order, once there are as many as are expected.
async fn attempts(stage: &Stage, program: i64, expected: u64) -> Result<Vec<f64>> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let text =
        "SELECT (MIN(a.started_at) - MIN(e.at))::FLOAT8 AS late FROM firings f JOIN events e ON e.number = f.last_event
                JOIN attempts a ON a.message_id = f.message_id WHERE f.program_id = $1 GROUP BY f.id ORDER BY 1";
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let late: Vec<f64> = sqlx::query_scalar(text)
            .bind(program)
            .fetch_all(&mut connection)
            .await?;
        ensure!(
            late.len() as u64 <= expected,
            "{} of {expected} events fired",
            late.len()
        );
        if late.len() as u64 == expected {
            connection.close().await?;
            return Ok(late);
        }
        tokio::time::sleep(LOOK).await;
    }
    bail!("not each of {expected} events has its message {PATIENCE:?} after the last")
}

fn booked() -> Value {
    json!({
        "name": "booked", "trigger": { "event": { "kind": "custom", "name": "table.booked" } }, "values": ["guests"],
        "purpose": "notification", "contents": { "push": { "title": "We wait for you", "body": "{{ guests }} guests" } },
        "waterfall": [{ "channel": "push" }],
    })
}

/// The event of a number: one in ten fires, the others are carts above all.
fn event(number: u64, at: Timestamp) -> Value {
    let guest = u32::try_from(number * 7_919 % u64::from(GUESTS)).unwrap_or_default() + 1;
    let mut event = match number % FIRES {
        0 => json!({ "type": "custom", "name": "table.booked", "guests": 1 + number % 6 }),
        1 => {
            json!({ "type": "order.placed", "order": { "number": format!("L-{number}"), "placed_at": at, "total": 700, "source": "app",
            "items": [{ "dish": "Margherita", "category": "Pizza", "quantity": 2, "price": 350 }] } })
        }
        2 => json!({ "type": "bonuses.changed", "balance": number % 500 }),
        3 => json!({ "type": "app.opened" }),
        _ => json!({ "type": "cart.changed", "cart": { "total": 300 + number % 900,
            "items": [{ "dish": "Margherita", "quantity": 1, "price": 300 }] } }),
    };
    event["id"] = json!(format!("live-{number}"));
    event["customer_id"] = json!(crate::guests::external_id(guest));
    event["at"] = json!(at);
    event
}

/// As JSON.
pub fn object(live: &Live) -> Value {
    json!({
        "events": live.told.events,
        "per_second": (live.told.events as f64 / live.told.took.as_secs_f64()).round(),
        "answer_p99_ms": rounded(p99(&live.told.answers)),
        "behind_ms": live.told.behind.as_millis() as u64,
        "fired": live.fired,
        "event_to_first_attempt_ms": { "p50": live.first_attempt_p50, "p99": live.first_attempt_p99, "max": live.first_attempt_max },
        "target_p99_ms": TARGET_MS,
    })
}

/// As a line.
pub fn line(live: &Live) -> String {
    format!(
        "{:.0} events a second for {:.0} s: answered within {:.0} ms (p99); {} fired, from the event to the first attempt \
         {:.0} ms (p50), {:.0} ms (p99, asked: {TARGET_MS:.0}), {:.0} ms at the most",
        live.told.events as f64 / live.told.took.as_secs_f64(),
        live.told.took.as_secs_f64(),
        p99(&live.told.answers),
        live.fired,
        live.first_attempt_p50,
        live.first_attempt_p99,
        live.first_attempt_max
    )
}
