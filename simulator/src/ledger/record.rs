//! One accepted message, packed: at a million messages every word counts.

use serde::Serialize;
use serde_json::value::RawValue;

use super::Channel;

/// A message as a provider's request carries it. A field that the request leaves out is empty.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Received<'a> {
    pub(crate) recipient: &'a str,
    pub(crate) message_id: &'a str,
    pub(crate) title: &'a str,
    /// The push's body or the whole text of an SMS or chat message.
    pub(crate) body: &'a str,
    pub(crate) link: &'a str,
    pub(crate) collapse_key: &'a str,
    /// What else the lane wants to show, as one JSON value; not for `push` and `sms`.
    pub(crate) detail: &'a str,
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
            self.detail,
        ]
    }
}

const FIELDS: usize = 7;
const COLLAPSE_KEY: usize = 5;
const DETAIL: usize = 6;

/// All texts of a message in one allocation, divided by the end of each field.
#[derive(Debug)]
pub(super) struct Record {
    texts: Box<str>,
    ends: [u16; FIELDS],
    /// Whether the collapse key is the message id, as usual, so that it need not be stored twice.
    collapses_by_id: bool,
    first_at_ms: i64,
}

impl Record {
    /// Packs a message. A detail that would make its texts exceed 64 KiB is left out.
    #[expect(clippy::expect_used, reason = "the message says why it cannot fail")]
    pub(super) fn new(received: &Received<'_>, at_ms: i64) -> Self {
        let collapses_by_id = !received.collapse_key.is_empty() && received.collapse_key == received.message_id;
        let mut fields = received.fields();
        if collapses_by_id {
            fields[COLLAPSE_KEY] = "";
        }
        if fields.iter().map(|field| field.len()).sum::<usize>() > usize::from(u16::MAX) {
            fields[DETAIL] = "";
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
        let collapse_key = if self.collapses_by_id {
            message_id
        } else {
            field(COLLAPSE_KEY)
        };
        Received {
            recipient: field(0),
            message_id,
            title: field(2),
            body: field(3),
            link: field(4),
            collapse_key,
            detail: field(DETAIL),
        }
    }
}

/// A line of `GET /_sim/messages`, in the form of the lane.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Line<'a> {
    Push(PushLine<'a>),
    Sms(SmsLine<'a>),
    Other(OtherLine<'a>),
}

impl<'a> Line<'a> {
    pub(super) fn new(
        channel: Channel,
        received: Received<'a>,
        other_collapse_keys: &'a [String],
        times: Vec<i64>,
    ) -> Self {
        match channel {
            Channel::Push => Self::Push(PushLine::new(received, other_collapse_keys, times)),
            Channel::Sms => Self::Sms(SmsLine::new(received, times)),
            _ => Self::Other(OtherLine::new(received, other_collapse_keys, times)),
        }
    }
}

/// A line of `GET /_sim/messages?channel=push`. Times are milliseconds since the epoch, UTC, one for each acceptance.
#[derive(Debug, Serialize)]
pub(super) struct PushLine<'a> {
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
    fn new(received: Received<'a>, other_collapse_keys: &'a [String], times: Vec<i64>) -> Self {
        let Received {
            recipient,
            message_id,
            title,
            body,
            link,
            collapse_key,
            ..
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
pub(super) struct SmsLine<'a> {
    recipient: &'a str,
    message_id: &'a str,
    /// Whom it comes from; stored where others have their title.
    #[serde(skip_serializing_if = "str::is_empty")]
    sender: &'a str,
    text: &'a str,
    times: Vec<i64>,
}

impl<'a> SmsLine<'a> {
    fn new(received: Received<'a>, times: Vec<i64>) -> Self {
        Self {
            recipient: received.recipient,
            message_id: received.message_id,
            sender: received.title,
            text: received.body,
            times,
        }
    }
}

/// A line of `GET /_sim/messages` of any other lane; what a message does not have is left out.
#[derive(Debug, Serialize)]
pub(super) struct OtherLine<'a> {
    recipient: &'a str,
    message_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    link: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    collapse_key: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    other_collapse_keys: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a RawValue>,
    times: Vec<i64>,
}

impl<'a> OtherLine<'a> {
    fn new(received: Received<'a>, other_collapse_keys: &'a [String], times: Vec<i64>) -> Self {
        Self {
            recipient: received.recipient,
            message_id: received.message_id,
            title: received.title,
            text: received.body,
            link: received.link,
            collapse_key: received.collapse_key,
            other_collapse_keys,
            // An empty text is not JSON, so then there is no detail.
            detail: serde_json::from_str(received.detail).ok(),
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
                detail: r#"{"topic":"a.b"}"#,
            };
            let record = Record::new(&received, 5);
            assert_eq!(record.received().fields(), received.fields());
        }
        assert!(size_of::<Record>() <= 40);
    }

    #[test]
    fn a_line_of_another_lane_has_its_detail_and_nothing_empty() {
        let received = Received {
            recipient: "00ff",
            message_id: "m-1",
            body: "Hi",
            detail: r#"{"priority":10}"#,
            ..Received::default()
        };
        let line = |received| serde_json::to_value(Line::new(Channel::Apns, received, &[], vec![1])).unwrap();
        let mut expected = serde_json::json!({"recipient": "00ff", "message_id": "m-1", "text": "Hi", "detail": {"priority": 10}, "times": [1]});
        assert_eq!(line(received), expected);
        expected.as_object_mut().unwrap().remove("detail");
        assert_eq!(line(Received { detail: "", ..received }), expected);
    }

    #[test]
    fn a_detail_that_does_not_fit_is_left_out() {
        let long = format!("\"{}\"", "x".repeat(65_000));
        let received = Received {
            recipient: "00ff",
            body: &"y".repeat(1_000),
            detail: &long,
            ..Received::default()
        };
        assert_eq!(Record::new(&received, 1).received().detail, "");
    }
}
