//! One connection of a client: binds, submissions with their faults, deliveries from the SMSC, the end.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::codec::FramedRead;

use super::pdu::{
    BIND_RECEIVER, BIND_TRANSCEIVER, BIND_TRANSMITTER, Bind, Codec, DATA_SM, DELIVER_SM, Deliver, ENQUIRE_LINK,
    GENERIC_NACK, Pdu, RESPONSE, SUBMIT_SM, UNBIND, empty, named, write,
};
use super::status::Status;
use super::{Smpp, Submission};
use crate::serve::Reset;

/// How long a client has to answer a delivery.
const DELIVER_WAIT: Duration = Duration::from_secs(10);

/// A bound connection over which the SMSC may send.
#[derive(Clone)]
pub(super) struct Line {
    /// The bound `system_id`; empty before the bind.
    account: Arc<str>,
    out: mpsc::UnboundedSender<Bytes>,
    waiting: Arc<Mutex<HashMap<u32, oneshot::Sender<u32>>>>,
    sequence: Arc<AtomicU32>,
}

impl Line {
    /// Sends it and waits for the answer; true if the client has stored it.
    pub(super) async fn tell(&self, deliver: &Deliver) -> bool {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) & 0x7FFF_FFFF;
        let (answer, answered) = oneshot::channel();
        self.waiting().insert(sequence, answer);
        if self.out.send(deliver.write(sequence)).is_err() {
            return false;
        }
        let answered = timeout(DELIVER_WAIT, answered).await;
        self.waiting().remove(&sequence);
        matches!(answered, Ok(Ok(0)))
    }

    /// Whether something for this account may be sent here.
    pub(super) fn is_of(&self, account: Option<&str>) -> bool {
        account.is_none_or(|account| *self.account == *account)
    }

    pub(super) fn is_open(&self) -> bool {
        !self.out.is_closed()
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u32, oneshot::Sender<u32>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bound {
    submits: bool,
}

/// What follows a PDU.
enum Then {
    Go,
    /// After what is to be written.
    End,
}

/// An answer under way; `None` if it is lost.
type Answer = BoxFuture<'static, Result<Option<Bytes>, Reset>>;

pub(super) struct Session {
    smpp: Arc<Smpp>,
    line: Line,
    bound: Option<Bound>,
    answers: FuturesUnordered<Answer>,
    /// The current second and what was submitted in it.
    pace: (Instant, u32),
}

/// Talks on one connection until it ends.
pub(super) async fn converse<S: AsyncRead + AsyncWrite + Unpin>(smpp: Arc<Smpp>, stream: S) {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut pdus = FramedRead::new(reader, Codec);
    let (out, mut queue) = mpsc::unbounded_channel();
    let mut session = Session {
        line: Line {
            account: Arc::from(""),
            out,
            waiting: Arc::default(),
            sequence: Arc::new(AtomicU32::new(1)),
        },
        smpp,
        bound: None,
        answers: FuturesUnordered::new(),
        pace: (Instant::now(), 0),
    };
    loop {
        let then = tokio::select! {
            pdu = pdus.next() => match pdu {
                Some(Ok(pdu)) => session.hear(&pdu),
                _ => break,
            },
            Some(octets) = queue.recv() => match writer.write_all(&octets).await {
                Ok(()) => Then::Go,
                Err(_) => break,
            },
            Some(answer) = session.answers.next() => match answer {
                Ok(answer) => {
                    answer.into_iter().for_each(|octets| session.say(octets));
                    Then::Go
                }
                // The whole connection is reset, because TCP has nothing smaller.
                Err(Reset(_)) => break,
            },
        };
        if matches!(then, Then::End) {
            queue.close();
            while let Some(octets) = queue.recv().await {
                if writer.write_all(&octets).await.is_err() {
                    break;
                }
            }
            let _ = writer.shutdown().await;
            break;
        }
        if writer.flush().await.is_err() {
            break;
        }
    }
    session.line.waiting().clear();
    if session.bound.is_some() {
        session.smpp.part();
    }
}

impl Session {
    fn say(&self, octets: Bytes) {
        // The queue lives as long as this.
        let _ = self.line.out.send(octets);
    }

    fn hear(&mut self, pdu: &Pdu) -> Then {
        match pdu.id {
            BIND_RECEIVER | BIND_TRANSMITTER | BIND_TRANSCEIVER => return self.bind(pdu),
            SUBMIT_SM => self.submit(pdu),
            ENQUIRE_LINK => self.say(empty(pdu)),
            UNBIND => {
                self.say(empty(pdu));
                return Then::End;
            }
            id if id == DELIVER_SM | RESPONSE || id == DATA_SM | RESPONSE => {
                if let Some(asked) = self.line.waiting().remove(&pdu.sequence) {
                    let _ = asked.send(pdu.status);
                }
            }
            id if id & RESPONSE != 0 => {}
            _ => self.say(write(GENERIC_NACK, Status::InvalidCommand as u32, pdu.sequence, &[])),
        }
        Then::Go
    }

    fn bind(&mut self, pdu: &Pdu) -> Then {
        let bind = Bind::read(&pdu.body);
        let status = match &bind {
            _ if self.bound.is_some() => Status::AlreadyBound as u32,
            None => Status::InvalidLength as u32,
            Some(bind) => self.smpp.admit(bind),
        };
        self.say(named(pdu, status, "simulator"));
        if status != 0 {
            return if self.bound.is_some() { Then::Go } else { Then::End };
        }
        self.line.account = bind.map_or_else(|| Arc::from(""), |bind| Arc::from(bind.system_id));
        self.bound = Some(Bound {
            submits: pdu.id != BIND_RECEIVER,
        });
        if pdu.id != BIND_TRANSMITTER {
            self.smpp.hears(self.line.clone());
        }
        Then::Go
    }

    fn submit(&mut self, pdu: &Pdu) {
        if !self.bound.is_some_and(|bound| bound.submits) {
            return self.say(named(pdu, Status::NotBound as u32, ""));
        }
        if self.is_too_fast() {
            self.smpp.refuse();
            return self.say(named(pdu, Status::Throttled as u32, ""));
        }
        match self.smpp.submit(pdu, &self.line.account) {
            Submission::Answered(octets) => self.say(octets),
            Submission::Later(answer) => self.answers.push(answer),
        }
    }

    fn is_too_fast(&mut self) -> bool {
        let Some(limit) = self.smpp.config.messages_per_second else {
            return false;
        };
        if self.pace.0.elapsed() >= Duration::from_secs(1) {
            self.pace = (Instant::now(), 0);
        }
        self.pace.1 += 1;
        self.pace.1 > limit
    }
}
