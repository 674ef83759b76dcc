//! Somebody who said no gets nothing, whatever card their address is put on.

use crate::incoming::{SMSC, WA, all_but, card, consents, take};
use crate::world::*;
use bellhop_domain::consent::WordSource;
use bellhop_domain::incoming::*;
use bellhop_domain::*;
use bellhop_store::guests::*;
use bellhop_store::incoming::Source;
use bellhop_store::ledger::Recording;

crate::on_both![
    a_no_by_any_kind_of_address_withdraws_its_channel,
    a_no_before_the_card_outlives_a_files_yes,
    a_phones_no_is_its_whatsapps_and_the_other_way_about,
    a_second_card_with_the_number_is_stopped_too,
    an_address_that_comes_later_brings_its_no,
    a_token_takes_its_no_along,
    only_the_guest_overrules_the_guest,
    a_no_on_a_page_outlives_the_card,
    a_stop_covers_all_channels_where_it_is_so_set,
    the_latest_of_stop_start_stop_stands,
    a_message_is_known_by_its_sender,
    a_repeat_stops_and_never_gives,
    the_ledger_keeps_every_word_once,
    a_no_stops_what_waits_in_mid_mailing,
    a_word_and_a_card_at_once,
];

pub fn says(from: &str, id: &str, at: Timestamp, text: &str) -> Event {
    Event::Inbound(Inbound {
        provider_id: id.to_owned(),
        from: from.to_owned(),
        perhaps: None,
        also: Vec::new(),
        name: None,
        at,
        content: InboundContent::Text(text.to_owned()),
        answers: None,
    })
}

pub fn told(kind: EndpointKind) -> Source<'static> {
    source(kind)
}

/// An address of a kind, one for each number.
pub fn address(kind: EndpointKind, n: u32) -> String {
    match kind {
        EndpointKind::Phone | EndpointKind::WhatsApp => format!("+7999100{n:04}"),
        kind => format!("{}-{n}", kind.name()),
    }
}

pub async fn register(world: &World, kind: EndpointKind, address: &str, customer: &str) {
    let it = EndpointRegistration {
        kind,
        address: address.to_owned(),
        customer: Some(customer.to_owned()),
        muted: false,
    };
    world.store.register_endpoint(ORG, &it, world.now).await.unwrap();
}

/// A card by file with a yes to everything and no address.
pub async fn willing(world: &World, id: &str) -> CustomerId {
    let card = CustomerCard {
        external_id: id.to_owned(),
        marketing_consent: Some(true),
        ..CustomerCard::default()
    };
    world
        .store
        .put_customers(ORG, &[card], "import", world.now)
        .await
        .unwrap();
    world.store.customer_id(ORG, id).await.unwrap().unwrap()
}

async fn page(world: &World, it: CustomerId, channel: Channel, given: bool, source: WordSource) {
    let consent = Consent {
        channel,
        purpose: Purpose::Marketing,
        given,
        source,
        how: "page".to_owned(),
        text_version: Some("2026-01".to_owned()),
    };
    world.store.set_consents(ORG, it, &[consent], world.now).await.unwrap();
}

async fn a_no_by_any_kind_of_address_withdraws_its_channel(mut world: World) {
    for (n, kind) in (0u32..).zip(EndpointKind::ALL) {
        for (m, way) in (0u32..).zip(["word", "choice"]) {
            let (name, at) = (format!("{}-{way}", kind.name()), address(kind, 10 * n + m));
            let guest = willing(&world, &name).await;
            register(&world, kind, &at, &name).await;
            world.later(MINUTE);
            let no = match way {
                "word" => says(&at, &name, world.now, "стоп"),
                _ => Event::Preference(Preference {
                    address: at.clone(),
                    given: false,
                    at: world.now,
                    how: "blocked".to_owned(),
                }),
            };
            take(&world, &told(kind), &no).await;
            assert_eq!(consents(&world, guest).await, all_but(&[kind.channel()]), "{name}");
            world.later(MINUTE);
            take(
                &world,
                &told(kind),
                &says(&at, &format!("{name}-2"), world.now, "START"),
            )
            .await;
            assert_eq!(consents(&world, guest).await, Channel::ALL, "{name}");
        }
    }
}

async fn a_no_before_the_card_outlives_a_files_yes(mut world: World) {
    for (n, kind) in (0..).zip(EndpointKind::ALL) {
        let at = address(kind, n);
        take(&world, &told(kind), &says(&at, kind.name(), world.now, "STOP")).await;
        world.later(MINUTE);
        let guest = willing(&world, kind.name()).await;
        register(&world, kind, &at, kind.name()).await;
        assert_eq!(consents(&world, guest).await, all_but(&[kind.channel()]), "{kind:?}");
        // And what follows a file changes nothing.
        world.later(MINUTE);
        willing(&world, kind.name()).await;
        assert_eq!(consents(&world, guest).await, all_but(&[kind.channel()]), "{kind:?}");
    }
}

async fn a_phones_no_is_its_whatsapps_and_the_other_way_about(mut world: World) {
    for (n, kind, other) in [
        (1, EndpointKind::Phone, EndpointKind::WhatsApp),
        (2, EndpointKind::WhatsApp, EndpointKind::Phone),
    ] {
        let (name, at) = (kind.name(), address(kind, n));
        take(&world, &told(kind), &says(&at, name, world.now, "STOP")).await;
        world.later(MINUTE);
        let guest = willing(&world, name).await;
        register(&world, other, &at, name).await;
        assert_eq!(consents(&world, guest).await, all_but(&[kind.channel()]), "{kind:?}");
    }
}

async fn a_second_card_with_the_number_is_stopped_too(mut world: World) {
    let phone = "+79990000001";
    let first = card(&world, "first", phone).await;
    take(&world, &WA, &says(phone, "1", world.now, "Стоп")).await;
    world.later(MINUTE);
    let second = card(&world, "second", phone).await;
    for guest in [first, second] {
        assert_eq!(consents(&world, guest).await, all_but(&[Channel::WhatsApp]));
    }
    let on_cards = "SELECT COUNT(*) AS x FROM consents WHERE channel = 2 AND NOT given";
    assert_eq!(world.number(on_cards).await, 2, "the cards show it");
    // What opens it for one opens it for both: it is one phone.
    take(&world, &WA, &says(phone, "2", world.now, "Старт")).await;
    for guest in [first, second] {
        assert_eq!(consents(&world, guest).await, Channel::ALL);
    }
}

async fn an_address_that_comes_later_brings_its_no(mut world: World) {
    let anna = card(&world, "anna", "+79990000001").await;
    take(&world, &SMSC, &says("+79990000002", "1", world.now, "stop")).await;
    assert_eq!(consents(&world, anna).await, Channel::ALL);
    world.later(MINUTE);
    card(&world, "anna", "+79990000002").await;
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::Sms]));
    // A yes by the other phone does not answer for this one.
    take(&world, &SMSC, &says("+79990000001", "2", world.now, "start")).await;
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::Sms]));
}

async fn a_token_takes_its_no_along(mut world: World) {
    let (anna, boris) = (willing(&world, "anna").await, willing(&world, "boris").await);
    let chat = address(EndpointKind::Telegram, 1);
    register(&world, EndpointKind::Telegram, &chat, "anna").await;
    world.later(MINUTE);
    take(
        &world,
        &told(EndpointKind::Telegram),
        &says(&chat, "1", world.now, "STOP"),
    )
    .await;
    register(&world, EndpointKind::Telegram, &chat, "boris").await;
    assert_eq!(consents(&world, boris).await, all_but(&[Channel::Telegram]));
    // The person who said it stays with their word.
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::Telegram]));
}

async fn only_the_guest_overrules_the_guest(mut world: World) {
    let phone = "+79990000001";
    let anna = card(&world, "anna", phone).await;
    take(&world, &SMSC, &says(phone, "1", world.now, "stop")).await;
    let stopped = all_but(&[Channel::Sms]);
    for source in [WordSource::Import, WordSource::Api, WordSource::Operator] {
        world.later(MINUTE);
        page(&world, anna, Channel::Sms, true, source).await;
        card(&world, "anna", phone).await;
        assert_eq!(consents(&world, anna).await, stopped, "{source:?}");
    }
    world.later(MINUTE);
    page(&world, anna, Channel::Sms, true, WordSource::Guest).await;
    assert_eq!(consents(&world, anna).await, Channel::ALL);
    // A later no counts, whoever says it.
    world.later(MINUTE);
    page(&world, anna, Channel::Sms, false, WordSource::Api).await;
    assert_eq!(consents(&world, anna).await, stopped);
}

async fn a_no_on_a_page_outlives_the_card(mut world: World) {
    let phone = "+79990000001";
    let anna = card(&world, "anna", phone).await;
    page(&world, anna, Channel::Sms, false, WordSource::Guest).await;
    register(&world, EndpointKind::Fcm, "token", "anna").await;
    page(&world, anna, Channel::Push, false, WordSource::Guest).await;
    world.later(MINUTE);
    let again = card(&world, "anna-again", phone).await;
    register(&world, EndpointKind::Fcm, "token", "anna-again").await;
    assert_eq!(consents(&world, again).await, all_but(&[Channel::Sms, Channel::Push]));
    assert_eq!(
        world
            .column("SELECT DISTINCT text_version AS x FROM consent_words WHERE how = 'page'")
            .await,
        ["2026-01"]
    );
}

async fn a_stop_covers_all_channels_where_it_is_so_set(mut world: World) {
    world
        .settings(r#"{"quiet_hours":null,"stop_covers":"all_channels"}"#)
        .await;
    let phone = "+79990000001";
    let anna = card(&world, "anna", phone).await;
    register(&world, EndpointKind::Fcm, "token", "anna").await;
    take(&world, &SMSC, &says(phone, "1", world.now, "stop")).await;
    assert_eq!(consents(&world, anna).await, []);
    world.later(MINUTE);
    // A card with the same phone, too.
    let again = card(&world, "again", phone).await;
    assert_eq!(consents(&world, again).await, []);
    take(&world, &SMSC, &says(phone, "2", world.now, "start")).await;
    assert_eq!(consents(&world, anna).await, [Channel::Sms]);
}

async fn the_latest_of_stop_start_stop_stands(mut world: World) {
    for (n, kind) in (0u32..).zip(EndpointKind::ALL) {
        let (name, at) = (kind.name(), address(kind, n));
        let guest = willing(&world, name).await;
        register(&world, kind, &at, name).await;
        let stopped = all_but(&[kind.channel()]);
        let said = |id: &str, now, text: &str| says(&at, &format!("{name}-{id}"), now, text);
        world.later(MINUTE);
        for (id, text, expected) in [
            ("1", "STOP", &stopped[..]),
            ("2", "START", &Channel::ALL),
            ("3", "STOP", &stopped),
            ("4", "START", &Channel::ALL),
            ("5", "why don't you stop texting me", &stopped),
        ] {
            take(&world, &told(kind), &said(id, world.now, text)).await;
            assert_eq!(consents(&world, guest).await, expected, "{name} {id}");
            world.later(3_000);
        }
        // Of one second the no stands, in whatever order they come.
        for (id, text) in [("6", "START"), ("7", "STOP"), ("8", "START")] {
            take(&world, &told(kind), &said(id, world.now, text)).await;
        }
        assert_eq!(consents(&world, guest).await, stopped, "{name}");
        world.later(MINUTE);
    }
}

async fn a_message_is_known_by_its_sender(mut world: World) {
    let (anna, boris) = (willing(&world, "anna").await, willing(&world, "boris").await);
    for (kind, n) in [(EndpointKind::Telegram, 1u32), (EndpointKind::WhatsApp, 2)] {
        let at = |m| address(kind, n * 10 + m);
        register(&world, kind, &at(1), "anna").await;
        register(&world, kind, &at(2), "boris").await;
        world.later(MINUTE);
        let other = Source {
            sender: "second",
            ..told(kind)
        };
        take(&world, &told(kind), &says(&at(1), "7", world.now, "привет")).await;
        take(&world, &other, &says(&at(2), "7", world.now, "STOP")).await;
        assert!(consents(&world, anna).await.contains(&kind.channel()), "{kind:?}");
        assert!(!consents(&world, boris).await.contains(&kind.channel()), "{kind:?}");
    }
    let words = world
        .column("SELECT words AS x FROM inbound_messages ORDER BY id")
        .await;
    assert_eq!(words, ["привет", "STOP", "привет", "STOP"]);
}

async fn a_repeat_stops_and_never_gives(mut world: World) {
    let phone = "+79990000001";
    let anna = card(&world, "anna", phone).await;
    let first = world.now;
    take(&world, &SMSC, &says(phone, "1", first, "STOP")).await;
    world.later(MINUTE);
    take(&world, &SMSC, &says(phone, "2", world.now, "START")).await;
    assert_eq!(consents(&world, anna).await, Channel::ALL);
    // By its own time it overrules nothing later; by a time of its own it is a stop like any other.
    take(&world, &SMSC, &says(phone, "1", first, "STOP")).await;
    assert_eq!(consents(&world, anna).await, Channel::ALL);
    world.later(MINUTE);
    take(&world, &SMSC, &says(phone, "1", world.now, "STOP")).await;
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::Sms]));
    world.later(MINUTE);
    take(&world, &SMSC, &says(phone, "2", world.now, "START")).await;
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::Sms]));
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM inbound_messages").await, 2);
}

async fn the_ledger_keeps_every_word_once(mut world: World) {
    let phone = "+79990000001";
    card(&world, "anna", phone).await;
    for (id, text) in [("1", "STOP"), ("2", "START"), ("3", "привет")] {
        let said = says(phone, id, world.now, text);
        for _ in 0..2 {
            take(&world, &SMSC, &said).await;
        }
        world.later(MINUTE);
    }
    let words =
        "SELECT CAST(word AS TEXT) || ' ' || CAST(source AS TEXT) || ' ' || how AS x FROM consent_words ORDER BY id";
    assert_eq!(
        world.column(words).await,
        ["1 3 import", "2 1 sms:STOP", "1 1 sms:START"]
    );
}

async fn a_no_stops_what_waits_in_mid_mailing(mut world: World) {
    for kind in EndpointKind::ALL.into_iter().filter(|kind| !kind.replaces_repeats()) {
        let at = |n| address(kind, u32::from(kind.code().unsigned_abs()) * 10 + n);
        let names = ["anna", "boris"].map(|name| format!("{name}-{}", kind.name()));
        for (n, name) in (0..).zip(&names) {
            willing(&world, name).await;
            register(&world, kind, &at(n), name).await;
        }
        let anna = world.store.customer_id(ORG, &names[0]).await.unwrap().unwrap();
        world.later(MINUTE);
        world
            .planned(&[&format!(r#"{{"channel":"{}"}}"#, kind.channel())])
            .await;
        let held = world.hold(kind).await;
        take(&world, &told(kind), &says(&at(0), kind.name(), world.now, "STOP")).await;
        let started = world.start(&held).await;
        let to_anna = held.messages.iter().find(|m| m.customer == Some(anna)).unwrap();
        assert_eq!(started.len(), held.messages.len() - 1, "{kind:?}");
        assert!(!started.contains(&to_anna.id), "{kind:?}");
    }
}

async fn a_word_and_a_card_at_once(world: World) {
    for n in 0..30 {
        let (phone, name) = (address(EndpointKind::Phone, n), format!("guest-{n}"));
        willing(&world, &name).await;
        let registration = EndpointRegistration {
            kind: EndpointKind::Phone,
            address: phone.clone(),
            customer: Some(name.clone()),
            muted: false,
        };
        let stop = says(&phone, &name, world.now, "STOP");
        let (word, card) = tokio::join!(
            world.store.take(&SMSC, &stop, world.now),
            world.store.register_endpoint(ORG, &registration, world.now)
        );
        word.unwrap();
        card.unwrap();
    }
    // As the claim reads them, unsettled.
    let sms = Channel::Sms.bit();
    let allowed = format!("SELECT COUNT(*) AS x FROM customer_facts WHERE (consent_mask & {sms}) <> 0");
    assert_eq!(world.number(&allowed).await, 0);
}
