//! When a mailing's messages were planned, sent, delivered and opened: counted by quarters of an hour.

use super::codes::ARRIVED;
use super::counted::Counted;
use super::counts::number;
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::curve::{SLOT_MS, Slots};

/// Counts what is counted, in two scans: of messages, and of attempts that have arrived.
pub(super) async fn count(session: &mut Session, counted: &Counted, slots: &mut Slots) -> Result<()> {
    for row in session.fetch(sql(messages_sql(counted))).await? {
        let c = row.columns();
        let messages = number(&c, "messages")?;
        if let Some(slot) = c.opt_int("planned")? {
            slots.of(slot).planned += messages;
        }
        if let Some(slot) = c.opt_int("sent")? {
            slots.of(slot).sent += messages;
        }
        if let Some(slot) = c.opt_int("opened")? {
            slots.of(slot).opened += messages;
        }
    }
    for row in session.fetch(sql(arrived_sql(counted))).await? {
        let c = row.columns();
        slots.of(c.int("arrived")?).delivered += number(&c, "messages")?;
    }
    Ok(())
}

/// The groups are few: what is sent within a quarter of an hour is opened within some days.
fn messages_sql(counted: &Counted) -> String {
    let of_runs = counted.has("m.run_id", "m.id");
    format!(
        "SELECT planned, sent, opened, COUNT(*) AS messages
         FROM (SELECT COALESCE(m.made_at, r.as_of, r.start_at) / {SLOT_MS} AS planned,
                   COALESCE(m.sent_at, m.opened_at) / {SLOT_MS} AS sent, m.opened_at / {SLOT_MS} AS opened
               FROM messages m JOIN runs r ON r.id = m.run_id WHERE {of_runs}) AS messages
         GROUP BY planned, sent, opened"
    )
}

/// A message whose first step arrived late and whose second arrived too is one.
fn arrived_sql(counted: &Counted) -> String {
    let of_runs = counted.has("run_id", "message_id");
    format!(
        "SELECT arrived, COUNT(*) AS messages
         FROM (SELECT MIN(COALESCE(received_at, ended_at, started_at)) / {SLOT_MS} AS arrived
               FROM attempts WHERE {of_runs} AND state IN {ARRIVED} GROUP BY message_id) AS messages
         GROUP BY arrived"
    )
}
