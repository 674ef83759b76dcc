//! What people ask of the ledger, and how long they wait: of the mailing that was just sent, whatever is behind it.

use crate::figures::{median, rounded};
use crate::stage::Stage;
use anyhow::{Context, Result};
use bellhop_domain::segment::Segment;
use bellhop_domain::{CustomerId, MailingId, MessageId, MessageKey, Timestamp};
use bellhop_store::audience::Audience;
use bellhop_store::ledger::{Listing, Reading};
use bellhop_store::statistics::Statistics;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use std::collections::BTreeMap;
use std::time::Instant;

/// How often each question is put, after once to warm it.
const ROUNDS: usize = 5;
/// Any of the bench's guests, who all have messages of all mailings; and how many of these a card shows at once.
const GUEST: CustomerId = CustomerId(1);
const PAGE: u32 = 20;

/// The median time of each question, ms.
pub type Times = BTreeMap<&'static str, f64>;

/// Asks about the mailing that was launched last.
///
/// # Errors
/// Errors of the database.
pub async fn ask(stage: &Stage) -> Result<Times> {
    let (mailing, message) = latest(stage).await?;
    let (store, org) = (&stage.store, stage.organisation.id);
    let everybody = segment(&json!({}))?;
    let got = segment(&json!({ "mailing": { "id": mailing.0, "outcome": ["sent"] } }))?;
    let mut times = Times::new();
    let mut all = Vec::new();
    for round in 0..=ROUNDS {
        let now = Timestamp::now();
        let mut one = Vec::new();
        let mut clock = Instant::now();
        let mut lap = |what| {
            one.push((what, clock.elapsed().as_secs_f64() * 1_000.0));
            clock = Instant::now();
        };
        Statistics::mailing(store, org, mailing, now).await?;
        lap("mailing stats");
        store.story(org, message).await?;
        lap("message show");
        store.guest_messages(org, GUEST, None, PAGE).await?;
        lap("a guest's messages");
        store.count(org, &everybody, now).await?;
        lap("audience, full object");
        store.count(org, &got, now).await?;
        lap("audience: got the mailing");
        if round > 0 {
            all.push(one);
        }
    }
    for place in 0..all[0].len() {
        let each: Vec<f64> = all.iter().map(|one| one[place].1).collect();
        times.insert(all[0][place].0, rounded(median(&each)));
    }
    Ok(times)
}

fn segment(of: &Value) -> Result<Segment> {
    serde_json::from_value(of.clone()).context("a segment of this bench")
}

async fn latest(stage: &Stage) -> Result<(MailingId, MessageId)> {
    let mut connection = PgConnection::connect(&stage.database_url).await?;
    let text = "SELECT mailing_id, (SELECT MAX(m.id) FROM messages m WHERE m.run_id = r.id AND m.id >= $1)
                FROM runs r ORDER BY as_of DESC LIMIT 1";
    let now = bellhop_domain::Era::of(Timestamp::now()).first_key().0;
    let (mailing, key): (i64, i64) = sqlx::query_as(text).bind(now).fetch_one(&mut connection).await?;
    connection.close().await?;
    let ids = stage.store.message_ids().await?;
    Ok((MailingId(mailing), ids.id(MessageKey(key))))
}
