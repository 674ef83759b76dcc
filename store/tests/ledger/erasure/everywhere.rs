//! A guest who has left a trace in every table that can hold one; after the erasure a search finds none.

use super::{erase, searched};
use crate::incoming::{SMSC, WA, take};
use crate::requests::{ask, launched};
use crate::world::*;
use bellhop_domain::incoming::{Event, Inbound, InboundContent};
use bellhop_domain::tag::TagSource;
use bellhop_domain::*;
use bellhop_store::events::{End, Photo, Rating, tell};
use bellhop_store::guests::{Consent, CustomerCard, EndpointRegistration, GuestBase, GuestTags, TagChange};
use bellhop_store::ledger::To;
use bellhop_store::{GuestPages, LiveEvents};
use serde_json::{Value, json};
use std::collections::BTreeSet;

crate::on_both![nothing_holds_the_person];

const NAME: &str = "Аполлинария";
const PHONE: &str = "+79161112233";
const DIGITS: &str = "79161112233";
const EMAIL: &str = "apollinaria@post.example";
const TOKEN: &str = "fcm-token-of-apollinaria";
const WORDS: &str = "остыло, и курьер грубил";
const DREAM: &str = "dream-holiday-karelia";
/// What nobody else in the database says.
const NEEDLES: [&str; 7] = [NAME, DIGITS, EMAIL, TOKEN, WORDS, DREAM, "9161112233"];

/// Tables that hold the person before; without this the search could find nothing because nothing was there.
const HELD: [&str; 24] = [
    "address_aliases",
    "attempts",
    "audit_log",
    "carts",
    "consent_stands",
    "consent_words",
    "conversations",
    "customer_attributes",
    "customers",
    "endpoints",
    "events",
    "firings",
    "inbound_messages",
    "mailings",
    "message_requests",
    "outbox",
    "program_versions",
    "provider_events",
    "receipts",
    "reviews",
    "runs",
    "webhook_deliveries",
    "opens",
    "referrals",
];

async fn nothing_holds_the_person(mut world: World) {
    let customer = person(&world).await;
    told(&world).await;
    chats(&mut world).await;
    ledger(&mut world, customer).await;
    lists(&world).await;
    let before = searched::holding(&world, &NEEDLES).await;
    let held: BTreeSet<&str> = before.iter().map(|(table, _)| table.as_str()).collect();
    let missing: Vec<_> = HELD.iter().filter(|table| !held.contains(*table)).collect();
    assert!(
        missing.is_empty(),
        "the test has left no trace in {missing:?}: {held:?}"
    );
    let code = world.store.known_referral_code(ORG, customer).await.unwrap().unwrap();

    erase(&world, customer).await;
    let needles: Vec<&str> = NEEDLES.into_iter().chain([code.as_str(), "4711-guest"]).collect();
    let after = searched::holding(&world, &needles).await;
    assert!(after.is_empty(), "the person is still in {after:#?}");
    assert!(world.store.customer_id(ORG, "4711-guest").await.unwrap().is_none());
    // An event told again under its id makes nobody anew.
    assert_eq!(ends(&world, json!([registered()])).await, ["known"]);
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM review_photos").await, 0);
}

async fn ends(world: &World, events: Value) -> Vec<&'static str> {
    let Value::Array(events) = events else { panic!("a list") };
    let outcomes = tell(&world.store, ORG, phone::Region::RU, events, world.now)
        .await
        .unwrap();
    let end = |it: &bellhop_store::events::Outcome| match &it.end {
        End::Taken => "taken",
        End::Known => "known",
        End::Refused(faults) => panic!("{faults:?}"),
    };
    outcomes.iter().map(end).collect()
}

fn registered() -> Value {
    json!({"id": "e-1", "type": "guest.registered", "customer_id": "4711-guest", "phone": PHONE})
}

/// The card, its addresses, tags and consents.
async fn person(world: &World) -> CustomerId {
    let card = CustomerCard {
        external_id: "4711-guest".to_owned(),
        name: Some(NAME.to_owned()),
        phones: vec![Phone::parse(PHONE, phone::Region::RU).unwrap()],
        whatsapp: vec![Phone::parse(PHONE, phone::Region::RU).unwrap()],
        email: Some(EMAIL.to_owned()),
        comment: Some(DREAM.to_owned()),
        marketing_consent: Some(true),
        attributes: [("dream".to_owned(), DREAM.to_owned())].into(),
        ..CustomerCard::default()
    };
    let at = Timestamp(world.now.0 - 1);
    world.store.put_customers(ORG, &[card], "import", at).await.unwrap();
    let device = EndpointRegistration {
        kind: EndpointKind::Fcm,
        address: TOKEN.to_owned(),
        customer: Some("4711-guest".to_owned()),
        muted: false,
    };
    world.store.register_endpoint(ORG, &device, at).await.unwrap();
    let customer = world.store.customer_id(ORG, "4711-guest").await.unwrap().unwrap();
    let tags = TagChange {
        set: ["vip".to_owned()].into(),
        removed: BTreeSet::new(),
    };
    world
        .store
        .change_tags(ORG, customer, TagSource::Hand, &tags, "tester", at)
        .await
        .unwrap();
    let no = Consent {
        channel: Channel::Push,
        purpose: Purpose::Marketing,
        given: false,
        source: bellhop_domain::consent::WordSource::Guest,
        how: "page".to_owned(),
        text_version: None,
    };
    world.store.set_consents(ORG, customer, &[no], at).await.unwrap();
    customer
}

/// What was told of the guest, and what they have said of an order.
async fn told(world: &World) {
    let events = json!([
        registered(),
        {"id": "e-2", "type": "cart.changed", "customer_id": "4711-guest", "cart": {"total": 700, "items": [{"dish": DREAM}]}},
        {"id": "e-3", "type": "bonuses.changed", "customer_id": "4711-guest", "balance": 100},
        {"id": "e-4", "type": "order.delivered", "customer_id": "4711-guest",
         "order": {"number": "A-1", "placed_at": world.now, "total": 700}},
        {"id": "e-5", "type": "referral.joined", "customer_id": "friend", "referral": {"by": "4711-guest", "code": DREAM}},
        {"id": "e-6", "type": "custom", "name": "quiz", "customer_id": "4711-guest", "dream": DREAM},
        {"id": "e-7", "type": "referral.joined", "customer_id": "4711-guest", "referral": {"by": "olga"}},
    ]);
    assert!(ends(world, events).await.iter().all(|end| *end == "taken"));
    let customer = world.store.customer_id(ORG, "4711-guest").await.unwrap().unwrap();
    let rating = Rating {
        guest: "4711-guest".to_owned(),
        order: "A-1".to_owned(),
        stars: 2,
        words: Some(WORDS.to_owned()),
        photos: vec![Photo {
            content_type: "image/jpeg",
            content: "AAAA".to_owned(),
        }],
    };
    world.store.rate(ORG, customer, &rating, world.now).await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM review_photos").await, 1);
    world
        .store
        .referral_code(ORG, customer, [1, 2, 3, 4], world.now)
        .await
        .unwrap();
    assert_eq!(world.store.reported(ORG, customer).await.unwrap().reviews.len(), 1);
}

/// An answer by SMS, a chat with the number beside a hidden id, and a call that was not understood.
async fn chats(world: &mut World) {
    let said = |id: &str, from: &str, also: Vec<String>, text: &str, at| {
        Event::Inbound(Inbound {
            perhaps: None,
            also,
            provider_id: id.to_owned(),
            from: from.to_owned(),
            name: Some(NAME.to_owned()),
            at,
            content: InboundContent::Text(text.to_owned()),
            answers: None,
        })
    };
    take(world, &SMSC, &said("1", PHONE, Vec::new(), "STOP", world.now)).await;
    let hidden = format!("{DIGITS}.hidden@lid");
    world.later(1);
    take(
        world,
        &WA,
        &said("2", &hidden, vec![PHONE.to_owned()], WORDS, world.now),
    )
    .await;
    let body = format!("{{\"from\":\"{DIGITS}\"}}");
    world
        .exec(&format!(
            "INSERT INTO provider_events (org_id, sender, at, kind, body) VALUES (1, 'sender', 1, 'odd', '{body}')"
        ))
        .await;
}

/// A message on demand and one of a mailing, with all that is kept of them.
async fn ledger(world: &mut World, customer: CustomerId) {
    let (mailing, _) = launched(world, &[SMS]).await;
    let message = ask(world, mailing, "login", To::Customer("4711-guest")).await;
    let key = world.number("SELECT MAX(id) AS x FROM messages").await;
    assert_eq!(world.id(key).await, message);
    let batch = world.take_of(Lane::Transactional, EndpointKind::Phone).await[0].id;
    let held = world.lease(batch, EndpointKind::Phone).await;
    assert_eq!(world.start(&held).await, [message]);
    for text in [
        format!("UPDATE attempts SET provider_id = 'wamid.{DIGITS}'"),
        format!("UPDATE message_requests SET recipient = '{PHONE}', given = '{{\"name\":\"{NAME}\"}}'"),
        format!("INSERT INTO opens (org_id, message_id, at, class, user_agent) VALUES (1, {key}, 1, 2, '{DREAM} browser')"),
        format!(
            "INSERT INTO receipts (org_id, kind, senders, reference, status, at, came_at, message_id, gone, content_refused,
                 country_stopped, reason, settled_at)
             VALUES (1, 4, 'sender', 'wamid.{DIGITS}', 1, 1, 1, {key}, FALSE, FALSE, FALSE, '{PHONE}', 1)"
        ),
        format!("INSERT INTO watched_messages (message_id, org_id, made_at, look_at) VALUES ({key}, 1, 1, 1)"),
        "INSERT INTO webhooks (id, org_id, name, url, kinds, enabled, secret, created_at)
         VALUES (7, 1, 'w', 'https://x.example', '[]', TRUE, 's', 1)"
            .to_owned(),
        format!(
            "INSERT INTO webhook_deliveries (webhook_id, org_id, notice, public_id, subject, kind, body, customer_id, state,
                 created_at, began_at, next_at)
             VALUES (7, 1, 1, 'p', 's', 'message.state', '{{\"customer_id\":\"{DREAM}\"}}', {customer}, 1, 1, 1, 1)"
        ),
    ] {
        world.exec(&text).await;
    }
}

/// Files that list the guest, and a program that has them in hand.
async fn lists(world: &World) {
    let customer = world.store.customer_id(ORG, "4711-guest").await.unwrap().unwrap();
    let spec = format!(r#"{{"name":"m","audience":{{"phones":["8 916 111-22-33", "{PHONE}"]}},"waterfall":[]}}"#);
    let listed = r#"{"audience":{"any":[{"customers":["4711-guest"]}]},"phones":["+79161112233"]}"#;
    for text in [
        format!("INSERT INTO mailings (id, org_id, name, spec, created_at) VALUES (70, 1, 'm', '{spec}', 1)"),
        format!(
            "INSERT INTO runs (org_id, mailing_id, state, purpose, origin, lane, test, spec, start_at)
             VALUES (1, 70, 4, 1, 1, 1, FALSE, '{spec}', 1)"
        ),
        "INSERT INTO programs (id, org_id, name, state, version, created_at, switched_at) VALUES (7, 1, 'p', 2, 1, 1, 1)"
            .to_owned(),
        format!(
            "INSERT INTO program_versions (program_id, version, definition, mailing_id, created_at)
             VALUES (7, 1, '{listed}', 70, 1)"
        ),
        format!(
            "INSERT INTO firings (program_id, org_id, version, state, customer_id, occasion, last_event, fired_at, due_at, wanted_at,
                 given)
             VALUES (7, 1, 1, 1, {customer}, 'ever', 1, 1, 9000000000000, 9000000000000, '{{\"name\":\"{NAME}\"}}')"
        ),
        format!("INSERT INTO audit_log (org_id, at, who, action, object, detail) VALUES (1, 1, 'x', 'y', 'hold 1', 'sms of {PHONE}')"),
    ] {
        world.exec(&text).await;
    }
}
