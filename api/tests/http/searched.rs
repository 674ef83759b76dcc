//! Guests found over HTTP, with their messages and orders.

use crate::people_world::Browser;
use crate::program::Program;
use crate::world::{PHONE, World, answer, places};
use bellhop_domain::role::Role;
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<String> {
    let guests = page["guests"].as_array().unwrap().iter();
    guests.map(|it| it["customer"].as_str().unwrap().to_owned()).collect()
}

async fn three(program: &Program<'_>) {
    for (id, name) in [("007", "Анна Петрова"), ("8", "Аннабель"), ("anna", "Борис")] {
        let card = json!({ "name": name, "tags": ["vip"] });
        assert_eq!(program.put(&format!("/v1/guests/{id}"), &card).await.0, 200);
    }
}

#[tokio::test]
async fn guests_come_by_pages_and_are_found_by_what_is_typed() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    three(&program).await;
    let (mut told, mut path) = (Vec::new(), "/v1/guests?limit=3".to_owned());
    loop {
        let (status, page) = program.get(&path).await;
        assert_eq!(status, 200, "{page}");
        told.extend(ids(&page));
        let Some(next) = page.get("next") else { break };
        path = format!("/v1/guests?limit=3&cursor={next}");
    }
    assert_eq!(told, ["c1", "007", "8", "anna"]);
    for (query, expected) in [
        ("анна", vec!["007", "8"]),
        ("007", vec!["007"]),
        ("7", vec![]),
        ("8", vec!["8"]),
        ("79990000001", vec!["c1"]),
        ("8%20999%20000-00-01", vec!["c1"]),
        ("anna", vec!["anna"]),
    ] {
        let (status, page) = program.get(&format!("/v1/guests?query={query}")).await;
        assert_eq!(
            (status, ids(&page)),
            (200, expected.iter().map(|&it| it.to_owned()).collect()),
            "{query}"
        );
    }
    let (_, first) = program.get("/v1/guests?query=анна&limit=1").await;
    let (_, rest) = program
        .get(&format!("/v1/guests?query=анна&cursor={}", first["next"]))
        .await;
    assert_eq!(
        (ids(&first), ids(&rest)),
        (vec!["007".to_owned()], vec!["8".to_owned()])
    );
    let (_, one) = program.get("/v1/guests?query=c1").await;
    assert_eq!(one["guests"][0]["phones"], json!([PHONE]));
    let tagged = json!({ "name": "vip", "filter": { "tags": { "any": ["vip"] } } });
    program.post("/v1/segments", &tagged).await;
    assert_eq!(ids(&program.get("/v1/guests?segment=1").await.1).len(), 3);
    assert_eq!(ids(&program.get("/v1/guests?segment=1&query=c1").await.1), [""; 0]);
    places(422, &program.get("/v1/guests?sort=name").await);
    places(404, &program.get("/v1/guests?segment=99").await);
}

#[tokio::test]
async fn a_guest_is_shown_with_messages_and_orders_and_the_week_to_come() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let (status, page) = program.get("/v1/guests/c1/messages").await;
    assert_eq!(status, 200, "{page}");
    let message = &page["messages"][0];
    assert_eq!(
        (
            &message["message"],
            &message["state"],
            &message["channel"],
            &message["mailing"]
        ),
        (
            &json!(world.message.to_string()),
            &json!("pending"),
            &json!("sms"),
            &json!(1)
        ),
        "{page}"
    );
    let after = program
        .get(&format!("/v1/guests/c1/messages?cursor={}", world.message))
        .await;
    assert_eq!(after, (200, json!({ "messages": [] })));
    places(422, &program.get("/v1/guests/c1/messages?cursor=12").await);

    let order = |id: &str, status: &str| {
        json!({ "order_id": id, "customer_id": "c1", "placed_at": format!("2026-02-20T10:00:0{}Z", &id[2..]), "total": 100,
                "status": status, "restaurant": "Arbat", "source": "app",
                "items": [{ "dish": "Soup", "category": "Soups", "quantity": 2, "price": 50 }] })
    };
    let orders = json!({ "orders": [order("o-1", "delivered"), order("o-2", "cancelled"), order("o-3", "delivered")] });
    world.send("/v1/orders", &orders).await;
    let (_, page) = program.get("/v1/guests/c1/orders?limit=2").await;
    let first = &page["orders"][0];
    assert_eq!(
        (&first["order_id"], &first["restaurant"], &first["items"][0]["dish"]),
        (&json!("o-3"), &json!("Arbat"), &json!("Soup")),
        "{page}"
    );
    let (_, rest) = program
        .get(&format!("/v1/guests/c1/orders?cursor={}", page["next"]))
        .await;
    assert_eq!(
        (&rest["orders"][0]["order_id"], rest.get("next")),
        (&json!("o-1"), None)
    );
    let (_, of) = program.get("/v1/guests/c1/orders?status=cancelled").await;
    assert_eq!(
        (of["orders"].as_array().unwrap().len(), &of["orders"][0]["order_id"]),
        (1, &json!("o-2"))
    );
    let (status, week) = program.get("/v1/guests/c1/next-week").await;
    assert_eq!(
        (status, &week["customer"], &week["rows"]),
        (200, &json!("c1"), &json!([])),
        "{week}"
    );
    let rival = Program::of_rival(&world).await;
    for of in ["messages", "orders", "next-week"] {
        places(404, &program.get(&format!("/v1/guests/nobody/{of}")).await);
        places(404, &rival.get(&format!("/v1/guests/c1/{of}")).await);
    }
}

#[tokio::test]
async fn who_is_limited_to_restaurants_finds_their_guests_alone() {
    let world = World::new().await;
    for (customer, restaurant) in [("near", "Arbat"), ("far", "Sokol")] {
        let order = json!({ "order_id": format!("o-{customer}"), "customer_id": customer, "restaurant": restaurant,
                            "placed_at": "2026-02-01T10:00:00Z", "total": 100, "status": "delivered" });
        world.send("/v1/orders", &json!({ "orders": [order] })).await;
    }
    let here = world
        .person_of(world.org, Role::Operator, Some(&["Arbat".to_owned()]))
        .await;
    let asked = async |who: &Browser, path: &str| answer(who.asks(world.get(path))).await;
    assert_eq!(ids(&asked(&here, "/v1/guests").await.1), ["near"]);
    assert_eq!(ids(&asked(&here, "/v1/guests?query=far").await.1), [""; 0]);
    assert_eq!(ids(&asked(&here, "/v1/guests?query=near").await.1), ["near"]);
    for of in ["messages", "orders", "next-week"] {
        assert_eq!(asked(&here, &format!("/v1/guests/near/{of}")).await.0, 200, "{of}");
        let (status, refused) = asked(&here, &format!("/v1/guests/far/{of}")).await;
        assert_eq!(
            (status, &refused["code"]),
            (403, &json!("guest_of_other_restaurants")),
            "{of}"
        );
    }
}
