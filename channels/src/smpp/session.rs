//! One bound session: a window of `submit_sm`s under way, `enquire_link` in both directions, messages from the
//! operator, and `unbind`.

use super::config::Settings;
use super::deliver;
use super::outcome::{ESME_RINVCMDID, ESME_ROK, ESME_RX_T_APPN, needs_a_new_session};
use super::parts::Parts;
use super::wire::{Frame, Frames, LAST_SEQUENCE, octets, told_resp};
use super::writer::{self, Stage, Write};
use crate::EventSink;
use bellhop_domain::Timestamp;
use bytes::Bytes;
use futures_util::StreamExt;
use rusmpp::pdus::SubmitSm;
use rusmpp::{CommandId, Pdu};
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};
use tokio_util::codec::FramedRead;
use tokio_util::sync::CancellationToken;

/// Receives what an operator tells over any of the sessions.
#[derive(Default)]
pub(super) struct Ear {
    /// Set when the process opens its providers.
    pub store: OnceLock<Arc<dyn EventSink>>,
    parts: Mutex<Parts>,
}

pub(super) type Sink = Arc<Ear>;

/// How many PDUs are taken in before the operator is told to wait.
const DELIVERIES: usize = 1_000;
/// How many PDUs are stored together.
const BATCH: usize = 100;
/// How long the operator has to answer our `unbind`.
const UNBIND_WAIT: Duration = Duration::from_secs(5);

impl Ear {
    fn parts(&self) -> std::sync::MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of one `submit_sm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Submitted {
    Answered {
        status: u32,
        message_id: Option<String>,
    },
    /// The operator says that it did not understand the header, or something else went wrong.
    Nacked {
        status: u32,
    },
    /// It was written, and no answer came.
    Lost {
        why: String,
    },
    /// It certainly did not go out.
    NotWritten {
        why: String,
    },
}

struct Answer {
    status: u32,
    message_id: Option<String>,
    /// A `generic_nack`.
    nack: bool,
}

impl From<Answer> for Submitted {
    fn from(answer: Answer) -> Self {
        let Answer {
            status,
            message_id,
            nack,
        } = answer;
        match nack {
            true => Submitted::Nacked { status },
            false => Submitted::Answered { status, message_id },
        }
    }
}

/// Shared by the submitters and the tasks of the session.
pub(super) struct Session {
    settings: Arc<Settings>,
    out: mpsc::UnboundedSender<Write>,
    window: Semaphore,
    waiting: Mutex<HashMap<u32, oneshot::Sender<Answer>>>,
    sequence: AtomicU32,
    /// How many PDUs of the operator are not answered yet.
    in_hand: watch::Sender<usize>,
    /// Cancelled when the operator no longer considers it bound, so that it must be closed and bound again.
    sick: CancellationToken,
    ended: CancellationToken,
    why: Mutex<String>,
}

/// When dropped, forgets an answer that nobody waits for any more, and withdraws a PDU that is not written yet.
struct Waiting<'a> {
    session: &'a Session,
    sequence: u32,
    stage: Stage,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.stage.withdraw();
        self.session.waiting().remove(&self.sequence);
    }
}

impl Session {
    /// Runs a session on a connection whose bind was accepted. `first` is its next sequence number.
    pub fn start<R, W>(
        settings: Arc<Settings>,
        frames: FramedRead<R, Frames>,
        writer: W,
        first: u32,
        sink: Sink,
    ) -> Arc<Self>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let (out, queue) = mpsc::unbounded_channel();
        let (deliveries, incoming) = mpsc::channel(DELIVERIES);
        let session = Arc::new(Self {
            window: Semaphore::new(settings.window),
            settings,
            out,
            waiting: Mutex::default(),
            sequence: AtomicU32::new(first),
            in_hand: watch::channel(0).0,
            sick: CancellationToken::new(),
            ended: CancellationToken::new(),
            why: Mutex::default(),
        });
        tokio::spawn(Arc::clone(&session).write(queue, writer));
        tokio::spawn(Arc::clone(&session).store(incoming, sink));
        tokio::spawn(Arc::clone(&session).read(frames, deliveries));
        session
    }

    /// Sends one `submit_sm` and waits for its answer; waits for the window first.
    pub async fn submit(&self, part: SubmitSm) -> Submitted {
        let Ok(_place) = self.window.acquire().await else {
            return Submitted::NotWritten { why: self.why() };
        };
        let (waiting, answer) = self.send(part);
        match timeout(self.settings.timing.response, answer).await {
            Ok(Ok(answer)) => {
                if needs_a_new_session(answer.status) {
                    self.sick.cancel();
                }
                answer.into()
            }
            Ok(Err(_)) if waiting.stage.withdraw() => Submitted::NotWritten { why: self.why() },
            Ok(Err(_)) => Submitted::Lost { why: self.why() },
            Err(_) if waiting.stage.withdraw() => Submitted::NotWritten {
                why: "the connection takes nothing".to_owned(),
            },
            Err(_) => Submitted::Lost {
                why: format!("no submit_sm_resp within {} s", self.settings.timing.response.as_secs()),
            },
        }
    }

    fn send(&self, part: SubmitSm) -> (Waiting<'_>, oneshot::Receiver<Answer>) {
        let (sequence, stage) = (self.next_sequence(), Stage::default());
        let (answer, answered) = oneshot::channel();
        self.waiting().insert(sequence, answer);
        // An ended session answers nobody. This is checked after the insertion, because the end clears the map.
        if self.ended.is_cancelled() {
            self.waiting().remove(&sequence);
        }
        let write = Write {
            octets: octets(ESME_ROK, sequence, part),
            stage: Some(stage.clone()),
        };
        // If the queue is closed, the stage stays *queued*, and the end of the session drops the answer.
        let _ = self.out.send(write);
        let waiting = Waiting {
            session: self,
            sequence,
            stage,
        };
        (waiting, answered)
    }

    pub fn has_room(&self) -> bool {
        self.window.available_permits() > 0
    }

    /// Resolves when nothing more should be sent over it.
    pub async fn spent(&self) {
        tokio::select! {
            () = self.ended.cancelled() => {}
            () = self.sick.cancelled() => {}
        }
    }

    /// Why it is over; empty if it is not.
    pub fn why(&self) -> String {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops submitting, lets what is under way be answered, unbinds and waits for the answer (PROVIDERS.md §4.3).
    pub async fn close(&self) {
        let all = u32::try_from(self.settings.window).unwrap_or(u32::MAX);
        if self.ended.is_cancelled() {
            return;
        }
        let drained = timeout(self.settings.timing.response, self.window.acquire_many(all)).await;
        self.window.close();
        drop(drained);
        let mut in_hand = self.in_hand.subscribe();
        let _ = timeout(UNBIND_WAIT, in_hand.wait_for(|count| *count == 0)).await;
        self.write_always(octets(ESME_ROK, self.next_sequence(), Pdu::Unbind));
        if timeout(UNBIND_WAIT, self.ended.cancelled()).await.is_err() {
            self.end("unbind was not answered");
        }
    }

    fn end(&self, why: &str) {
        let mut reason = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        if reason.is_empty() {
            why.clone_into(&mut reason);
        }
        drop(reason);
        self.ended.cancel();
        self.window.close();
        self.waiting().clear();
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u32, oneshot::Sender<Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sequence numbers run from 1 to the last, and then start again (PROVIDERS.md §4.1).
    fn next_sequence(&self) -> u32 {
        self.sequence.fetch_add(1, Ordering::Relaxed) % LAST_SEQUENCE + 1
    }

    fn write_always(&self, octets: Bytes) {
        // A session that is over writes nothing.
        let _ = self.out.send(Write { octets, stage: None });
    }

    async fn write<W: AsyncWrite + Unpin>(self: Arc<Self>, queue: mpsc::UnboundedReceiver<Write>, writer: W) {
        if let Err(error) = writer::write(queue, writer, self.ended.clone()).await {
            self.end(&lost(&error));
        }
    }

    async fn read<R: AsyncRead + Unpin>(
        self: Arc<Self>,
        mut frames: FramedRead<R, Frames>,
        deliveries: mpsc::Sender<Frame>,
    ) {
        let interval = self.settings.timing.enquire_link;
        let mut enquire = tokio::time::interval_at(Instant::now() + interval, interval);
        let mut unanswered = false;
        let why = loop {
            tokio::select! {
                () = self.ended.cancelled() => return,
                frame = frames.next() => match frame {
                    Some(Ok(frame)) if frame.id == CommandId::EnquireLinkResp => unanswered = false,
                    Some(Ok(frame)) => if let Some(why) = self.hear(frame, &deliveries) { break why },
                    Some(Err(error)) => break lost(&error),
                    None => break "the operator closed the connection".to_owned(),
                },
                _ = enquire.tick() => {
                    if unanswered {
                        break format!("enquire_link was not answered within {} s", interval.as_secs());
                    }
                    unanswered = true;
                    self.write_always(octets(ESME_ROK, self.next_sequence(), Pdu::EnquireLink));
                }
            }
        };
        self.end(&why);
    }

    /// Handles a frame; gives the reason if it ends the session.
    fn hear(&self, frame: Frame, deliveries: &mpsc::Sender<Frame>) -> Option<String> {
        match frame.id {
            CommandId::SubmitSmResp => {
                let answer = Answer {
                    status: frame.status,
                    message_id: frame.message_id(),
                    nack: false,
                };
                self.answered(frame.sequence, answer);
            }
            CommandId::GenericNack => {
                let answer = Answer {
                    status: frame.status,
                    message_id: None,
                    nack: true,
                };
                self.answered(frame.sequence, answer);
            }
            CommandId::EnquireLink => self.write_always(octets(ESME_ROK, frame.sequence, Pdu::EnquireLinkResp)),
            CommandId::DeliverSm | CommandId::DataSm => {
                let (id, sequence) = (frame.id, frame.sequence);
                self.in_hand.send_modify(|count| *count += 1);
                if deliveries.try_send(frame).is_err() {
                    self.answer_delivery(id, ESME_RX_T_APPN, sequence);
                }
            }
            CommandId::Unbind => {
                self.write_always(octets(ESME_ROK, frame.sequence, Pdu::UnbindResp));
                return Some("the operator unbound the session".to_owned());
            }
            CommandId::UnbindResp => return Some("unbound".to_owned()),
            CommandId::AlertNotification => {}
            _ if frame.is_request() => self.write_always(octets(ESME_RINVCMDID, frame.sequence, Pdu::GenericNack)),
            _ => tracing::debug!(sequence = frame.sequence, "an answer to nothing we asked"),
        }
        None
    }

    fn answered(&self, sequence: u32, answer: Answer) {
        match self.waiting().remove(&sequence) {
            // The submitter may have gone meanwhile.
            Some(asked) => drop(asked.send(answer)),
            None => tracing::debug!(sequence, "an answer to nothing that is under way, or too late"),
        }
    }

    fn answer_delivery(&self, id: CommandId, status: u32, sequence: u32) {
        self.write_always(told_resp(id, status, sequence));
        self.in_hand.send_modify(|count| *count = count.saturating_sub(1));
    }

    /// Stores what the operator tells and only then acknowledges it. What cannot be stored comes again.
    async fn store(self: Arc<Self>, mut incoming: mpsc::Receiver<Frame>, sink: Sink) {
        let mut frames = Vec::new();
        while incoming.recv_many(&mut frames, BATCH).await > 0 {
            let now = Timestamp(chrono::Utc::now().timestamp_millis());
            let heard = frames.iter().map(|frame| deliver::heard(frame, &self.settings, now));
            let heard = heard.collect();
            let (events, whole) = sink.parts().events(heard, now);
            let stored = match sink.store.get() {
                Some(store) => store.take(events).await,
                None => Err("nothing stores what comes over the session".to_owned()),
            };
            if stored.is_ok() {
                sink.parts().forget(&whole);
            }
            let status = match stored {
                Ok(()) => ESME_ROK,
                Err(why) => {
                    tracing::warn!(why, "what the SMSC told is not stored; it will tell it again");
                    ESME_RX_T_APPN
                }
            };
            for frame in frames.drain(..) {
                self.answer_delivery(frame.id, status, frame.sequence);
            }
        }
    }
}

fn lost(error: &io::Error) -> String {
    format!("the connection was lost ({error})")
}
