//! Rules of tags over HTTP.

use crate::program::Program;
use crate::world::{World, answer, places};
use serde_json::{Value, json};

fn rule(name: &str) -> Value {
    json!({ "name": name, "tag": "often", "days": 30, "count": { "min": 1 } })
}

#[tokio::test]
async fn a_rule_is_made_once_edited_from_its_version_applied_and_removed() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let make = || {
        let request = world.post("/v1/tag-rules").header("idempotency-key", "k-1");
        answer(request.bearer_auth(&program.key).json(&rule("Often")))
    };
    let (status, made) = make().await;
    assert_eq!(
        (status, &made["id"], &made["version"]),
        (201, &json!(1), &json!(1)),
        "{made}"
    );
    assert_eq!(make().await.1["id"], 1);
    let (_, all) = program.get("/v1/tag-rules").await;
    assert_eq!(
        (all["rules"].as_array().unwrap().len(), all.get("pass")),
        (1, None),
        "{all}"
    );
    assert_eq!(program.get("/v1/tag-rules/pass").await, (200, json!({})));

    let mut to = rule("Very often");
    to["count"] = json!({ "min": 5 });
    let moved = program.put_from("/v1/tag-rules/1", 9, &to).await;
    assert_eq!((moved.0, &moved.1["code"]), (412, &json!("tag_rule_moved")));
    assert_eq!(moved.1["current"]["rule"]["name"], "Often");
    let (status, edited) = program.put_from("/v1/tag-rules/1", 1, &to).await;
    assert_eq!((status, &edited["version"]), (200, &json!(2)), "{edited}");
    assert_eq!(edited["versions"].as_array().unwrap().len(), 2);
    let (status, applied) = program.post("/v1/tag-rules/1/apply", &json!({})).await;
    assert_eq!((status, &applied["covers_all"]), (200, &json!(true)), "{applied}");
    let (_, pass) = program.get("/v1/tag-rules/pass").await;
    assert_eq!(
        (&pass["pass"]["guests"], pass["pass"].get("ended_at")),
        (&json!(1), None),
        "{pass}"
    );
    assert_eq!(program.delete("/v1/tag-rules/1").await, (200, json!({ "removed": 1 })));
    places(404, &program.get("/v1/tag-rules/1").await);
}

#[tokio::test]
async fn a_preview_counts_and_a_faulty_rule_says_where() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let order = json!({ "order_id": "o-1", "customer_id": "c1", "placed_at": "2026-02-20T10:00:00Z", "total": 100,
                        "status": "delivered", "items": [{ "dish": "Soup", "quantity": 1, "price": 100 }] });
    world.send("/v1/orders", &json!({ "orders": [order] })).await;
    let (status, preview) = program.post("/v1/tag-rules/preview", &rule("Often")).await;
    assert_eq!((status, preview), (200, json!({ "would_tag": 1, "of": 1 })));
    let mut typo = rule("Often");
    typo["ordered"] = json!({ "dish": ["Soop"] });
    let (_, preview) = program.post("/v1/tag-rules/preview", &typo).await;
    assert_eq!(
        (&preview["would_tag"], &preview["problems"][0]["place"]),
        (&json!(0), &json!("ordered")),
        "{preview}"
    );
    for path in ["/v1/tag-rules", "/v1/tag-rules/preview"] {
        let bad = program
            .post(
                path,
                &json!({ "name": "", "tag": "t", "days": 0, "count": { "min": 1 } }),
            )
            .await;
        assert_eq!(places(422, &bad), ["name", "days"], "{path}");
    }
    assert_eq!(program.get("/v1/tag-rules").await.1["rules"], json!([]));
}

#[tokio::test]
async fn tags_are_listed_with_their_guests_and_rules_are_ones_own() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.post("/v1/guests/c1/tags", &json!({ "set": ["vip"] })).await;
    program.post("/v1/tag-rules", &rule("Often")).await;
    let expected = json!({ "tags": [{ "name": "often", "guests": 0 }, { "name": "vip", "guests": 1 }] });
    assert_eq!(program.get("/v1/tags").await, (200, expected));
    let rival = Program::of_rival(&world).await;
    assert_eq!(rival.get("/v1/tags").await.1, json!({ "tags": [] }));
    assert_eq!(rival.get("/v1/tag-rules").await.1, json!({ "rules": [] }));
    places(404, &rival.get("/v1/tag-rules/1").await);
    places(404, &rival.put_from("/v1/tag-rules/1", 1, &rule("Mine")).await);
    places(404, &rival.post("/v1/tag-rules/1/apply", &json!({})).await);
    places(404, &rival.delete("/v1/tag-rules/1").await);
}
