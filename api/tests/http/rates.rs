//! How often a key may ask.

use crate::asking::{ask, fires_and_tells};
use crate::people_world::refusal;
use crate::world::{World, answer, header};
use bellhop_api::{Permission, table};
use bellhop_domain::role::Role;
use bellhop_store::guests::Scope;
use serde_json::{Value, json};

/// The id and the text of a key that may make so many requests a minute.
async fn key(world: &World, name: &str, scopes: &[Scope], per_minute: u32) -> (String, String) {
    let admin = world.key(&Scope::ALL).await;
    let scopes: Vec<_> = scopes.iter().map(|it| it.name()).collect();
    let new = json!({ "name": name, "scopes": scopes, "per_minute": per_minute });
    let (status, made) = answer(world.post("/v1/keys").bearer_auth(admin).json(&new)).await;
    assert_eq!(status, 201, "{made}");
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

#[tokio::test]
async fn a_key_asks_as_often_as_it_may_and_is_told_where_it_stands() {
    let world = World::new().await;
    let (id, till) = key(&world, "till", &[Scope::MailingsRead], 2).await;
    let asked = || world.get("/v1/mailings").bearer_auth(&till);
    let first = asked().send().await.unwrap();
    assert_eq!(first.status(), 200);
    assert_eq!(header(&first, "ratelimit-policy"), Some("\"key\";q=2;w=60"));
    assert_eq!(header(&first, "ratelimit"), Some("\"key\";r=1;t=30"));
    // What is not found counts too, and its answer says so.
    let second = world.get("/v1/mailings/999").bearer_auth(&till).send().await.unwrap();
    assert_eq!(
        (second.status().as_u16(), header(&second, "ratelimit")),
        (404, Some("\"key\";r=0;t=60"))
    );
    let third = asked().header("accept-language", "ru").send().await.unwrap();
    assert_eq!(third.status(), 429);
    let wait: u64 = header(&third, "retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(
        header(&third, "ratelimit"),
        Some(format!("\"key\";r=0;t={wait}").as_str())
    );
    assert_eq!(third.json::<Value>().await.unwrap()["code"], "key_too_fast");
    // Another key is not concerned, and neither are people.
    let other = world.key(&[Scope::MailingsRead]).await;
    assert_eq!(
        world
            .get("/v1/mailings")
            .bearer_auth(other)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let anna = world.person(Role::Administrator).await;
    let seen = anna.sends(world.get("/v1/mailings")).send().await.unwrap();
    assert_eq!((seen.status().as_u16(), header(&seen, "ratelimit")), (200, None));
    // More, from the next request on.
    let limit = |id: &str, body: &Value| anna.asks(world.put(&format!("/v1/keys/{id}/limit"))).json(body);
    let (status, told) = answer(limit(&id, &json!({ "per_minute": 100 }))).await;
    assert_eq!((status, &told["per_minute"]), (200, &json!(100)), "{told}");
    assert_eq!(
        header(&asked().send().await.unwrap(), "ratelimit"),
        Some("\"key\";r=99;t=1")
    );
    let (_, keys) = answer(anna.sends(world.get("/v1/keys"))).await;
    let listed = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "till")
        .unwrap();
    assert_eq!(listed["per_minute"], 100);
    let (_, told) = answer(limit(&id, &json!({ "per_minute": null }))).await;
    assert_eq!(told["per_minute"], Value::Null);
    assert_eq!(
        header(&asked().send().await.unwrap(), "ratelimit-policy"),
        Some("\"key\";q=60000;w=60")
    );
    assert_eq!(
        refusal(limit("0123", &json!({ "per_minute": 5 }))).await,
        (404, "not_here".to_owned())
    );
    for unfit in [json!({ "per_minute": 0 }), json!({}), json!({ "per_minute": -1 })] {
        assert_eq!(refusal(limit(&id, &unfit)).await.0, 422, "{unfit}");
    }
}

#[tokio::test]
async fn every_route_with_a_key_is_counted() {
    let world = World::new().await;
    fires_and_tells(&world).await;
    let mut counted = 0;
    for (n, scope) in Scope::ALL.into_iter().enumerate() {
        let (_, key) = key(&world, &format!("till {n}"), &[scope], 1).await;
        let own = |permission| permission == Permission::Key(scope);
        for (nth, route) in table().into_iter().filter(|route| own(route.permission())).enumerate() {
            for verb in route.at().verbs {
                // A body in the wrong form, which would be 415: it is not even looked at.
                let response = ask(&world, route.at(), *verb).bearer_auth(&key).send().await.unwrap();
                let refused = response.status() == 429;
                assert_eq!(refused, nth > 0, "{} {}", verb.name(), route.at().path);
                assert!(header(&response, "ratelimit").is_some(), "{}", route.at().path);
                counted += 1;
            }
        }
    }
    assert!(counted > 80, "{counted}");
}
