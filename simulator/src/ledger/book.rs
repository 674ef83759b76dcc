//! The book of one lane.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::record::{Line, Received, Record};
use super::{Channel, ChannelSummary, lock};
use crate::draw::fingerprint;

/// Enough that two cores seldom meet on a lock and a growing table stops only a sixteenth of the traffic.
const SHARDS: usize = 16;

#[derive(Debug, Default)]
pub(crate) struct Book {
    shards: [Mutex<Shard>; SHARDS],
    recipients: [Mutex<HashSet<u64>>; SHARDS],
    accepted: AtomicU64,
    refused: AtomicU64,
    duplicates: AtomicU64,
    last_accepted_at_ms: AtomicI64,
}

#[derive(Debug, Default)]
struct Shard {
    seen: HashMap<u64, Seen>,
    records: Vec<Record>,
    repeats: HashMap<u32, Repeats>,
}

/// A message id that was tried, and its record once it was accepted.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    tries: u32,
    /// The index in `records` plus one; 0 if it was never accepted.
    slot: u32,
}

#[derive(Debug, Default)]
struct Repeats {
    times: Vec<i64>,
    other_collapse_keys: Vec<String>,
}

/// Whether a message was accepted for the first time or again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acceptance {
    First,
    Again,
}

impl Book {
    fn shard(&self, identity: u64) -> &Mutex<Shard> {
        &self.shards[shard_index(identity)]
    }

    /// Begins a try of a message and returns its number, counted from 1.
    pub(crate) fn begin(&self, identity: u64) -> u32 {
        let mut shard = lock(self.shard(identity));
        let seen = shard.seen.entry(identity).or_default();
        seen.tries = seen.tries.saturating_add(1);
        seen.tries
    }

    /// Records an accepted message.
    pub(crate) fn accept(&self, identity: u64, received: &Received<'_>, at_ms: i64) -> Acceptance {
        let recipient = fingerprint(received.recipient);
        lock(&self.recipients[shard_index(recipient)]).insert(recipient);
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.last_accepted_at_ms.fetch_max(at_ms, Ordering::Relaxed);
        let acceptance = lock(self.shard(identity)).accept(identity, received, at_ms);
        if acceptance == Acceptance::Again {
            self.duplicates.fetch_add(1, Ordering::Relaxed);
        }
        acceptance
    }

    /// Counts a request that was answered with an error.
    pub(crate) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// When and for whom a message was accepted last; `None` if it never was.
    pub(crate) fn last_acceptance(&self, identity: u64) -> Option<(i64, String)> {
        let shard = lock(self.shard(identity));
        let slot = shard.seen.get(&identity)?.slot.checked_sub(1)?;
        let record = &shard.records[slot as usize];
        let repeated = shard
            .repeats
            .get(&slot)
            .and_then(|repeats| repeats.times.last().copied());
        Some((
            repeated.unwrap_or(record.first_at_ms()),
            record.received().recipient.to_owned(),
        ))
    }

    /// Milliseconds UTC of the latest acceptance; `None` before the first.
    pub(crate) fn last_accepted_at_ms(&self) -> Option<i64> {
        Some(self.last_accepted_at_ms.load(Ordering::Relaxed)).filter(|&at| at != 0)
    }

    pub(crate) fn summary(&self) -> ChannelSummary {
        let unique: usize = self.recipients.iter().map(|recipients| lock(recipients).len()).sum();
        ChannelSummary {
            accepted: self.accepted.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            unique_recipients: unique as u64,
            duplicates: self.duplicates.load(Ordering::Relaxed),
        }
    }

    /// Appends up to `limit` messages from `cursor` on to `out`, one JSON object a line; false when there are none left.
    pub(crate) fn export(&self, channel: Channel, cursor: &mut Cursor, limit: usize, out: &mut Vec<u8>) -> bool {
        while cursor.shard < SHARDS {
            let shard = lock(&self.shards[cursor.shard]);
            let page = shard.records.iter().enumerate().skip(cursor.record).take(limit);
            let before = cursor.record;
            for (index, record) in page {
                shard.write_line(channel, index, record, out);
                cursor.record += 1;
            }
            if cursor.record > before {
                return true;
            }
            *cursor = Cursor {
                shard: cursor.shard + 1,
                record: 0,
            };
        }
        false
    }

    pub(crate) fn reset(&self) {
        for shard in &self.shards {
            *lock(shard) = Shard::default();
        }
        for recipients in &self.recipients {
            lock(recipients).clear();
        }
        for counter in [&self.accepted, &self.refused, &self.duplicates] {
            counter.store(0, Ordering::Relaxed);
        }
        self.last_accepted_at_ms.store(0, Ordering::Relaxed);
    }
}

/// How far an export has come.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    shard: usize,
    record: usize,
}

impl Shard {
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    fn accept(&mut self, identity: u64, received: &Received<'_>, at_ms: i64) -> Acceptance {
        let seen = self.seen.entry(identity).or_default();
        let Some(slot) = seen.slot.checked_sub(1) else {
            self.records.push(Record::new(received, at_ms));
            seen.slot = u32::try_from(self.records.len()).expect("four billion messages do not fit into memory");
            return Acceptance::First;
        };
        let repeats = self.repeats.entry(slot).or_default();
        repeats.times.push(at_ms);
        if self.records[slot as usize].received().collapse_key != received.collapse_key {
            repeats.other_collapse_keys.push(received.collapse_key.to_owned());
        }
        Acceptance::Again
    }

    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    fn write_line(&self, channel: Channel, index: usize, record: &Record, out: &mut Vec<u8>) {
        let none = Repeats::default();
        let repeats = u32::try_from(index)
            .ok()
            .and_then(|slot| self.repeats.get(&slot))
            .unwrap_or(&none);
        let times = [&[record.first_at_ms()], repeats.times.as_slice()].concat();
        let line = Line::new(channel, record.received(), &repeats.other_collapse_keys, times);
        serde_json::to_writer(&mut *out, &line)
            .expect("strings and numbers always have a JSON form, and a Vec takes every byte");
        out.push(b'\n');
    }
}

fn shard_index(fingerprint: u64) -> usize {
    (fingerprint >> 32) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(id: &str) -> Received<'_> {
        Received {
            recipient: "token",
            message_id: id,
            collapse_key: id,
            ..Received::default()
        }
    }

    #[test]
    fn accepting_again_is_a_duplicate_and_keeps_every_time_and_key() {
        let book = Book::default();
        assert_eq!(book.accept(1, &push("m"), 10), Acceptance::First);
        assert_eq!(book.accept(1, &push("m"), 20), Acceptance::Again);
        assert_eq!(
            book.accept(
                1,
                &Received {
                    collapse_key: "other",
                    ..push("m")
                },
                30
            ),
            Acceptance::Again
        );
        let summary = ChannelSummary {
            accepted: 3,
            refused: 0,
            unique_recipients: 1,
            duplicates: 2,
        };
        assert_eq!(book.summary(), summary);
        let mut out = Vec::new();
        assert!(book.export(Channel::Push, &mut Cursor::default(), 10, &mut out));
        let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(line["times"], serde_json::json!([10, 20, 30]));
        assert_eq!(line["collapse_key"], "m");
        assert_eq!(line["other_collapse_keys"], serde_json::json!(["other"]));
        assert_eq!(book.last_acceptance(1), Some((30, "token".to_owned())));
    }

    #[test]
    fn tries_are_counted_whether_or_not_the_message_is_taken() {
        let book = Book::default();
        assert_eq!((book.begin(1), book.begin(1)), (1, 2));
        book.accept(1, &push("m"), 1);
        assert_eq!((book.begin(1), book.begin(2)), (3, 1));
        assert_eq!(book.summary().accepted, 1);
    }

    #[test]
    fn an_export_in_pages_has_every_message_once() {
        let book = Book::default();
        for n in 0..1_000_u64 {
            let id = n.to_string();
            book.accept(fingerprint(&id), &push(&id), 1);
        }
        let (mut out, mut cursor) = (Vec::new(), Cursor::default());
        while book.export(Channel::Push, &mut cursor, 7, &mut out) {}
        let text = String::from_utf8(out).unwrap();
        let ids: HashSet<String> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["message_id"].to_string())
            .collect();
        assert_eq!((ids.len(), text.lines().count()), (1_000, 1_000));
    }

    /// A million recipients must fit beside everything else, so a message has at most 300 bytes.
    #[test]
    fn a_message_costs_under_300_bytes() {
        const MESSAGES: u32 = 200_000;
        let resident = || {
            let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
            statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
        };
        let book = Book::default();
        let before = resident();
        for n in 0..MESSAGES {
            let (token, id) = (format!("token-{n:08}"), format!("message-{n:08}"));
            let received = Received {
                recipient: &token,
                body: "Your table is waiting, and 500 points until Sunday.",
                link: "https://example.com/t/abcdef123456",
                title: "We miss you",
                ..push(&id)
            };
            let identity = fingerprint(&id);
            book.begin(identity);
            book.accept(identity, &received, 1);
        }
        let each = (resident() - before) / MESSAGES as usize;
        assert!(each < 300, "{each} bytes a message");
    }
}
