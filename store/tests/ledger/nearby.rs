//! A claim finds the same of its guests and their addresses, whether they stand side by side in their tables or far from each other.

use crate::world::*;
use bellhop_domain::*;
use bellhop_store::ledger::*;

crate::on_both!(
    side_by_side,
    far_addresses,
    far_guests,
    far_from_everybody,
    nobodys_apps,
    one_alone
);

const GUESTS: i64 = 12;

/// Guests whose ids, and the ids of whose addresses, are so far from each other: one withdraws, one is on the blacklist, the app of one
/// is gone, that of one is another guest's now, and one has no facts any more.
async fn claimed(world: &World, guests_apart: i64, addresses_apart: i64) -> Vec<(i64, String, Option<String>)> {
    for n in 1..=GUESTS {
        let token = format!("token-{n}");
        let who = Who {
            token: Some(&token),
            ..Who::default()
        };
        world.guest(n * guests_apart, who).await;
        for other in 1..addresses_apart {
            world
                .exec(&format!(
                    "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
                     VALUES (1, 1, 'other-{n}-{other}', 1, 0, 0)"
                ))
                .await;
        }
    }
    let run = world.launch(&spec(&[PUSH])).await;
    while world.page(run, 100).await != Page::Complete {}
    let id = |n: i64| n * guests_apart;
    for change in [
        format!(
            "UPDATE customer_facts SET consent_mask = 0 WHERE customer_id = {}",
            id(2)
        ),
        format!(
            "UPDATE customer_facts SET blacklisted = TRUE WHERE customer_id = {}",
            id(4)
        ),
        "UPDATE endpoints SET state = 3 WHERE address = 'token-6'".to_owned(),
        format!(
            "UPDATE customer_endpoints SET customer_id = {} WHERE customer_id = {}",
            id(1),
            id(8)
        ),
        format!("DELETE FROM customer_facts WHERE customer_id = {}", id(10)),
    ] {
        world.exec(&change).await;
    }
    let ready = world.take(EndpointKind::Fcm).await;
    assert_eq!(ready.len(), 1);
    let needs = RenderNeeds {
        profile: true,
        ..RenderNeeds::default()
    };
    let wish = wish(world.task(ready[0].id).await, &needs);
    let Claim::Leased { messages, .. } = world.store.claim(&wish, world.now).await.unwrap() else {
        panic!("not leased");
    };
    assert_eq!(world.states(run).await["pending"], messages.len() as i64);
    let told = messages
        .into_iter()
        .map(|it| (it.customer.unwrap().0, it.address, it.profile.name));
    let mut told: Vec<_> = told.collect();
    told.sort_unstable();
    told
}

fn expected(guests_apart: i64) -> Vec<(i64, String, Option<String>)> {
    [1, 3, 5, 7, 9, 11, 12]
        .map(|n| {
            let id = n * guests_apart;
            (id, format!("token-{n}"), Some(format!("Guest {id}")))
        })
        .to_vec()
}

async fn side_by_side(world: World) {
    assert_eq!(claimed(&world, 1, 1).await, expected(1));
}

async fn far_addresses(world: World) {
    assert_eq!(claimed(&world, 1, 9).await, expected(1));
}

async fn far_guests(world: World) {
    assert_eq!(claimed(&world, 1000, 1).await, expected(1000));
}

async fn far_from_everybody(world: World) {
    assert_eq!(claimed(&world, 1000, 9).await, expected(1000));
}

/// Apps that nobody has logged in to have no guest to stand beside.
async fn nobodys_apps(world: World) {
    for n in 1..=3 {
        world
            .exec(&format!(
                "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at) VALUES (1, 1, 'app-{n}', 1, 0, 0)"
            ))
            .await;
    }
    let run = world.launch(&spec(&[PUSH])).await;
    let planner = FirstStep {
        unattached: true,
        ..world.planner(run).await
    };
    while world.store.plan_page(run, 10, &planner, world.now).await.unwrap() != Page::Complete {}
    let held = world.hold(EndpointKind::Fcm).await;
    let mut addresses: Vec<_> = held.messages.iter().map(|it| it.address.as_str()).collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["app-1", "app-2", "app-3"]);
    assert!(held.messages.iter().all(|it| it.customer.is_none()));
}

async fn one_alone(world: World) {
    world.guests(1).await;
    world.planned(&[PUSH]).await;
    assert_eq!(world.hold(EndpointKind::Fcm).await.messages.len(), 1);
}
