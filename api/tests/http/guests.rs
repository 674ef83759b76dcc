//! Guests and audiences over HTTP.

use crate::mailings::file;
use crate::program::Program;
use crate::settings_caller::audit;
use crate::world::{PHONE, World, places};
use serde_json::{Value, json};

#[tokio::test]
async fn a_guest_is_shown_with_card_consents_facts_and_tags() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let (status, guest) = program.get("/v1/guests/c1").await;
    assert_eq!(status, 200, "{guest}");
    assert_eq!(guest["customer"], "c1");
    assert_eq!(guest["addresses"], json!([{ "kind": "phone", "address": PHONE }]));
    assert!(guest["consents"].as_array().unwrap().contains(&json!("sms")), "{guest}");
    assert_eq!(
        (&guest["orders"], &guest["blacklisted"], &guest["tags"]),
        (&json!(0), &json!(false), &json!([]))
    );
    assert_eq!(guest["words"][0]["word"], "given", "{guest}");
    places(404, &program.get("/v1/guests/nobody").await);
}

#[tokio::test]
async fn a_card_is_written_and_what_is_left_out_stays() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let card = json!({ "name": "Anna", "phones": ["8 999 000-00-05"], "email": "anna@brand.example", "birthday": "1990-05-17",
                       "locale": "ru_RU", "timezone": "Asia/Omsk", "tags": ["vip"], "attributes": { "city": "Omsk" } });
    let put = program.put("/v1/guests/anna", &card).await;
    assert_eq!(put, (200, json!({ "created": true, "changed": true })));
    assert_eq!(
        program.put("/v1/guests/anna", &json!({ "name": "Anna" })).await.1["created"],
        false
    );
    let (_, guest) = program.get("/v1/guests/anna").await;
    assert_eq!(
        (&guest["name"], &guest["locale"], &guest["timezone"]),
        (&json!("Anna"), &json!("ru-RU"), &json!("Asia/Omsk"))
    );
    assert_eq!(guest["attributes"], json!({ "city": "Omsk" }));
    assert_eq!(guest["tags"], json!([{ "name": "vip", "sources": ["api"] }]));
    // A card gives no consent: that has a call of its own, with its proof.
    assert_eq!(guest["consents"], json!([]));
    places(
        422,
        &program
            .put("/v1/guests/anna", &json!({ "marketing_consent": true }))
            .await,
    );
}

#[tokio::test]
async fn all_that_is_wrong_with_a_card_is_told_and_nothing_is_written() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let card = json!({ "phones": ["+79990000005", "12"], "email": "no", "birthday": "yesterday", "locale": "r",
                       "timezone": "Mars/Olympus", "tags": ["", "vip"], "attributes": { "k": "v".repeat(401) } });
    let refused = program.put("/v1/guests/anna", &card).await;
    let expected = [
        "phones[1]",
        "email",
        "birthday",
        "locale",
        "timezone",
        "tags[0]",
        "attributes.k",
    ];
    assert_eq!(places(422, &refused), expected, "{}", refused.1);
    places(404, &program.get("/v1/guests/anna").await);
}

#[tokio::test]
async fn tags_and_the_blacklist_are_changed_in_the_keys_name() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let tags = "/v1/guests/c1/tags";
    let tagged = program.post(tags, &json!({ "set": ["vip", "late"] })).await;
    let told = |names: &[&str]| {
        let tags = names.iter().map(|name| json!({ "name": name, "sources": ["api"] }));
        json!({ "tags": tags.collect::<Vec<_>>() })
    };
    assert_eq!(tagged, (200, told(&["late", "vip"])));
    assert_eq!(
        program.post(tags, &json!({ "remove": ["late"] })).await,
        (200, told(&["vip"]))
    );
    let both = program.post(tags, &json!({ "set": ["a"], "remove": ["a"] })).await;
    assert_eq!(places(422, &both), ["remove"]);
    assert_eq!(
        places(422, &program.post(tags, &json!({ "set": [" "] })).await),
        ["set[0]"]
    );

    let mark = "/v1/guests/c1/blacklist";
    assert_eq!(
        places(422, &program.put(mark, &json!({ "reason": "" })).await),
        ["reason"]
    );
    assert_eq!(
        program.put(mark, &json!({ "reason": "rude" })).await,
        (200, json!({ "blacklisted": true }))
    );
    assert_eq!(program.get("/v1/guests/c1").await.1["blacklisted"], true);
    assert_eq!(program.delete(mark).await, (200, json!({ "blacklisted": false })));
    for (status, _) in [
        program.post("/v1/guests/nobody/tags", &json!({ "set": ["a"] })).await,
        program
            .put("/v1/guests/nobody/blacklist", &json!({ "reason": "rude" }))
            .await,
        program.delete("/v1/guests/nobody/blacklist").await,
    ] {
        assert_eq!(status, 404);
    }
    let told: Vec<_> = audit(&world)
        .await
        .into_iter()
        .filter(|it| it.0 == "API key site")
        .map(|it| it.1)
        .collect();
    assert_eq!(told, ["tag", "tag", "blacklist", "unblacklist"]);
}

#[tokio::test]
async fn an_audience_is_counted_sampled_and_explained() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let everybody = json!({ "filter": { "all": [] } });
    let (status, count) = program.post("/v1/audience/count", &everybody).await;
    assert_eq!((status, &count["count"]), (200, &json!(1)), "{count}");
    assert!(count["excluded"].is_object() && count["by_channel"].is_object() && count.get("hints").is_none());
    let typo = json!({ "filter": { "tags": { "any": ["vip"] } } });
    let (_, count) = program.post("/v1/audience/count", &typo).await;
    assert_eq!(
        (&count["count"], &count["hints"][0]["place"]),
        (&json!(0), &json!("filter")),
        "{count}"
    );
    let sample = program.post("/v1/audience/sample", &everybody).await;
    assert_eq!(sample, (200, json!({ "guests": [{ "customer": "c1" }] })));
    let mut one = everybody.clone();
    one["customer"] = json!("c1");
    let (status, why) = program.post("/v1/audience/explain", &one).await;
    assert_eq!(
        (status, &why["matches"], &why["filter"]["clause"]),
        (200, &json!(true), &json!("everybody"))
    );
    one["customer"] = json!("nobody");
    places(404, &program.post("/v1/audience/explain", &one).await);
    for path in ["count", "live", "sample"] {
        let bad = json!({ "filter": { "all": [{ "wat": 1 }] } });
        let refused = program.post(&format!("/v1/audience/{path}"), &bad).await;
        assert_eq!(places(422, &refused), ["filter.all[0].wat"]);
    }
}

#[tokio::test]
async fn a_filter_that_is_being_written_is_told_clause_by_clause() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    for (guest, phone) in [("anna", "+79990000011"), ("boris", "+79990000012")] {
        let card = json!({ "name": guest, "phones": [phone], "tags": [guest] });
        program.put(&format!("/v1/guests/{guest}"), &card).await;
    }
    program.post("/v1/mailings", &file("Friday")).await;
    let friday = json!({ "at": { "date": "2026-03-06", "time": "12:00", "zone": "Europe/Moscow" } });
    let (status, set) = program.put("/v1/mailings/3/schedule", &friday).await;
    assert_eq!(status, 200, "{set}");
    let filter = json!({ "all": [{ "tags": { "any": ["anna", "boris"] } }, { "tags": { "none": ["boris"] } }] });
    let question = json!({ "filter": filter, "overlap": true });
    let (status, live) = program.post("/v1/audience/live", &question).await;
    assert_eq!((status, &live["count"]), (200, &json!(1)), "{live}");
    let clauses = json!({ "holds": 1, "keeps_out": 2,
                          "parts": [{ "holds": 2, "keeps_out": 1 }, { "holds": 2, "keeps_out": 1 }] });
    assert_eq!(live["clauses"], clauses);
    assert_eq!(
        (&live["sample"][0]["customer"], &live["sample"][0]["matches"]),
        (&json!("anna"), &json!(true))
    );
    let shared = &live["overlap"][0];
    assert_eq!(
        (&shared["mailing"], &shared["guests"]),
        (&json!(3), &json!(1)),
        "{live}"
    );
    assert_eq!(shared["starts_at"], "2026-03-06T09:00:00Z");
    let own = json!({ "filter": filter, "overlap": true, "mailing": 3 });
    assert_eq!(program.post("/v1/audience/live", &own).await.1["overlap"], json!([]));
    let (_, rival) = Program::of_rival(&world)
        .await
        .post("/v1/audience/live", &question)
        .await;
    assert_eq!(
        (&rival["count"], &rival["overlap"], &rival["clauses"]["holds"]),
        (&json!(0), &json!([]), &json!(0))
    );
}

#[tokio::test]
async fn another_organisations_guests_are_not_there() {
    let world = World::new().await;
    let rival = Program::of_rival(&world).await;
    places(404, &rival.get("/v1/guests/c1").await);
    places(404, &rival.post("/v1/guests/c1/tags", &json!({ "set": ["a"] })).await);
    let (_, count) = rival.post("/v1/audience/count", &json!({ "filter": {} })).await;
    assert_eq!(count["count"], Value::from(0));
}
