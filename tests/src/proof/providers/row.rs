//! A row of the conformance table: a provider's answer, and what must follow from it.

use serde_json::{Map, Value, json};

use super::then::Then;

/// How long an SMPP sender pauses after RTHROTTLED, in seconds; with the rate of a real contract it would be one. As long as the
/// section allows, so that it still pauses when a busy machine comes to look.
pub(super) const THROTTLE_PAUSE: i64 = 60;

/// One answer of a provider.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The row of `tests/data/provider-errors.tsv` that this one plays.
    pub code: &'static str,
    /// What distinguishes it from other cases of the same row; may be empty.
    pub case: &'static str,
    pub answer: Answer,
    pub then: Then,
    /// What the reason that Bellhop records must contain; nothing if empty.
    pub says: &'static str,
    pub crowd: Crowd,
    pub aim: Aim,
    /// The answer for another guest of the same mailing, so that its run is not finished when the reports come.
    pub kept_open_by: Option<Answer>,
}

/// Which request the answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    /// The send to each of the row's guests.
    Send,
    /// Before a send: the exchange of FCM's key, the bind of SMPP. Such a row has an organisation of its own.
    Account,
    /// WAHA's question whether the number has WhatsApp.
    NumberCheck,
}

/// Whom the mailing of a row reaches beside the row's own guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crowd {
    /// As the row's consequence requires; see [`Then::guests`].
    Usual,
    /// The same mailing also goes to this many others, who are answered before, in an organisation of its own.
    With(usize),
    /// The same by an earlier mailing.
    Before(usize),
    /// The row's own guests are this many, in an organisation of their own.
    Of(usize),
}

/// The answer that is ordered from the simulator, and its words for a reader.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub shown: String,
    order: Map<String, Value>,
}

impl Answer {
    /// An HTTP answer; a text is sent as it is.
    pub fn http(status: u16, body: impl Into<Value>) -> Self {
        let body: Value = body.into();
        Self::new(status.to_string(), json!({ "status": status, "body": body }))
    }

    /// A `command_status` of SMPP.
    pub fn status(status: u32) -> Self {
        Self::new(format!("0x{status:02X}"), json!({ "status": status }))
    }

    /// No answer: `reset_before`, `reset_after` or `lost_reply`.
    pub fn ending(fault: &str) -> Self {
        Self::new(fault.replace('_', " "), json!({ "fault": fault }))
    }

    /// The message is accepted, and this is reported about it.
    pub fn report(fields: &[(&str, &str)]) -> Self {
        let told: Vec<_> = fields.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let fields: Map<_, _> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        Self::new(
            format!("taken; reported: {}", told.join(", ")),
            json!({ "report": fields }),
        )
    }

    /// The message is accepted, and nothing is ordered.
    pub fn taken(shown: &str) -> Self {
        Self::new(shown.to_owned(), json!({}))
    }

    fn new(shown: String, order: Value) -> Self {
        let order = match order {
            Value::Object(order) => order,
            _ => Map::new(),
        };
        Self { shown, order }
    }

    /// The words for a reader, instead of the status.
    pub fn shown(mut self, shown: impl Into<String>) -> Self {
        self.shown = shown.into();
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        let headers = self.order.entry("headers").or_insert_with(|| json!({}));
        headers[name] = json!(value);
        if name == "retry-after" {
            self.shown.push_str(&format!(", Retry-After: {value}"));
        }
        self
    }

    /// Waits before it answers, so that others are answered first.
    pub fn after_ms(mut self, wait: u64) -> Self {
        self.order.insert("after_ms".to_owned(), json!(wait));
        self
    }

    /// The simulator's order for a recipient of a lane; `None` if there is nothing to order.
    pub fn order(&self, lane: &str, recipient: &str, once: bool) -> Option<Value> {
        if self.order.is_empty() {
            return None;
        }
        // A body may name the recipient.
        let own = Value::Object(self.order.clone())
            .to_string()
            .replace("{recipient}", recipient);
        let mut order: Map<String, Value> = serde_json::from_str(&own).ok()?;
        order.insert("channel".to_owned(), json!(lane));
        order.insert("recipient".to_owned(), json!(recipient));
        if once {
            order.insert("times".to_owned(), json!(1));
        }
        Some(Value::Object(order))
    }

    /// Whether the message is accepted and reported on later.
    pub fn is_report(&self) -> bool {
        self.order.contains_key("report")
    }
}

/// A row whose code is part of the reason.
pub(super) fn row(code: &'static str, answer: Answer, then: Then) -> Row {
    Row {
        code,
        case: "",
        says: if then.has_reason() { code } else { "" },
        answer,
        then,
        crowd: Crowd::Usual,
        aim: Aim::Send,
        kept_open_by: None,
    }
}

impl Row {
    pub fn case(mut self, case: &'static str) -> Self {
        self.case = case;
        self
    }

    /// The reason contains these words instead of the code.
    pub fn says(mut self, words: &'static str) -> Self {
        self.says = words;
        self
    }

    /// Plays it while the same mailing reaches others with success.
    pub fn with(mut self, others: usize) -> Self {
        self.crowd = Crowd::With(others);
        self.answer = self.answer.after_ms(1_500);
        self
    }

    /// Plays it after another mailing has reached others with success.
    pub fn before(mut self, others: usize) -> Self {
        self.crowd = Crowd::Before(others);
        self
    }

    /// Plays it in a run that another guest's answer keeps open.
    pub fn kept_open_by(mut self, answer: Answer) -> Self {
        self.kept_open_by = Some(answer);
        self
    }

    pub fn aim(mut self, aim: Aim) -> Self {
        self.aim = aim;
        self
    }

    /// How many guests get the answer.
    pub fn guests(&self) -> usize {
        match self.crowd {
            Crowd::Of(guests) => guests,
            _ => self.then.guests(),
        }
    }

    /// Whether it has an organisation of its own.
    pub fn is_apart(&self) -> bool {
        self.then.needs_own_sender() || self.crowd != Crowd::Usual || self.aim == Aim::Account
    }

    /// Plays it with this many guests at once.
    pub fn of(mut self, guests: usize) -> Self {
        self.crowd = Crowd::Of(guests);
        self
    }
}
