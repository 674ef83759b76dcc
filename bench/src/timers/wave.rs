//! A wave: birthdays of one minute of one zone, planned in bulk and let go in bulk.

use super::super::crew::{self, Crew};
use crate::progress;
use crate::stage::Stage;
use anyhow::{Result, bail, ensure};
use bellhop_domain::Timestamp;
use bellhop_store::programs::FiringState;
use serde::Serialize;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::time::{Duration, Instant};

/// How long everybody may take to be armed, and to be sent to.
const PATIENCE: Duration = Duration::from_secs(240);
const LOOK: Duration = Duration::from_millis(100);
/// The wave comes at a full minute that is at least so far away.
const AHEAD: Duration = Duration::from_secs(20);
const WAITING: i16 = FiringState::Waiting.code();
const SENT: i16 = FiringState::Sent.code();

#[derive(Debug, Serialize)]
pub struct Wave {
    pub guests: i64,
    /// From the switch to the last firing that is armed, seconds.
    pub armed_s: f64,
    pub arming_transactions: i64,
    /// From the minute on, seconds: until the last is let go, and until its request begins.
    pub let_go_s: f64,
    pub let_go_transactions: i64,
    pub last_attempt_s: f64,
    /// The most requests that began in one second.
    pub most_a_second: i64,
}

pub async fn run(stage: &Stage, guests: u32) -> Result<Wave> {
    let zone = &stage.organisation.timezone;
    let minute = Timestamp(Timestamp::now().plus(AHEAD).0 / 60_000 * 60_000 + 60_000);
    let local = zone.local(minute)?;
    let birthday = i32::from(local.month()) * 100 + i32::from(local.day());
    let at = format!("{:02}:{:02}", local.hour(), local.minute());
    progress(&format!("a wave: {guests} birthdays at {at} ({})", zone.name()));
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let born = sqlx::query("UPDATE customers SET birth_month_day = $1 WHERE id <= $2").bind(birthday);
    born.bind(i64::from(guests)).execute(&mut connection).await?;
    connection.execute("VACUUM ANALYZE customers").await?;
    let crew = Crew::start(stage).await?;
    let begun = Instant::now();
    let program = crew::switch_on(
        stage,
        &json!({
            "name": "birthday", "trigger": { "birthday": { "days_before": 0, "at": at } },
            "contents": { "push": { "title": "Happy birthday, {{ name }}!", "body": "Your table is waiting" } },
            "waterfall": [{ "channel": "push" }],
        }),
    )
    .await?;
    let mut of = Asked { connection, program };
    of.until(&format!("state = {WAITING}"), guests).await?;
    let armed_s = begun.elapsed().as_secs_f64();
    ensure!(
        Timestamp::now() < minute,
        "arming {guests} birthdays took until their minute"
    );
    let arming_transactions = of
        .number("SELECT COUNT(DISTINCT xmin::TEXT) FROM firings WHERE program_id = $1")
        .await?;
    of.until(&format!("state = {SENT}"), guests).await?;
    // Each row is as the transaction left it that let it go.
    let let_go_transactions = of
        .number("SELECT COUNT(DISTINCT xmin::TEXT) FROM firings WHERE program_id = $1")
        .await?;
    of.until(
        &format!(
            "state = {SENT} AND EXISTS (SELECT 1 FROM messages m WHERE m.id = message_id AND m.sent_at IS NOT NULL)"
        ),
        guests,
    )
    .await?;
    let seconds = |at: i64| Timestamp(at).since(minute).as_secs_f64();
    let last = of
        .number("SELECT MAX(decided_at) FROM firings WHERE program_id = $1")
        .await?;
    let attempts = "FROM firings f JOIN attempts a ON a.message_id = f.message_id WHERE f.program_id = $1";
    let last_attempt = of.number(&format!("SELECT MAX(a.started_at) {attempts}")).await?;
    let most = format!("SELECT MAX(n) FROM (SELECT COUNT(*) AS n {attempts} GROUP BY a.started_at / 1000) AS s");
    let wave = Wave {
        guests: i64::from(guests),
        armed_s,
        arming_transactions,
        let_go_s: seconds(last),
        let_go_transactions,
        last_attempt_s: seconds(last_attempt),
        most_a_second: of.number(&most).await?,
    };
    let early = of
        .number(&format!(
            "SELECT COUNT(*) FROM firings WHERE program_id = $1 AND decided_at < {}",
            minute.0
        ))
        .await?;
    ensure!(early == 0, "{early} birthdays went before their minute");
    of.connection.close().await?;
    crew.stop().await?;
    stage.providers.took_each_once(super::KIND, guests).await?;
    Ok(wave)
}

struct Asked {
    connection: PgConnection,
    program: i64,
}

impl Asked {
    async fn number(&mut self, text: &str) -> Result<i64> {
        let number = sqlx::query_scalar(AssertSqlSafe(text.to_owned())).bind(self.program);
        Ok(number.fetch_one(&mut self.connection).await?)
    }

    /// Waits until so many firings are as asked.
    async fn until(&mut self, what: &str, guests: u32) -> Result<()> {
        let text = format!("SELECT COUNT(*) FROM firings WHERE program_id = $1 AND {what}");
        let begun = Instant::now();
        let mut count = 0;
        while begun.elapsed() < PATIENCE {
            count = self.number(&text).await?;
            if count >= i64::from(guests) {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
        bail!("of {guests} birthdays {count} are {what} after {PATIENCE:?}")
    }
}
