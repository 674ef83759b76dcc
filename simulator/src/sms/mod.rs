//! SMS gateways' HTTP interfaces: SMSC.ru's (send, price, status, delivery reports), and the sends and reports of others.

mod answer;
mod fault;
mod gateways;
pub(crate) mod parts;
mod reports;
mod request;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use chrono::Utc;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, StatusCode};

use answer::{Format, GatewayError};
use gateways::Gateway;
use reports::{Call, DELIVERED, Report, UNDELIVERABLE};
use request::{Cost, Fields, Send};

use crate::StartError;
use crate::callbacks::{self, Callbacks};
use crate::config::SmsConfig;
use crate::draw::{Draw, fingerprint};
use crate::faults::Fault;
use crate::launch::Launch;
use crate::ledger::{Channel, Received};
use crate::serve::reply::html;
use crate::serve::{self, Provider, Reply, Reset};
use crate::world::{Outcome, World};

const NOT_FOUND: i8 = -3;
const AT_OPERATOR: i8 = 0;

pub(crate) struct Sms {
    world: Arc<World>,
    config: SmsConfig,
    balance_cents: AtomicI64,
    last_id: AtomicU64,
    reports: Callbacks<Call>,
}

impl Provider for Sms {
    async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Reset> {
        let (head, body) = request.into_parts();
        let path = head.uri.path();
        let rest = path.starts_with("/rest/");
        if let Some(gateway) = Gateway::at(path) {
            return self.gateway(gateway, head, body).await;
        }
        let is_send = matches!(path, "/sys/send.php" | "/rest/send/" | "/rest/send");
        if !is_send && !matches!(path, "/sys/status.php" | "/rest/status/" | "/rest/status") {
            return Ok(html(StatusCode::NOT_FOUND, "The page was not found."));
        }
        let content_type = head
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let Some(body) = serve::body(body).await else {
            return Ok(html(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."));
        };
        let fields = Fields::read(head.uri.query().unwrap_or_default(), content_type, &body);
        let format = if rest || fields.get("fmt") == "3" {
            Format::Json
        } else {
            Format::Text
        };
        if !fields.authorized(&self.config) {
            return Ok(self.refuse(format, GatewayError::Credentials));
        }
        if !is_send {
            return Ok(self.status(&fields, format));
        }
        let (outcome, reports_first) = self.send(&fields, format);
        for report in reports_first {
            self.reports.now(Call::Smsc(report)).await;
        }
        outcome.play().await
    }

    fn goaway_after(&self) -> Option<u64> {
        self.world.faults().sms.goaway_after
    }
}

impl Sms {
    /// Opens the gateway.
    pub(crate) async fn open(launch: &mut Launch, addr: SocketAddr, config: &SmsConfig) -> Result<(), StartError> {
        let reports = launch.callbacks(Channel::Sms, &config.reports.callback(), config.reports.secret.clone())?;
        let sms = Arc::new(Self {
            world: launch.world(),
            config: config.clone(),
            balance_cents: AtomicI64::new(config.balance_cents),
            last_id: AtomicU64::default(),
            reports,
        });
        launch.http(Channel::Sms, "sms", addr, sms).await
    }

    fn refuse(&self, format: Format, error: GatewayError) -> Reply {
        self.world.ledger.book(Channel::Sms).refuse();
        format.error(error)
    }

    /// Decides everything about one send; what is accepted is in the ledger before this returns. The reports must be
    /// posted before the reply.
    fn send(&self, fields: &Fields, format: Format) -> (Outcome, Vec<Report>) {
        let send = match Send::read(fields) {
            Ok(send) => send,
            Err(error) => return (Outcome::at_once(self.refuse(format, error)), Vec::new()),
        };
        let cost = self.cost(&send);
        if send.cost == Cost::PriceOnly {
            return (
                Outcome::at_once(format.price(send.parts * send.phones.len(), cost)),
                Vec::new(),
            );
        }
        let id = match send.own_id {
            "" => (self.last_id.fetch_add(1, Ordering::Relaxed) + 1).to_string(),
            own => own.to_owned(),
        };
        if let Some(ordered) = self.world.ordered(Channel::Sms, &send.phones[0]) {
            return (ordered, Vec::new());
        }
        let faults = &self.world.faults().sms;
        let attempt = self.world.attempt(
            Channel::Sms,
            faults,
            self.identity(&send, &id, 0),
            &send.phones[0],
            fault::magic,
        );
        let refusal = match attempt.fault.and_then(|fault| fault::reply(fault, faults, format)) {
            Some(refusal) => Some(refusal),
            None if attempt.is_taken() => self.rejection(attempt.identity, cost).map(|error| format.error(error)),
            None => None,
        };
        if let Some(refusal) = refusal {
            self.world.ledger.book(Channel::Sms).refuse();
            return (attempt.outcome(faults, refusal), Vec::new());
        }
        let mut reports_first = Vec::new();
        if attempt.is_taken() {
            self.balance_cents.fetch_sub(cost, Ordering::Relaxed);
            for nth in 0..send.phones.len() {
                reports_first.extend(self.take(&send, &id, nth, attempt.fault));
            }
        }
        let cost = (send.cost != Cost::Silent).then_some(cost);
        let balance = (send.cost == Cost::PriceAndBalance).then(|| self.balance_cents.load(Ordering::Relaxed));
        let reply = format.sent(&id, send.parts * send.phones.len(), cost, balance);
        (attempt.outcome(faults, reply), reports_first)
    }

    /// The cost in hundredths, for all parts to all phones.
    fn cost(&self, send: &Send<'_>) -> i64 {
        let parts = u32::try_from(send.parts * send.phones.len()).unwrap_or(u32::MAX);
        i64::from(parts) * i64::from(self.config.price_per_part_cents)
    }

    /// The message part of the id identifies the message; in a list of phones each one is separate.
    fn identity(&self, send: &Send<'_>, id: &str, nth: usize) -> u64 {
        let message = message_of(id);
        match send.phones.len() {
            1 => self.world.identity(message),
            _ => self.world.identity(&format!("{message}\u{0}{}", send.phones[nth])),
        }
    }

    /// What in the state of the account forbids accepting a message.
    fn rejection(&self, identity: u64, cost: i64) -> Option<GatewayError> {
        if self.balance_cents.load(Ordering::Relaxed) < cost {
            return Some(GatewayError::NoMoney);
        }
        let window_ms = i64::from(self.config.repeat_window_s) * 1_000;
        let (last_ms, _) = self
            .world
            .ledger
            .book(Channel::Sms)
            .last_acceptance(identity)
            .filter(|_| window_ms > 0)?;
        (Utc::now().timestamp_millis() - last_ms < window_ms).then_some(GatewayError::Busy)
    }

    /// Accepts the message to one phone and returns its report if that must go out before the reply.
    fn take(&self, send: &Send<'_>, id: &str, nth: usize, fault: Option<Fault>) -> Option<Report> {
        let (identity, phone) = (self.identity(send, id, nth), &send.phones[nth]);
        let received = Received {
            recipient: phone,
            message_id: message_of(id),
            title: send.sender,
            body: send.text,
            ..Received::default()
        };
        self.world.take(Channel::Sms, identity, &received, "");
        let key = look_up_key(id, phone);
        self.world.ledger.note_look_up_key(key, Utc::now().timestamp_millis());
        let fate = self.fate(key, phone);
        let report = Report {
            id: id.to_owned(),
            phone: phone.clone(),
            status: fate.status,
        };
        if fault == Some(Fault::ReportFirst) || fate.report_first {
            return Some(report);
        }
        self.reports.after(fate.report_after, Call::Smsc(report));
        None
    }

    /// What becomes of an accepted send: a pure function, so that `status.php` and the report agree.
    fn fate(&self, look_up_key: u64, phone: &str) -> Fate {
        let reports = &self.config.reports;
        let mut draw = Draw::new(self.world.seed, "report", look_up_key, 0);
        let asked = fault::magic(phone).filter(|_| self.world.faults().sms.magic_recipients);
        let undelivered =
            draw.happens(reports.undelivered) || asked.is_some_and(|magic| magic.fault == Fault::Undeliverable);
        let ordered = self.world.ordered_report(Channel::Sms, phone);
        let ordered = ordered.and_then(|told| told.get("status")?.parse().ok());
        Fate {
            status: ordered.unwrap_or(if undelivered { UNDELIVERABLE } else { DELIVERED }),
            report_first: draw.happens(reports.before_reply),
            report_after: callbacks::delay(reports.delay_ms, self.world.seed, look_up_key),
        }
    }

    fn status(&self, fields: &Fields, format: Format) -> Reply {
        let (id, Some(phone)) = (fields.get("id"), request::phone(fields.get("phone"))) else {
            return format.error(GatewayError::Parameters);
        };
        let key = look_up_key(id, &phone);
        let Some(at_ms) = self.world.ledger.look_up(key) else {
            return format.status(NOT_FOUND, 0);
        };
        let fate = self.fate(key, &phone);
        let reported_ms = at_ms + i64::try_from(fate.report_after.as_millis()).unwrap_or(i64::MAX / 2);
        if Utc::now().timestamp_millis() < reported_ms {
            return format.status(AT_OPERATOR, at_ms / 1_000);
        }
        format.status(fate.status, reported_ms / 1_000)
    }
}

struct Fate {
    status: i8,
    report_first: bool,
    report_after: Duration,
}

/// A sender that numbers its tries writes `<message>-<try>`, the try in base 36: if a second try is accepted, the SMS
/// was sent twice.
pub(crate) fn message_of(id: &str) -> &str {
    let base_36 = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    match id.rsplit_once('-') {
        Some((message, nth)) if !message.is_empty() && nth.bytes().all(base_36) => message,
        _ => id,
    }
}

/// The key of `status.php`: the whole id and the phone.
fn look_up_key(id: &str, phone: &str) -> u64 {
    fingerprint(&format!("{id}\u{0}{phone}"))
}

#[cfg(test)]
mod tests {
    use super::message_of;

    #[test]
    fn the_number_of_the_try_is_no_part_of_the_message() {
        let cases = [
            ("3kTMd8aZ01x-1c", "3kTMd8aZ01x"),
            ("abc", "abc"),
            ("17", "17"),
            ("a-b-3", "a-b"),
            ("a-B", "a-B"),
            ("-5", "-5"),
        ];
        for (id, message) in cases {
            assert_eq!(message_of(id), message, "{id}");
        }
    }
}
