//! The matrix role × route × own and other restaurants × own and foreign organisation, from the table of routes.

use crate::asking::ask;
use crate::people_world::{Browser, refusal};
use crate::world::{World, answer};
use bellhop_api::{Permission, Verb, table};
use bellhop_domain::role::Role;
use serde_json::json;
use std::collections::BTreeMap;

/// The code with which a door refuses, or nothing if it lets pass.
async fn at_the_door(world: &World, who: &Browser, at: bellhop_api::RoutePattern, verb: Verb) -> (u16, String) {
    let response = who.asks(ask(world, at, verb)).send().await.unwrap();
    let status = response.status().as_u16();
    // What is let in may be a stream, which does not end.
    if response.status().is_success() {
        return (status, String::new());
    }
    let body = response.json::<serde_json::Value>().await.unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn each_role_passes_the_doors_of_its_rights_and_no_other() {
    let world = World::new().await;
    let rival = world.rival().await;
    let arbat = ["Arbat".to_owned()];
    let mut people = Vec::new();
    for role in Role::ALL {
        people.push((role, false, world.person(role).await));
        people.push((role, true, world.person_of(world.org, role, Some(&arbat)).await));
        people.push((role, false, world.person_of(rival, role, None).await));
    }
    let (mut passed, mut refused) = (BTreeMap::<Role, usize>::new(), 0);
    for route in table() {
        let Permission::Key(right) = route.permission() else {
            continue;
        };
        for verb in route.at().verbs {
            for (role, limited, who) in &people {
                let (status, code) = at_the_door(&world, who, route.at(), *verb).await;
                let place = (verb.name(), route.at().path, *role, *limited);
                if !role.may(right) {
                    assert_eq!((status, code.as_str()), (403, "not_allowed"), "{place:?}");
                    refused += 1;
                } else if *limited && !route.at().within_restaurants {
                    assert_eq!((status, code.as_str()), (403, "limited_to_restaurants"), "{place:?}");
                    refused += 1;
                } else {
                    let door = [
                        "not_allowed",
                        "limited_to_restaurants",
                        "not_logged_in",
                        "csrf_token_unfit",
                    ];
                    assert!(
                        !door.contains(&code.as_str()) && status != 500,
                        "{place:?}: {status} {code}"
                    );
                    *passed.entry(*role).or_default() += 1;
                }
            }
        }
    }
    assert!(refused > 100, "{refused}");
    assert!(passed[&Role::Administrator] > passed[&Role::Marketer]);
    assert!(passed[&Role::Marketer] > passed[&Role::Viewer] && passed[&Role::Viewer] > 0);
}

#[tokio::test]
async fn routes_about_oneself_are_open_to_people_alone() {
    let world = World::new().await;
    let key = world.key(&bellhop_store::guests::Scope::ALL).await;
    let mut seen = 0;
    for route in table().iter().filter(|it| it.permission() == Permission::Person) {
        for verb in route.at().verbs {
            let program = ask(&world, route.at(), *verb).bearer_auth(&key);
            assert_eq!(
                refusal(program).await,
                (401, "not_logged_in".to_owned()),
                "{}",
                route.at().path
            );
            seen += 1;
        }
    }
    assert!(seen >= 6, "{seen}");
}

/// A guest who ordered in the restaurant.
async fn guest_of(world: &World, customer: &str, restaurant: &str) {
    let order = json!({ "order_id": format!("o-{customer}"), "customer_id": customer, "restaurant": restaurant,
                        "placed_at": "2026-02-01T10:00:00Z", "total": 100, "status": "delivered" });
    let (status, body) = world.send("/v1/orders", &json!({ "orders": [order] })).await;
    assert_eq!(status, 200, "{body}");
}

#[tokio::test]
async fn who_is_limited_to_restaurants_sees_their_guests_alone() {
    let world = World::new().await;
    guest_of(&world, "near", "Arbat").await;
    guest_of(&world, "far", "Sokol").await;
    let here = world
        .person_of(world.org, Role::Operator, Some(&["Arbat".to_owned()]))
        .await;
    let all = world.person(Role::Operator).await;
    let count = json!({ "filter": { "any": [{ "restaurants": ["Arbat"] }, { "restaurants": ["Sokol"] }] } });
    let counted = |who: &Browser| answer(who.asks(world.post("/v1/audience/count")).json(&count));
    assert_eq!(counted(&all).await.1["count"], 2);
    assert_eq!(counted(&here).await.1["count"], 1);
    let everybody = json!({ "filter": { "all": [] } });
    let sample = answer(here.asks(world.post("/v1/audience/sample")).json(&everybody))
        .await
        .1;
    assert_eq!(sample["guests"].as_array().unwrap().len(), 1, "{sample}");
    let guest = |customer: &str| here.asks(world.get(&format!("/v1/guests/{customer}")));
    assert_eq!(answer(guest("near")).await.0, 200);
    let closed = (403, "guest_of_other_restaurants".to_owned());
    assert_eq!(refusal(guest("far")).await, closed);
    for (request, body) in [
        (world.post("/v1/guests/far/tags"), json!({ "set": ["vip"] })),
        (
            world.put("/v1/guests/far/blacklist"),
            json!({ "reason": "asked for it" }),
        ),
        (
            world.post("/v1/audience/explain"),
            json!({ "filter": { "all": [] }, "customer": "far" }),
        ),
    ] {
        assert_eq!(refusal(here.asks(request).json(&body)).await, closed);
    }
    assert_eq!(
        refusal(here.asks(world.delete("/v1/guests/far/blacklist"))).await,
        closed
    );
}

#[tokio::test]
async fn the_page_has_the_matrix() {
    let page = include_str!("../../../docs/people.md");
    for scope in bellhop_store::guests::Scope::ALL {
        let cells: Vec<_> = Role::ALL
            .iter()
            .map(|role| if role.may(scope) { "yes" } else { "" })
            .collect();
        let row = format!("| `{}` | {} | {} |", scope.name(), scope.allows(), cells.join(" | "));
        assert!(page.contains(&row), "docs/people.md lacks {row}");
    }
}
