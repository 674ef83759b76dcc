//! A scripted operator: its answers are a function of what it hears.

use crate::{Event, EventSink};
use async_trait::async_trait;
use futures_util::{SinkExt, StreamExt};
use rusmpp::pdus::{BindTransceiverResp, BindTransmitterResp, DeliverSm, SubmitSm, SubmitSmResp};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::EsmClass;
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::codec::Framed;

/// What the operator does about a PDU.
#[allow(clippy::large_enum_variant, reason = "a script of a few steps")]
pub(super) enum Do {
    Send(Command),
    Close,
}

type Script = dyn Fn(usize, &Command) -> Vec<Do> + Send + Sync;

pub(super) struct Operator {
    pub port: u16,
    heard: Arc<Mutex<Vec<(usize, Command)>>>,
    push: Arc<Mutex<Option<mpsc::UnboundedSender<Command>>>>,
}

impl Operator {
    pub async fn start(script: impl Fn(usize, &Command) -> Vec<Do> + Send + Sync + 'static) -> Self {
        Self::with(None, script).await
    }

    pub async fn with(
        tls: Option<tokio_rustls::TlsAcceptor>,
        script: impl Fn(usize, &Command) -> Vec<Do> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let operator = Self {
            port: listener.local_addr().unwrap().port(),
            heard: Arc::default(),
            push: Arc::default(),
        };
        let (heard, push, script) = (
            Arc::clone(&operator.heard),
            Arc::clone(&operator.push),
            Arc::new(script),
        );
        tokio::spawn(async move {
            let mut connection = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let (heard, script, tls) = (Arc::clone(&heard), Arc::clone(&script), tls.clone());
                let (sender, pushed) = mpsc::unbounded_channel();
                *push.lock().unwrap() = Some(sender);
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                converse(connection, stream, pushed, heard, script).await;
                            }
                        }
                        None => converse(connection, stream, pushed, heard, script).await,
                    }
                });
                connection += 1;
            }
        });
        operator
    }

    /// Sends something unasked, on the latest connection.
    pub fn push(&self, command: Command) {
        self.push.lock().unwrap().as_ref().unwrap().send(command).unwrap();
    }

    pub fn heard(&self, id: CommandId) -> Vec<(usize, Command)> {
        let heard = self.heard.lock().unwrap();
        heard
            .iter()
            .filter(|(_, command)| command.id() == id)
            .cloned()
            .collect()
    }

    /// All submissions, each with the number of its connection.
    pub fn submitted(&self) -> Vec<(usize, SubmitSm)> {
        let submit = |(connection, command): (usize, Command)| match command.pdu() {
            Some(Pdu::SubmitSm(pdu)) => (connection, pdu.clone()),
            other => panic!("{other:?}"),
        };
        self.heard(CommandId::SubmitSm).into_iter().map(submit).collect()
    }

    pub async fn until_heard(&self, id: CommandId, count: usize) -> Vec<(usize, Command)> {
        until(&format!("{count} of {id:?}"), || self.heard(id).len() >= count).await;
        self.heard(id)
    }
}

async fn converse(
    connection: usize,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    mut pushed: mpsc::UnboundedReceiver<Command>,
    heard: Arc<Mutex<Vec<(usize, Command)>>>,
    script: Arc<Script>,
) {
    let mut framed = Framed::new(stream, CommandCodec::new());
    loop {
        let todo = tokio::select! {
            command = framed.next() => match command {
                Some(Ok(command)) => {
                    let todo = script(connection, &command);
                    heard.lock().unwrap().push((connection, command));
                    todo
                }
                _ => return,
            },
            Some(command) = pushed.recv() => vec![Do::Send(command)],
        };
        for what in todo {
            match what {
                Do::Send(command) => {
                    if framed.send(command).await.is_err() {
                        return;
                    }
                }
                Do::Close => return,
            }
        }
    }
}

pub(super) fn say(status: u32, to: &Command, pdu: impl Into<Pdu>) -> Do {
    Do::Send(Command::new(CommandStatus::from(status), to.sequence_number(), pdu))
}

pub(super) fn resp(id: &str) -> SubmitSmResp {
    SubmitSmResp::builder()
        .message_id(COctetString::from_str(id).unwrap())
        .build()
}

/// An operator that accepts everything, with ids from 1 on.
pub(super) fn polite() -> impl Fn(usize, &Command) -> Vec<Do> + Send + Sync + 'static {
    let last = AtomicU32::new(0);
    move |_, command| match command.id() {
        CommandId::BindTransceiver => vec![say(0, command, BindTransceiverResp::default())],
        CommandId::BindTransmitter => vec![say(0, command, BindTransmitterResp::default())],
        CommandId::SubmitSm => {
            let id = last.fetch_add(1, Ordering::SeqCst) + 1;
            vec![say(0, command, resp(&id.to_string()))]
        }
        CommandId::EnquireLink => vec![say(0, command, Pdu::EnquireLinkResp)],
        CommandId::Unbind => vec![say(0, command, Pdu::UnbindResp), Do::Close],
        _ => Vec::new(),
    }
}

/// A polite operator except for its answers to `submit_sm`; the function gets the number of the submission, from 0.
pub(super) fn answering(
    answer: impl Fn(u32, &Command) -> Vec<Do> + Send + Sync + 'static,
) -> impl Fn(usize, &Command) -> Vec<Do> + Send + Sync + 'static {
    let (polite, count) = (polite(), AtomicU32::new(0));
    move |connection, command| match command.id() {
        CommandId::SubmitSm => answer(count.fetch_add(1, Ordering::SeqCst), command),
        _ => polite(connection, command),
    }
}

/// A polite operator that refuses binds.
pub(super) fn refusing(status: u32) -> impl Fn(usize, &Command) -> Vec<Do> + Send + Sync + 'static {
    move |_, command| match command.id() {
        // A refusal often comes without a body.
        CommandId::BindTransceiver => vec![say(status, command, BindTransceiverResp::default()), Do::Close],
        CommandId::BindTransmitter => vec![say(status, command, BindTransmitterResp::default()), Do::Close],
        _ => Vec::new(),
    }
}

pub(super) fn deliver_sm(sequence: u32, esm_class: u8, text: &[u8]) -> Command {
    let mut pdu = DeliverSm::default();
    pdu.esm_class = EsmClass::from(esm_class);
    pdu.source_addr = COctetString::from_str("79990000000").unwrap();
    pdu.destination_addr = COctetString::from_str("PIZZA").unwrap();
    pdu.set_short_message(OctetString::from_vec(text.to_vec()).unwrap());
    Command::new(CommandStatus::EsmeRok, sequence, pdu)
}

/// Waits for a condition, with a deadline.
pub(super) async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A sink that keeps what it is given, unless it is told to fail.
#[derive(Default)]
pub(super) struct Kept {
    pub events: Mutex<Vec<Event>>,
    pub fails: AtomicBool,
}

impl Kept {
    /// What was told, except for the sender's health.
    pub fn told(&self) -> Vec<Event> {
        let events = self.events.lock().unwrap();
        events
            .iter()
            .filter(|event| !matches!(event, Event::Health(_)))
            .cloned()
            .collect()
    }

    pub fn health(&self) -> Vec<Event> {
        let events = self.events.lock().unwrap();
        events
            .iter()
            .filter(|event| matches!(event, Event::Health(_)))
            .cloned()
            .collect()
    }
}

#[async_trait]
impl EventSink for Kept {
    async fn take(&self, events: Vec<Event>) -> Result<(), String> {
        if self.fails.load(Ordering::SeqCst) {
            return Err("the store is away".to_owned());
        }
        self.events.lock().unwrap().extend(events);
        Ok(())
    }
}
