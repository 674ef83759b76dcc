//! What a rehearsal tells.

use super::Stretch;
use super::line::{End, Played};
use bellhop_domain::{Channel, EndpointKind, Money, ProgramId, Timestamp};
use bellhop_store::ledger::LatelyPaid;
use serde::Serialize;
use std::collections::BTreeMap;

/// What is taken as it is today, because its past is not kept: whoever reads a rehearsal of the past should know.
pub const TAKEN_AS_TODAY: [&str; 6] = ["tags", "attributes", "card", "time_zone", "new_addresses", "settings"];

/// What a program would do in a time, or would have done.
#[derive(Debug, Serialize)]
pub struct Rehearsed {
    pub program: ProgramId,
    pub name: String,
    pub version: i32,
    pub from: Timestamp,
    pub until: Timestamp,
    #[serde(flatten)]
    pub outcomes: Outcomes,
    /// The first of the firings, by guest.
    pub rows: Vec<Row>,
    /// How many more there are.
    pub rows_left_off: u64,
    /// Of a time that has begun: what is taken as it is today.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub taken_as_today: &'static [&'static str],
    #[serde(skip)]
    most: usize,
}

/// Firings by what becomes of them, and messages by what becomes of these.
#[derive(Debug, Default, Serialize)]
pub struct Outcomes {
    pub sent: u64,
    pub skipped: u64,
    pub cancelled: u64,
    /// Due in the time, and nothing was decided.
    pub waiting: u64,
    /// Of skipped and cancelled firings, as in the journal.
    pub reasons: BTreeMap<&'static str, u64>,
    /// Messages that would leave, by the channel of their first step.
    pub leaving: BTreeMap<Channel, u64>,
    /// Messages that would be made and not sent, by the reason that the statistics have.
    pub not_sent: BTreeMap<String, u64>,
    pub sms_parts: u64,
    /// By what messages have cost lately; absent if none has said what it costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    #[serde(skip)]
    by_kind: BTreeMap<EndpointKind, (u64, u64)>,
}

/// One firing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// By external id.
    pub customer: String,
    pub occasion: String,
    pub due_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    pub state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageOf>,
}

/// The message of a firing that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageOf {
    pub channel: Channel,
    #[serde(skip)]
    pub kind: EndpointKind,
    /// When quiet hours let it go; where they hold many, these leave over a while from then on.
    pub leaves_at: Timestamp,
    /// Why it is not sent after all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms_parts: Option<usize>,
}

impl Row {
    pub(super) fn of(customer: String, played: &Played, message: Option<MessageOf>) -> Self {
        let (state, reason) = match &played.end {
            End::Waits => ("waiting", None),
            End::Sent { .. } => ("sent", None),
            End::Skipped(reason) => ("skipped", Some(reason.name())),
            End::Cancelled(reason) => ("cancelled", Some(reason.name())),
        };
        Self {
            customer,
            occasion: played.firing.occasion.to_string(),
            due_at: played.firing.due_at,
            decided_at: played.decided_at,
            state,
            reason,
            message,
        }
    }
}

impl Outcomes {
    pub(super) fn add(&mut self, row: &Row) {
        match row.state {
            "sent" => self.sent += 1,
            "skipped" => self.skipped += 1,
            "cancelled" => self.cancelled += 1,
            _ => self.waiting += 1,
        }
        if let Some(reason) = row.reason {
            *self.reasons.entry(reason).or_default() += 1;
        }
        let Some(message) = &row.message else { return };
        if let Some(reason) = &message.not_sent {
            *self.not_sent.entry(reason.clone()).or_default() += 1;
            return;
        }
        *self.leaving.entry(message.channel).or_default() += 1;
        let parts = message.sms_parts.unwrap_or(0) as u64;
        self.sms_parts += parts;
        let (messages, all_parts) = self.by_kind.entry(message.kind).or_default();
        *messages += 1;
        *all_parts += parts;
    }

    /// An SMS costs by its parts, another message by itself, each as much as it has lately.
    pub(super) fn price(&mut self, lately: &[LatelyPaid]) {
        let each = lately.iter().filter_map(|it| {
            let (messages, parts) = self.by_kind.get(&it.kind)?;
            Some(it.of(*messages, *parts))
        });
        self.cost = each.reduce(|all, one| Money(all.0.saturating_add(one.0)));
    }
}

impl Rehearsed {
    pub(super) fn new(program: ProgramId, name: String, version: i32, stretch: Stretch, now: Timestamp) -> Self {
        Self {
            program,
            name,
            version,
            from: stretch.from,
            until: stretch.until,
            outcomes: Outcomes::default(),
            rows: Vec::new(),
            rows_left_off: 0,
            taken_as_today: if stretch.from < now { &TAKEN_AS_TODAY } else { &[] },
            most: stretch.rows,
        }
    }

    pub(super) fn add(&mut self, row: Row) {
        self.outcomes.add(&row);
        if self.rows.len() < self.most {
            self.rows.push(row);
        } else {
            self.rows_left_off += 1;
        }
    }

    pub(super) fn price(&mut self, lately: Vec<LatelyPaid>) {
        self.outcomes.price(&lately);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sms_costs_by_its_parts_and_another_message_by_itself() {
        let mut outcomes = Outcomes::default();
        let mut send = |kind: EndpointKind, parts: Option<usize>, not_sent: Option<&str>| {
            outcomes.add(&Row {
                customer: "c".to_owned(),
                occasion: "ever".to_owned(),
                due_at: Timestamp(0),
                decided_at: Some(Timestamp(0)),
                state: "sent",
                reason: None,
                message: Some(MessageOf {
                    channel: kind.channel(),
                    kind,
                    leaves_at: Timestamp(0),
                    not_sent: not_sent.map(str::to_owned),
                    sms_parts: parts,
                }),
            });
        };
        send(EndpointKind::Phone, Some(2), None);
        send(EndpointKind::Phone, Some(1), None);
        send(EndpointKind::Phone, Some(9), Some("frequency_cap"));
        send(EndpointKind::WhatsApp, None, None);
        outcomes.price(&[]);
        assert_eq!(outcomes.cost, None);
        let paid = |kind, cost, messages, parts| LatelyPaid {
            kind,
            cost: Money(cost),
            messages,
            parts,
        };
        outcomes.price(&[
            paid(EndpointKind::Phone, 100, 5, 10),
            paid(EndpointKind::WhatsApp, 80, 2, 0),
        ]);
        assert_eq!(outcomes.cost, Some(Money(30 + 40)));
        assert_eq!((outcomes.sent, outcomes.sms_parts), (4, 3));
        assert_eq!(outcomes.not_sent["frequency_cap"], 1);
    }
}
