//! Whatever goes wrong, what is logged at info and above shows no phone, no token, no text and no personal link.

use crate::provider::{Call, accepted};
use crate::stage::*;
use bellhop_domain::incoming::{Event, Health, HealthState, Inbound, InboundContent};
use bellhop_domain::receipt::{Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::{EndpointKind, Outcome};
use bellhop_store::incoming::Source;
use bellhop_store::ledger::Recording;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

/// Parts of every phone, every token, every text and every link of this test.
const SECRETS: [&str; 3] = ["9991112", "SECRETTOKEN", "ЛАЗУРЬ"];

const SMSC: Source<'_> = Source {
    org: ORG,
    sender: "sms",
    kind: EndpointKind::Phone,
    peers: &[],
};

/// All that this process logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn since(&self, mark: usize) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()[mark..]).into_owned()
    }

    fn mark(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_phone_token_text_or_link_is_logged() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .with_ansi(false)
        .with_writer(log.clone());
    // For all threads of the process; the other tests' words do no harm.
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    for stage in [Stage::on_sqlite().await, Stage::on_postgres().await] {
        let mark = log.mark();
        trouble(&stage, &log, mark).await;
        let said = log.since(mark);
        for line in said.lines() {
            for secret in SECRETS {
                assert!(!line.contains(secret), "{secret}: {line}");
            }
            assert!(!line.replace("/l/…", "").contains("/l/"), "a link: {line}");
        }
    }
}

/// Everything about which the loops say something.
async fn trouble(stage: &Stage, log: &Log, mark: usize) {
    let says = async |words: &str| until(words, async || log.since(mark).contains(words)).await;
    stage.guests(12, 6).await;
    stage
        .exec("UPDATE endpoints SET address = '+7999111' || (2000 + id) WHERE kind = 4")
        .await;
    stage
        .exec("UPDATE endpoints SET address = 'fGh1:APA91bSECRETTOKEN' || (2000 + id) WHERE kind = 1")
        .await;
    stage.start();
    asked_back(stage).await;
    says("a guest is asked what a doubtful answer meant").await;
    reported(stage).await;
    stage.push.answer(|call| Outcome::Rejected { why: echoed(call) });
    let run = mailing(&["ЛАЗУРЬ"], &[PUSH]);
    stage.launch(&run).await;
    says("paused: the content is refused for all").await;
    stage.push.answer(|call| Outcome::Misconfigured { why: echoed(call) });
    stage.launch(&run).await;
    says("sender stopped: its credentials or account fail").await;
    let breaks = Arc::new(AtomicBool::new(false));
    let broken = breaks.clone();
    stage.sms.answer(move |call| {
        broken.store(true, Ordering::Relaxed);
        panic!("it breaks off at {} of {}", call.address, call.text)
    });
    let run = mailing(&["ЛАЗУРЬ", "{{ link }}"], &[SMS]);
    stage.launch(&run).await;
    until("a request broke off", async || breaks.load(Ordering::Relaxed)).await;
    stage.sms.answer(|call| Outcome::CountryStopped { why: echoed(call) });
    stage.launch(&run).await;
    says("it may not send to a country").await;
    stage.launch(&run).await;
    says("a batch broke off").await;
}

fn mailing(words: &[&str], steps: &[&str]) -> String {
    spec_with(&words.join(" "), steps)
}

/// A provider's words that repeat the request.
fn echoed(call: &Call) -> String {
    let link = call
        .text
        .split_whitespace()
        .find(|word| word.contains("://"))
        .unwrap_or_default();
    format!("403: recipient {} is refused; link {link}", call.address)
}

/// A guest answers what may be a no.
async fn asked_back(stage: &Stage) {
    let doubtful = Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: "in-1".to_owned(),
        from: "+79991112003".to_owned(),
        name: Some("ЛАЗУРЬ".to_owned()),
        at: stage.now(),
        content: InboundContent::Text("вы достали, ЛАЗУРЬ".to_owned()),
        answers: None,
    });
    stage.store.take(&SMSC, &doubtful, stage.now()).await.unwrap();
}

/// Messages are taken and then refused by reports, with and without an attempt; the sender stops and works again.
async fn reported(stage: &Stage) {
    stage.sms.answer(|call| match accepted() {
        Outcome::Accepted { cost, parts, .. } => Outcome::Accepted {
            provider_id: Some(format!("id-{}", call.address)),
            cost,
            parts,
        },
        other => other,
    });
    let sent = stage.sms.count();
    stage.launch(&mailing(&["ЛАЗУРЬ", "{{ link }}"], &[SMS])).await;
    until("all but the doubtful are written to", async || {
        stage.sms.count() >= sent + 11
    })
    .await;
    stage.nothing_leased().await;
    for n in 2..=13 {
        let phone = format!("+7999111{}", 2001 + n * 2);
        let why = format!("refused: {phone} has no account, see https://b.example/l/abcdefghijklmnopqrstuv");
        let status = match n % 3 {
            0 => ReceiptStatus::Rejected { why },
            1 => ReceiptStatus::ContentRefused { why },
            _ => ReceiptStatus::Undelivered { why, gone: true },
        };
        let receipt = Event::Receipt(Receipt {
            attempt: ReceiptFor::Provider(format!("id-{phone}")),
            status,
            at: Some(stage.now()),
            cost: None,
        });
        stage.store.take(&SMSC, &receipt, stage.now()).await.unwrap();
    }
    for (state, why) in [
        (HealthState::Stopped, "+79991112000 is blocked"),
        (HealthState::Working, "+79991112000 works"),
    ] {
        let health = Event::Health(Health {
            state,
            why: why.to_owned(),
            at: stage.now(),
            ends: None,
        });
        stage.store.take(&SMSC, &health, stage.now()).await.unwrap();
    }
}
