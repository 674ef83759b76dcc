//! Bellhop's ledger and the simulator's, side by side, when a mailing is over.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use anyhow::{Context, Result};
use bellhop_domain::message::MessageState;

use super::Report;
use crate::fleet::Fleet;
use crate::patience::eventually;
use crate::simulator::Book;

const LAST_REPORTS: Duration = Duration::from_secs(60);

/// Both ledgers' accounts of one mailing.
pub(super) struct Audit {
    /// Bellhop's: guest, address, state.
    pub(super) messages: Vec<(String, String, MessageState)>,
    /// The simulator's.
    pub(super) push: Book,
    pub(super) sms: Book,
    stats: serde_json::Value,
}

impl Audit {
    /// Takes both once they no longer change, because delivery reports come in after the end of a mailing.
    pub(super) async fn take(fleet: &Fleet, mailing: i64) -> Result<Self> {
        let stand_still = async || {
            let before = fleet.ledger.states(mailing).await?;
            let stats = fleet.mailing("stats", mailing).await?;
            let rows = fleet.ledger.messages(mailing).await?;
            let still = before == fleet.ledger.states(mailing).await?;
            Ok(still.then_some((stats, rows)))
        };
        let (stats, rows) = eventually("the ledger stands still", LAST_REPORTS, stand_still).await?;
        let message = |row: crate::ledger::MessageRow| Ok((row.customer.clone(), row.address.clone(), row.state()?));
        Ok(Self {
            messages: rows.into_iter().map(message).collect::<Result<_>>()?,
            push: fleet.simulator.book("push").await?,
            sms: fleet.simulator.book("sms").await?,
            stats,
        })
    }

    pub(super) fn planned(&self) -> u64 {
        self.messages.len() as u64
    }

    pub(super) fn count(&self, state: MessageState) -> u64 {
        self.messages.iter().filter(|(_, _, is)| *is == state).count() as u64
    }

    /// Planned recipients that are not in a final state.
    pub(super) fn lost(&self) -> u64 {
        self.messages.iter().filter(|(_, _, state)| !state.is_final()).count() as u64
    }

    fn guests(&self) -> usize {
        self.messages
            .iter()
            .map(|(guest, ..)| guest)
            .collect::<HashSet<_>>()
            .len()
    }

    fn taken(&self) -> HashMap<String, u64> {
        let mut taken = self.push.by_recipient();
        taken.extend(self.sms.by_recipient());
        taken
    }

    /// Messages that Bellhop calls sent but the simulator never accepted.
    fn sent_without_trace(&self) -> usize {
        let taken = self.taken();
        let claimed = self.messages.iter().filter(|(_, _, state)| went_out(*state));
        claimed.filter(|(_, address, _)| !taken.contains_key(address)).count()
    }

    /// Addresses for which the simulator accepted a message that Bellhop calls neither sent nor unknown.
    fn traces_without_record(&self) -> usize {
        let known = self
            .messages
            .iter()
            .filter(|(_, _, state)| went_out(*state) || *state == MessageState::Unknown);
        let known: HashSet<_> = known.map(|(_, address, _)| address).collect();
        self.taken().keys().filter(|address| !known.contains(address)).count()
    }

    /// Claims what must be true of every mailing, whatever was done to it.
    pub(super) fn claim(&self, report: &mut Report, guests: u32) -> Result<()> {
        let planned = self.planned();
        report.claim(
            "every guest was planned once",
            planned == u64::from(guests) && self.guests() == guests as usize,
            format!(
                "Bellhop: {guests} guests, {planned} messages, {} different guests",
                self.guests()
            ),
        );
        report.claim(
            "every planned recipient is in exactly one final state",
            self.lost() == 0,
            format!(
                "Bellhop: {planned} planned − {} final = {} lost",
                planned - self.lost(),
                self.lost()
            ),
        );
        self.claim_statistics(report)?;
        report.claim(
            "what Bellhop calls sent, the simulator took",
            self.sent_without_trace() == 0,
            format!("both: {} messages without a trace", self.sent_without_trace()),
        );
        report.claim(
            "what the simulator took, Bellhop knows of",
            self.traces_without_record() == 0,
            format!("both: {} recipients without a record", self.traces_without_record()),
        );
        self.claim_doubles(report);
        Ok(())
    }

    fn claim_statistics(&self, report: &mut Report) -> Result<()> {
        let by_state = self.stats["by_state"]
            .as_object()
            .context("the statistics have no by_state")?;
        let sum: u64 = by_state.values().filter_map(serde_json::Value::as_u64).sum();
        let stated = self.stats["planned"].as_u64();
        let agree = MessageState::ALL.iter().all(|state| {
            by_state
                .get(state.name())
                .and_then(serde_json::Value::as_u64)
                .unwrap_or(0)
                == self.count(*state)
        });
        report.claim(
            "the statistics add up and agree with the tables",
            stated == Some(sum) && sum == self.planned() && agree,
            format!(
                "bellhop mailing stats: {} planned, {sum} over all states",
                self.stats["planned"]
            ),
        );
        Ok(())
    }

    fn claim_doubles(&self, report: &mut Report) {
        let (by_id, by_recipient) = (self.sms.doubled_by_id(), self.sms.doubled_by_recipient());
        report.claim(
            "no SMS reached the simulator twice",
            by_id == 0 && by_recipient == 0,
            format!(
                "simulator: {} taken, {by_id} again by message id, {by_recipient} again by recipient",
                self.sms.acceptances()
            ),
        );
        let (loose, by_id) = (self.push.without_one_collapse_key(), self.push.doubled_by_id());
        report.claim(
            "a doubled push replaces itself on the phone",
            loose == 0 && self.push.doubled_by_recipient() == by_id,
            format!(
                "simulator: {} taken, {by_id} of them again, {loose} without one and the same collapse key",
                self.push.acceptances()
            ),
        );
    }
}

/// Whether Bellhop may give this state to a message that the provider accepted.
fn went_out(state: MessageState) -> bool {
    matches!(
        state,
        MessageState::Sent | MessageState::Delivered | MessageState::Opened
    )
}
