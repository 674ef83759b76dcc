//! Sending: the parts of a message, in order, over one of the bound sessions.

use super::bind::{Board, Fault, State, keep, probe};
use super::config::Settings;
use super::outcome::{ESME_ROK, nacked, partly, refused};
use super::session::{Session, Sink, Submitted};
use super::submit::{Submission, SubmissionError, submission};
use crate::config::{Environment, Unusable};
use crate::{Content, EventSink, Finding, OutgoingMessage, Provider};
use async_trait::async_trait;
use bellhop_domain::{EndpointKind, Outcome};
use serde_json::Value;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// How long a message waits for the first session; nothing has been sent yet.
const SESSION_WAIT: Duration = Duration::from_secs(10);

/// One account at one operator.
pub(crate) struct Smpp {
    settings: Arc<Settings>,
    sink: Sink,
    sessions: OnceLock<Sessions>,
    turn: AtomicUsize,
    /// Different for all messages under way, so that a phone does not mix the parts of two.
    reference: AtomicU16,
}

struct Sessions {
    board: Arc<Board>,
    tasks: TaskTracker,
    stop: CancellationToken,
    _guard: DropGuard,
}

/// What the registry calls.
pub(crate) fn build(section: &Value, environment: Environment<'_>) -> Result<Arc<dyn Provider>, Unusable> {
    Ok(Arc::new(Smpp::new(Settings::read(section, environment)?)))
}

impl Smpp {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
            sink: Sink::default(),
            sessions: OnceLock::new(),
            turn: AtomicUsize::new(0),
            reference: AtomicU16::new(rand::random()),
        }
    }

    /// The sessions, bound from now on if they were not.
    fn sessions(&self) -> &Sessions {
        self.sessions.get_or_init(|| {
            let board = Arc::new(Board::new(self.settings.binds, Arc::clone(&self.sink)));
            let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
            for number in 0..self.settings.binds {
                let settings = Arc::clone(&self.settings);
                tasks.spawn(keep(number, settings, Arc::clone(&board), stop.clone()));
            }
            Sessions {
                board,
                tasks,
                _guard: stop.clone().drop_guard(),
                stop,
            }
        })
    }

    /// A session with room in its window, else the next in turn. `Err` means that nothing has gone out.
    async fn session(&self) -> Result<Arc<Session>, Outcome> {
        let mut states = self.sessions().board.subscribe();
        let settled = |states: &Vec<State>| {
            let connecting = states.iter().any(|state| matches!(state, State::Connecting));
            let bound = states.iter().any(|state| matches!(state, State::Bound(_)));
            bound || !connecting
        };
        let wait = timeout(SESSION_WAIT, states.wait_for(settled)).await;
        let Ok(Ok(states)) = wait else {
            return Err(no_session("none is bound yet".to_owned()));
        };
        let bound: Vec<&Arc<Session>> = states
            .iter()
            .filter_map(|s| if let State::Bound(s) = s { Some(s) } else { None })
            .collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let (before, after) = bound.split_at(turn.checked_rem(bound.len()).unwrap_or(0));
        let in_turn = || after.iter().chain(before);
        match in_turn()
            .find(|session| session.has_room())
            .or_else(|| in_turn().next())
        {
            Some(session) => Ok(Arc::clone(session)),
            None => Err(without_session(&states)),
        }
    }

    async fn try_send(&self, message: &OutgoingMessage<'_>) -> Result<Outcome, Outcome> {
        let Content::Text(text) = message.content else {
            return Err(Outcome::Rejected {
                why: "SMPP carries a text, nothing else".to_owned(),
            });
        };
        let reference = self.reference.fetch_add(1, Ordering::Relaxed);
        let submission = submission(message, text, &self.settings, reference).map_err(unwritable)?;
        Ok(self.submit(self.session().await?, submission).await)
    }

    /// Sends part after part, each after the one before was accepted, so that a refusal of the first costs nothing.
    async fn submit(&self, session: Arc<Session>, submission: Submission) -> Outcome {
        let total = submission.parts.len();
        let mut provider_id = None;
        for (taken, part) in submission.parts.into_iter().enumerate() {
            match session.submit(part).await {
                Submitted::Answered {
                    status: ESME_ROK,
                    message_id,
                } => provider_id = message_id,
                Submitted::Answered { status, .. } => {
                    let pause = self.settings.timing.throttle_pause;
                    return partly(taken, total, refused(status, &self.settings.errors, pause));
                }
                Submitted::Nacked { status } => {
                    let pause = self.settings.timing.throttle_pause;
                    return partly(taken, total, nacked(status, &self.settings.errors, pause));
                }
                Submitted::Lost { why } => return partly(taken, total, Outcome::Unknown { why }),
                Submitted::NotWritten { why } => return partly(taken, total, no_session(why)),
            }
        }
        // The id of the last part, because its receipt was requested.
        Outcome::Accepted {
            provider_id: provider_id.map(|id| self.settings.ids.submit.normal(&id)),
            cost: None,
            parts: Some(submission.billed),
        }
    }
}

fn unwritable(error: SubmissionError) -> Outcome {
    let why = error.to_string();
    match error {
        SubmissionError::Text(_) => Outcome::Rejected { why },
        SubmissionError::Number => Outcome::Failed { why },
    }
}

fn no_session(why: String) -> Outcome {
    Outcome::Retry {
        after: None,
        why: format!("no session: {why}"),
    }
}

fn without_session(states: &[State]) -> Outcome {
    let faults = || {
        states
            .iter()
            .filter_map(|s| if let State::Down(fault) = s { Some(fault) } else { None })
    };
    match faults().find(|fault| matches!(fault, Fault::Refused(_))) {
        Some(refused) => Outcome::Misconfigured {
            why: refused.why().to_owned(),
        },
        None => no_session(faults().next().map_or_else(String::new, |fault| fault.why().to_owned())),
    }
}

#[async_trait]
impl Provider for Smpp {
    fn kind(&self) -> EndpointKind {
        EndpointKind::Phone
    }

    /// Receipts may arrive on any session of the same `system_id` (PROVIDERS.md §4.3). Behind another port of the same
    /// host there may be another operator: an aggregator's or a tunnel's.
    fn account(&self) -> Option<String> {
        let (peer, account) = (&self.settings.peer, &self.settings.account);
        let host = peer.host.to_ascii_lowercase();
        Some(format!("smpp {}@{host}:{}", account.system_id.as_str(), peer.port))
    }

    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome {
        self.try_send(message).await.unwrap_or_else(|outcome| outcome)
    }

    async fn check(&self) -> Vec<Finding> {
        let peer = &self.settings.peer;
        let mut findings = vec![match probe(&self.settings).await {
            Ok(()) => Finding::fine(format!("SMPP {peer}: the operator lets us bind")),
            Err(Fault::Refused(why)) => Finding::error(
                format!("SMPP {peer}: {why}"),
                "check system_id, password, system_type and the addresses that the operator lets in; \
                 where all permitted sessions are bound already, one more is refused too",
            ),
            Err(Fault::NotNow(why)) => Finding::warning(
                format!("SMPP {peer}: {why}"),
                "try again later; where all permitted sessions are bound already, one more is refused",
            ),
            Err(Fault::Unreachable(why)) => Finding::error(
                format!("SMPP {why}"),
                "check host, port and tls, and whether the operator lets this machine's address in",
            ),
        }];
        if peer.tls.is_none() && !peer.is_own() {
            findings.push(Finding::warning(
                format!("SMPP {peer} is without TLS: the password and all texts can be read on their way"),
                "set tls = {}, or lead the connection through a VPN to the operator",
            ));
        }
        if !self.settings.receipts {
            findings.push(Finding::warning(
                "receipts = false: Bellhop will not learn what was delivered",
                "set receipts = true, unless the operator charges for them",
            ));
        }
        findings
    }

    fn has_sessions(&self) -> bool {
        true
    }

    fn open(&self, sink: Arc<dyn EventSink>) {
        // If it is opened twice, the first sink stays.
        let _ = self.sink.store.set(sink);
        self.sessions();
    }

    async fn close(&self) {
        if let Some(sessions) = self.sessions.get() {
            sessions.stop.cancel();
            sessions.tasks.close();
            sessions.tasks.wait().await;
        }
    }
}
