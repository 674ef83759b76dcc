//! An operator's SMSC over SMPP 3.4: sessions, submissions, receipts, guests' messages.
//!
//! SMPP has no id set by the sender, so a message is recognised by its recipient and its whole text.

mod config;
mod pdu;
mod receipts;
mod session;
mod status;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};

pub use config::{IdForm, SmppConfig, SmppReceipts};

use pdu::{Bind, Deliver, Dress, Pdu, RESPONSE, Submit, named, write};
use receipts::{Ended, Lines, Receipts};
use session::Line;
use status::{Status, magic, refusal};
use text::{Assembly, Segment, segment, to_wide};

use crate::draw::{Draw, fingerprint};
use crate::error::StartError;
use crate::faults::Fault;
use crate::launch::Launch;
use crate::ledger::{Channel, Received};
use crate::serve::{Conversation, Reset};
use crate::world::World;

const RECEIPT_ASKED: u8 = 0x03;
const UCS_2: u8 = 8;
/// How many octets of a text the ledger keeps.
const LONGEST_TEXT: usize = 60_000;

pub(crate) struct Smpp {
    world: Arc<World>,
    config: SmppConfig,
    bound: AtomicUsize,
    last_id: AtomicU32,
    assembly: Assembly,
    lines: Arc<Lines>,
    receipts: Receipts,
}

/// How a submission is answered.
enum Submission {
    Answered(Bytes),
    Later(BoxFuture<'static, Result<Option<Bytes>, Reset>>),
}

impl Conversation for Smpp {
    async fn converse<S>(self: Arc<Self>, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        session::converse(self, stream).await;
    }
}

impl Smpp {
    /// Opens the SMSC.
    pub(crate) async fn open(launch: &mut Launch, config: &SmppConfig) -> Result<(), StartError> {
        let lines = Arc::new(Lines::default());
        let smpp = Arc::new(Self {
            world: launch.world(),
            config: config.clone(),
            bound: AtomicUsize::new(0),
            last_id: AtomicU32::new(0),
            assembly: Assembly::default(),
            receipts: Receipts::start(config, Arc::clone(&lines), launch.stop(), &launch.tasks()),
            lines,
        });
        let admin = Router::new()
            .route("/_sim/smpp/inbound", post(inbound))
            .route("/_sim/smpp/incomplete", get(incomplete))
            .with_state(Arc::clone(&smpp));
        launch.admin(admin);
        launch.converse(Channel::Smpp, "smpp", config.addr, smpp).await
    }

    /// The status of a bind; 0 counts it.
    fn admit(&self, bind: &Bind) -> u32 {
        let ordered = self.world.ordered_status(&bind.system_id);
        let status = if let Some(status) = self.config.refuse_binds_with.or(ordered) {
            return status;
        } else if bind.system_id != self.config.system_id && !self.config.more_system_ids.contains(&bind.system_id) {
            Status::InvalidSystemId
        } else if bind.password != self.config.password.expose_secret() {
            Status::InvalidPassword
        } else if self.bound.fetch_add(1, Ordering::SeqCst) >= self.config.max_binds.unwrap_or(usize::MAX) {
            self.part();
            Status::BindFailed
        } else {
            Status::Ok
        };
        status as u32
    }

    /// Counts the end of a bound session.
    fn part(&self) {
        self.bound.fetch_sub(1, Ordering::SeqCst);
    }

    fn hears(&self, line: Line) {
        self.lines.add(line);
    }

    fn refuse(&self) {
        self.world.ledger.book(Channel::Smpp).refuse();
    }

    /// Decides everything about a submission; what is accepted is in the ledger before this returns.
    fn submit(&self, pdu: &Pdu, account: &Arc<str>) -> Submission {
        let read = Submit::read(&pdu.body).ok_or(Status::InvalidTlvStream);
        let read = read.and_then(|submit| {
            check(&submit)?;
            let segment = segment(&submit, self.config.packed)?;
            Ok((submit, segment))
        });
        match read {
            Ok((submit, segment)) => self.attempt(pdu, account, submit, &segment),
            Err(status) => {
                self.refuse();
                Submission::Answered(named(pdu, status as u32, ""))
            }
        }
    }

    fn attempt(&self, pdu: &Pdu, account: &Arc<str>, submit: Submit, segment: &Segment) -> Submission {
        if let Some(status) = self.world.ordered_status(&submit.destination) {
            self.refuse();
            return Submission::Answered(named(pdu, status, ""));
        }
        let faults = &self.world.faults().smpp;
        let number = segment.of.map_or(0, |of| of.number);
        let identity = match segment.of {
            None => identity(&submit.destination, &segment.text),
            // The reference is different at each try.
            Some(_) => fingerprint(&format!("{}\u{0}{number}\u{0}{}", submit.destination, segment.text)),
        };
        let attempt = self
            .world
            .attempt(Channel::Smpp, faults, identity, &submit.destination, magic);
        if let Some((id, status)) = attempt.fault.and_then(refusal) {
            self.refuse();
            let id = id.unwrap_or(pdu.id | RESPONSE);
            let answer = write(id, status as u32, pdu.sequence, &[]);
            return later(attempt.outcome(faults, Some(answer)).play());
        }
        let lost = attempt.fault == Some(Fault::LostReply);
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let first = if attempt.is_taken() {
            self.take(account, &submit, segment, id, attempt.fault)
        } else {
            None
        };
        if lost {
            return later(async { Ok(None) });
        }
        let answer = named(pdu, 0, &self.config.answer_ids.write(id));
        let outcome = attempt.outcome(faults, Some(answer));
        let lines = Arc::clone(&self.lines);
        later(async move {
            if let Some(receipt) = first {
                lines.tell(&receipt).await;
            }
            outcome.play().await
        })
    }

    /// Accepts a segment and, with the last one, the message. Returns the receipt that must go out before the answer.
    fn take(
        &self,
        account: &Arc<str>,
        submit: &Submit,
        segment: &Segment,
        id: u32,
        fault: Option<Fault>,
    ) -> Option<Deliver> {
        if let Some(text) = self.assembly.add(submit, segment) {
            let detail = json!({
                "source": submit.source,
                "data_coding": submit.data_coding,
                "parts": segment.of.map_or(1, |of| of.total),
            });
            let received = Received {
                recipient: &submit.destination,
                message_id: &self.config.answer_ids.write(id),
                // Records of the ledger hold a little less than 64 KiB.
                body: &text[..text.floor_char_boundary(LONGEST_TEXT)],
                detail: &detail.to_string(),
                ..Received::default()
            };
            let identity = identity(&submit.destination, &text);
            self.world.take(Channel::Smpp, identity, &received, "");
        }
        if submit.registered_delivery & RECEIPT_ASKED == 0 {
            return None;
        }
        let receipts = &self.config.receipts;
        let mut draw = Draw::new(self.world.seed, "receipt", u64::from(id), 0);
        let delivered = !draw.happens(receipts.undelivered) && fault != Some(Fault::Undeliverable);
        let ended = match self.world.ordered_report(Channel::Smpp, &submit.destination) {
            Some(told) => Ended::ordered(&told),
            None => Ended::by_chance(delivered),
        };
        let first = draw.happens(receipts.before_answer) || fault == Some(Fault::ReportFirst);
        let wait = Duration::from_millis(draw.between(receipts.delay_ms[0], receipts.delay_ms[1]));
        let receipt = receipts::receipt(&self.config, account, submit, id, &ended);
        if first {
            return Some(receipt);
        }
        self.receipts.after(wait, receipt);
        None
    }
}

fn identity(recipient: &str, text: &str) -> u64 {
    fingerprint(&format!("{recipient}\u{0}{text}"))
}

/// An answer that is ready is given at once, so that answers keep the order of the requests.
fn later(answer: impl Future<Output = Result<Option<Bytes>, Reset>> + Send + 'static) -> Submission {
    let mut answer = answer.boxed();
    match (&mut answer).now_or_never() {
        Some(Ok(Some(octets))) => Submission::Answered(octets),
        Some(ended) => Submission::Later(std::future::ready(ended).boxed()),
        None => Submission::Later(answer),
    }
}

/// What an SMSC checks before the text.
fn check(submit: &Submit) -> Result<(), Status> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let is_name = submit.source_ton == 5;
    if submit.source.is_empty() || (is_name && submit.source.len() > 11) || (!is_name && !digits(&submit.source)) {
        return Err(Status::InvalidSource);
    }
    if !digits(&submit.destination) || !(10..=15).contains(&submit.destination.len()) {
        return Err(Status::InvalidDestination);
    }
    // `YYMMDDhhmmsstnnp` (§7.1.1).
    let validity = submit.validity.as_bytes();
    let is_time = match validity {
        [] => true,
        [time @ .., b'R'] if time.len() == 15 => time.iter().all(u8::is_ascii_digit) && time.ends_with(b"000"),
        [time @ .., b'+' | b'-'] if time.len() == 15 => time.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if is_time { Ok(()) } else { Err(Status::InvalidExpiry) }
}

/// A message that a guest writes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inbound {
    /// As the operator writes it: a plus is left out.
    from: String,
    to: String,
    /// At most 70 UTF-16 units.
    #[serde(default)]
    text: String,
    /// Octets in hex, instead of the text.
    octets: Option<String>,
    #[serde(default = "ucs_2")]
    data_coding: u8,
    #[serde(default)]
    esm_class: u8,
    #[serde(default = "one")]
    ton: u8,
    #[serde(default = "one")]
    npi: u8,
    #[serde(default)]
    data_sm: bool,
    /// Octets after everything else, in hex: valid or broken TLVs.
    #[serde(default)]
    behind: String,
}

fn ucs_2() -> u8 {
    UCS_2
}
fn one() -> u8 {
    1
}

/// Answers 204 once a client has acknowledged it, 503 if none has, 422 if something is not hex.
async fn inbound(State(smpp): State<Arc<Smpp>>, Json(inbound): Json<Inbound>) -> StatusCode {
    let octets = inbound.octets.as_deref().map(hex::decode).transpose();
    let (Ok(octets), Ok(behind)) = (octets, hex::decode(&inbound.behind)) else {
        return StatusCode::UNPROCESSABLE_ENTITY;
    };
    let deliver = Deliver {
        account: None,
        source: inbound.from.trim_start_matches('+').to_owned(),
        destination: inbound.to,
        esm_class: inbound.esm_class,
        data_coding: inbound.data_coding,
        text: octets.unwrap_or_else(|| to_wide(&inbound.text)),
        receipt: None,
        dress: Dress {
            ton: inbound.ton,
            npi: inbound.npi,
            data_sm: inbound.data_sm,
            behind,
        },
    };
    if smpp.lines.tell(&deliver).await {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

/// Tells how many messages lack a part.
async fn incomplete(State(smpp): State<Arc<Smpp>>) -> Json<Value> {
    Json(json!({"incomplete": smpp.assembly.incomplete()}))
}
