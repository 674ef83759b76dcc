//! Keeps sessions bound: connect, bind, stay, and start again after a wait.

use super::config::{Settings, Timing};
use super::connect::Stream;
use super::outcome::{ESME_ROK, describe, refused};
use super::session::{Session, Sink};
use super::submit::{bind_transceiver, bind_transmitter};
use super::wire::{Frames, octets};
use crate::Event;
use bellhop_domain::incoming::{Health, HealthState};
use bellhop_domain::{Outcome, Timestamp};
use futures_util::StreamExt;
use rusmpp::Pdu;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::codec::FramedRead;
use tokio_util::sync::CancellationToken;

/// The longest wait before another connection, however often it failed.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// The state of one bind.
#[derive(Clone)]
pub(super) enum State {
    Connecting,
    Bound(Arc<Session>),
    Down(Fault),
}

/// Why there is no session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The network, or the operator's machine.
    Unreachable(String),
    /// The operator refused the bind: a human must act.
    Refused(String),
    /// The operator refused the bind for now: bound too often already, or busy.
    NotNow(String),
}

impl Fault {
    pub fn why(&self) -> &str {
        match self {
            Fault::Unreachable(why) | Fault::Refused(why) | Fault::NotNow(why) => why,
        }
    }
}

/// How long to wait before the next try, after `failures` in a row. `jitter` is drawn from 0 to 1: so that sessions
/// that were lost together do not come back together.
pub(super) fn wait(fault: &Fault, failures: u32, timing: &Timing, jitter: f64) -> Duration {
    let doubled = 1u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    let base = match fault {
        Fault::Refused(_) | Fault::NotNow(_) => timing.refused,
        Fault::Unreachable(_) => timing.reconnect.saturating_mul(doubled).min(LONGEST_WAIT),
    };
    base + base.mul_f64(jitter.clamp(0.0, 1.0) / 2.0)
}

/// What all binds together say about the sender.
pub(super) fn health(states: &[State]) -> Option<(HealthState, String)> {
    let bound = states.iter().filter(|state| matches!(state, State::Bound(_))).count();
    if bound > 0 {
        return Some((
            HealthState::Working,
            format!("{bound} of {} sessions are bound", states.len()),
        ));
    }
    let faults = || {
        states.iter().filter_map(|state| {
            if let State::Down(fault) = state {
                Some(fault)
            } else {
                None
            }
        })
    };
    let worst = faults()
        .find(|fault| matches!(fault, Fault::Refused(_)))
        .or_else(|| faults().next())?;
    let state = match worst {
        Fault::Refused(_) => HealthState::Stopped,
        Fault::Unreachable(_) | Fault::NotNow(_) => HealthState::Degraded,
    };
    Some((state, worst.why().to_owned()))
}

/// All binds of the process, by their number.
pub(super) struct Board {
    states: watch::Sender<Vec<State>>,
    told: std::sync::Mutex<Option<HealthState>>,
    sink: Sink,
}

impl Board {
    pub fn new(binds: usize, sink: Sink) -> Self {
        Self {
            states: watch::channel(vec![State::Connecting; binds]).0,
            told: std::sync::Mutex::default(),
            sink,
        }
    }

    pub fn subscribe(&self) -> watch::Receiver<Vec<State>> {
        self.states.subscribe()
    }

    /// Notes the state of a bind, and reports the sender's health if that has changed.
    async fn set(&self, number: usize, state: State) {
        self.states.send_modify(|states| states[number] = state);
        let Some((state, why)) = health(&self.states.borrow()) else {
            return;
        };
        {
            let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if *told == Some(state) {
                return;
            }
            *told = Some(state);
        }
        let health = Health {
            state,
            why,
            at: Timestamp(chrono::Utc::now().timestamp_millis()),
            ends: None,
        };
        if let Some(sink) = self.sink.store.get()
            && let Err(why) = sink.take(vec![Event::Health(health)]).await
        {
            tracing::warn!(why, "the sender's health is not stored");
        }
    }
}

/// Keeps one session until `stop`, then unbinds.
pub(super) async fn keep(number: usize, settings: Arc<Settings>, board: Arc<Board>, stop: CancellationToken) {
    let mut failures = 0;
    while !stop.is_cancelled() {
        let opened = tokio::select! {
            () = stop.cancelled() => return,
            opened = open(&settings, Arc::clone(&board.sink)) => opened,
        };
        let fault = match opened {
            Ok(session) => {
                failures = 0;
                tracing::info!(number, "an SMPP session is bound");
                board.set(number, State::Bound(Arc::clone(&session))).await;
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = session.spent() => board.set(number, State::Connecting).await,
                }
                session.close().await;
                Fault::Unreachable(session.why())
            }
            Err(fault) => fault,
        };
        if stop.is_cancelled() {
            return;
        }
        failures += 1;
        tracing::warn!(number, why = fault.why(), "no SMPP session");
        let wait = wait(&fault, failures, &settings.timing, rand::random());
        board.set(number, State::Down(fault)).await;
        let _ = timeout(wait, stop.cancelled()).await;
    }
}

async fn open(settings: &Arc<Settings>, sink: Sink) -> Result<Arc<Session>, Fault> {
    let pdu = bind_transceiver(settings).map_err(Fault::Refused)?;
    let (frames, writer) = bind(settings, pdu.into()).await?;
    Ok(Session::start(Arc::clone(settings), frames, writer, 1, sink))
}

/// Binds as a transmitter and unbinds: whether the operator lets us in.
pub(super) async fn probe(settings: &Settings) -> Result<(), Fault> {
    let pdu = bind_transmitter(settings).map_err(Fault::Refused)?;
    let (mut frames, mut writer) = bind(settings, pdu.into()).await?;
    let farewell = async {
        writer.write_all(&octets(ESME_ROK, 2, Pdu::Unbind)).await?;
        writer.flush().await?;
        frames.next().await;
        writer.shutdown().await
    };
    // We were bound, so how the session ends does not matter.
    let _ = timeout(Duration::from_secs(2), farewell).await;
    Ok(())
}

/// What a refused bind means. A status that means *later* for a message means the same for a bind.
fn refusal(status: u32, settings: &Settings) -> Fault {
    let why = format!("the bind was refused: {}", describe(status, &settings.errors));
    match refused(status, &settings.errors, settings.timing.throttle_pause) {
        Outcome::Retry { .. } | Outcome::OnceMore { .. } | Outcome::Throttled { .. } => Fault::NotNow(why),
        _ => Fault::Refused(why),
    }
}

type Bound = (
    FramedRead<ReadHalf<Box<dyn Stream>>, Frames>,
    WriteHalf<Box<dyn Stream>>,
);

/// Connects and binds; the bind has the sequence number 1.
async fn bind(settings: &Settings, pdu: Pdu) -> Result<Bound, Fault> {
    let stream = settings.peer.connect().await.map_err(Fault::Unreachable)?;
    let (reader, mut writer) = tokio::io::split(stream);
    let mut frames = FramedRead::new(reader, Frames);
    let unreachable = |why: &dyn std::fmt::Display| Fault::Unreachable(format!("{}: {why}", settings.peer));
    let exchange = async {
        writer
            .write_all(&octets(ESME_ROK, 1, pdu))
            .await
            .map_err(|e| unreachable(&e))?;
        writer.flush().await.map_err(|e| unreachable(&e))?;
        loop {
            match frames.next().await {
                // Nothing but the answer is of interest before the session is bound.
                Some(Ok(frame)) if frame.is_request() => {}
                Some(Ok(frame)) if frame.status == ESME_ROK => return Ok(()),
                Some(Ok(frame)) => return Err(refusal(frame.status, settings)),
                Some(Err(error)) => return Err(unreachable(&error)),
                None => {
                    return Err(unreachable(
                        &"the connection was closed instead of an answer to the bind",
                    ));
                }
            }
        }
    };
    match timeout(settings.timing.response, exchange).await {
        Ok(answered) => answered?,
        Err(_) => return Err(unreachable(&"the bind was not answered")),
    }
    Ok((frames, writer))
}
