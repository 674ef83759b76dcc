//! Other systems are told: from a message's states to calls that can be verified.

use crate::stage::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bellhop_channels::config::SecretSource;
use bellhop_channels::outgoing_webhook::WebhookCaller;
use bellhop_dispatcher::WebhookParts;
use bellhop_domain::webhook::WebhookKind;
use bellhop_domain::{Timestamp, WebhookId};
use bellhop_settings::sealed::{Keys, seal_webhook};
use bellhop_store::webhooks::{Delivery, DeliveryState, NewWebhook, WebhooksBook};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const SECRET: [u8; 24] = *b"the loyalty system knows";

/// A call as the other system saw it: headers in lower case, and the body.
type Seen = (BTreeMap<String, String>, String);

/// Another system, which answers by a script with a number for each call.
struct Listener {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Listener {
    async fn answering(status: impl Fn(usize) -> u16 + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let kept = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serve(stream, &kept, &status).await;
            }
        });
        Self { port, seen }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, kept: &Mutex<Vec<Seen>>, status: impl Fn(usize) -> u16) {
    let mut read = Vec::new();
    let (headers, start) = loop {
        let mut some = [0; 4096];
        let length = stream.read(&mut some).await.unwrap();
        if length == 0 {
            return;
        }
        read.extend_from_slice(&some[..length]);
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let pairs = head.lines().filter_map(|line| line.split_once(": "));
            let headers: BTreeMap<_, _> = pairs
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect();
            break (headers, head.len() + 4);
        }
    };
    let length: usize = headers["content-length"].parse().unwrap();
    while read.len() < start + length {
        let mut some = [0; 4096];
        let more = stream.read(&mut some).await.unwrap();
        read.extend_from_slice(&some[..more]);
    }
    let body = String::from_utf8(read[start..].to_vec()).unwrap();
    let status = {
        let mut kept = kept.lock().unwrap();
        kept.push((headers, body));
        status(kept.len() - 1)
    };
    let location = if status == 307 { "location: /other\r\n" } else { "" };
    let answer = format!("HTTP/1.1 {status} Said\r\n{location}content-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
}

/// HMAC-SHA256 by its definition (RFC 2104), with nothing of ours.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::digest([&pad(0x36)[..], text].concat());
    Sha256::digest([&pad(0x5c)[..], &inner].concat()).to_vec()
}

fn assert_signed((headers, body): &Seen, now: Timestamp) {
    let (id, at) = (&headers["webhook-id"], &headers["webhook-timestamp"]);
    let expected = STANDARD.encode(hmac(&SECRET, format!("{id}.{at}.{body}").as_bytes()));
    assert_eq!(headers["webhook-signature"], format!("v1,{expected}"));
    assert_eq!(headers["content-type"], "application/json");
    let at: i64 = at.parse().unwrap();
    assert!((now.0 / 1_000 - at).abs() < 300, "{at}");
}

fn keys() -> Keys {
    let environment = |_: &str| Some("07".repeat(32));
    Keys::read(&[SecretSource::Env("KEY".to_owned())], &environment).unwrap()
}

impl Stage {
    /// A webhook at this port that is told of messages.
    async fn webhook(&mut self, port: u16) -> WebhookId {
        let host = format!("127.0.0.1:{port}");
        self.dispatcher.webhooks = Some(Arc::new(WebhookParts {
            caller: WebhookCaller::new(std::slice::from_ref(&host)).unwrap(),
            keys: keys(),
        }));
        self.kept_webhook(&format!("http://{host}/hook")).await
    }

    async fn kept_webhook(&self, url: &str) -> WebhookId {
        let secret = SecretString::from(format!("whsec_{}", STANDARD.encode(SECRET)));
        let sealed = seal_webhook(&keys(), "o", &secret, [7; 12]).unwrap();
        let kinds = BTreeSet::from([WebhookKind::MessageState]);
        let new = NewWebhook {
            name: "loyalty",
            url,
            kinds: &kinds,
            secret: &sealed,
        };
        self.store
            .create_webhook(ORG, &new, None, "tester", self.now())
            .await
            .unwrap()
    }

    /// Moves the clock to when a delivery is tried next.
    async fn to_the_next_try(&self, id: WebhookId) {
        let (all, now) = (self.deliveries(id).await, self.now());
        if let Some(next) = all.iter().filter_map(|it| it.next_at).min().filter(|next| *next > now) {
            self.later(next.since(now));
        }
    }

    async fn deliveries(&self, id: WebhookId) -> Vec<Delivery> {
        self.store.deliveries(ORG, id, None, None, 100).await.unwrap()
    }
}

/// It is told again under the same id until it says yes, and what comes later comes after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_told_until_it_is_taken_and_the_next_one_after_it() {
    let listener = Listener::answering(|call| if call < 2 { 500 } else { 204 }).await;
    let mut stage = Stage::on_sqlite().await;
    stage.guests(1, 1).await;
    let id = stage.webhook(listener.port).await;
    stage.start();
    let (mailing, _) = stage.on_demand(&[PUSH]).await;
    let message = stage.ask(mailing, 1, "4711").await;
    until("it is told that the message was sent", async || {
        !listener.seen().is_empty()
    })
    .await;
    stage.open(message).await;
    until("it is told of the open, once it takes that it was sent", async || {
        stage.to_the_next_try(id).await;
        listener.seen().len() == 4
    })
    .await;
    let seen = listener.seen();
    seen.iter().for_each(|it| assert_signed(it, stage.now()));
    let ids: Vec<_> = seen.iter().map(|(headers, _)| &headers["webhook-id"]).collect();
    assert!(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] != ids[3], "{ids:?}");
    let states: Vec<_> = seen
        .iter()
        .map(|(_, body)| serde_json::from_str::<serde_json::Value>(body).unwrap()["data"]["state"].clone())
        .collect();
    assert_eq!(states, ["sent", "sent", "sent", "opened"]);
    until("both are recorded", async || {
        let all = stage.deliveries(id).await;
        all.len() == 2 && all.iter().all(|it| it.state == DeliveryState::Delivered)
    })
    .await;
    assert_eq!(stage.deliveries(id).await[1].tries, 3);
}

/// What is never taken is dead after a day, and a redirect is not a yes.
#[tokio::test(flavor = "multi_thread")]
async fn what_redirects_for_a_day_is_dead() {
    let listener = Listener::answering(|_| 307).await;
    let mut stage = Stage::on_sqlite().await;
    stage.guests(1, 1).await;
    let id = stage.webhook(listener.port).await;
    stage.start();
    let (mailing, _) = stage.on_demand(&[PUSH]).await;
    stage.ask(mailing, 1, "4711").await;
    until("it is told", async || !listener.seen().is_empty()).await;
    until("it is dead", async || {
        stage.to_the_next_try(id).await;
        stage
            .deliveries(id)
            .await
            .iter()
            .any(|it| it.state == DeliveryState::Dead)
    })
    .await;
    let all = stage.deliveries(id).await;
    let dead = all.iter().find(|it| it.state == DeliveryState::Dead).unwrap();
    assert_eq!(dead.last_status, Some(307));
    assert!(
        dead.last_words
            .as_deref()
            .unwrap()
            .contains("redirects are not followed"),
        "{dead:?}"
    );
    assert!(dead.tries > 20, "{dead:?}");
}

/// An address in our own network is not called, however it came into the table.
#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_not_called() {
    let listener = Listener::answering(|_| 204).await;
    let mut stage = Stage::on_sqlite().await;
    stage.guests(1, 1).await;
    // Another port than that of tests.
    stage.webhook(1).await;
    let own = stage
        .kept_webhook(&format!("https://127.0.0.1:{}/", listener.port))
        .await;
    stage.start();
    let (mailing, _) = stage.on_demand(&[PUSH]).await;
    stage.ask(mailing, 1, "4711").await;
    until("it was tried", async || {
        stage.deliveries(own).await.iter().any(|it| it.last_words.is_some())
    })
    .await;
    let words = stage.deliveries(own).await[0].last_words.clone().unwrap();
    assert!(words.contains("private network"), "{words}");
    assert!(listener.seen().is_empty());
}
