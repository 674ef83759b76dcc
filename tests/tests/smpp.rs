//! The real client of SMPP against the simulated SMSC: two implementations of one protocol, including sessions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use bellhop_channels::{
    AttemptKey, Content, Event, EventSink, OutgoingMessage, Provider, ReceiptFor, ReceiptStatus, registry,
};
use bellhop_domain::outcome::ThrottleScope;
use bellhop_domain::{MessageId, Outcome, Timestamp};
use bellhop_simulator::{Running, Simulator, SimulatorConfig, SmppConfig, SmppReceipts};
use bellhop_tests::patience::eventually;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(120);
/// What the simulated SMSC does at the first try of a message to a number with this ending.
const THROTTLED_ONCE: &str = "79990009111";
const CUT_ONCE: &str = "79990009106";

/// What came back over the sessions.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Event>>>);

#[async_trait]
impl EventSink for Heard {
    async fn take(&self, events: Vec<Event>) -> Result<(), String> {
        self.lock().extend(events);
        Ok(())
    }
}

impl Heard {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The operator's ids of the messages that are reported as delivered, as often as they are.
    fn delivered(&self) -> Vec<String> {
        let of = |event: &Event| match event {
            Event::Receipt(receipt) if receipt.status == ReceiptStatus::Delivered => match &receipt.attempt {
                ReceiptFor::Provider(id) => Some(id.clone()),
                ReceiptFor::OneOf(ids) => ids.first().cloned(),
                ReceiptFor::Ours(_) => None,
            },
            _ => None,
        };
        self.lock().iter().filter_map(of).collect()
    }
}

/// An SMSC, and an account at it that listens.
struct Stage {
    smsc: Running,
    provider: Arc<dyn Provider>,
    heard: Heard,
}

impl Stage {
    async fn set() -> Result<Self> {
        let smsc = Simulator::start(SimulatorConfig {
            smpp: Some(SmppConfig {
                receipts: SmppReceipts {
                    delay_ms: [1, 20],
                    ..SmppReceipts::default()
                },
                ..SmppConfig::default()
            }),
            ..SimulatorConfig::default()
        })
        .await?;
        let section = json!({
            "host": "127.0.0.1",
            "port": smsc.smpp_addr().context("the SMSC does not listen")?.port(),
            "system_id": "bellhop",
            "password": { "env": "SMPP_PASSWORD" },
            "source": "PIZZA",
            "reconnect_seconds": 1,
        });
        let password = |name: &str| (name == "SMPP_PASSWORD").then(|| "secret".to_owned());
        let (provider, heard) = (registry::build("smpp", &section, &password)?, Heard::default());
        provider.open(Arc::new(heard.clone()));
        Ok(Self { smsc, provider, heard })
    }

    async fn send(&self, id: u64, phone: &str, text: &str) -> Outcome {
        let (now, address) = (Timestamp::now(), format!("+{phone}"));
        let message = OutgoingMessage {
            attempt: AttemptKey {
                message: MessageId(id),
                lease: 1,
            },
            address: &address,
            content: Content::Text(text),
            collapse_key: "run-1",
            expires: now.plus(Duration::from_secs(3_600)),
            now,
            last_inbound: None,
            customer: None,
        };
        self.provider.send(&message).await
    }

    async fn ask(&self, path: &str) -> Result<String> {
        let url = format!("{}/_sim/{path}", self.smsc.admin_url());
        Ok(reqwest::get(url).await?.error_for_status()?.text().await?)
    }

    /// What the SMSC accepted, by phone.
    async fn book(&self) -> Result<BTreeMap<String, Value>> {
        let lines = self.ask("messages?channel=smpp").await?;
        let read = |line: &str| -> Result<(String, Value)> {
            let taken: Value = serde_json::from_str(line)?;
            let phone = taken["recipient"].as_str().context("a message to nobody")?;
            Ok((phone.to_owned(), taken.clone()))
        };
        lines.lines().map(read).collect()
    }

    /// Waits until each number's message was accepted once and reported as delivered once, by the id that the client
    /// got.
    async fn settled(&self, ids: &BTreeMap<String, String>) -> Result<BTreeMap<String, Value>> {
        let mut expected: Vec<_> = ids.values().cloned().collect();
        expected.sort_unstable();
        eventually("all receipts", PATIENCE, async || {
            Ok((self.heard.delivered().len() >= expected.len()).then_some(()))
        })
        .await?;
        let mut delivered = self.heard.delivered();
        delivered.sort_unstable();
        ensure!(
            delivered == expected,
            "receipts of {delivered:?} instead of {expected:?}"
        );
        let book = self.book().await?;
        for phone in ids.keys() {
            let taken = book.get(phone).with_context(|| format!("nothing to {phone}"))?;
            ensure!(taken["times"].as_array().map(Vec::len) == Some(1), "{taken}");
        }
        Ok(book)
    }

    async fn strike(self) {
        self.provider.close().await;
        self.smsc.shutdown().await;
    }
}

fn accepted(outcome: Outcome) -> Result<(String, u16)> {
    match outcome {
        Outcome::Accepted {
            provider_id: Some(id),
            parts: Some(parts),
            ..
        } => Ok((id, parts)),
        other => anyhow::bail!("not accepted with an id and parts: {other:?}"),
    }
}

/// A text of exactly this many characters.
fn cut(of: &str, characters: usize) -> String {
    of.chars().cycle().take(characters).collect()
}

/// Texts that fill one, two and three parts to the last unit, and texts that just begin the next part (PROVIDERS.md
/// §4.5).
fn texts() -> Vec<(u16, String)> {
    // Of the GSM alphabet's own letters: a septet each.
    let latin = |septets| cut("Pizza à la carte, 10 % off: ", septets);
    let cyrillic = |units| cut("Скидка на пиццу до воскресенья! ", units);
    // One unit, then surrogate pairs, of which no part may contain a half.
    let emoji = |pairs| format!("Ж{}", cut("🍕🎉", pairs));
    // Two septets each, which no part may split: 76 in a part of 153.
    let euros = |count| cut("€", count);
    vec![
        (1, latin(160)),
        (2, latin(161)),
        (2, latin(306)),
        (3, latin(307)),
        (3, latin(459)),
        (1, cyrillic(70)),
        (2, cyrillic(71)),
        (2, cyrillic(134)),
        (3, cyrillic(135)),
        (3, cyrillic(201)),
        (1, emoji(34)),
        (2, emoji(35)),
        (2, emoji(66)),
        (3, emoji(67)),
        (3, emoji(99)),
        (1, euros(80)),
        (2, euros(81)),
        (2, euros(152)),
        (3, euros(153)),
    ]
}

#[tokio::test]
async fn texts_of_one_to_three_parts_arrive_whole_and_their_receipts_come_back() -> Result<()> {
    let stage = Stage::set().await?;
    let mut ids = BTreeMap::new();
    let texts = texts();
    for (id, (parts, text)) in (0..).zip(&texts) {
        let phone = format!("7999111{id:04}");
        let (provider_id, told) = accepted(stage.send(id, &phone, text).await)?;
        ensure!(told == *parts, "{text:?} in {told} parts instead of {parts}");
        ids.insert(phone, provider_id);
    }
    let book = stage.settled(&ids).await?;
    ensure!(book.len() == texts.len(), "{} messages arrived", book.len());
    for (taken, (parts, text)) in book.values().zip(&texts) {
        ensure!(taken["text"] == text.as_str(), "{taken} is not {text:?}");
        ensure!(
            taken["detail"]["parts"] == *parts && taken["detail"]["source"] == "PIZZA",
            "{taken}"
        );
    }
    let incomplete: Value = serde_json::from_str(&stage.ask("smpp/incomplete").await?)?;
    ensure!(incomplete["incomplete"] == 0, "{incomplete}");
    stage.strike().await;
    Ok(())
}

#[tokio::test]
async fn a_throttled_message_is_not_taken_and_goes_when_it_is_sent_again() -> Result<()> {
    let stage = Stage::set().await?;
    let first = stage.send(1, THROTTLED_ONCE, "Пицца").await;
    let Outcome::Throttled { scope, after, .. } = first else {
        anyhow::bail!("not throttled: {first:?}");
    };
    ensure!(
        scope == ThrottleScope::Sender && after == Some(Duration::from_secs(1)),
        "{scope:?} {after:?}"
    );
    ensure!(stage.book().await?.is_empty(), "a throttled message was taken");
    let (id, _) = accepted(stage.send(1, THROTTLED_ONCE, "Пицца").await)?;
    stage
        .settled(&BTreeMap::from([(THROTTLED_ONCE.to_owned(), id)]))
        .await?;
    stage.strike().await;
    Ok(())
}

#[tokio::test]
async fn a_message_whose_answer_is_cut_off_is_unknown_and_goes_once() -> Result<()> {
    let stage = Stage::set().await?;
    let cut = stage.send(1, CUT_ONCE, "Пицца").await;
    ensure!(matches!(cut, Outcome::Unknown { .. }), "{cut:?}");
    // The client binds again by itself. A message that finds no session meanwhile has surely not gone out.
    let other = "79991110000";
    let id = eventually("a session again", PATIENCE, async || {
        match stage.send(2, other, "Паста").await {
            Outcome::Retry { .. } => Ok(None),
            outcome => Ok(Some(accepted(outcome)?.0)),
        }
    })
    .await?;
    let receipt_of = |id: &str| stage.heard.delivered().iter().any(|delivered| delivered == id);
    eventually("the other's receipt", PATIENCE, async || {
        Ok(receipt_of(&id).then_some(()))
    })
    .await?;
    // If the client had sent it a second time, that would have come first, because the SMSC accepts in order.
    let book = stage.book().await?;
    ensure!(book.len() == 2, "{book:?}");
    for taken in book.values() {
        ensure!(taken["times"].as_array().map(Vec::len) == Some(1), "{taken}");
    }
    ensure!(
        stage.smsc.connections() == 2,
        "{} connections",
        stage.smsc.connections()
    );
    stage.strike().await;
    Ok(())
}
