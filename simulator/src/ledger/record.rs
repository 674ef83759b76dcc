//! One accepted message, packed: at a million messages every word counts.

use serde::{Deserialize, Serialize};

/// The two simulated channels, by their names in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Channel {
    Push,
    Sms,
}

/// A message as a provider's request carries it. A field that the request leaves out is empty.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Received<'a> {
    pub(crate) recipient: &'a str,
    pub(crate) message_id: &'a str,
    pub(crate) title: &'a str,
    /// The push's body or the whole text of an SMS.
    pub(crate) body: &'a str,
    pub(crate) link: &'a str,
    pub(crate) collapse_key: &'a str,
}

impl<'a> Received<'a> {
    fn fields(&self) -> [&'a str; FIELDS] {
        [
            self.recipient,
            self.message_id,
            self.title,
            self.body,
            self.link,
            self.collapse_key,
        ]
    }
}

const FIELDS: usize = 6;

/// All texts of a message in one allocation, cut by the end of each field.
#[derive(Debug)]
pub(super) struct Record {
    texts: Box<str>,
    ends: [u16; FIELDS],
    /// The usual collapse key is the message id; then it is not stored twice.
    collapses_by_id: bool,
    first_at_ms: i64,
}

impl Record {
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    pub(super) fn new(received: &Received<'_>, at_ms: i64) -> Self {
        let collapses_by_id = !received.collapse_key.is_empty() && received.collapse_key == received.message_id;
        let mut fields = received.fields();
        if collapses_by_id {
            fields[FIELDS - 1] = "";
        }
        let mut end = 0_usize;
        let ends = fields.map(|field| {
            end += field.len();
            u16::try_from(end).expect("request bodies over 64 KiB are refused, and decoding only shrinks them")
        });
        Self {
            texts: fields.concat().into_boxed_str(),
            ends,
            collapses_by_id,
            first_at_ms: at_ms,
        }
    }

    pub(super) fn first_at_ms(&self) -> i64 {
        self.first_at_ms
    }

    pub(super) fn received(&self) -> Received<'_> {
        let field = |n: usize| {
            let start = if n == 0 { 0 } else { self.ends[n - 1] };
            &self.texts[usize::from(start)..usize::from(self.ends[n])]
        };
        let message_id = field(1);
        let collapse_key = if self.collapses_by_id { message_id } else { field(5) };
        Received {
            recipient: field(0),
            message_id,
            title: field(2),
            body: field(3),
            link: field(4),
            collapse_key,
        }
    }
}

/// A line of `GET /_sim/messages?channel=push`. Times are milliseconds since the epoch, UTC, one for each acceptance.
#[derive(Debug, Serialize)]
pub(crate) struct PushLine<'a> {
    recipient: &'a str,
    message_id: &'a str,
    title: &'a str,
    body: &'a str,
    link: &'a str,
    collapse_key: &'a str,
    /// Keys of later acceptances that differ from the first; empty in a healthy run.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    other_collapse_keys: &'a [String],
    times: Vec<i64>,
}

impl<'a> PushLine<'a> {
    pub(super) fn new(received: Received<'a>, other_collapse_keys: &'a [String], times: Vec<i64>) -> Self {
        let Received {
            recipient,
            message_id,
            title,
            body,
            link,
            collapse_key,
        } = received;
        Self {
            recipient,
            message_id,
            title,
            body,
            link,
            collapse_key,
            other_collapse_keys,
            times,
        }
    }
}

/// A line of `GET /_sim/messages?channel=sms`.
#[derive(Debug, Serialize)]
pub(crate) struct SmsLine<'a> {
    recipient: &'a str,
    message_id: &'a str,
    text: &'a str,
    times: Vec<i64>,
}

impl<'a> SmsLine<'a> {
    pub(super) fn new(received: Received<'a>, times: Vec<i64>) -> Self {
        Self {
            recipient: received.recipient,
            message_id: received.message_id,
            text: received.body,
            times,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_gives_back_what_it_was_made_of_and_is_small() {
        for collapse_key in ["", "m-1", "own"] {
            let received = Received {
                recipient: "token",
                message_id: "m-1",
                title: "Привет",
                body: "",
                link: "https://x",
                collapse_key,
            };
            let record = Record::new(&received, 5);
            assert_eq!(record.received().fields(), received.fields());
        }
        assert!(size_of::<Record>() <= 40);
    }
}
