//! Programs over HTTP: kept once, edited by whoever has read them, switched on and off, and their journal.

use crate::program::Program;
use crate::settings_caller::audit;
use crate::world::{World, answer, places};
use serde_json::{Value, json};

fn cart(name: &str) -> Value {
    let preset = include_str!("../../../programs/presets/abandoned-cart.json");
    let mut cart: Value = serde_json::from_str(preset).unwrap();
    cart["name"] = Value::from(name);
    cart
}

#[tokio::test]
async fn a_program_is_created_once_and_lies_still_until_it_is_switched_on() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let make = || {
        let request = world.post("/v1/programs").header("idempotency-key", "k-1");
        answer(request.bearer_auth(&program.key).json(&cart("Cart")))
    };
    let (status, made) = make().await;
    assert_eq!(
        (status, &made["id"], &made["state"], &made["version"]),
        (201, &json!(1), &json!("off"), &json!(1))
    );
    let (kept, given) = (&made["definition"], cart("Cart"));
    for key in ["name", "trigger", "cancel_on", "contents"] {
        assert_eq!(kept[key], given[key], "it is kept as it was given");
    }
    let again = make().await;
    assert_eq!((again.0, &again.1["id"]), (201, &json!(1)));
    let (_, all) = program.get("/v1/programs").await;
    assert_eq!(all["programs"].as_array().unwrap().len(), 1, "{all}");

    let (status, on) = program.post("/v1/programs/1/on", &json!({})).await;
    assert_eq!((status, &on["state"]), (200, &json!("on")), "{on}");
    let (status, off) = program.post("/v1/programs/1/off", &json!({})).await;
    assert_eq!(
        (status, &off["state"], &off["skipped"]),
        (200, &json!("off"), &json!(0)),
        "{off}"
    );
    let (_, journal) = program.get("/v1/programs/1/journal?state=waiting&limit=1").await;
    assert_eq!(journal, json!({ "firings": [] }));
    let (status, figures) = program.get("/v1/programs/1/statistics?days=7").await;
    assert_eq!(
        (status, &figures["sent"], &figures["waiting"]),
        (200, &json!(0), &json!(0)),
        "{figures}"
    );
    let deeds: Vec<_> = audit(&world).await.into_iter().map(|it| it.1).collect();
    for deed in ["program.create", "program.on", "program.off"] {
        assert_eq!(deeds.iter().filter(|it| *it == deed).count(), 1, "{deed} of {deeds:?}");
    }
}

#[tokio::test]
async fn an_edit_says_what_it_was_made_from() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.post("/v1/programs", &cart("Cart")).await;
    let edit = |tag: Option<&'static str>, name: &'static str| {
        let request = world.put("/v1/programs/1").bearer_auth(&program.key).json(&cart(name));
        answer(match tag {
            Some(tag) => request.header("if-match", tag),
            None => request,
        })
    };
    places(428, &edit(None, "Basket").await);
    let (status, edited) = edit(Some("\"1\""), "Basket").await;
    assert_eq!(
        (status, &edited["name"], &edited["version"]),
        (200, &json!("Basket"), &json!(2))
    );
    let moved = edit(Some("\"1\""), "Trolley").await;
    places(412, &moved);
    assert_eq!(
        (&moved.1["code"], &moved.1["current"]["name"]),
        (&json!("program_moved"), &json!("Basket"))
    );
    let (_, shown) = program.get("/v1/programs/1").await;
    assert_eq!(
        (&shown["name"], shown["versions"].as_array().unwrap().len()),
        (&json!("Basket"), 2)
    );
}

#[tokio::test]
async fn what_is_no_program_says_where() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let mut unknown = cart("Cart");
    unknown["contents"]["sms"]["text"] = "{{ cart.colour }}".into();
    let refused = program.post("/v1/programs", &unknown).await;
    places(422, &refused);
    assert_eq!(refused.1["code"], "program_unfit", "{}", refused.1);
    assert!(!refused.1["errors"].as_array().unwrap().is_empty());
    let mut misspelt = cart("Cart");
    misspelt["delay"] = json!({ "hours": 1 });
    let refused = program.post("/v1/programs", &misspelt).await;
    assert!(
        places(422, &refused).iter().any(|place| place.starts_with("delay")),
        "{}",
        refused.1
    );
    let (_, all) = program.get("/v1/programs").await;
    assert_eq!(all, json!({ "programs": [] }), "nothing is half-kept");
    for bad in ["/v1/programs/1/journal?limit=0", "/v1/programs/1/statistics?days=0"] {
        places(422, &program.get(bad).await);
    }
    for path in ["/v1/programs/1", "/v1/programs/1/journal", "/v1/programs/1/statistics"] {
        places(404, &program.get(path).await);
    }
}

#[tokio::test]
async fn a_program_is_its_organisations_own() {
    let world = World::new().await;
    let (ours, rival) = (Program::of(&world).await, Program::of_rival(&world).await);
    ours.post("/v1/programs", &cart("Cart")).await;
    for path in ["/v1/programs/1", "/v1/programs/1/journal", "/v1/programs/1/statistics"] {
        places(404, &rival.get(path).await);
    }
    places(404, &rival.post("/v1/programs/1/on", &json!({})).await);
    places(404, &rival.post("/v1/programs/1/off", &json!({})).await);
    assert_eq!(rival.get("/v1/programs").await.1, json!({ "programs": [] }));
    assert_eq!(ours.get("/v1/programs/1").await.1["state"], "off");
}

#[tokio::test]
async fn every_preset_can_be_begun_from() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let (_, told) = program.get("/v1/programs/presets").await;
    let presets = told["presets"].as_array().unwrap();
    assert!(presets.len() >= 12, "{}", presets.len());
    for preset in presets {
        let made = program.post("/v1/programs", &preset["definition"]).await;
        assert_eq!(made.0, 201, "{}: {}", preset["preset"], made.1);
    }
}

#[tokio::test]
async fn a_mailing_is_scheduled_and_let_be() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.post("/v1/mailings", &crate::mailings::file("Weekly")).await;
    const PATH: &str = "/v1/mailings/3/schedule";
    let none = program.get(PATH).await;
    assert_eq!(none, (200, json!({ "mailing": 3, "next": [] })));
    let weekly = json!({ "recurring": { "rule": "FREQ=WEEKLY;BYDAY=FR", "time": "12:00", "from": "2026-03-01", "zone": "Europe/Moscow" } });
    let (status, set) = program.put(PATH, &weekly).await;
    assert_eq!(status, 200, "{set}");
    assert_eq!(set["next"][0], "2026-03-06T09:00:00Z", "{set}");
    let (_, shown) = program.get(PATH).await;
    assert_eq!(
        (&shown["next"][0], shown["schedule"].is_object()),
        (&set["next"][0], true),
        "{shown}"
    );
    let wrong = program
        .put(PATH, &json!({ "recurring": { "rule": "FREQ=SECONDLY" } }))
        .await;
    assert_eq!(places(422, &wrong)[0], "schedule.recurring.rule");
    let removed = answer(world.delete(PATH).bearer_auth(&program.key)).await;
    assert_eq!(removed, (200, json!({ "mailing": 3, "removed": true })));
    assert_eq!(program.get(PATH).await.1["next"], json!([]));
    let rival = Program::of_rival(&world).await;
    places(404, &rival.get(PATH).await);
    places(404, &rival.put(PATH, &weekly).await);
}
