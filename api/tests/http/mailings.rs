//! Mailings over HTTP: written once, listed, and changed by whoever has read them.

use crate::program::Program;
use crate::settings_caller::audit;
use crate::world::{World, answer, header, places};
use serde_json::{Value, json};

pub fn file(name: &str) -> Value {
    json!({ "name": name, "audience": { "all": [] }, "contents": { "sms": { "text": "Hello" } },
            "waterfall": [{ "channel": "sms" }] })
}

#[tokio::test]
async fn a_mailing_is_created_once_and_read_with_its_version() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let make = |key: &str, file: &Value| {
        let request = world.post("/v1/mailings").header("idempotency-key", key);
        answer(request.bearer_auth(&program.key).json(file))
    };
    let (status, made) = make("k-1", &file("New")).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (&made["id"], &made["version"], &made["state"]),
        (&json!(3), &json!(1), &json!("draft"))
    );
    assert_eq!(make("k-1", &file("New")).await, (201, made.clone()));
    // The same key in the quotes of its draft is the same.
    assert_eq!(make("\"k-1\"", &file("New")).await, (201, made.clone()));
    let other = make("k-1", &file("Other")).await;
    places(409, &other);
    assert_eq!(other.1["code"], "idempotency_key_taken");
    places(400, &make("two words", &file("Other")).await);

    let read = world
        .get("/v1/mailings/3")
        .bearer_auth(&program.key)
        .send()
        .await
        .unwrap();
    assert_eq!(header(&read, "etag"), Some("\"1\""));
    assert_eq!(read.json::<Value>().await.unwrap(), made);
    places(404, &program.get("/v1/mailings/4").await);
    let who = |object: &str| {
        (
            "API key site".to_owned(),
            "mailing.create".to_owned(),
            object.to_owned(),
        )
    };
    let told = audit(&world).await;
    let of_program: Vec<_> = told.into_iter().filter(|it| it.0 == "API key site").collect();
    assert_eq!(of_program, [who("mailing 3")]);
}

#[tokio::test]
async fn what_is_no_mailing_says_where() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    for (change, place, code) in [
        (json!({ "name": "" }), "name", "mailing_name_empty"),
        (
            json!({ "audience": { "all": [{ "wat": 1 }] } }),
            "audience.all[0].wat",
            "condition_unknown",
        ),
        (
            json!({ "contents": {} }),
            "waterfall[0].channel",
            "step_without_content",
        ),
    ] {
        let mut file = file("n");
        file.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let refused = program.post("/v1/mailings", &file).await;
        assert_eq!(refused.1["errors"][0]["code"], code, "{}", refused.1);
        assert_eq!(places(422, &refused)[0], place);
    }
    for (change, place) in [
        (
            json!({ "waterfall": [{ "channel": "fax" }] }),
            json!("waterfall[0].channel"),
        ),
        (json!({ "sender": "me" }), json!("sender")),
    ] {
        let mut file = file("n");
        file.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let refused = program.post("/v1/mailings", &file).await;
        places(422, &refused);
        assert_eq!(refused.1["place"], place, "{}", refused.1);
    }
    assert_eq!(program.get("/v1/mailings").await.1["total"], 2, "nothing was written");
}

#[tokio::test]
async fn who_has_read_an_older_version_is_shown_what_is_there() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.post("/v1/mailings", &file("One")).await;
    let put = |tag: &'static str, name: &str| {
        let request = world.put("/v1/mailings/3").header("if-match", tag);
        answer(request.bearer_auth(&program.key).json(&file(name)))
    };
    let changed = put("\"1\"", "Two").await;
    assert_eq!(
        (changed.0, &changed.1["version"], &changed.1["name"]),
        (200, &json!(2), &json!("Two"))
    );
    let late = put("\"1\"", "Three").await;
    places(412, &late);
    assert_eq!(
        (&late.1["code"], &late.1["params"]),
        (&json!("mailing_moved"), &json!({ "version": 2 }))
    );
    assert_eq!(late.1["current"], changed.1, "what the other has made of it");
    let blind = answer(
        world
            .put("/v1/mailings/3")
            .bearer_auth(&program.key)
            .json(&file("Three")),
    )
    .await;
    places(428, &blind);
    // Mailing 1 runs.
    let running = world.put("/v1/mailings/1").header("if-match", "\"1\"");
    let running = answer(running.bearer_auth(&program.key).json(&file("Three"))).await;
    places(409, &running);
    assert_eq!(running.1["code"], "mailing_under_way");
}

#[tokio::test]
async fn a_draft_is_removed_by_its_version_and_what_was_launched_is_not() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.post("/v1/mailings", &file("One")).await;
    let remove = |path: &'static str, tag: &'static str| {
        answer(world.delete(path).header("if-match", tag).bearer_auth(&program.key))
    };
    places(412, &remove("/v1/mailings/3", "\"9\"").await);
    assert_eq!(remove("/v1/mailings/3", "\"1\"").await, (200, json!({ "removed": 3 })));
    places(404, &program.get("/v1/mailings/3").await);
    places(404, &remove("/v1/mailings/3", "\"1\"").await);
    places(409, &remove("/v1/mailings/1", "\"1\"").await);
}

#[tokio::test]
async fn a_duplicate_is_a_draft_of_its_own() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let (status, copy) = program
        .post("/v1/mailings/1/duplicate", &json!({ "name": "Once more" }))
        .await;
    assert_eq!((status, &copy["id"], &copy["state"]), (201, &json!(3), &json!("draft")));
    let (_, first) = program.get("/v1/mailings/1").await;
    assert_eq!(
        (&copy["name"], &copy["file"]["name"]),
        (&json!("Once more"), &json!("Once more"))
    );
    assert_eq!(copy["file"]["contents"], first["file"]["contents"]);
    assert_eq!(
        program.post("/v1/mailings/1/duplicate", &json!({})).await.1["name"],
        "Come back"
    );
    places(404, &program.post("/v1/mailings/99/duplicate", &json!({})).await);
}

#[tokio::test]
async fn a_list_has_pages_and_documented_filters_only() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    for name in ["a", "b", "c"] {
        program.post("/v1/mailings", &file(name)).await;
    }
    let ids = |(status, page): (u16, Value)| {
        assert_eq!(status, 200, "{page}");
        let ids = page["mailings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["id"].as_i64().unwrap());
        (
            ids.collect::<Vec<_>>(),
            page["next"].as_i64(),
            page["total"].as_u64().unwrap(),
        )
    };
    assert_eq!(ids(program.get("/v1/mailings?limit=2").await), (vec![5, 4], Some(4), 5));
    assert_eq!(
        ids(program.get("/v1/mailings?limit=2&cursor=4").await),
        (vec![3, 2], Some(2), 5)
    );
    assert_eq!(
        ids(program.get("/v1/mailings?limit=2&cursor=2").await),
        (vec![1], None, 5)
    );
    assert_eq!(
        ids(program.get("/v1/mailings?state=running").await),
        (vec![2, 1], None, 2)
    );
    assert_eq!(
        ids(program.get("/v1/mailings?created_from=2030-01-01T00:00:00Z").await),
        (vec![], None, 0)
    );
    for (query, place) in [
        ("sort=name", "sort"),
        ("state=lost", "state"),
        ("limit=0", "limit"),
        ("limit=x", "limit"),
    ] {
        let refused = program.get(&format!("/v1/mailings?{query}")).await;
        places(422, &refused);
        assert_eq!(refused.1["place"], place, "{query}: {}", refused.1);
    }
}
