//! The sends of Twilio, SMS.ru and Kannel: enough of each interface to accept or refuse a client. They use the
//! account and ledger of SMSC.ru. Other errors of theirs are ordered (`PUT /_sim/answers`).

pub(super) mod kannel;
pub(super) mod sms_ru;
pub(super) mod twilio;

use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;

use super::reports::Call;
use super::request::Fields;
use super::{Sms, fault, message_of};
use crate::answers::Told;
use crate::callbacks;
use crate::draw::fingerprint;
use crate::faults::Fault;
use crate::ledger::{Channel, Received};
use crate::serve::{self, Reply, Reset};
use crate::world::Outcome;

/// The gateway whose interface a request uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gateway {
    Twilio,
    SmsRu,
    Kannel,
}

impl Gateway {
    pub(super) fn at(path: &str) -> Option<Self> {
        match path {
            "/sms/send" => Some(Self::SmsRu),
            "/cgi-bin/sendsms" => Some(Self::Kannel),
            path if twilio::account(path).is_some() => Some(Self::Twilio),
            _ => None,
        }
    }
}

/// A message as the ledger keeps it.
struct Message<'m> {
    /// Digits.
    phone: &'m str,
    text: &'m str,
    /// The client's id with the number of the try; empty if the gateway has no such id.
    own_id: &'m str,
    /// The gateway's id.
    id: &'m str,
}

/// What is reported about a message.
struct Fate {
    /// The fields that are ordered.
    ordered: Told,
    undelivered: bool,
}

impl Fate {
    /// An ordered field, or else one of the usual values.
    fn field(&self, name: &str, [delivered, undelivered]: [&str; 2]) -> String {
        let usual = if self.undelivered { undelivered } else { delivered };
        self.ordered.get(name).map_or(usual, String::as_str).to_owned()
    }
}

impl Sms {
    pub(super) async fn gateway(&self, gateway: Gateway, head: Parts, body: Incoming) -> Result<Reply, Reset> {
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let body = serve::body(body).await.unwrap_or_default();
        let query = head.uri.query().unwrap_or_default();
        let fields = Fields::read(query, content_type.unwrap_or_default(), &body);
        let outcome = match gateway {
            Gateway::Twilio => self.twilio(&head, &fields),
            Gateway::SmsRu => self.sms_ru(&fields),
            Gateway::Kannel => self.kannel(&fields),
        };
        outcome.play().await
    }

    fn refused(&self, reply: Reply) -> Outcome {
        self.world.ledger.book(Channel::Sms).refuse();
        Outcome::at_once(reply)
    }

    /// Accepts a message or refuses it; `report` writes the call that reports it, if there is an address.
    fn handle(&self, message: &Message<'_>, reply: Reply, report: impl FnOnce(Fate) -> Option<Call>) -> Outcome {
        if let Some(ordered) = self.world.ordered(Channel::Sms, message.phone) {
            return ordered;
        }
        let identity = match message.own_id {
            "" => fingerprint(&format!("{}\u{0}{}", message.phone, message.text)),
            own => self.world.identity(message_of(own)),
        };
        let faults = &self.world.faults().sms;
        let attempt = self
            .world
            .attempt(Channel::Sms, faults, identity, message.phone, fault::magic);
        if let Some(page) = attempt.fault.and_then(|fault| fault::page(fault, faults)) {
            self.world.ledger.book(Channel::Sms).refuse();
            return attempt.outcome(faults, page);
        }
        if attempt.is_taken() {
            let received = Received {
                recipient: message.phone,
                message_id: if message.own_id.is_empty() {
                    message.id
                } else {
                    message_of(message.own_id)
                },
                body: message.text,
                ..Received::default()
            };
            self.world.take(Channel::Sms, identity, &received, "");
            let fate = Fate {
                ordered: self
                    .world
                    .ordered_report(Channel::Sms, message.phone)
                    .unwrap_or_default(),
                undelivered: attempt.fault == Some(Fault::Undeliverable),
            };
            let wait = callbacks::delay(self.config.reports.delay_ms, self.world.seed, identity);
            report(fate).into_iter().for_each(|call| self.reports.after(wait, call));
        }
        attempt.outcome(faults, reply)
    }
}
