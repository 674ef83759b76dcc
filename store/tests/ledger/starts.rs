//! Pressing *Start* in a messenger gives no consent: neither back to a guest who said no, nor to one who was never asked.

use crate::consent::{address, register, says, told, willing};
use crate::incoming::{all_but, consents, take};
use crate::world::*;
use bellhop_domain::incoming::*;
use bellhop_domain::*;
use bellhop_store::guests::*;

crate::on_both![a_start_gives_nothing, a_start_after_a_block_gives_nothing_back];

/// What each messenger reports of a start. Telegram's apps write `/start` by themselves; MAX reports that the button was
/// pressed, with what the link brought along.
fn starts() -> [(EndpointKind, Vec<InboundContent>); 2] {
    let text = |text: &str| InboundContent::Text(text.to_owned());
    let pressed = |raw: &str| InboundContent::Other {
        kind: "bot_started".to_owned(),
        raw: raw.to_owned(),
    };
    let texts = vec![text("/start"), text("/start promo42"), text(" /start")];
    let mut of_max = texts.clone();
    of_max.push(pressed(r#"{"update_type":"bot_started"}"#));
    of_max.push(pressed(r#"{"update_type":"bot_started","payload":"START"}"#));
    [(EndpointKind::Telegram, texts), (EndpointKind::Max, of_max)]
}

async fn press(world: &World, kind: EndpointKind, from: &str, content: &InboundContent) {
    let mut start = says(from, &format!("{from}-{}", world.now.0), world.now, "");
    if let Event::Inbound(it) = &mut start {
        it.content = content.clone();
    }
    take(world, &told(kind), &start).await;
}

/// A card by file that says nothing about marketing.
async fn unasked(world: &World, id: &str) -> CustomerId {
    let card = CustomerCard {
        external_id: id.to_owned(),
        ..CustomerCard::default()
    };
    world
        .store
        .put_customers(ORG, &[card], "import", world.now)
        .await
        .unwrap();
    world.store.customer_id(ORG, id).await.unwrap().unwrap()
}

async fn a_start_gives_nothing(mut world: World) {
    for (kind, starts) in starts() {
        let (name, chat) = (kind.name(), address(kind, 1));
        let guest = unasked(&world, name).await;
        register(&world, kind, &chat, name).await;
        for content in starts {
            world.later(MINUTE);
            press(&world, kind, &chat, &content).await;
            assert_eq!(consents(&world, guest).await, [], "{content:?}");
        }
    }
}

async fn a_start_after_a_block_gives_nothing_back(mut world: World) {
    for (kind, starts) in starts() {
        let (name, chat) = (kind.name(), address(kind, 1));
        let guest = willing(&world, name).await;
        register(&world, kind, &chat, name).await;
        world.later(MINUTE);
        let block = Event::Preference(Preference {
            address: chat.clone(),
            given: false,
            at: world.now,
            how: "stopped".to_owned(),
        });
        take(&world, &told(kind), &block).await;
        let rest = all_but(&[kind.channel()]);
        assert_eq!(consents(&world, guest).await, rest);
        for content in starts {
            world.later(MINUTE);
            press(&world, kind, &chat, &content).await;
            assert_eq!(consents(&world, guest).await, rest, "{content:?}");
        }
    }
}
