//! SMPP against an independent SMSC: node-smpp's codec decodes what we send, and writes what we must read.

mod mailing;
mod peer;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use async_trait::async_trait;
use bellhop_channels::{Content, Event, EventSink, OutgoingMessage, Provider, ReceiptFor, ReceiptStatus, registry};
use bellhop_domain::receipt::AttemptKey;
use bellhop_domain::{MessageId, Outcome, Timestamp};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::{Report, Scale};
use crate::guests::phone;
use crate::patience::eventually;
use peer::Peer;

/// Each way of marking parts, and the peer's form of ids in its answers; receipts come in decimal.
const WAYS: [(&str, bool); 4] = [
    ("udh8", false),
    ("udh16", true),
    ("sar", false),
    ("message_payload", true),
];
const PATIENCE: Duration = Duration::from_secs(30);
/// Sends under way at once in the run of many.
const AT_ONCE: usize = 100;

/// One, two and three parts, in the GSM alphabet with its extension and in UCS-2 with surrogate pairs at the borders
/// of parts.
fn texts() -> Vec<(&'static str, u64, String)> {
    vec![
        ("Latin", 1, "Two pizzas for €9 [until Sunday] ~ Café Niña".to_owned()),
        ("Latin", 2, "Pizza {two} for €9! ".repeat(11)),
        ("Latin", 3, "Ask @ the counter ^_^ | €5 off ".repeat(12)),
        ("Cyrillic", 1, "Две пиццы по цене одной 🍕 до воскресенья!".to_owned()),
        (
            "Cyrillic",
            2,
            format!("{}!!!🍕🍕{}", "Скидка ".repeat(9), "до утра ".repeat(6)),
        ),
        ("Cyrillic", 3, "Пицца🍕 и кофе☕ «даром»… ".repeat(7)),
    ]
}

pub(super) async fn run(scale: Scale, report: &mut Report) -> Result<()> {
    report.tell("installing the peer's codec: npm ci");
    let installed = peer::install().await?;
    let mut whole = Tally::default();
    let mut receipts = Tally::default();
    for (way, hex_ids) in WAYS {
        let peer = installed.start(hex_ids).await?;
        let (provider, heard) = open(peer.port, way, hex_ids)?;
        report.tell(format!("{way}: 1, 2 and 3 parts, Latin and Cyrillic with emoji"));
        for (number, (script, parts, text)) in (1..).zip(texts()) {
            let row = one(&*provider, &heard, &peer, number, &text).await?;
            let as_sent = row.text == text && row.parts == expected(way, parts) && row.billed == parts;
            whole.count(as_sent);
            receipts.count(row.delivered);
            report.line(format!(
                "{way:<16} {script:<9} {parts} part(s)  arrived {}  receipt {}",
                if as_sent { "whole" } else { "CHANGED" },
                if row.delivered { "delivered" } else { "MISSING" },
            ));
        }
        if way == "udh8" {
            many(scale, report, &*provider, &heard, &peer).await?;
        }
        provider.close().await;
        leave(report, way, &peer).await?;
    }
    report.claim(
        "every text arrives whole",
        whole.holds(),
        whole.told("texts, as node-smpp read them"),
    );
    report.claim(
        "every receipt comes back",
        receipts.holds(),
        receipts.told("receipts, under the id of the send"),
    );
    report.figure("texts", whole.all);
    refused(report, &installed).await?;
    mailing::run(report, &installed).await
}

/// With `message_payload` one `submit_sm` carries all parts.
fn expected(way: &str, parts: u64) -> u64 {
    if way == "message_payload" { 1 } else { parts }
}

#[derive(Default)]
struct Tally {
    good: u64,
    all: u64,
}

impl Tally {
    fn count(&mut self, good: bool) {
        self.good += u64::from(good);
        self.all += 1;
    }

    fn holds(&self) -> bool {
        self.good == self.all
    }

    fn told(&self, what: &str) -> String {
        format!("{} of {} {what}", self.good, self.all)
    }
}

/// What became of one message.
struct Row {
    text: String,
    parts: u64,
    billed: u64,
    delivered: bool,
}

async fn one(provider: &dyn Provider, heard: &Heard, peer: &Peer, number: u32, text: &str) -> Result<Row> {
    let (id, billed) = send(provider, number, text).await?;
    let to = phone(number);
    let message = eventually("the message arrives", PATIENCE, async || Ok(peer.message(&to))).await?;
    let delivered = eventually("the receipt comes", PATIENCE, async || {
        Ok(heard.delivered(&id).then_some(()))
    })
    .await;
    Ok(Row {
        text: message["text"].as_str().unwrap_or_default().to_owned(),
        parts: message["parts"].as_u64().unwrap_or_default(),
        billed,
        delivered: delivered.is_ok(),
    })
}

/// Sends a text to guest `number`; returns the operator's id and the number of billed parts.
async fn send(provider: &dyn Provider, number: u32, text: &str) -> Result<(String, u64)> {
    let (to, now) = (phone(number), Timestamp::now());
    let message = OutgoingMessage {
        attempt: AttemptKey {
            message: MessageId(number.into()),
            lease: 1,
        },
        address: &to,
        content: Content::Text(text),
        collapse_key: "proof",
        expires: Timestamp(now.0 + 3_600_000),
        now,
        last_inbound: None,
        customer: None,
    };
    match provider.send(&message).await {
        Outcome::Accepted {
            provider_id: Some(id),
            parts: Some(parts),
            ..
        } => Ok((id, parts.into())),
        other => anyhow::bail!("{text:?} was not accepted: {other:?}"),
    }
}

/// Many at once over several binds with a window each.
async fn many(scale: Scale, report: &mut Report, provider: &dyn Provider, heard: &Heard, peer: &Peer) -> Result<()> {
    let count: u32 = scale.pick(3_000, 300);
    report.tell(format!("{count} messages of 1 to 3 parts, {AT_ONCE} at once"));
    let texts = texts();
    let text = |number: u32| format!("{} {number}", texts[number as usize % texts.len()].2);
    let started = Instant::now();
    let numbers = 1_000..1_000 + count;
    let sent: Vec<Result<(String, u64)>> = stream::iter(numbers.clone())
        .map(|number| async move { send(provider, number, &text(number)).await })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let seconds = started.elapsed().as_secs_f64();
    let sent: Vec<(String, u64)> = sent.into_iter().collect::<Result<_>>()?;
    let all_back = async || Ok(sent.iter().all(|(id, _)| heard.delivered(id)).then_some(()));
    let back = eventually("all receipts come", PATIENCE, all_back).await.is_ok();
    let arrived = numbers
        .filter(|number| {
            peer.message(&phone(*number))
                .is_some_and(|m| m["text"] == text(*number))
        })
        .count();
    let parts: u64 = sent.iter().map(|(_, parts)| parts).sum();
    report.claim(
        "so do many at once, over 3 binds",
        arrived == count as usize && back,
        format!(
            "{arrived} of {count} messages whole, {parts} parts in {seconds:.1} s, receipts {}",
            if back { "all back" } else { "MISSING" }
        ),
    );
    report.figure("messages_at_once", count);
    Ok(())
}

/// Claims that the session ends in order, and that no part came twice.
async fn leave(report: &mut Report, way: &str, peer: &Peer) -> Result<()> {
    let binds = peer.count("bind");
    let unbound = async || Ok((peer.count("unbind") == binds).then_some(()));
    let polite = eventually("every session unbinds", PATIENCE, unbound).await.is_ok();
    let (twice, errors) = (peer.count("part_twice"), peer.count("error"));
    report.claim(
        &format!("{way}: every bind ends with an unbind, no part comes twice"),
        polite && twice == 0 && errors == 0,
        format!("{binds} binds, {twice} parts twice, {errors} errors of the peer's codec"),
    );
    Ok(())
}

async fn refused(report: &mut Report, installed: &peer::Installed) -> Result<()> {
    let peer = installed.start(false).await?;
    let mut section = section(peer.port, "udh8", false, 1);
    section["password"] = json!({ "env": "WRONG" });
    let provider = provider(&section)?;
    let outcome = send(&*provider, 1, "Hi").await;
    let told = outcome.err().map(|error| error.to_string()).unwrap_or_default();
    provider.close().await;
    report.claim(
        "a wrong password stops the sender and is not tried again",
        told.contains("RINVPASWD") && told.contains("Misconfigured") && peer.count("bind") == 1,
        format!("{} bind(s) refused", peer.count("bind")),
    );
    Ok(())
}

fn section(port: u16, way: &str, hex_ids: bool, binds: u32) -> Value {
    json!({
        "host": "127.0.0.1",
        "port": port,
        "system_id": "bellhop",
        "password": { "env": "RIGHT" },
        "source": "PIZZA",
        "binds": binds,
        "window": 20,
        "concatenation": way,
        "message_ids": { "submit": if hex_ids { "hex" } else { "decimal" }, "receipt": "decimal" },
    })
}

fn provider(section: &Value) -> Result<Arc<dyn Provider>> {
    let secrets = |name: &str| Some(if name == "RIGHT" { "secret" } else { "mistake" }.to_owned());
    Ok(registry::build("smpp", section, &secrets)?)
}

fn open(port: u16, way: &str, hex_ids: bool) -> Result<(Arc<dyn Provider>, Arc<Heard>)> {
    let provider = provider(&section(port, way, hex_ids, 3)).context("the section")?;
    let heard = Arc::new(Heard::default());
    provider.open(Arc::clone(&heard) as Arc<dyn EventSink>);
    Ok((provider, heard))
}

/// What the peer reported, by the operator's id.
#[derive(Default)]
struct Heard(Mutex<BTreeMap<String, ReceiptStatus>>);

impl Heard {
    fn delivered(&self, id: &str) -> bool {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.get(id) == Some(&ReceiptStatus::Delivered)
    }
}

#[async_trait]
impl EventSink for Heard {
    async fn take(&self, events: Vec<Event>) -> Result<(), String> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            let Event::Receipt(receipt) = event else { continue };
            let ids = match receipt.attempt {
                ReceiptFor::Provider(id) => vec![id],
                ReceiptFor::OneOf(ids) => ids,
                ReceiptFor::Ours(_) => continue,
            };
            heard.extend(ids.into_iter().map(|id| (id, receipt.status.clone())));
        }
        Ok(())
    }
}
