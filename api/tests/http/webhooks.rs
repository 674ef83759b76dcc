use crate::world::{NOW, World};
use bellhop_channels::{AttemptKey, Event, Receipt, ReceiptFor, ReceiptStatus, Webhook, WebhookError, WebhookRequest};
use bellhop_domain::EndpointKind;
use bellhop_domain::message::MessageState;
use bellhop_domain::{Lane, Money};
use bellhop_store::ledger::{
    Claim, ClaimRequest, Claiming, Finishing, Publishing, Reading, RenderNeeds, Starting, TaskOf,
};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A gateway that signs with a header, expects `OK`, and reports `ID STATUS` lines.
struct Gateway;

impl Webhook for Gateway {
    fn parse(&self, request: &WebhookRequest<'_>) -> Result<Vec<Event>, WebhookError> {
        if request.headers.get("x-signature").is_none_or(|value| value != "good") {
            return Err(WebhookError::BadSignature);
        }
        let text = if request.body.is_empty() {
            request.query.as_bytes()
        } else {
            request.body
        };
        let text = std::str::from_utf8(text).map_err(|e| WebhookError::Unreadable(e.to_string()))?;
        text.lines().map(|line| report(line).map(Event::Receipt)).collect()
    }

    fn acknowledgement(&self) -> &str {
        "OK"
    }
}

fn report(line: &str) -> Result<Receipt, WebhookError> {
    let unreadable = || WebhookError::Unreadable(format!("{line:?} is not a report"));
    let (id, status) = line.split_once('+').ok_or_else(unreadable)?;
    let attempt = ReceiptFor::Ours(id.parse::<AttemptKey>().map_err(|_| unreadable())?);
    let status = match status {
        "delivered" => ReceiptStatus::Delivered,
        _ => ReceiptStatus::Undelivered {
            why: "status 20".into(),
            gone: false,
        },
    };
    Ok(Receipt {
        attempt,
        status,
        at: None,
        cost: Some(Money(25_000)),
    })
}

/// Starts an attempt at the message, as a worker does before its request.
async fn begun(world: &World) -> AttemptKey {
    let ready = world
        .store
        .take_ready(EndpointKind::Phone, Lane::Marketing, 1, NOW)
        .await
        .unwrap();
    let needs = RenderNeeds::default();
    let of = TaskOf {
        batch: ready[0].id,
        installation: world.store.installation().await.unwrap(),
        org: ready[0].org,
        run: ready[0].run,
        kind: ready[0].kind,
        lane: ready[0].lane,
    };
    let request = ClaimRequest {
        of,
        as_of: world.store.run(of.run).await.unwrap().as_of,
        sender: "smsc",
        worker: "worker",
        max: 1,
        lease: Duration::from_secs(60),
        needs: &needs,
        cap: None,
    };
    let claim = world.store.claim(&request, NOW).await;
    let Claim::Leased { lease, .. } = claim.unwrap() else {
        panic!("not leased")
    };
    let message = world.message;
    let starting = Starting {
        of,
        lease,
        sender: "smsc",
        others: &[],
    };
    let started = world.store.start(&starting, &[message], None, NOW).await.unwrap();
    assert_eq!(started, [message]);
    AttemptKey { message, lease }
}

const PATH: &str = "/webhooks/brand/smsc";

pub async fn gateway() -> World {
    World::with("https://brand.example", Some(Box::new(Gateway))).await
}

#[tokio::test]
async fn a_report_is_recorded_and_acknowledged_however_often_it_comes() {
    let world = gateway().await;
    let key = begun(&world).await;
    for _ in 0..3 {
        let call = world
            .post(PATH)
            .header("x-signature", "good")
            .body(format!("{key}+delivered"));
        let response = call.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.text().await.unwrap(), "OK");
    }
    // The report came before the answer to the request was recorded: it is kept, and applied once the answer is
    // recorded.
    world.store.reclaim(Duration::from_secs(60), later(120)).await.unwrap();
    world.store.settle_receipts(later(121)).await.unwrap();
    let story = world.story().await;
    assert_eq!(story.state, MessageState::Delivered, "{story:?}");
    assert_eq!((story.attempts.len(), story.attempts[0].cost), (1, Some(Money(25_000))));
}

fn later(seconds: i64) -> bellhop_domain::Timestamp {
    bellhop_domain::Timestamp(NOW.0 + seconds * 1_000)
}

#[tokio::test]
async fn a_gateway_may_call_with_get() {
    let world = gateway().await;
    let key = begun(&world).await;
    let call = world
        .get(&format!("{PATH}?{key}+delivered"))
        .header("x-signature", "good");
    let response = call.send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.text().await.unwrap().as_str()),
        (200, "OK")
    );
}

/// Signs the address that it has called, as Twilio does.
struct Addressed;

impl Webhook for Addressed {
    fn parse(&self, request: &WebhookRequest<'_>) -> Result<Vec<Event>, WebhookError> {
        match request.url {
            "https://bellhop.example/webhooks/brand/smsc?key=w" => Ok(Vec::new()),
            _ => Err(WebhookError::BadSignature),
        }
    }
}

/// Over HTTP/2, and from some proxies, the request line names a scheme and a host: those of the last hop.
#[tokio::test]
async fn the_signed_address_is_ours_whatever_the_last_hop_wrote() {
    let world = World::with("https://brand.example", Some(Box::new(Addressed))).await;
    let address = world.url.strip_prefix("http://").unwrap();
    for target in [
        "/webhooks/brand/smsc?key=w".to_owned(),
        format!("http://{address}/webhooks/brand/smsc?key=w"),
        "https://bellhop.example/webhooks/brand/smsc?key=w".to_owned(),
    ] {
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let head =
            format!("POST {target} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{target}: {answer}");
    }
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let call = client.post(format!("{}/webhooks/brand/smsc?key=w", world.url));
    assert_eq!(call.send().await.unwrap().status(), 200, "HTTP/2");
}

#[tokio::test]
async fn what_is_forged_or_unreadable_changes_nothing() {
    let world = gateway().await;
    let key = begun(&world).await;
    let before = world.story().await;
    for (signature, body, status) in [
        ("bad", format!("{key}+delivered"), 401),
        ("", format!("{key}+delivered"), 401),
        ("good", "nonsense".to_owned(), 400),
        // If one line cannot be read, the other is not taken either.
        ("good", format!("{key}+delivered\nnonsense"), 400),
    ] {
        let response = world
            .post(PATH)
            .header("x-signature", signature)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status);
        assert_ne!(response.text().await.unwrap(), "OK");
    }
    world.store.settle_receipts(later(1)).await.unwrap();
    assert_eq!(world.story().await.state, before.state);
}

#[tokio::test]
async fn only_configured_senders_are_called_back() {
    let world = gateway().await;
    for path in ["/webhooks/brand/other", "/webhooks/other/smsc"] {
        let response = world.post(path).header("x-signature", "good").send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
    let silent = World::new().await;
    assert_eq!(silent.post(PATH).send().await.unwrap().status(), 404);
}
