//! The figures of messages that are frozen: written once for each run and month, and added to what is counted of the rest.

use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::curve::Slots;
use bellhop_domain::message::MessageState;
use bellhop_domain::statistics::{ChannelCounts, Counts, ReasonCount, reason_code};
use bellhop_domain::{Channel, Money, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What [`Counts`] holds of messages and attempts; numbers of exclusions stay where they are, and orders are frozen one by one.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Figures {
    reached: u64,
    opened_sms_link: u64,
    states: BTreeMap<String, u64>,
    reasons: Vec<OfReason>,
    channels: BTreeMap<Channel, OfChannel>,
    /// When it happened; empty where it was frozen by a version that did not count that.
    #[serde(default)]
    slots: Slots,
}

#[derive(Debug, Serialize, Deserialize)]
struct OfReason {
    state: String,
    /// Only its code: words that a provider added may name somebody.
    reason: String,
    messages: u64,
    next_from: Option<i64>,
    next_until: Option<i64>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct OfChannel {
    sent: u64,
    accepted_attempts: u64,
    delivered: u64,
    failed: BTreeMap<String, u64>,
    opened: u64,
    cost: i64,
}

impl Figures {
    fn of(counts: Counts, reached: u64) -> Self {
        let reasons = counts.reasons.into_iter().map(|one| OfReason {
            state: one.state.to_owned(),
            reason: reason_code(&one.reason),
            messages: one.messages,
            next_from: one.next_from.map(|at| at.0),
            next_until: one.next_until.map(|at| at.0),
        });
        let states = counts.by_state.into_iter();
        let channels = counts.channels.into_iter();
        Self {
            reached,
            opened_sms_link: counts.opened_sms_link,
            states: states.map(|(state, messages)| (state.to_owned(), messages)).collect(),
            reasons: reasons.collect(),
            channels: channels.map(|(channel, of)| (channel, OfChannel::of(of))).collect(),
            slots: counts.slots,
        }
    }

    /// Adds them; returns how many messages were sent.
    fn add_to(self, counts: &mut Counts) -> Result<u64> {
        counts.opened_sms_link += self.opened_sms_link;
        counts.slots.add(&self.slots);
        for (state, messages) in self.states {
            *counts.by_state.entry(state_named(&state)?).or_default() += messages;
        }
        for one in self.reasons {
            counts.reasons.push(ReasonCount {
                state: state_named(&one.state)?,
                reason: one.reason,
                messages: one.messages,
                next_from: one.next_from.map(Timestamp),
                next_until: one.next_until.map(Timestamp),
            });
        }
        for (channel, of) in self.channels {
            of.add_to(counts.channels.entry(channel).or_default());
        }
        Ok(self.reached)
    }
}

impl OfChannel {
    fn of(counts: ChannelCounts) -> Self {
        let mut failed = BTreeMap::new();
        for (reason, messages) in counts.failed {
            *failed.entry(reason_code(&reason)).or_default() += messages;
        }
        Self {
            sent: counts.sent,
            accepted_attempts: counts.accepted_attempts,
            delivered: counts.delivered,
            failed,
            opened: counts.opened,
            cost: counts.cost.0,
        }
    }

    fn add_to(self, counts: &mut ChannelCounts) {
        counts.sent += self.sent;
        counts.accepted_attempts += self.accepted_attempts;
        counts.delivered += self.delivered;
        counts.failed.extend(self.failed);
        counts.opened += self.opened;
        counts.cost = Money(counts.cost.0 + self.cost);
    }
}

fn state_named(name: &str) -> Result<&'static str> {
    let known = MessageState::ALL.into_iter().find(|state| state.name() == name);
    known.map(MessageState::name).ok_or_else(|| StoreError::Corrupt {
        what: "message state",
        id: name.to_owned(),
        problem: "is one that this version does not know; run the version that wrote it".into(),
    })
}

/// Adds the frozen figures of these runs, a list in SQL; returns how many frozen messages were sent.
pub(super) async fn add(session: &mut Session, runs: &str, counts: &mut Counts) -> Result<u64> {
    let mut reached = 0;
    for (run, figures) in of_runs(session, runs).await? {
        reached += add_text(run, &figures, counts)?;
    }
    Ok(reached)
}

/// The frozen figures of these runs, a list in SQL, as they are written.
pub(super) async fn of_runs(session: &mut Session, runs: &str) -> Result<Vec<(i64, String)>> {
    let text = format!("SELECT run_id, figures FROM frozen_counts WHERE run_id IN ({runs}) ORDER BY run_id, month");
    let rows = session.fetch(sql(text)).await?;
    let read = rows.iter().map(|row| {
        let c = row.columns();
        Ok((c.int("run_id")?, c.text("figures")?))
    });
    read.collect()
}

/// Adds figures as they are written; returns how many of these messages were sent.
pub(super) fn add_text(run: i64, text: &str, counts: &mut Counts) -> Result<u64> {
    let figures: Figures = serde_json::from_str(text).map_err(|e| StoreError::Corrupt {
        what: "run",
        id: run.to_string(),
        problem: format!("its figures: {e}"),
    })?;
    figures.add_to(counts)
}

/// What was counted of a run, as it is written.
pub(super) fn text(run: i64, counts: Counts, reached: u64) -> Result<String> {
    serde_json::to_string(&Figures::of(counts, reached)).map_err(|e| StoreError::Corrupt {
        what: "run",
        id: run.to_string(),
        problem: format!("its figures cannot be written: {e}"),
    })
}

/// Writes what was counted of a run's messages of a month.
pub(super) async fn write(tx: &mut Session, run: i64, month: i64, counts: Counts, reached: u64) -> Result<()> {
    let figures = text(run, counts, reached)?;
    let insert = "INSERT INTO frozen_counts (run_id, month, figures) VALUES ($1, $2, $3)";
    tx.execute(sql(insert).int(run).int(month).text(figures.as_str()))
        .await?;
    Ok(())
}
