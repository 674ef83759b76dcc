//! Saved segments over HTTP, and what is made of a run's recipients.

use crate::mailings::file;
use crate::program::Program;
use crate::world::{World, answer, places};
use serde_json::{Value, json};

fn segment(name: &str) -> Value {
    json!({ "name": name, "description": "Who orders soup", "filter": { "customers": ["c1"] } })
}

#[tokio::test]
async fn a_segment_is_saved_once_changed_from_its_version_and_removed() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let make = || {
        let request = world.post("/v1/segments").header("idempotency-key", "k-1");
        answer(request.bearer_auth(&program.key).json(&segment("Soup")))
    };
    let (status, made) = make().await;
    assert_eq!(
        (status, &made["id"], &made["version"]),
        (201, &json!(1), &json!(1)),
        "{made}"
    );
    assert_eq!(made["used_by"], json!([]));
    assert_eq!(make().await, (201, made));
    assert_eq!(
        program.post("/v1/segments", &segment("Soup")).await.1["code"],
        "segment_taken"
    );

    let mut to = segment("Soups");
    to["filter"] = json!({ "all": [] });
    let moved = program.put_from("/v1/segments/1", 7, &to).await;
    assert_eq!(
        (moved.0, &moved.1["current"]["name"]),
        (412, &json!("Soup")),
        "{moved:?}"
    );
    let (status, changed) = program.put_from("/v1/segments/1", 1, &to).await;
    assert_eq!(
        (status, &changed["version"], &changed["name"]),
        (200, &json!(2), &json!("Soups"))
    );
    places(428, &program.put("/v1/segments/1", &to).await);

    let copy = program
        .post("/v1/segments/1/duplicate", &json!({ "name": "Copy" }))
        .await;
    assert_eq!((copy.0, &copy.1["filter"]), (201, &json!({ "all": [] })), "{copy:?}");
    let (_, page) = program.get("/v1/segments?limit=1").await;
    assert_eq!(
        (&page["total"], &page["segments"][0]["name"]),
        (&json!(2), &json!("Copy"))
    );
    let (_, rest) = program.get(&format!("/v1/segments?cursor={}", page["next"])).await;
    assert_eq!(rest["segments"][0]["name"], "Soups");
    assert_eq!(
        program.delete_from("/v1/segments/1", 2).await,
        (200, json!({ "removed": 1 }))
    );
    places(404, &program.get("/v1/segments/1").await);
}

#[tokio::test]
async fn what_is_no_segment_says_where() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    for (change, expected) in [
        (json!({ "name": " " }), "name"),
        (json!({ "description": "x".repeat(2_001) }), "description"),
        (json!({ "filter": { "all": [{ "wat": 1 }] } }), "filter.all[0].wat"),
        (json!({ "filter": { "not": { "segment": 1 } } }), "filter"),
    ] {
        let mut body = segment("s");
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        assert_eq!(places(422, &program.post("/v1/segments", &body).await), [expected]);
    }
    assert_eq!(program.get("/v1/segments").await.1["total"], 0);
}

#[tokio::test]
async fn a_mailing_means_a_segment_by_its_number_and_keeps_it() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.post("/v1/segments", &segment("Soup")).await;
    let mut to = file("To soup");
    to["audience"] = json!({ "segment": 1 });
    let (status, made) = program.post("/v1/mailings", &to).await;
    assert_eq!(status, 201, "{made}");
    let (_, shown) = program.get("/v1/segments/1").await;
    assert_eq!(
        shown["used_by"],
        json!([{ "what": "mailing", "id": 3, "name": "To soup" }])
    );
    let kept = program.delete_from("/v1/segments/1", 1).await;
    assert_eq!((kept.0, &kept.1["code"]), (409, &json!("segment_used")), "{kept:?}");
    let (_, count) = program
        .post("/v1/audience/count", &json!({ "filter": { "segment": 1 } }))
        .await;
    assert_eq!(count["count"], 1, "{count}");
    let (_, check) = program.post("/v1/mailings/3/check", &json!({})).await;
    assert_eq!(check["audience"]["planned"], 1, "{check}");

    // One that is not there is an error of the check, and nobody else is meant.
    to["audience"] = json!({ "not": { "segment": 99 } });
    program.post("/v1/mailings", &to).await;
    let (_, check) = program.post("/v1/mailings/4/check", &json!({})).await;
    assert_eq!(
        (&check["problems"][0]["code"], &check["problems"][0]["severity"]),
        (&json!("segment_unknown"), &json!("error")),
        "{check}"
    );
    places(
        404,
        &program
            .post("/v1/audience/count", &json!({ "filter": { "not": { "segment": 99 } } }))
            .await,
    );
}

#[tokio::test]
async fn recipients_of_a_run_become_a_segment_and_those_without_it_a_draft() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let those = json!({ "name": "Waiting", "state": ["pending"] });
    let (status, made) = program.post("/v1/runs/1/segment", &those).await;
    assert_eq!(status, 201, "{made}");
    let expected = json!({ "run": { "id": 1, "state": ["pending"] } });
    assert_eq!(made["filter"], expected);
    let count = async |filter: &Value| {
        let (_, count) = program.post("/v1/audience/count", &json!({ "filter": filter })).await;
        count["count"].clone()
    };
    assert_eq!(count(&expected).await, 1);
    let (status, again) = program.post("/v1/runs/1/again", &json!({ "name": "Once more" })).await;
    assert_eq!(
        (status, &again["name"], &again["state"]),
        (201, &json!("Once more"), &json!("draft")),
        "{again}"
    );
    let audience = &again["file"]["audience"];
    assert_eq!(audience["run"]["id"], 1);
    assert_eq!(count(audience).await, 0, "the one message may still go");
    let unknown = json!({ "name": "x", "state": ["gone"] });
    assert_eq!(program.post("/v1/runs/1/segment", &unknown).await.0, 422);
    places(404, &program.post("/v1/runs/99/again", &json!({})).await);
}

#[tokio::test]
async fn another_organisations_segments_and_runs_are_not_there() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.post("/v1/segments", &segment("Soup")).await;
    let rival = Program::of_rival(&world).await;
    places(404, &rival.get("/v1/segments/1").await);
    places(404, &rival.put_from("/v1/segments/1", 1, &segment("Mine")).await);
    places(404, &rival.delete_from("/v1/segments/1", 1).await);
    places(
        404,
        &rival.post("/v1/segments/1/duplicate", &json!({ "name": "x" })).await,
    );
    places(404, &rival.post("/v1/runs/1/segment", &json!({ "name": "x" })).await);
    places(404, &rival.post("/v1/runs/1/again", &json!({})).await);
    places(404, &rival.get("/v1/guests?segment=1").await);
    let (status, _) = rival
        .post("/v1/audience/count", &json!({ "filter": { "segment": 1 } }))
        .await;
    assert_eq!(status, 404);
    let foreign_run = json!({ "filter": { "run": { "id": 1 } } });
    assert_eq!(rival.post("/v1/audience/count", &foreign_run).await.1["count"], 0);
}
