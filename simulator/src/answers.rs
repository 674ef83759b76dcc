//! Exact answers to chosen recipients, as `PUT /_sim/answers` orders them: any answer that a provider documents,
//! without having a name here. They take precedence over magic recipients and chance.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use crate::faults::Fault;
use crate::ledger::Channel;
use crate::serve::Reply;
use crate::serve::reply::{HTML, JSON, TEXT, reply};

/// One order: what happens to requests about a recipient of a lane. It has exactly one of `status`, `fault` and
/// `report`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    channel: Channel,
    /// As the lane knows it; for a phone its digits. FCM's token endpoint is known by its path, an SMPP bind by its
    /// `system_id`, WAHA's number check by `check-exists/` and the digits.
    recipient: String,
    /// The HTTP status, or the `command_status` of SMPP.
    pub(crate) status: Option<u32>,
    /// HTTP headers, beside the type of the body.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// A text is sent as it is, null as an empty body, anything else as JSON.
    #[serde(default)]
    body: Value,
    fault: Option<Ending>,
    /// The message is accepted, and this is reported about it: the fields of the lane's reports.
    pub(crate) report: Option<Told>,
    /// Milliseconds before the answer.
    #[serde(default)]
    pub(crate) after_ms: u64,
    /// How many requests the order applies to, counted from the first; all if absent.
    times: Option<u32>,
}

/// The fields of a report by their names.
pub(crate) type Told = BTreeMap<String, String>;

/// An ending that is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ending {
    ResetBefore,
    ResetAfter,
    LostReply,
    Slow,
}

impl Ending {
    fn fault(self) -> Fault {
        match self {
            Self::ResetBefore => Fault::ResetBefore,
            Self::ResetAfter => Fault::ResetAfter,
            Self::LostReply => Fault::LostReply,
            Self::Slow => Fault::Slow,
        }
    }
}

impl Order {
    /// What is wrong with it, if anything.
    fn problem(&self) -> Option<String> {
        let given = [self.status.is_some(), self.fault.is_some(), self.report.is_some()];
        let what = if given.into_iter().filter(|given| *given).count() != 1 {
            "give one of status, fault and report".to_owned()
        } else if self.channel != Channel::Smpp && self.status.is_some_and(|status| http(status).is_none()) {
            "status is not one of HTTP".to_owned()
        } else {
            let bad = self
                .headers
                .iter()
                .find(|(name, value)| header(name, value).is_none())?;
            format!("{} is not a header", bad.0)
        };
        Some(format!("{} {}: {what}", self.channel.name(), self.recipient))
    }

    pub(crate) fn reply(&self) -> Option<Reply> {
        let status = http(self.status?)?;
        let (content_type, body) = match &self.body {
            Value::Null => (TEXT, String::new()),
            Value::String(page) if page.trim_start().starts_with('<') => (HTML, page.clone()),
            Value::String(text) => (TEXT, text.clone()),
            json => (JSON, json.to_string()),
        };
        let mut reply = reply(status, content_type, body);
        for (name, value) in self.headers.iter().filter_map(|(name, value)| header(name, value)) {
            reply.headers_mut().insert(name, value);
        }
        Some(reply)
    }
}

fn http(status: u32) -> Option<StatusCode> {
    StatusCode::from_u16(u16::try_from(status).ok()?).ok()
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((name.parse().ok()?, value.parse().ok()?))
}

/// The orders in force.
#[derive(Debug, Default)]
pub(crate) struct Answers(RwLock<HashMap<(Channel, String), Arc<InForce>>>);

#[derive(Debug)]
struct InForce {
    order: Order,
    given: AtomicU32,
}

impl Answers {
    /// Replaces all orders.
    ///
    /// # Errors
    /// When one is impossible; then the old ones stay.
    pub(crate) fn replace(&self, orders: Vec<Order>) -> Result<(), String> {
        if let Some(problem) = orders.iter().find_map(Order::problem) {
            return Err(problem);
        }
        let in_force = orders.into_iter().map(|order| {
            let key = (order.channel, bare(&order.recipient).to_owned());
            let given = AtomicU32::new(0);
            (key, Arc::new(InForce { order, given }))
        });
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = in_force.collect();
        Ok(())
    }

    /// The fault that is ordered for a message to this recipient instead of an answer.
    pub(crate) fn fault(&self, channel: Channel, recipient: &str) -> Option<Fault> {
        self.next(channel, recipient, |order| order.fault.map(Ending::fault))
    }

    /// The order for a recipient, if it is of the wanted kind and not used up; counts it as used.
    pub(crate) fn next<T>(&self, channel: Channel, recipient: &str, wanted: impl Fn(&Order) -> Option<T>) -> Option<T> {
        let orders = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if orders.is_empty() {
            return None;
        }
        let found = orders.get(&(channel, bare(recipient).to_owned()))?;
        let wanted = wanted(&found.order)?;
        let before = found.given.fetch_add(1, Ordering::Relaxed);
        found.order.times.is_none_or(|times| before < times).then_some(wanted)
    }
}

/// A phone by its digits, however the lane writes it.
fn bare(recipient: &str) -> &str {
    let recipient = recipient.strip_suffix("@c.us").unwrap_or(recipient);
    recipient.strip_prefix('+').unwrap_or(recipient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn orders(orders: Value) -> Answers {
        let answers = Answers::default();
        answers.replace(serde_json::from_value(orders).unwrap()).unwrap();
        answers
    }

    #[test]
    fn an_order_is_given_so_often_and_to_its_recipient_only() {
        let answers = orders(json!([{"channel": "waha", "recipient": "79990000001", "status": 466, "times": 2}]));
        let next = |channel, recipient| answers.next(channel, recipient, |order| order.status);
        assert_eq!(next(Channel::GreenApi, "79990000001"), None);
        assert_eq!(next(Channel::Waha, "79990000002"), None);
        assert_eq!(next(Channel::Waha, "79990000001@c.us"), Some(466));
        assert_eq!(next(Channel::Waha, "+79990000001"), Some(466));
        assert_eq!(next(Channel::Waha, "79990000001"), None);
    }

    #[test]
    fn a_question_of_another_kind_uses_nothing_up() {
        let answers = orders(json!([{"channel": "sms", "recipient": "7", "report": {"status": "22"}, "times": 1}]));
        assert_eq!(answers.next(Channel::Sms, "7", Order::reply).map(|_| ()), None);
        let told = answers.next(Channel::Sms, "7", |order| order.report.clone());
        assert_eq!(told, Some(Told::from([("status".to_owned(), "22".to_owned())])));
    }

    #[test]
    fn impossible_orders_are_named() {
        for (order, problem) in [
            (json!({"channel": "push", "recipient": "t"}), "one of"),
            (
                json!({"channel": "push", "recipient": "t", "status": 200, "fault": "slow"}),
                "one of",
            ),
            (
                json!({"channel": "push", "recipient": "t", "status": 99}),
                "not one of HTTP",
            ),
            (
                json!({"channel": "push", "recipient": "t", "status": 200, "headers": {"a b": "c"}}),
                "not a header",
            ),
        ] {
            let order: Order = serde_json::from_value(order).unwrap();
            assert!(order.problem().unwrap().contains(problem), "{order:?}");
        }
        let smpp = json!({"channel": "smpp", "recipient": "7", "status": 0x400_u32});
        let smpp: Order = serde_json::from_value(smpp).unwrap();
        assert_eq!(smpp.problem(), None);
    }

    #[test]
    fn a_body_is_text_a_page_json_or_nothing() {
        for (body, content_type, written) in [
            (json!("0: Accepted"), TEXT, "0: Accepted"),
            (json!("<html>"), HTML, "<html>"),
            (json!({"reason": "x"}), JSON, "{\"reason\":\"x\"}"),
            (Value::Null, TEXT, ""),
        ] {
            let order = json!({"channel": "sms", "recipient": "7", "status": 202, "body": body});
            let order: Order = serde_json::from_value(order).unwrap();
            let reply = order.reply().unwrap();
            assert_eq!(reply.headers()[hyper::header::CONTENT_TYPE], content_type);
            assert_eq!(
                format!("{:?}", reply.body()),
                format!("{:?}", http_body_util::Full::new(bytes::Bytes::from(written)))
            );
        }
    }
}
