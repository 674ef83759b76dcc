//! What the product itself sends, and what peers make of it: a push service that decrypts, an SMSC that reports.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use bellhop_channels::{
    Content, Event, EventSink, OutgoingMessage, Provider, ReceiptFor, ReceiptStatus, WebPush, registry,
};
use bellhop_domain::address::Subscription;
use bellhop_domain::receipt::AttemptKey;
use bellhop_domain::{MessageId, Outcome, Timestamp};
use serde_json::{Value, json};

use super::install::Installed;
use super::script::Script;
use crate::command::Bellhop;
use crate::guests::phone;
use crate::patience::eventually;
use crate::proof::{Report, Scale};

const PATIENCE: Duration = Duration::from_secs(30);

fn message<'a>(number: u32, address: &'a str, content: Content<'a>) -> OutgoingMessage<'a> {
    let now = Timestamp::now();
    OutgoingMessage {
        attempt: AttemptKey {
            message: MessageId(number.into()),
            lease: 1,
        },
        address,
        content,
        collapse_key: "peers",
        expires: Timestamp(now.0 + 3_600_000),
        now,
        last_inbound: None,
        customer: None,
    }
}

/// Web push, decrypted by http_ece and verified by py_vapid.
pub(super) async fn web_push(scale: Scale, report: &mut Report, installed: &Installed) -> Result<()> {
    let count: usize = scale.pick(200, 20);
    let mut service = installed.start("webpush.py", &[])?;
    let (port, subscription) = service.listening().await?;
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("vapid.pem");
    let made = Bellhop::in_folder(folder.path())?;
    made.json(&["web-push-keys", &key.to_string_lossy()]).await?;
    let section = json!({
        "vapid_key": { "file": key },
        "subject": "mailto:push@pizza.example",
        "test_hosts": [format!("127.0.0.1:{port}")],
    });
    let provider = registry::build("web_push", &section, &|_| None).map_err(anyhow::Error::msg)?;
    // No browser has such an endpoint, because it is plain http; only the sender is tested.
    let address = serde_json::from_value::<Subscription>(subscription)?.address();
    for number in 0..count {
        let body = format!("Две пиццы по цене одной 🍕 {number}");
        let push = WebPush {
            title: "Соскучились",
            body: &body,
            icon: None,
            image: None,
            link: Some("https://brand.example/p/3kTMd8aZ01x"),
            actions: &[],
        };
        match provider
            .send(&message(number as u32, &address, Content::WebPush(push)))
            .await
        {
            Outcome::Accepted { .. } => {}
            other => bail!("the peer's push service was not content: {other:?}"),
        }
    }
    let pushes = service.until("push", count).await?;
    let read = |push: &&Value| push["text"].as_str().is_some_and(|text| text.contains("Две пиццы"));
    let decrypted = pushes.iter().filter(read).count();
    let verified = pushes.iter().filter(|push| push["verified"] == true).count();
    let named = pushes
        .iter()
        .filter(|push| push["claims"]["sub"] == "mailto:push@pizza.example")
        .count();
    report.claim(
        "http_ece decrypts every web push, py_vapid believes its sender",
        decrypted == count && verified == count && named == count,
        format!(
            "{decrypted} decrypted, {verified} verified of {count}{}",
            trouble(&pushes)
        ),
    );
    Ok(())
}

fn trouble(pushes: &[Value]) -> String {
    let first = pushes.iter().find_map(|push| push["trouble"].as_str());
    first.map_or_else(String::new, |why| format!("; {why}"))
}

/// SMS, decoded by smpplib, which writes receipts in seven variations.
pub(super) async fn sms(scale: Scale, report: &mut Report, installed: &Installed) -> Result<()> {
    let count: u32 = scale.pick(700, 70);
    let mut smsc = installed.start("smsc.py", &[])?;
    let (port, _) = smsc.listening().await?;
    let section = json!({
        "host": "127.0.0.1", "port": port, "system_id": "bellhop", "password": { "env": "SECRET" }, "source": "PIZZA",
        "message_ids": { "submit": "hex", "receipt": "decimal" }, "receipt_utc_offset": "+03:00",
    });
    let secret = |_: &str| Some("secret".to_owned());
    let provider = registry::build("smpp", &section, &secret).map_err(anyhow::Error::msg)?;
    let heard = Arc::new(Heard::default());
    provider.open(Arc::clone(&heard) as Arc<dyn EventSink>);
    let mut sent = Vec::new();
    for number in 0..count {
        // The last digit chooses one of the seven variations.
        let to = phone(number / 7 * 10 + number % 7);
        let text = format!("Скидка ждёт вас 🍕 {number}");
        let id = accepted(&*provider, number, &to, &text).await?;
        sent.push((to, text, id));
    }
    let all = async || Ok(sent.iter().all(|(_, _, id)| heard.delivered(id)).then_some(()));
    let _ = eventually("all receipts come", PATIENCE, all).await;
    arrived(report, &smsc, &sent);
    let settled = sent.iter().filter(|(_, _, id)| heard.delivered(id)).count();
    report.claim(
        "receipts in seven dresses find their messages: answers in hex, texts in decimal, minutes for times",
        settled == sent.len(),
        format!("{settled} of {count}"),
    );
    provider.close().await;
    let binds = smsc.all("bind").len();
    let unbound = async || Ok((smsc.all("unbind").len() == binds).then_some(()));
    let polite = eventually("every session unbinds", PATIENCE, unbound).await.is_ok();
    report.claim(
        "the sessions unbind, and smpplib has nothing to complain of",
        polite && smsc.all("error").is_empty() && smsc.all("other").is_empty(),
        format!("{binds} bind(s), {} error(s)", smsc.all("error").len()),
    );
    Ok(())
}

fn arrived(report: &mut Report, smsc: &Script, sent: &[(String, String, String)]) {
    let messages = smsc.all("message");
    let whole = |(to, text, _): &&(String, String, String)| {
        let digits = to.trim_start_matches('+');
        messages
            .iter()
            .any(|one| one["to"] == digits && one["text"] == text.as_str())
    };
    let found = sent.iter().filter(whole).count();
    report.claim(
        "smpplib reads every text as it was",
        found == sent.len() && messages.len() == sent.len(),
        format!("{found} of {}", sent.len()),
    );
    let answers = smsc.all("taken");
    report.line(format!(
        "{} receipts answered with 0",
        answers.iter().filter(|one| one["status"] == 0).count()
    ));
}

async fn accepted(provider: &dyn Provider, number: u32, to: &str, text: &str) -> Result<String> {
    match provider.send(&message(number, to, Content::Text(text))).await {
        Outcome::Accepted { provider_id, .. } => provider_id.context("no id"),
        other => bail!("{text:?} was not accepted: {other:?}"),
    }
}

/// What the peer reported, by each id that a report may be about.
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
