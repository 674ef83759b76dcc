//! A problem has a code for programs, and words in the language that was asked for.

use crate::world::{World, header};
use bellhop_store::guests::Scope;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

/// The same request in English and in Russian.
async fn both(request: impl Fn() -> RequestBuilder) -> [Value; 2] {
    let mut told = Vec::new();
    for (accepted, expected) in [(None, "en"), (Some("ru-RU,ru;q=0.9,en;q=0.5"), "ru")] {
        let mut request = request();
        if let Some(accepted) = accepted {
            request = request.header("accept-language", accepted);
        }
        let response = request.send().await.unwrap();
        assert_eq!(header(&response, "content-type"), Some("application/problem+json"));
        assert_eq!(header(&response, "content-language"), Some(expected));
        assert_eq!(header(&response, "vary"), Some("accept-language"));
        let status = response.status().as_u16();
        let document: Value = response.json().await.unwrap();
        assert_eq!(document["status"], status);
        let detail = document["detail"].as_str().unwrap();
        assert_eq!(is_cyrillic(detail), expected == "ru", "{detail}");
        told.push(document);
    }
    told.try_into().unwrap()
}

fn is_cyrillic(text: &str) -> bool {
    text.chars().any(|c| ('а'..='я').contains(&c))
}

#[tokio::test]
async fn a_problem_says_one_code_in_two_languages() {
    let world = World::new().await;
    let key = world.key(&Scope::ALL).await;
    let opens = world.key(&[Scope::Opens]).await;
    let post = |path: &str, body: Value| world.post(path).bearer_auth(&key).json(&body);
    let order = |more: Value| {
        let mut order = json!({"order_id": "1", "customer_id": "c1", "placed_at": "2026-03-01T08:00:00Z", "total": 1});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"orders": [order]})
    };
    let unknown = json!({"message_id": "00000000001"});
    let text = |body: &'static str| {
        let request = world.post("/v1/opens").bearer_auth(&key);
        request.header("content-type", "application/json").body(body)
    };
    let cases: [(&str, &str, Value, &dyn Fn() -> RequestBuilder); 10] = [
        ("path_unknown", "", json!(null), &|| world.get("/v1/nothing")),
        ("method_wrong", "", json!(null), &|| world.get("/v1/orders")),
        ("api_key_absent", "", json!(null), &|| world.post("/v1/opens").body("")),
        (
            "api_key_lacks_scope",
            "",
            json!({"key": "site-1", "scope": "orders"}),
            &|| world.post("/v1/orders").bearer_auth(&opens).body(""),
        ),
        ("message_unknown", "", json!(null), &|| {
            post("/v1/opens", unknown.clone())
        }),
        ("body_not_json", "", json!({"line": 1, "column": 1}), &|| text("{")),
        ("body_too_long", "", json!({"most": 4096}), &|| {
            text("{").body(" ".repeat(5_000))
        }),
        ("body_key_absent", "orders[0]", json!({"key": "total"}), &|| {
            let mut body = order(json!({}));
            body["orders"][0].as_object_mut().unwrap().remove("total");
            post("/v1/orders", body)
        }),
        ("body_key_unknown", "orders[0].sum", json!({"key": "sum"}), &|| {
            post("/v1/orders", order(json!({"sum": 1})))
        }),
        ("path_unreadable", "", json!(null), &|| world.get("/p/3kTMd8aZ01x/x")),
    ];
    for (code, place, params, request) in cases {
        for document in both(request).await {
            assert_eq!(document["code"], code, "{document}");
            assert_eq!(document["place"].as_str().unwrap_or_default(), place, "{document}");
            assert_eq!(document["params"], params, "{document}");
            assert!(document["detail"].as_str().unwrap().starts_with(place), "{document}");
        }
    }
}

#[tokio::test]
async fn each_bad_place_has_its_code_and_its_words() {
    let world = World::new().await;
    let key = world.key(&Scope::ALL).await;
    let order = |id: &str, more: Value| {
        let mut order = json!({"order_id": id, "customer_id": "c1", "placed_at": "2026-03-01T08:00:00Z", "total": 1});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        order
    };
    let items = json!([{"price": 1, "quantity": 0}]);
    let body = json!({"orders": [
        order(" ", json!({})),
        order("a", json!({"total": -1})),
        order("b", json!({"phone": "8916123456O"})),
        order("c", json!({"items": items})),
        order("d", json!({"promo": "x".repeat(201)})),
    ]});
    let expected = [
        ("orders[0].order_id", "order_id_empty", json!(null)),
        ("orders[1].total", "amount_negative", json!(null)),
        (
            "orders[2].phone",
            "phone_letter_like_digit",
            json!({"letter": "O", "digit": "0"}),
        ),
        ("orders[3].items[0].quantity", "quantity_below_one", json!(null)),
        ("orders[4].promo", "text_too_long", json!({"most": 200})),
    ];
    let told = both(|| world.post("/v1/orders").bearer_auth(&key).json(&body)).await;
    for (document, russian) in told.iter().zip([false, true]) {
        assert_eq!(document["code"], "some_unusable");
        let errors = document["errors"].as_array().unwrap();
        assert_eq!(errors.len(), expected.len());
        for (error, (place, code, params)) in errors.iter().zip(&expected) {
            assert_eq!((&error["place"], &error["code"]), (&json!(place), &json!(code)));
            assert_eq!(error["params"], *params);
            let problem = error["problem"].as_str().unwrap();
            assert_eq!(is_cyrillic(problem), russian, "{problem}");
        }
    }
}

#[tokio::test]
async fn another_language_keeps_the_other_headers() {
    let world = World::new().await;
    let asked = world.get("/v1/orders").header("accept-language", "ru");
    let response = asked.send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), header(&response, "allow")),
        (405, Some("POST"))
    );
    let asked = world.post("/v1/orders").header("accept-language", "ru").body("{}");
    let response = asked.send().await.unwrap();
    assert_eq!(header(&response, "www-authenticate"), Some("Bearer"));
}
