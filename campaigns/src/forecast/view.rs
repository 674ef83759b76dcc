//! The forecast for the messages of one mailing, channel by channel.

use super::backlog::beside;
use super::nights::Nights;
use super::numbers::{ceiling, numbers, stopped};
use crate::rehearsal::{ByZone, Rehearsed};
use crate::{Brand, Result, pacing};
use bellhop_domain::fault::Why;
use bellhop_domain::message::LIFE_ENDED;
use bellhop_domain::{Channel, EndpointKind, RunId, Timestamp};
use bellhop_rate_limits::forecast::{Forecast, Remedy, Task, forecast};
use bellhop_store::ledger::Unsent;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a forecast is computed from.
pub struct View<'a> {
    brand: Brand<'a>,
    /// The names of senders that are paused or stopped.
    stopped: Vec<String>,
    pub unsent: Vec<Unsent>,
    /// The mailing's own run, if it has one.
    own: Option<RunId>,
    from: Timestamp,
    /// The end of the messages' lives.
    expires: Timestamp,
}

#[derive(Debug, Serialize)]
pub struct Row {
    pub channel: Channel,
    /// The kind of address.
    kind: &'static str,
    /// The messages to be sent.
    pub messages: u64,
    /// Those of them whose lives end before they can leave.
    pub expire: u64,
    /// Messages of other mailings that go out meanwhile, because runs take turns.
    pub beside: u64,
    /// The senders that are not stopped.
    pub senders: Vec<String>,
    /// When the last message that does not expire leaves; absent if that takes more than a year, or if all expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_back_by: Option<String>,
    pub late: u64,
    /// What would get all of them out by the deadline; each is enough by itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub would_fit: Vec<String>,
    /// What would let all of them leave before their lives end; each is enough by itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub would_live: Vec<String>,
    /// The same as values.
    #[serde(skip)]
    remedies: Vec<Remedy>,
}

impl<'a> View<'a> {
    pub async fn new(brand: Brand<'a>, own: Option<RunId>, from: Timestamp, expires: Timestamp) -> Result<Self> {
        let (store, org) = (brand.store, brand.organisation.id);
        Ok(Self {
            brand,
            stopped: stopped(store, org).await?,
            unsent: store.unsent(org).await?,
            own,
            from,
            expires,
        })
    }

    /// The forecast for these messages, and how many of them miss the deadline.
    pub async fn rows(&self, messages: &BTreeMap<EndpointKind, ByZone>, by: Option<Timestamp>) -> Result<Vec<Row>> {
        let Brand {
            store,
            organisation,
            senders,
        } = self.brand;
        let mut nights = Nights::new(organisation, self.from, self.expires);
        let mut rows = Vec::new();
        for (kind, by_zone) in messages {
            let own = by_zone.values().sum();
            let beside = beside(&self.unsent, self.own, *kind, own);
            let pool = senders.pool(organisation.id, *kind);
            let task = Task {
                parts: nights.parts(*kind, [by_zone, &beside])?,
                ceiling: ceiling(senders, pool),
                numbers: numbers(store, pool, &self.stopped, self.from).await?,
                shared: Vec::new(),
                pacing: pacing(&organisation.settings),
                deadline: Some(self.expires),
            };
            let in_life = forecast(&task, self.from);
            let task = Task { deadline: by, ..task };
            let in_time = forecast(&task, self.from);
            let (beside, expires) = (beside.values().sum(), self.expires);
            rows.push(Row::new(*kind, [own, beside], &task, in_time, &in_life, expires));
        }
        Ok(rows)
    }
}

/// Moves the messages that expire to those that are not sent; returns how many they are.
pub fn expire(rehearsed: &mut Rehearsed, rows: &[Row]) -> u64 {
    let expired = rows.iter().map(|row| row.expire).sum();
    if expired > 0 {
        rehearsed.not_sent.entry(LIFE_ENDED.to_owned()).or_default().messages += expired;
    }
    expired
}

impl Row {
    fn new(
        kind: EndpointKind,
        [messages, beside]: [u64; 2],
        task: &Task,
        in_time: Forecast,
        in_life: &Forecast,
        expires: Timestamp,
    ) -> Self {
        let own = |remedy: &Remedy| match remedy {
            Remedy::Messages(all) => Remedy::Messages(all.saturating_sub(beside)),
            other => *other,
        };
        let words = |remedies: &[Remedy]| -> Vec<String> { remedies.iter().map(|it| own(it).to_string()).collect() };
        // Messages of other mailings are late in proportion.
        let expire = in_life.late * messages / (messages + beside).max(1);
        Self {
            channel: kind.channel(),
            kind: kind.name(),
            messages,
            expire,
            beside,
            senders: task.numbers.iter().map(|number| number.name.clone()).collect(),
            finish: match expire {
                0 => in_time.finish,
                all if all == messages => None,
                _ => Some(expires),
            },
            held_back_by: in_time.bottleneck.map(|it| it.to_string()),
            // It is not known which of the mailings that take turns is late, so this is at most the mailing's own
            // messages.
            late: in_time.late.min(messages),
            would_fit: words(&in_time.remedies),
            would_live: words(&in_life.remedies),
            remedies: in_life.remedies.iter().map(own).collect(),
        }
    }

    pub fn name(&self) -> String {
        format!("{} ({})", self.channel, self.kind)
    }

    /// Why messages in this row expire, and what would let all of them leave; nothing if none expire.
    pub fn why_late(&self) -> Vec<Why> {
        if self.expire == 0 {
            return Vec::new();
        }
        let of = self.name();
        let why = match (&self.held_back_by, self.senders.is_empty()) {
            (_, true) => Why::LateWithoutSender { of },
            (Some(by), _) => Why::LateHeldBack { of, by: by.clone() },
            (None, _) => Why::LateAtNight { of },
        };
        let remedies = self.remedies.iter().map(|it| self.would_live_by(*it));
        std::iter::once(why).chain(remedies).collect()
    }

    fn would_live_by(&self, remedy: Remedy) -> Why {
        let of = self.name();
        match remedy {
            Remedy::Deadline(until) => Why::WouldLeaveLater {
                of,
                until: until.to_string(),
            },
            Remedy::Messages(most) => Why::WouldLeaveIfFewer { of, most },
            Remedy::Numbers(more) => Why::WouldLeaveByNumbers { of, more: more.into() },
        }
    }
}
