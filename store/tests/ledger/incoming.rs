//! What providers tell beside receipts: guests' messages and wishes, and their own health.

use crate::world::*;
use bellhop_domain::incoming::*;
use bellhop_domain::*;
use bellhop_store::guests::{CustomerCard, GuestBase};
use bellhop_store::incoming::Source;
use bellhop_store::ledger::{Claim, Claiming, Recording, RenderNeeds};

crate::on_both![
    a_message_told_twice_is_one,
    whoever_writes_has_a_live_address,
    a_shared_phone_is_nobodys_whatsapp,
    the_window_counts_from_the_guests_last_message,
    stop_takes_the_consent_of_every_card_at_once,
    stop_in_mid_mailing_stops_what_has_not_started,
    a_wish_at_the_provider_is_a_wish,
    an_opt_out_in_a_reply_withdraws_with_the_outcome,
    a_no_counts_for_both_numbers_that_may_have_said_it,
    what_is_not_understood_is_kept_and_bounded,
    odd_texts_are_taken,
];

pub const WA: Source<'_> = Source {
    org: ORG,
    sender: SENDER,
    kind: EndpointKind::WhatsApp,
    peers: &[],
};
pub const SMSC: Source<'_> = Source {
    org: ORG,
    sender: SENDER,
    kind: EndpointKind::Phone,
    peers: &[],
};
const PHONE: &str = "+79990000001";

fn message(id: &str, at: Timestamp, text: &str) -> Event {
    Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: id.to_owned(),
        from: PHONE.to_owned(),
        name: Some("Анна".to_owned()),
        at,
        content: InboundContent::Text(text.to_owned()),
        answers: None,
    })
}

pub async fn take(world: &World, source: &Source<'_>, event: &Event) {
    world.store.take(source, event, world.now).await.unwrap();
}

/// Every channel but these.
pub fn all_but(withdrawn: &[Channel]) -> Vec<Channel> {
    Channel::ALL
        .into_iter()
        .filter(|channel| !withdrawn.contains(channel))
        .collect()
}

/// A guest by the guest base, with consents to everything and this phone.
pub async fn card(world: &World, id: &str, phone: &str) -> CustomerId {
    let region = phone::Region::RU;
    let card = CustomerCard {
        external_id: id.to_owned(),
        phones: vec![Phone::parse(phone, region).unwrap()],
        marketing_consent: Some(true),
        ..CustomerCard::default()
    };
    let at = Timestamp(world.now.0 - 1);
    world.store.put_customers(ORG, &[card], "import", at).await.unwrap();
    world.store.customer_id(ORG, id).await.unwrap().unwrap()
}

pub async fn consents(world: &World, customer: CustomerId) -> Vec<Channel> {
    world.store.facts(ORG, customer).await.unwrap().consents
}

async fn a_message_told_twice_is_one(mut world: World) {
    let first = message("wamid.1", world.now, "Привет");
    for _ in 0..3 {
        take(&world, &WA, &first).await;
        world.later(MINUTE);
    }
    take(&world, &WA, &message("wamid.2", world.now, "Ещё")).await;
    assert_eq!(
        world
            .column("SELECT words AS x FROM inbound_messages ORDER BY id")
            .await,
        ["Привет", "Ещё"]
    );
    assert_eq!(world.column("SELECT name AS x FROM conversations").await, ["Анна"]);
    let content = world
        .column("SELECT content AS x FROM inbound_messages ORDER BY id")
        .await;
    let read: InboundContent = serde_json::from_str(&content[0]).unwrap();
    assert_eq!(read, InboundContent::Text("Привет".into()));
}

async fn whoever_writes_has_a_live_address(mut world: World) {
    let anna = card(&world, "anna", PHONE).await;
    take(&world, &WA, &message("1", world.now, "Привет")).await;
    let facts = world.store.facts(ORG, anna).await.unwrap();
    let whatsapp = (EndpointKind::WhatsApp, PHONE.to_owned());
    assert!(facts.addresses.contains(&whatsapp), "{facts:?}");
    // It died, and then the guest wrote again; an old message told late calls nothing back.
    let dead = world.now.0 + 10;
    let kill = format!("UPDATE endpoints SET state = 3, state_since = {dead}, reason = 'x' WHERE kind = 5");
    world.exec(&kill).await;
    world.later(MINUTE);
    take(&world, &WA, &message("2", Timestamp(dead - 1), "late")).await;
    assert_eq!(world.number("SELECT state AS x FROM endpoints WHERE kind = 5").await, 3);
    take(&world, &WA, &message("3", world.now, "again")).await;
    assert_eq!(world.number("SELECT state AS x FROM endpoints WHERE kind = 5").await, 1);
    let facts = world.store.facts(ORG, anna).await.unwrap();
    assert!(facts.addresses.contains(&whatsapp), "{facts:?}");
}

async fn a_shared_phone_is_nobodys_whatsapp(world: World) {
    card(&world, "anna", PHONE).await;
    card(&world, "boris", PHONE).await;
    take(&world, &WA, &message("1", world.now, "Привет")).await;
    let attached =
        "SELECT COUNT(*) AS x FROM customer_endpoints l JOIN endpoints e ON e.id = l.endpoint_id WHERE e.kind = 5";
    assert_eq!(world.number(attached).await, 0);
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM conversations").await, 1);
}

async fn the_window_counts_from_the_guests_last_message(mut world: World) {
    world.reachable(1).await;
    let written = world.now;
    take(&world, &WA, &message("1", written, "Привет")).await;
    let other = Source { sender: "other", ..WA };
    world.later(MINUTE);
    take(&world, &other, &message("2", world.now, "Привет")).await;
    // Told late, it moves nothing back.
    take(&world, &WA, &message("3", Timestamp(written.0 - MINUTE), "before")).await;
    let run = world.planned(&[WHATSAPP]).await;
    let batch = world.take(EndpointKind::WhatsApp).await[0].id;
    let needs = RenderNeeds {
        last_inbound: true,
        profile: true,
        ..RenderNeeds::default()
    };
    let claim = world
        .store
        .claim(&wish(world.task(batch).await, &needs), world.now)
        .await
        .unwrap();
    let Claim::Leased { messages, .. } = claim else {
        panic!("not leased")
    };
    assert_eq!(messages[0].last_inbound, Some(written));
    assert_eq!(messages[0].profile.name.as_deref(), Some("Guest 1"));
    assert_eq!(world.states(run).await, states_of([("pending", 1)]));
}

async fn stop_takes_the_consent_of_every_card_at_once(mut world: World) {
    let (anna, boris) = (card(&world, "anna", PHONE).await, card(&world, "boris", PHONE).await);
    let other = card(&world, "vera", "+79990000002").await;
    let said = world.now;
    take(&world, &WA, &message("1", said, "Стоп!")).await;
    for customer in [anna, boris] {
        assert_eq!(consents(&world, customer).await, all_but(&[Channel::WhatsApp]));
    }
    assert_eq!(consents(&world, other).await, Channel::ALL);
    let how = "SELECT DISTINCT how AS x FROM consents WHERE NOT given";
    assert_eq!(world.column(how).await, ["whatsapp:СТОП"]);
    let audit = "SELECT COUNT(*) AS x FROM audit_log WHERE action = 'consent.withdraw' AND who = 'guest'";
    assert_eq!(world.number(audit).await, 2);
    take(&world, &SMSC, &message("1", world.now, "stop")).await;
    assert_eq!(
        consents(&world, anna).await,
        all_but(&[Channel::WhatsApp, Channel::Sms])
    );
    // A file's yes does not overrule it; the guest's own does.
    world.later(MINUTE);
    card(&world, "anna", PHONE).await;
    assert_eq!(
        consents(&world, anna).await,
        all_but(&[Channel::WhatsApp, Channel::Sms])
    );
    take(&world, &WA, &message("2", world.now, "старт")).await;
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::Sms]));
    // The old stop, told once more.
    take(&world, &WA, &message("1", said, "Стоп!")).await;
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::Sms]));
    take(&world, &WA, &message("3", world.now, "стоп, это не мой заказ")).await;
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::Sms]));
}

async fn stop_in_mid_mailing_stops_what_has_not_started(world: World) {
    let anna = card(&world, "anna", PHONE).await;
    card(&world, "boris", "+79990000002").await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    assert_eq!(held.messages.len(), 2);
    take(&world, &SMSC, &message("1", world.now, "STOP")).await;
    let started = world.start(&held).await;
    let to_anna = held.messages.iter().find(|m| m.customer == Some(anna)).unwrap();
    assert_eq!(started.len(), 1);
    assert!(!started.contains(&to_anna.id));
    assert_eq!(
        world.states(run).await,
        states_of([("suppressed", 1), ("in_flight", 1)])
    );
    assert_eq!(world.story(to_anna.id).await.reason.as_deref(), Some("no_consent"));
}

async fn a_wish_at_the_provider_is_a_wish(mut world: World) {
    let anna = card(&world, "anna", PHONE).await;
    let preference = |given, at| {
        Event::Preference(Preference {
            address: PHONE.to_owned(),
            given,
            at,
            how: "WhatsApp user preference: stop".to_owned(),
        })
    };
    let (before, stopped) = (world.now, Timestamp(world.now.0 + MINUTE));
    world.later(2 * MINUTE);
    take(&world, &WA, &preference(false, stopped)).await;
    assert!(!consents(&world, anna).await.contains(&Channel::WhatsApp));
    take(&world, &WA, &preference(true, before)).await;
    assert!(!consents(&world, anna).await.contains(&Channel::WhatsApp));
    take(&world, &WA, &preference(true, world.now)).await;
    assert!(consents(&world, anna).await.contains(&Channel::WhatsApp));
}

async fn an_opt_out_in_a_reply_withdraws_with_the_outcome(world: World) {
    let anna = card(&world, "anna", PHONE).await;
    let boris = card(&world, "boris", "+79990000002").await;
    let run = world.planned(&[SMS]).await;
    let held = world.hold(EndpointKind::Phone).await;
    world.start(&held).await;
    let to_anna: Vec<_> = held
        .messages
        .iter()
        .filter(|m| m.customer == Some(anna))
        .cloned()
        .collect();
    let opted_out = Outcome::OptedOut {
        why: "131050: stopped".to_owned(),
    };
    for _ in 0..2 {
        world.record(run, &held, &to_anna, &opted_out).await;
        assert_eq!(consents(&world, anna).await, all_but(&[Channel::Sms]));
    }
    assert_eq!(consents(&world, boris).await, Channel::ALL);
    assert_eq!(
        world.states(run).await,
        states_of([("suppressed", 1), ("in_flight", 1)])
    );
    let how =
        "SELECT COUNT(*) AS x FROM consents WHERE NOT given AND how = 'opted out at the provider: 131050: stopped'";
    assert_eq!(world.number(how).await, 1);
}

/// `9611597143` is a Russian's mobile without its country code, or a Lebanese's with it.
async fn a_no_counts_for_both_numbers_that_may_have_said_it(mut world: World) {
    let (russian, lebanese) = ("+79611597143", "+9611597143");
    let said = |id: &str, at: Timestamp, text: &str| Inbound {
        provider_id: id.to_owned(),
        from: lebanese.to_owned(),
        also: Vec::new(),
        perhaps: Some(russian.to_owned()),
        name: None,
        at,
        content: InboundContent::Text(text.to_owned()),
        answers: None,
    };
    let hear = async |world: &World, said: Inbound| take(world, &SMSC, &Event::Inbound(said)).await;
    let (anna, layla) = (
        card(&world, "anna", russian).await,
        card(&world, "layla", lebanese).await,
    );
    let all = Channel::ALL.to_vec();
    world.later(MINUTE);
    hear(&world, said("1", world.now, "Спасибо")).await;
    assert_eq!(
        (consents(&world, anna).await, consents(&world, layla).await),
        (all.clone(), all.clone())
    );
    hear(&world, said("2", world.now, "СТОП")).await;
    let without = all_but(&[Channel::Sms]);
    assert_eq!(
        (consents(&world, anna).await, consents(&world, layla).await),
        (without.clone(), without.clone())
    );
    // A wish to get marketing is the declared number's alone.
    world.later(MINUTE);
    hear(&world, said("3", world.now, "START")).await;
    assert_eq!(
        (consents(&world, anna).await, consents(&world, layla).await),
        (without, all.clone())
    );
    // A doubtful no holds both, and only who is said to have written is asked.
    let (boris, maya) = ("+79611597144", "+9611597144");
    let both = [card(&world, "boris", boris).await, card(&world, "maya", maya).await];
    world.later(MINUTE);
    let doubt = Inbound {
        from: maya.to_owned(),
        perhaps: Some(boris.to_owned()),
        ..said("4", world.now, "стоп?")
    };
    hear(&world, doubt).await;
    for guest in both {
        assert!(!consents(&world, guest).await.contains(&Channel::Sms));
    }
    let conversations = world
        .column("SELECT e.address AS x FROM conversations v JOIN endpoints e ON e.id = v.endpoint_id ORDER BY v.id")
        .await;
    assert_eq!(conversations, [lebanese, maya]);
}

async fn what_is_not_understood_is_kept_and_bounded(world: World) {
    let event = Event::Unrecognised {
        kind: "smb_app_state_sync".into(),
        raw: "я".repeat(100_000),
    };
    take(&world, &WA, &event).await;
    let (kind, size) = (
        world.column("SELECT kind AS x FROM provider_events").await,
        world.number("SELECT LENGTH(body) AS x FROM provider_events").await,
    );
    assert_eq!((kind[0].as_str(), size), ("smb_app_state_sync", 32 << 10));
}

async fn odd_texts_are_taken(world: World) {
    take(
        &world,
        &WA,
        &message("a\0b", Timestamp(world.now.0 + 5_000), "zero \0 here"),
    )
    .await;
    let stored = world.column("SELECT words AS x FROM inbound_messages").await;
    assert_eq!(stored, ["zero \u{fffd} here"]);
    let last = world.number("SELECT last_inbound_at AS x FROM conversations").await;
    assert_eq!(last, world.now.0, "a clock ahead of ours is not believed");
    let anonymous = Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: "wamid.9".into(),
        from: "RU.13491208655302741918".into(),
        name: None,
        at: world.now,
        content: InboundContent::Other {
            kind: "poll".into(),
            raw: "{}".into(),
        },
        answers: Some("wamid.1".into()),
    });
    take(&world, &WA, &anonymous).await;
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS x FROM inbound_messages WHERE answers IS NOT NULL")
            .await,
        1
    );
}
