//! What the providers report, drawn from the seed: each attempt's events, guests' messages, and forgeries of both.

use std::collections::BTreeMap;

use bellhop_domain::MessageId;
use bellhop_domain::attempt::AttemptState;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};

use super::calls::{Call, Secrets, key};
use crate::ledger::AttemptRow;

/// The most updates in one genuine call of Meta; small, so that there are many calls.
const TOGETHER: usize = 4;
/// 2026-03-01T09:00:00Z, in seconds.
const BEGINNING: i64 = 1_772_355_600;

/// All calls in the order in which they are made, and what must be true afterwards.
pub(super) struct Script {
    pub(super) calls: Vec<Call>,
    /// By attempt: the highest rank among its genuine events.
    pub(super) expected: BTreeMap<Stored, AttemptState>,
    /// Meta's ids of the genuine messages.
    pub(super) inbound: Vec<String>,
    pub(super) forged: usize,
    /// Copies of events beyond the first of each.
    pub(super) repeats: usize,
}

/// Message and lease.
pub(super) type Stored = (MessageId, i64);

/// What happened to a message, and the state that its events add up to.
type Story = (&'static [&'static str], AttemptState);

const WHATSAPP: [(u32, Story); 6] = [
    (35, (&["sent", "delivered", "read"], AttemptState::Read)),
    (25, (&["sent", "delivered"], AttemptState::Delivered)),
    (15, (&["sent", "failed"], AttemptState::Undelivered)),
    (10, (&["sent", "failed", "delivered"], AttemptState::Delivered)),
    (8, (&["read"], AttemptState::Read)),
    (7, (&["sent"], AttemptState::Accepted)),
];
const SMS: [(u32, Story); 4] = [
    (60, (&["1"], AttemptState::Delivered)),
    (20, (&["20"], AttemptState::Undelivered)),
    (10, (&["20", "1"], AttemptState::Delivered)),
    (10, (&[], AttemptState::Accepted)),
];

impl Script {
    pub(super) fn draw(attempts: &[AttemptRow], secrets: &Secrets, random: &mut StdRng) -> Self {
        let mut script = Self {
            calls: Vec::new(),
            expected: BTreeMap::new(),
            inbound: Vec::new(),
            forged: 0,
            repeats: 0,
        };
        let mut updates = script.statuses(attempts, secrets, random);
        updates.extend(script.messages(attempts, secrets, random));
        updates.shuffle(random);
        let mut rest = updates.as_slice();
        while !rest.is_empty() {
            let (together, later) = rest.split_at(random.random_range(1..=TOGETHER.min(rest.len())));
            script.calls.push(Call::whatsapp(together, secrets));
            rest = later;
        }
        script.forge(attempts, secrets, random);
        script.calls.shuffle(random);
        // Everything once more, as Meta may do, in calls of up to a thousand updates.
        script
            .calls
            .push(Call::whatsapp(&updates[..updates.len().min(1_000)], secrets));
        script
    }

    /// Returns Meta's updates; the gateway's reports become calls at once.
    fn statuses(&mut self, attempts: &[AttemptRow], secrets: &Secrets, random: &mut StdRng) -> Vec<Value> {
        let mut updates = Vec::new();
        for attempt in attempts {
            let (statuses, reached) = if attempt.is_whatsapp() {
                pick(&WHATSAPP, random)
            } else {
                pick(&SMS, random)
            };
            self.expected.insert((attempt.message, attempt.lease), reached);
            for (place, status) in statuses.iter().enumerate() {
                let copies = self.copies(random);
                if attempt.is_whatsapp() {
                    // Identified by our own key or, like a message that another program of the brand sent, only by
                    // Meta's id.
                    let named = random.random_bool(0.8);
                    let update = status_update(attempt, status, BEGINNING + place as i64, named);
                    updates.extend(std::iter::repeat_n(update, copies));
                } else {
                    let call = Call::sms(attempt, status, secrets);
                    self.calls.extend(std::iter::repeat_n(call, copies));
                }
            }
        }
        updates
    }

    fn copies(&mut self, random: &mut StdRng) -> usize {
        let copies = random.random_range(1..=3);
        self.repeats += copies - 1;
        copies
    }

    /// Guests of the base, strangers, and guests who hide their phone write in, with every kind of message. What
    /// comes by WAHA becomes calls at once.
    fn messages(&mut self, attempts: &[AttemptRow], secrets: &Secrets, random: &mut StdRng) -> Vec<Value> {
        let mut updates = Vec::new();
        for (number, attempt) in attempts.iter().filter(|one| one.is_whatsapp()).enumerate() {
            let id = format!("wamid.GENUINE.{number}");
            let from = match number % 6 {
                3 => format!("7988{number:07}"),
                _ => attempt.address.trim_start_matches('+').to_owned(),
            };
            if number % 6 == 5 {
                let call = Call::waha(&id, &from, secrets);
                let copies = self.copies(random);
                self.calls.extend(std::iter::repeat_n(call, copies));
                self.inbound.push(id);
                continue;
            }
            let mut message = message_update(&id, &from, number);
            if number % 6 == 4 {
                message["messages"][0]["from"] = Value::Null;
                message["messages"][0]["from_user_id"] = json!(format!("RU.{number:020}"));
            }
            updates.extend(std::iter::repeat_n(message, self.copies(random)));
            self.inbound.push(id);
        }
        updates
    }

    /// One forgery for every four genuine calls. Each would lift an attempt or add a message if it were believed.
    fn forge(&mut self, attempts: &[AttemptRow], secrets: &Secrets, random: &mut StdRng) {
        self.forged = self.calls.len().div_ceil(4);
        for number in 0..self.forged {
            let attempt = &attempts[random.random_range(0..attempts.len())];
            let call = if attempt.is_whatsapp() && number % 4 == 3 {
                Call::forged_waha(number, &format!("wamid.FORGED.{number}"), "79887776655", secrets)
            } else if attempt.is_whatsapp() {
                let lie = [
                    status_update(attempt, "read", BEGINNING, true),
                    message_update(&format!("wamid.FORGED.{number}"), "79887776655", 0),
                ];
                Call::forged_whatsapp(number, &lie, secrets)
            } else {
                Call::forged_sms(number, attempt, secrets)
            };
            self.calls.push(call);
        }
    }
}

/// A story by its share of a hundred.
fn pick(stories: &[(u32, Story)], random: &mut StdRng) -> Story {
    let mut at = random.random_range(0..100);
    for (share, story) in stories {
        if at < *share {
            return *story;
        }
        at -= share;
    }
    stories[0].1
}

fn status_update(attempt: &AttemptRow, status: &str, at: i64, named: bool) -> Value {
    let mut told = json!({
        "id": attempt.provider_id,
        "status": status,
        "timestamp": at.to_string(),
        "recipient_id": attempt.address.trim_start_matches('+'),
    });
    if named {
        told["biz_opaque_callback_data"] = json!(key(attempt).to_string());
    }
    if status == "failed" {
        told["errors"] = json!([{"code": 131_026, "title": "Message undeliverable"}]);
    }
    json!({"statuses": [told]})
}

fn message_update(id: &str, from: &str, kind: usize) -> Value {
    let (kind, part) = match kind % 4 {
        0 => ("text", json!({"body": "Здравствуйте! Столик на двоих?"})),
        1 => (
            "image",
            json!({"id": "1166", "mime_type": "image/jpeg", "caption": "вот такой"}),
        ),
        2 => ("reaction", json!({"message_id": "wamid.SIM", "emoji": "👍"})),
        _ => ("order", json!({"catalog_id": "1", "product_items": []})),
    };
    json!({
        "contacts": [{"profile": {"name": "Анна"}}],
        "messages": [{"id": id, "from": from, "timestamp": BEGINNING.to_string(), "type": kind, kind: part}],
    })
}
