//! One person has several addresses, in several spellings, and may change them.

use crate::consent::says;
use crate::incoming::{WA, all_but, card, consents, take};
use crate::world::*;
use bellhop_domain::incoming::*;
use bellhop_domain::*;
use bellhop_store::guests::*;

crate::on_both![
    a_hidden_id_with_its_phone_is_the_guest,
    a_hidden_id_alone_stops_its_phone_too,
    a_message_told_under_two_ids_is_one,
    every_spelling_of_a_number_is_the_number,
    a_no_in_any_spelling_outlives_the_card,
    what_is_no_message_opens_no_window_and_revives_nobody,
    an_edit_is_no_new_message_and_may_say_no,
    a_moved_number_takes_its_no_along,
    a_moved_number_is_a_strangers,
    a_move_told_again_touches_no_stranger,
];

pub const PHONE: &str = "+79990000001";
pub const NEW: &str = "+79990000002";
const HIDDEN: &str = "123456789012345@lid";

pub fn message(from: &str, also: &[&str], id: &str, at: Timestamp, content: InboundContent) -> Event {
    Event::Inbound(Inbound {
        provider_id: id.to_owned(),
        from: from.to_owned(),
        perhaps: None,
        also: also.iter().map(|a| (*a).to_owned()).collect(),
        name: None,
        at,
        content,
        answers: None,
    })
}

pub fn text(words: &str) -> InboundContent {
    InboundContent::Text(words.to_owned())
}

pub fn moved(at: Timestamp) -> Event {
    Event::Moved(Moved {
        from: PHONE.to_owned(),
        to: NEW.to_owned(),
        at,
    })
}

async fn owners(world: &World, address: &str) -> i64 {
    world
        .number(&format!(
            "SELECT COUNT(*) AS x FROM customer_endpoints l JOIN endpoints e ON e.id = l.endpoint_id
             WHERE e.kind = 5 AND e.address = '{address}'"
        ))
        .await
}

async fn whatsapp(world: &World, guest: CustomerId) -> Option<String> {
    let facts = world.store.facts(ORG, guest).await.unwrap();
    let found = facts
        .addresses
        .into_iter()
        .find(|(kind, _)| *kind == EndpointKind::WhatsApp);
    found.map(|(_, address)| address)
}

async fn windows(world: &World) -> Vec<String> {
    world
        .column(
            "SELECT e.address || ' ' || CAST(v.last_inbound_at AS TEXT) AS x
             FROM conversations v JOIN endpoints e ON e.id = v.endpoint_id ORDER BY v.id",
        )
        .await
}

async fn a_hidden_id_with_its_phone_is_the_guest(mut world: World) {
    let anna = card(&world, "anna", PHONE).await;
    // First alone, then with the phone beside it, on either side.
    take(&world, &WA, &message(HIDDEN, &[], "1", world.now, text("Привет"))).await;
    assert_eq!(owners(&world, HIDDEN).await, 0);
    world.later(MINUTE);
    take(&world, &WA, &message(HIDDEN, &[PHONE], "2", world.now, text("Ещё"))).await;
    assert_eq!((owners(&world, HIDDEN).await, owners(&world, PHONE).await), (1, 1));
    assert_eq!(whatsapp(&world, anna).await.as_deref(), Some(PHONE));
    assert_eq!(windows(&world).await, [format!("{PHONE} {}", world.now.0)]);
    world.later(MINUTE);
    take(&world, &WA, &message(HIDDEN, &[], "3", world.now, text("И ещё"))).await;
    world.later(MINUTE);
    take(&world, &WA, &message(PHONE, &[HIDDEN], "4", world.now, text("Да"))).await;
    assert_eq!(
        windows(&world).await,
        [format!("{PHONE} {}", world.now.0)],
        "one conversation"
    );
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM inbound_messages").await, 4);
    assert_eq!(whatsapp(&world, anna).await.as_deref(), Some(PHONE));
}

async fn a_hidden_id_alone_stops_its_phone_too(mut world: World) {
    take(&world, &WA, &message(HIDDEN, &[PHONE], "1", world.now, text("Привет"))).await;
    world.later(MINUTE);
    take(&world, &WA, &message(HIDDEN, &[], "2", world.now, text("СТОП"))).await;
    world.later(MINUTE);
    let anna = card(&world, "anna", PHONE).await;
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::WhatsApp]));
    // And the other way about: by the phone, then a card that knows the id only.
    take(&world, &WA, &message(NEW, &["RU.1"], "3", world.now, text("СТОП"))).await;
    world.later(MINUTE);
    let boris = crate::consent::willing(&world, "boris").await;
    crate::consent::register(&world, EndpointKind::WhatsApp, "RU.1", "boris").await;
    assert_eq!(consents(&world, boris).await, all_but(&[Channel::WhatsApp]));
}

async fn a_message_told_under_two_ids_is_one(mut world: World) {
    let (anna, boris) = (card(&world, "anna", PHONE).await, card(&world, "boris", NEW).await);
    for (told, also) in [(PHONE, HIDDEN), (HIDDEN, PHONE)] {
        take(&world, &WA, &message(told, &[also], "1", world.now, text("СТОП"))).await;
    }
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM inbound_messages").await, 1);
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::WhatsApp]));
    // Told beside it or not: one message has one sender.
    world.later(MINUTE);
    for told in ["9@lid", NEW] {
        take(&world, &WA, &message(told, &[], "2", world.now, text("СТОП"))).await;
    }
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM inbound_messages").await, 2);
    assert_eq!(consents(&world, boris).await, all_but(&[Channel::WhatsApp]));
    assert_eq!(owners(&world, "9@lid").await, 1);
}

/// In every country where one number is written in two ways.
const TWO_WAYS: [&str; 8] = [
    "+5511987654321",
    "+525512345678",
    "+5491123456789",
    "+2250707123456",
    "+2290197123456",
    "+24177123456",
    "+84351234567",
    PHONE,
];

async fn every_spelling_of_a_number_is_the_number(mut world: World) {
    for number in TWO_WAYS {
        for (n, spelling) in phone::spellings(number).into_iter().enumerate() {
            let name = format!("{number}-{n}");
            let guest = card(&world, &name, number).await;
            take(&world, &WA, &message(&spelling, &[], &name, world.now, text("привет"))).await;
            assert!(whatsapp(&world, guest).await.is_some() || n > 0, "{spelling}");
            take(
                &world,
                &WA,
                &message(&spelling, &[], &format!("{name}!"), world.now, text("STOP")),
            )
            .await;
            assert_eq!(
                consents(&world, guest).await,
                all_but(&[Channel::WhatsApp]),
                "{spelling}"
            );
            world.later(MINUTE);
            take(
                &world,
                &WA,
                &message(number, &[], &format!("{name}?"), world.now, text("START")),
            )
            .await;
            assert_eq!(consents(&world, guest).await, Channel::ALL, "{spelling}");
            world.later(MINUTE);
        }
    }
}

/// Said before there was a card, or before there was this card.
async fn a_no_in_any_spelling_outlives_the_card(mut world: World) {
    for number in TWO_WAYS {
        for (n, spelling) in phone::spellings(number).into_iter().enumerate() {
            let no = says(&spelling, &format!("{number}-{n}"), world.now, "СТОП");
            take(&world, &WA, &no).await;
            world.later(MINUTE);
            for name in [format!("{number}-{n}-first"), format!("{number}-{n}-again")] {
                let guest = card(&world, &name, number).await;
                assert_eq!(
                    consents(&world, guest).await,
                    all_but(&[Channel::WhatsApp]),
                    "{spelling}"
                );
                world.later(MINUTE);
            }
            take(
                &world,
                &WA,
                &says(number, &format!("{number}-{n}?"), world.now, "START"),
            )
            .await;
            world.later(MINUTE);
        }
    }
}

async fn what_is_no_message_opens_no_window_and_revives_nobody(mut world: World) {
    let anna = card(&world, "anna", PHONE).await;
    let opened = world.now;
    take(&world, &WA, &message(PHONE, &[], "1", opened, text("Привет"))).await;
    world.later(MINUTE);
    let dead = world.now.0;
    let kill = format!("UPDATE endpoints SET state = 3, state_since = {dead}, reason = 'x' WHERE kind = 5");
    world.exec(&kill).await;
    world
        .exec(&format!(
            "INSERT INTO stale_customers (customer_id, org_id) VALUES ({anna}, 1)"
        ))
        .await;
    for (id, content) in [
        (
            "2",
            InboundContent::Reaction {
                emoji: Some("👍".into()),
                to: "m".into(),
            },
        ),
        (
            "3",
            InboundContent::Edited {
                of: "1".into(),
                text: Some("Приветик".into()),
            },
        ),
        ("4", InboundContent::Revoked { of: "1".into() }),
        (
            "5",
            InboundContent::Other {
                kind: "request_welcome".into(),
                raw: "{}".into(),
            },
        ),
    ] {
        world.later(MINUTE);
        assert!(!content.opens_window());
        take(&world, &WA, &message(PHONE, &[], id, world.now, content.clone())).await;
        assert_eq!(windows(&world).await, [format!("{PHONE} {}", opened.0)], "{content:?}");
        assert_eq!(whatsapp(&world, anna).await, None, "{content:?}");
    }
    // Nor does it where it is the first that is heard of somebody.
    let stranger = InboundContent::Other {
        kind: "request_welcome".into(),
        raw: "{}".into(),
    };
    take(&world, &WA, &message(NEW, &[], "6", world.now, stranger)).await;
    assert_eq!(windows(&world).await[1], format!("{NEW} 0"));
    world.later(MINUTE);
    take(&world, &WA, &message(PHONE, &[], "7", world.now, text("Я тут"))).await;
    assert_eq!(windows(&world).await[0], format!("{PHONE} {}", world.now.0));
    assert_eq!(whatsapp(&world, anna).await.as_deref(), Some(PHONE));
}

async fn an_edit_is_no_new_message_and_may_say_no(mut world: World) {
    let anna = card(&world, "anna", PHONE).await;
    take(&world, &WA, &message(PHONE, &[], "1", world.now, text("Привет"))).await;
    world.later(MINUTE);
    let edited = |words: &str| InboundContent::Edited {
        of: "1".into(),
        text: Some(words.into()),
    };
    // Whether the provider gives the edit an id of its own or not.
    take(&world, &WA, &message(PHONE, &[], "2", world.now, edited("Приветик"))).await;
    take(&world, &WA, &message(PHONE, &[], "1", world.now, edited("СТОП"))).await;
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::WhatsApp]));
    let taken_back = InboundContent::Revoked { of: "1".into() };
    take(&world, &WA, &message(PHONE, &[], "1", world.now, taken_back)).await;
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::WhatsApp]));
    let listed = "SELECT words AS x FROM inbound_messages WHERE words IS NOT NULL";
    assert_eq!(world.column(listed).await, ["Привет"]);
    let attached = "SELECT COUNT(*) AS x FROM inbound_messages WHERE words IS NULL AND answers = '1'";
    assert_eq!(world.number(attached).await, 3);
}

async fn a_moved_number_takes_its_no_along(mut world: World) {
    let anna = card(&world, "anna", PHONE).await;
    take(&world, &WA, &message(PHONE, &[], "1", world.now, text("СТОП"))).await;
    world.later(MINUTE);
    take(&world, &WA, &moved(world.now)).await;
    assert_eq!(whatsapp(&world, anna).await.as_deref(), Some(NEW));
    assert_eq!(consents(&world, anna).await, all_but(&[Channel::WhatsApp]));
    assert_eq!(
        windows(&world).await,
        [format!("{NEW} 0")],
        "the conversation goes along, its window does not"
    );
    // A card that a file makes of the new number is stopped as well; the guest's own later yes opens it.
    world.later(MINUTE);
    let again = card(&world, "anna-again", NEW).await;
    assert_eq!(consents(&world, again).await, all_but(&[Channel::WhatsApp]));
    take(&world, &WA, &says(NEW, "2", world.now, "START")).await;
    assert_eq!(consents(&world, anna).await, Channel::ALL);
}

async fn a_moved_number_is_a_strangers(mut world: World) {
    let anna = card(&world, "anna", PHONE).await;
    take(&world, &WA, &message(PHONE, &[HIDDEN], "1", world.now, text("Привет"))).await;
    world.later(MINUTE);
    take(&world, &WA, &moved(world.now)).await;
    let facts = world.store.facts(ORG, anna).await.unwrap();
    assert_eq!(
        facts.addresses,
        [(EndpointKind::WhatsApp, NEW.to_owned())],
        "no SMS to the old number"
    );
    let dead = format!(
        "SELECT COUNT(*) AS x FROM endpoints WHERE address = '{PHONE}' AND state = 3 AND reason LIKE '%another number%'"
    );
    assert_eq!(world.number(&dead).await, 2);
    // The file of yesterday does not make it theirs again; nor does the stranger who writes from it.
    world.later(MINUTE);
    card(&world, "anna", PHONE).await;
    take(&world, &WA, &message(PHONE, &[], "2", world.now, text("СТОП"))).await;
    let facts = world.store.facts(ORG, anna).await.unwrap();
    assert_eq!(facts.addresses, [(EndpointKind::WhatsApp, NEW.to_owned())]);
    assert_eq!(consents(&world, anna).await, Channel::ALL, "a stranger's word");
    let at = |n: &str| {
        format!(
            "SELECT COUNT(*) AS x FROM inbound_messages m JOIN conversations v ON v.id = m.conversation_id
        JOIN endpoints e ON e.id = v.endpoint_id WHERE e.address = '{n}'"
        )
    };
    assert_eq!((world.number(&at(NEW)).await, world.number(&at(PHONE)).await), (1, 1));
    // Whose card has it now, gets what is theirs.
    let stranger = card(&world, "stranger", PHONE).await;
    let facts = world.store.facts(ORG, stranger).await.unwrap();
    assert!(
        facts.addresses.contains(&(EndpointKind::Phone, PHONE.to_owned())),
        "{facts:?}"
    );
}

async fn a_move_told_again_touches_no_stranger(mut world: World) {
    let anna = card(&world, "anna", PHONE).await;
    take(&world, &WA, &message(PHONE, &[], "1", world.now, text("Привет"))).await;
    world.later(MINUTE);
    let notice = moved(world.now);
    for _ in 0..2 {
        take(&world, &WA, &notice).await;
    }
    world.later(MINUTE);
    take(
        &world,
        &WA,
        &message(PHONE, &[], "2", world.now, text("Это другой человек")),
    )
    .await;
    let stranger = card(&world, "stranger", PHONE).await;
    take(&world, &WA, &message(PHONE, &[], "3", world.now, text("Да"))).await;
    assert_eq!(whatsapp(&world, stranger).await.as_deref(), Some(PHONE));
    take(&world, &WA, &notice).await;
    assert_eq!(whatsapp(&world, stranger).await.as_deref(), Some(PHONE));
    assert_eq!(whatsapp(&world, anna).await.as_deref(), Some(NEW));
    assert_eq!(owners(&world, NEW).await, 1);
}
