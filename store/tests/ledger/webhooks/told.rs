//! What webhooks are told, and that nobody else pays for it.

use crate::programs::desk::{ByGuard, fire};
use crate::requests::{ask, launched};
use crate::world::*;
use bellhop_domain::consent::WordSource;
use bellhop_domain::tag::TagSource;
use bellhop_domain::webhook::WebhookKind::*;
use bellhop_domain::*;
use bellhop_store::guests::{Consent, GuestBase, GuestTags, TagChange};
use bellhop_store::ledger::*;
use bellhop_store::webhooks::*;
use serde_json::json;

crate::on_both![
    states_of_a_request_are_told_once_each,
    nothing_is_written_where_nobody_wants_it,
    a_grant_is_told_and_taken_back_under_one_key,
    a_changed_consent_is_told_once,
    changed_tags_are_told,
    what_happened_before_is_not_told,
    another_organisation_hears_nothing,
    a_watch_ends,
];

const NOTICES: &str = "SELECT COUNT(*) AS x FROM outbox WHERE kind > 20";

async fn to(world: &World, message: MessageId, state: &str) {
    let keys = world.column("SELECT id AS x FROM messages ORDER BY id").await;
    for key in keys {
        if world.id(key.parse().unwrap()).await == message {
            world
                .exec(&format!("UPDATE messages SET {state} WHERE id = {key}"))
                .await;
        }
    }
}

async fn states_of_a_request_are_told_once_each(mut world: World) {
    world.guests(1).await;
    let id = world.webhook(&[MessageState]).await;
    let (mailing, _) = launched(&world, &[SMS]).await;
    let message = ask(&world, mailing, "order-1", To::Customer("c1")).await;
    world.tell().await;
    assert!(world.bodies(id).await.is_empty(), "nothing has happened yet");
    for (state, told) in [
        ("state = 15, sent_at = 1", 1),
        ("state = 15", 1),
        ("state = 16", 2),
        ("state = 17", 3),
    ] {
        to(&world, message, state).await;
        world.later(MINUTE);
        world.tell().await;
        assert_eq!(world.deliveries(id).await.len(), told, "{state}");
    }
    let bodies = world.bodies(id).await;
    let states: Vec<_> = bodies.iter().map(|(_, data)| data["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["sent", "delivered", "opened"]);
    let (kind, data) = &bodies[0];
    assert_eq!(kind, "message.state");
    assert_eq!(
        *data,
        json!({"message_id": message, "state": "sent", "channel": "sms", "customer_id": "c1", "mailing_id": mailing,
               "request_id": "order-1"})
    );
    let subjects: Vec<_> = world.deliveries(id).await.into_iter().map(|it| it.subject).collect();
    assert!(
        subjects.iter().all(|it| *it == format!("message:{message}")),
        "{subjects:?}"
    );
}

async fn nothing_is_written_where_nobody_wants_it(world: World) {
    world.guests(1).await;
    let id = world.webhook(&[GuestTagged]).await;
    let (mailing, _) = launched(&world, &[SMS]).await;
    ask(&world, mailing, "order-1", To::Customer("c1")).await;
    consent(&world, false, WordSource::Api).await;
    world.look().await;
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM watched_messages").await, 0);
    assert_eq!(world.number(NOTICES).await, 0);
    world
        .store
        .switch_webhook(ORG, id, false, "tester", world.now)
        .await
        .unwrap();
    tag(&world).await;
    assert_eq!(world.number(NOTICES).await, 0, "it is switched off");
}

async fn a_grant_is_told_and_taken_back_under_one_key(mut world: World) {
    world.guests(2).await;
    let id = world.webhook(&[ProgramGranted, ProgramRevoked]).await;
    let it = world.program().await;
    world
        .change(&[fire(&it, 1, 5, world.now), fire(&it, 2, 6, world.now)])
        .await;
    let rule = ByGuard {
        granted: Some(r#"{"bonuses":"300","valid_to":"2026-12-14"}"#),
        ..ByGuard::default()
    };
    assert_eq!(world.let_all_go(&rule).await.sent, 2);
    world.tell().await;
    let told = world.bodies(id).await;
    assert_eq!(told.len(), 2, "{told:?}");
    let (kind, granted) = &told[0];
    assert_eq!(kind, "program.granted");
    assert_eq!(
        (&granted["bonuses"], &granted["valid_to"]),
        (&json!("300"), &json!("2026-12-14"))
    );
    assert_eq!(granted["customer_id"], "c1");
    world
        .exec("UPDATE messages SET state = 13, reason = 'refused' WHERE customer_id = 1")
        .await;
    world
        .exec("UPDATE messages SET state = 15, sent_at = 1 WHERE customer_id = 2")
        .await;
    world.later(MINUTE);
    world.tell().await;
    let told = world.bodies(id).await;
    assert_eq!(told.len(), 3, "{told:?}");
    let (kind, revoked) = &told[2];
    assert_eq!(kind, "program.revoked");
    for key in ["idempotency_key", "program_id", "customer_id", "message_id"] {
        assert_eq!(revoked[key], granted[key], "{key}");
    }
    let firing = world.column("SELECT id AS x FROM firings WHERE customer_id = 1").await;
    assert_eq!(granted["idempotency_key"], firing[0]);
    // A late report says that it arrived after all.
    world.exec("UPDATE messages SET state = 16 WHERE customer_id = 1").await;
    world.later(2 * MINUTE);
    world.tell().await;
    let told = world.bodies(id).await;
    assert_eq!((told.len(), told[3].0.as_str()), (4, "program.granted"));
    assert_eq!(told[3].1, *granted);
}

async fn consent(world: &World, given: bool, source: WordSource) {
    let consent = Consent {
        channel: Channel::Sms,
        purpose: Purpose::Marketing,
        given,
        source,
        how: "page".to_owned(),
        text_version: None,
    };
    world
        .store
        .set_consents(ORG, CustomerId(1), &[consent], world.now)
        .await
        .unwrap();
}

async fn a_changed_consent_is_told_once(mut world: World) {
    world.guests(1).await;
    let id = world.webhook(&[ConsentChanged]).await;
    // They had agreed.
    consent(&world, true, WordSource::Guest).await;
    world.later(MINUTE);
    consent(&world, false, WordSource::Guest).await;
    world.later(MINUTE);
    // The same again says nothing new.
    consent(&world, false, WordSource::Guest).await;
    world.later(MINUTE);
    consent(&world, true, WordSource::Guest).await;
    world.tell().await;
    let of = |given: bool| json!({"customer_id": "c1", "channel": "sms", "purpose": "marketing", "given": given, "source": "guest"});
    let told = world.bodies(id).await;
    let data: Vec<_> = told.into_iter().map(|(_, data)| data).collect();
    assert_eq!(data, [of(false), of(true)]);
}

async fn tag(world: &World) {
    let change = TagChange {
        set: ["vip".to_owned()].into(),
        removed: ["new".to_owned()].into(),
    };
    let store = &world.store;
    store
        .change_tags(ORG, CustomerId(1), TagSource::Api, &change, "tester", world.now)
        .await
        .unwrap();
}

async fn changed_tags_are_told(world: World) {
    world.guests(1).await;
    let id = world.webhook(&[GuestTagged]).await;
    tag(&world).await;
    world.tell().await;
    let data = json!({"customer_id": "c1", "set": ["vip"], "removed": ["new"], "source": "api"});
    assert_eq!(world.bodies(id).await, [("guest.tagged".to_owned(), data)]);
}

async fn what_happened_before_is_not_told(mut world: World) {
    world.guests(1).await;
    let first = world.webhook(&[GuestTagged]).await;
    tag(&world).await;
    world.later(MINUTE);
    let second = world.webhook(&[GuestTagged]).await;
    world.tell().await;
    assert_eq!(
        (
            world.deliveries(first).await.len(),
            world.deliveries(second).await.len()
        ),
        (1, 0)
    );
    tag(&world).await;
    world.tell().await;
    assert_eq!(
        (
            world.deliveries(first).await.len(),
            world.deliveries(second).await.len()
        ),
        (2, 1)
    );
}

async fn another_organisation_hears_nothing(world: World) {
    world.guests(1).await;
    let own = world.webhook(&[GuestTagged]).await;
    let text = "INSERT INTO organisations (id, slug, name, currency, timezone, settings)
                VALUES (2, 'p', 'P', 'RUB', 'Europe/Moscow', '{}')";
    world.exec(text).await;
    let kinds = [GuestTagged].into();
    let new = NewWebhook {
        name: "other",
        url: "https://other.example/",
        kinds: &kinds,
        secret: "sealed",
    };
    let other = world
        .store
        .create_webhook(OrgId(2), &new, None, "tester", world.now)
        .await
        .unwrap();
    tag(&world).await;
    world.tell().await;
    assert_eq!(world.deliveries(own).await.len(), 1);
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM webhook_deliveries").await, 1);
    let delivery = world.deliveries(own).await[0].id;
    assert!(
        world
            .store
            .replay(OrgId(2), delivery, "tester", world.now)
            .await
            .is_err()
    );
    assert!(world.store.deliveries(OrgId(2), own, None, None, 10).await.is_err());
    assert!(
        world
            .store
            .delete_webhook(OrgId(2), own, "tester", world.now)
            .await
            .is_err()
    );
    assert!(
        world
            .store
            .rotate_webhook(ORG, other, "s", world.now, "tester", world.now)
            .await
            .is_err()
    );
}

async fn a_watch_ends(mut world: World) {
    const DAY: i64 = 24 * 60 * MINUTE;
    world.guests(2).await;
    world.webhook(&[MessageState]).await;
    let (mailing, _) = launched(&world, &[SMS]).await;
    let opened = ask(&world, mailing, "1", To::Customer("c1")).await;
    ask(&world, mailing, "2", To::Customer("c2")).await;
    to(&world, opened, "state = 17, sent_at = 1").await;
    world.look().await;
    let watched = "SELECT COUNT(*) AS x FROM watched_messages";
    assert_eq!(world.number(watched).await, 1, "nothing follows an open");
    world.later(6 * DAY);
    world.look().await;
    assert_eq!(world.number(watched).await, 1);
    world.later(DAY);
    world.look().await;
    assert_eq!(world.number(watched).await, 0);
}
