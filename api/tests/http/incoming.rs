//! What providers report beside receipts, over real HTTP: it is stored before it is acknowledged, and only once
//! however often it comes.

use crate::world::{NOW, PHONE, World};
use bellhop_channels::{Event, Webhook, WebhookError, WebhookRequest};
use bellhop_domain::incoming::{Health, HealthState, Inbound, InboundContent};
use bellhop_domain::{Channel, Timestamp};
use bellhop_store::GuestBase;
use bellhop_store::ledger::SenderStates;

/// Signs with a header; each line of a call is an event: `say TEXT`, `health STATE` or something else.
struct Messenger;

impl Webhook for Messenger {
    fn parse(&self, request: &WebhookRequest<'_>) -> Result<Vec<Event>, WebhookError> {
        if request.headers.get("x-signature").is_none_or(|value| value != "good") {
            return Err(WebhookError::BadSignature);
        }
        let text = std::str::from_utf8(request.body).map_err(|e| WebhookError::Unreadable(e.to_string()))?;
        Ok(text.lines().map(event).collect())
    }

    fn handshake(&self, query: &str) -> Option<Result<String, WebhookError>> {
        let challenge = query.strip_prefix("verify=")?;
        Some(match challenge.split_once('&') {
            Some(("secret", challenge)) => Ok(challenge.to_owned()),
            _ => Err(WebhookError::BadSignature),
        })
    }

    fn acknowledgement(&self) -> &str {
        "OK"
    }
}

fn event(line: &str) -> Event {
    match line.split_once(' ') {
        Some(("say", text)) => Event::Inbound(Inbound {
            perhaps: None,
            also: Vec::new(),
            provider_id: format!("m-{text}"),
            from: PHONE.to_owned(),
            name: None,
            // The wish to begin again is a second younger than the rest.
            at: if text == "START" { NOW } else { Timestamp(NOW.0 - 1_000) },
            content: InboundContent::Text(text.to_owned()),
            answers: None,
        }),
        Some(("health", state)) => Event::Health(Health {
            state: if state == "stopped" {
                HealthState::Stopped
            } else {
                HealthState::Working
            },
            why: state.to_owned(),
            at: NOW,
            ends: None,
        }),
        _ => Event::Unrecognised {
            kind: "line".to_owned(),
            raw: line.to_owned(),
        },
    }
}

const PATH: &str = "/webhooks/brand/smsc";

async fn messenger() -> World {
    World::with("https://brand.example", Some(Box::new(Messenger))).await
}

async fn call(world: &World, signature: &str, body: &str) -> (u16, String) {
    let call = world.post(PATH).header("x-signature", signature).body(body.to_owned());
    let response = call.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn consents(world: &World) -> Vec<Channel> {
    let guest = world.store.customer_id(world.org, "c1").await.unwrap().unwrap();
    world.store.facts(world.org, guest).await.unwrap().consents
}

#[tokio::test]
async fn a_stop_withdraws_at_once_and_a_replay_does_nothing_more() {
    let world = messenger().await;
    assert!(consents(&world).await.contains(&Channel::Sms));
    for _ in 0..2 {
        assert_eq!(
            call(&world, "good", "say Стоп\nsomething new").await,
            (200, "OK".to_owned())
        );
        assert!(!consents(&world).await.contains(&Channel::Sms));
    }
    assert_eq!(call(&world, "good", "say START").await.0, 200);
    assert!(consents(&world).await.contains(&Channel::Sms));
    assert_eq!(call(&world, "good", "say Стоп").await.0, 200);
    assert!(consents(&world).await.contains(&Channel::Sms), "an old call made again");
}

#[tokio::test]
async fn a_forged_stop_is_nobodys() {
    let world = messenger().await;
    for signature in ["", "bad"] {
        let (status, body) = call(&world, signature, "say STOP\nhealth stopped").await;
        assert_eq!(status, 401);
        assert_ne!(body, "OK");
    }
    assert!(consents(&world).await.contains(&Channel::Sms));
    assert!(world.store.paused_senders().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_senders_health_pauses_and_resumes_it() {
    let world = messenger().await;
    assert_eq!(call(&world, "good", "health stopped").await.0, 200);
    let paused = world.store.paused_senders().await.unwrap();
    assert_eq!((paused[0].1.as_str(), paused[0].2.as_str()), ("smsc", "stopped"));
    assert_eq!(call(&world, "good", "health working").await.0, 200);
    assert!(world.store.paused_senders().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_address_is_verified_by_its_challenge() {
    let world = messenger().await;
    for (query, expected) in [
        ("verify=secret&1158201444", (200, "1158201444")),
        ("verify=guess&1158201444", (401, "")),
        // Neither a challenge nor a signature.
        ("", (401, "")),
    ] {
        let response = world.get(&format!("{PATH}?{query}")).send().await.unwrap();
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        assert_eq!(status, expected.0, "{query}");
        assert!(status != 200 || text == expected.1, "{text}");
    }
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_acknowledged() {
    let world = messenger().await;
    world.store.close().await;
    let (status, body) = call(&world, "good", "say Привет").await;
    assert_eq!(status, 503);
    assert_ne!(body, "OK");
}
