//! Promo codes over HTTP.

use crate::program::Program;
use crate::settings_caller::audit;
use crate::world::{World, places};
use serde_json::json;

const CODES: &str = "/v1/promo-lists/spring/codes";

#[tokio::test]
async fn a_list_is_made_filled_and_deleted() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let end = json!({ "ends_at": "2026-12-31T21:00:00Z" });
    let (status, list) = program.put("/v1/promo-lists/spring", &end).await;
    assert_eq!(
        (status, &list["codes"], &list["ends_at"]),
        (200, &json!(0), &end["ends_at"]),
        "{list}"
    );
    let add = json!({ "codes": ["A-1", " A-2 ", "A-1"] });
    let added = program.post(CODES, &add).await;
    assert_eq!(added, (200, json!({ "added": 2, "known": 1, "left": 2 })));
    // The same request again changes nothing.
    assert_eq!(
        program.post(CODES, &add).await,
        (200, json!({ "added": 0, "known": 3, "left": 2 }))
    );
    let (_, all) = program.get("/v1/promo-lists").await;
    assert_eq!(
        (&all["lists"][0]["name"], &all["lists"][0]["left"]),
        (&json!("spring"), &json!(2))
    );
    assert_eq!(program.get(CODES).await, (200, json!({ "codes": [] })));
    let gone = program.delete("/v1/promo-lists/spring").await;
    assert_eq!(gone, (200, json!({ "removed": "spring", "codes": 2 })));
    places(404, &program.get("/v1/promo-lists/spring").await);
    places(404, &program.get(CODES).await);
    let deeds: Vec<_> = audit(&world).await.into_iter().map(|it| it.1).collect();
    for deed in ["promo.put", "promo.add", "promo.delete"] {
        assert!(deeds.iter().any(|it| it == deed), "{deed} of {deeds:?}");
    }
}

#[tokio::test]
async fn codes_come_all_or_none_and_each_mistake_has_its_place() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    for list in ["spring", "autumn"] {
        program.put(&format!("/v1/promo-lists/{list}"), &json!({})).await;
    }
    program
        .post("/v1/promo-lists/autumn/codes", &json!({ "codes": ["LEAF"] }))
        .await;
    let bad = program.post(CODES, &json!({ "codes": ["A", "", "two words"] })).await;
    assert_eq!(places(422, &bad), ["codes[1]", "codes[2]"], "{}", bad.1);
    let taken = program.post(CODES, &json!({ "codes": ["A", "LEAF"] })).await;
    assert_eq!(places(422, &taken), ["codes[1]"]);
    assert_eq!(taken.1["errors"][0]["params"]["list"], "autumn");
    assert_eq!(
        places(422, &program.post(CODES, &json!({ "codes": [] })).await),
        ["codes"]
    );
    assert_eq!(
        program.get("/v1/promo-lists/spring").await.1["codes"],
        0,
        "nothing was kept"
    );
    places(
        404,
        &program
            .post("/v1/promo-lists/none/codes", &json!({ "codes": ["A"] }))
            .await,
    );

    program
        .put("/v1/promo-lists/all", &json!({ "common_code": "BACK20" }))
        .await;
    let refused = program
        .post("/v1/promo-lists/all/codes", &json!({ "codes": ["A"] }))
        .await;
    assert_eq!((refused.0, &refused.1["code"]), (409, &json!("promo_list_common")));
    let other = program
        .put("/v1/promo-lists/spring", &json!({ "common_code": "X" }))
        .await;
    assert_eq!(other.1["code"], "promo_list_taken");
    let empty = program.put("/v1/promo-lists/new", &json!({ "common_code": " " })).await;
    assert_eq!(places(422, &empty), ["common_code"]);
}

#[tokio::test]
async fn the_use_of_a_promo_sets_tags() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let set = json!({ "tags": ["came back", "spring"] });
    let put = program.put("/v1/promo-tags/BACK", &set).await;
    assert_eq!(put, (200, json!({ "promo": "BACK", "tags": ["came back", "spring"] })));
    let (_, all) = program.get("/v1/promo-tags").await;
    assert_eq!(
        all,
        json!({ "promos": [{ "promo": "BACK", "tags": ["came back", "spring"] }] })
    );
    assert_eq!(
        places(
            422,
            &program.put("/v1/promo-tags/BACK", &json!({ "tags": [" "] })).await
        ),
        ["tags[0]"]
    );
    program.put("/v1/promo-tags/BACK", &json!({ "tags": [] })).await;
    assert_eq!(program.get("/v1/promo-tags").await.1, json!({ "promos": [] }));
}

#[tokio::test]
async fn another_organisations_lists_are_not_there() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.put("/v1/promo-lists/spring", &json!({})).await;
    program.post(CODES, &json!({ "codes": ["A"] })).await;
    let rival = Program::of_rival(&world).await;
    assert_eq!(rival.get("/v1/promo-lists").await.1, json!({ "lists": [] }));
    places(404, &rival.get("/v1/promo-lists/spring").await);
    places(404, &rival.get(CODES).await);
    places(404, &rival.post(CODES, &json!({ "codes": ["B"] })).await);
    places(404, &rival.delete("/v1/promo-lists/spring").await);
    // A code is one organisation's: another may have the same.
    rival.put("/v1/promo-lists/spring", &json!({})).await;
    assert_eq!(rival.post(CODES, &json!({ "codes": ["A"] })).await.1["added"], 1);
}
