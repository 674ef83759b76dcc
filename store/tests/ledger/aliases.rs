//! A no under a hidden id alone, whose phone is told later: it is the same guest's no, in whatever order we hear.

use crate::consent::{register, willing};
use crate::incoming::{WA, all_but, card, consents, take};
use crate::persons::{NEW, PHONE, message, moved, text};
use crate::world::*;
use bellhop_domain::*;
use bellhop_store::consent::ConsentLedger;
use bellhop_store::guests::*;
use bellhop_store::ledger::Recording;

crate::on_both![
    a_no_by_a_hidden_id_is_its_phones_too,
    a_hold_by_a_hidden_id_is_its_phones_too,
    a_no_goes_through_every_id,
    a_no_by_a_hidden_id_is_the_new_numbers_too,
    a_later_yes_by_the_phone_outlives_it,
    a_phone_told_and_a_card_at_once,
];

/// As WAHA and as the Cloud API hide a number.
const HIDDEN: [&str; 2] = ["123456789012345@lid", "RU.1234567890"];

fn stopped() -> Vec<Channel> {
    all_but(&[Channel::WhatsApp])
}

/// Two cards have the phone, so that the hidden id can be on neither.
async fn two_cards(world: &World, name: &str, phone: &str) -> [CustomerId; 2] {
    let (one, other) = (format!("{name}-1"), format!("{name}-2"));
    [card(world, &one, phone).await, card(world, &other, phone).await]
}

async fn a_no_by_a_hidden_id_is_its_phones_too(mut world: World) {
    for (n, hidden) in HIDDEN.into_iter().enumerate() {
        // The phone is told beside the hidden id, or the other way about.
        for (m, by_phone) in [false, true].into_iter().enumerate() {
            let (phone, hidden) = (format!("+7999100{n}{m}01"), format!("{m}{hidden}"));
            let cards = two_cards(&world, &phone, &phone).await;
            take(
                &world,
                &WA,
                &message(&hidden, &[], &format!("{phone}-1"), world.now, text("СТОП")),
            )
            .await;
            for guest in cards {
                assert_eq!(consents(&world, guest).await, Channel::ALL, "nobody can know yet");
            }
            world.later(MINUTE);
            let (from, also) = if by_phone { (&phone, &hidden) } else { (&hidden, &phone) };
            take(
                &world,
                &WA,
                &message(from, &[also], &format!("{phone}-2"), world.now, text("Привет")),
            )
            .await;
            world.later(MINUTE);
            let late = card(&world, &format!("{phone}-late"), &phone).await;
            for guest in [cards[0], cards[1], late] {
                assert_eq!(consents(&world, guest).await, stopped(), "{hidden} {by_phone}");
            }
        }
    }
}

async fn a_hold_by_a_hidden_id_is_its_phones_too(mut world: World) {
    for (n, hidden) in HIDDEN.into_iter().enumerate() {
        let phone = format!("+7999100{n}001");
        let cards = two_cards(&world, &phone, &phone).await;
        take(
            &world,
            &WA,
            &message(hidden, &[], &format!("{n}-1"), world.now, text("стоп?")),
        )
        .await;
        world.later(MINUTE);
        take(
            &world,
            &WA,
            &message(hidden, &[&phone], &format!("{n}-2"), world.now, text("Привет")),
        )
        .await;
        for guest in cards {
            assert_eq!(consents(&world, guest).await, stopped(), "{hidden}");
        }
        // It is one hold, and whichever address a human names, it is settled.
        assert_eq!(world.store.held(ORG).await.unwrap().len(), 1, "{hidden}");
        world.later(MINUTE);
        let settled = world.store.settle_hold(
            ORG,
            std::slice::from_ref(&phone),
            Channel::WhatsApp,
            false,
            "boris",
            world.now,
        );
        settled.await.unwrap();
        for guest in cards {
            assert_eq!(consents(&world, guest).await, Channel::ALL, "{hidden}");
        }
        assert_eq!(world.store.held(ORG).await.unwrap(), [], "{hidden}");
    }
}

async fn a_no_goes_through_every_id(mut world: World) {
    let cards = two_cards(&world, "anna", PHONE).await;
    let [one, other] = HIDDEN;
    take(&world, &WA, &message(one, &[], "1", world.now, text("СТОП"))).await;
    world.later(MINUTE);
    take(&world, &WA, &message(other, &[one], "2", world.now, text("Привет"))).await;
    world.later(MINUTE);
    take(&world, &WA, &message(PHONE, &[other], "3", world.now, text("Ещё"))).await;
    for guest in cards {
        assert_eq!(consents(&world, guest).await, stopped());
    }
}

async fn a_no_by_a_hidden_id_is_the_new_numbers_too(mut world: World) {
    let cards = two_cards(&world, "anna", PHONE).await;
    take(&world, &WA, &message(HIDDEN[0], &[], "1", world.now, text("СТОП"))).await;
    world.later(MINUTE);
    take(&world, &WA, &moved(world.now)).await;
    world.later(MINUTE);
    take(&world, &WA, &message(HIDDEN[0], &[NEW], "2", world.now, text("Привет"))).await;
    for guest in cards {
        assert_eq!(consents(&world, guest).await, stopped());
    }
    let late = card(&world, "late", NEW).await;
    assert_eq!(consents(&world, late).await, stopped());
}

async fn a_later_yes_by_the_phone_outlives_it(mut world: World) {
    let cards = two_cards(&world, "anna", PHONE).await;
    take(&world, &WA, &message(PHONE, &[], "1", world.now, text("START"))).await;
    world.later(MINUTE);
    take(&world, &WA, &message(HIDDEN[0], &[], "2", world.now, text("СТОП"))).await;
    world.later(MINUTE);
    take(
        &world,
        &WA,
        &message(HIDDEN[0], &[PHONE], "3", world.now, text("Привет")),
    )
    .await;
    for guest in cards {
        assert_eq!(consents(&world, guest).await, stopped(), "the yes is older");
    }
    take(&world, &WA, &message(HIDDEN[1], &[], "4", world.now, text("СТОП"))).await;
    world.later(MINUTE);
    take(&world, &WA, &message(PHONE, &[], "5", world.now, text("START"))).await;
    world.later(MINUTE);
    take(
        &world,
        &WA,
        &message(HIDDEN[1], &[PHONE], "6", world.now, text("Привет")),
    )
    .await;
    for guest in cards {
        assert_eq!(consents(&world, guest).await, Channel::ALL, "the yes is younger");
    }
}

async fn a_phone_told_and_a_card_at_once(mut world: World) {
    for n in 0..20 {
        let (phone, hidden, name) = (format!("+7999100{n:04}"), format!("{n}@lid"), format!("guest-{n}"));
        take(
            &world,
            &WA,
            &message(&hidden, &[], &format!("{n}-1"), world.now, text("СТОП")),
        )
        .await;
        // Somebody else has the phone too, so that the hidden id is on no card.
        willing(&world, &format!("other-{n}")).await;
        register(&world, EndpointKind::Phone, &phone, &format!("other-{n}")).await;
        willing(&world, &name).await;
        world.later(MINUTE);
        let registration = |kind| EndpointRegistration {
            kind,
            address: phone.clone(),
            customer: Some(name.clone()),
            muted: false,
        };
        let (by_phone, by_whatsapp) = (registration(EndpointKind::Phone), registration(EndpointKind::WhatsApp));
        let told = message(&hidden, &[&phone], &format!("{n}-2"), world.now, text("Привет"));
        let (told, card, again) = tokio::join!(
            world.store.take(&WA, &told, world.now),
            world.store.register_endpoint(ORG, &by_phone, world.now),
            world.store.register_endpoint(ORG, &by_whatsapp, world.now)
        );
        told.unwrap();
        card.unwrap();
        again.unwrap();
    }
    // As the claim reads them, unsettled.
    let whatsapp = Channel::WhatsApp.bit();
    let allowed = format!("SELECT COUNT(*) AS x FROM customer_facts WHERE (consent_mask & {whatsapp}) <> 0");
    assert_eq!(world.number(&allowed).await, 0);
}
