use crate::asking::{ask, fires_and_tells, one_to_erase};
use crate::world::{NOW, World, answer, header, places};
use bellhop_api::{Permission, Verb, table};
use bellhop_store::guests::{ApiKeys, Scope};
use serde_json::json;

/// The paths in the table that need a key, each with its scope.
fn routes() -> Vec<(bellhop_api::Route<bellhop_api::Api>, Scope)> {
    let keyed = |route: bellhop_api::Route<_>| match route.permission() {
        Permission::Key(scope) => Some((route, scope)),
        _ => None,
    };
    table().into_iter().filter_map(keyed).collect()
}

#[tokio::test]
async fn without_a_known_key_nothing_is_even_read() {
    let world = World::new().await;
    let key = world.key(&Scope::ALL).await;
    let revoked = world.key(&Scope::ALL).await;
    for name in ["site", "site-1"] {
        assert_eq!(world.store.revoke_api_key(world.org, name, NOW).await.unwrap(), 1);
    }
    let fresh = world.key(&Scope::ALL).await;
    for (route, _) in routes() {
        for authorization in [
            None,
            Some(format!("Bearer {key}")),
            Some(format!("Bearer {revoked}")),
            Some("Bearer nonsense".to_owned()),
            Some("Bearer".to_owned()),
            Some(format!("Basic {fresh}")),
            Some(fresh.clone()),
        ] {
            let mut request = ask(&world, route.at(), route.at().verbs[0]).body("no json");
            if let Some(value) = &authorization {
                request = request.header("authorization", value);
            }
            let response = request.send().await.unwrap();
            assert_eq!(
                header(&response, "www-authenticate"),
                Some("Bearer"),
                "{authorization:?}"
            );
            assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
            let answer = (response.status().as_u16(), response.json().await.unwrap());
            assert!(places(401, &answer).is_empty());
        }
    }
}

const FILES: [&str; 4] = ["/v1/uploads/", "/v1/imports/", "/v1/import-mappings/", "/v1/exports/"];

#[tokio::test]
async fn a_key_does_what_its_scopes_say() {
    let world = World::new().await;
    fires_and_tells(&world).await;
    one_to_erase(&world).await;
    for (route, needed) in routes() {
        let path = route.at().path;
        for scope in Scope::ALL {
            let key = world.key(&[scope]).await;
            // The scheme's case does not matter (RFC 9110 §11.1).
            let request = ask(&world, route.at(), route.at().verbs[0]).header("authorization", format!("bearer {key}"));
            // What no route takes.
            let response = request.json(&json!("nothing")).send().await.unwrap();
            if scope == needed {
                // Nothing is read where nothing is asked for; what is removed by its version asks for that.
                let expected: &[u16] = match (route.body_bytes(), route.at().verbs[0]) {
                    // A piece of a file is no JSON.
                    (Some(_), Verb::Patch) => &[415, 422],
                    (Some(_), _) => &[422],
                    // What is asked about of people and keys is not there.
                    (None, Verb::Delete) => &[200, 404, 428],
                    (None, Verb::Post) => &[200, 404, 428],
                    // Nobody has sent a file.
                    (None, _) if FILES.iter().any(|files| path.starts_with(files)) => &[200, 404],
                    (None, _) => &[200],
                };
                let status = response.status().as_u16();
                assert!(expected.contains(&status), "{path} {scope:?}: {status}");
            } else {
                let challenge = header(&response, "www-authenticate");
                assert_eq!(challenge, Some("Bearer error=\"insufficient_scope\""));
                let answer = (response.status().as_u16(), response.json().await.unwrap());
                assert!(places(403, &answer).is_empty());
                assert!(answer.1["detail"].as_str().unwrap().contains(needed.name()));
            }
        }
    }
}

#[tokio::test]
async fn every_error_is_a_problem_document() {
    let world = World::new().await;
    let key = world.key(&Scope::ALL).await;
    let orders = || world.post("/v1/orders").bearer_auth(&key);
    let json = "application/json";
    let huge = format!("{{\"orders\":[{}]}}", " ".repeat(9 << 20));
    for (request, status) in [
        (world.get("/v1/nothing"), 404),
        (world.get("/v1/orders"), 405),
        (orders().body("{}"), 415),
        (orders().header("content-type", json).body("{"), 400),
        (orders().header("content-type", json).body("{}"), 422),
        (
            orders().header("content-type", json).body("{\"orders\":[],\"x\":1}"),
            422,
        ),
        (orders().header("content-type", json).body(huge), 413),
    ] {
        let answer = answer(request).await;
        assert!(places(status, &answer).is_empty());
    }
}

#[tokio::test]
async fn a_request_of_many_orders_is_taken() {
    let world = World::new().await;
    let order =
        |i| json!({"order_id": format!("o{i}"), "customer_id": "c1", "placed_at": "2026-03-01T08:00:00Z", "total": 1});
    // More than the two megabytes at which web frameworks usually stop.
    let orders: Vec<_> = (0..2_000).map(order).collect();
    let padding = " ".repeat(3 << 20);
    let body = format!("{}{padding}", json!({ "orders": orders }));
    let key = world.key(&[Scope::Orders]).await;
    let request = world.post("/v1/orders").bearer_auth(key);
    let (status, written) = answer(request.header("content-type", "application/json").body(body)).await;
    assert_eq!((status, &written["created"]), (200, &json!(2_000)));
}
