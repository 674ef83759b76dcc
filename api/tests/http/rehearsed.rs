//! Rehearsals over HTTP: what would go out, and nothing does.

use crate::mailings::file;
use crate::program::Program;
use crate::world::{World, places};
use serde_json::json;

#[tokio::test]
async fn a_mailing_is_rehearsed_and_nothing_is_sent() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.post("/v1/mailings", &file("Friday")).await;
    let time = json!({ "from": "2026-03-06T09:00:00Z", "to": "2026-03-07T09:00:00Z", "rows": 5 });
    let (status, told) = program.post("/v1/mailings/3/rehearsal", &time).await;
    assert_eq!(status, 200, "{told}");
    let start = &told["starts"][0];
    assert_eq!((&start["at"], &start["planned"]), (&time["from"], &json!(1)), "{told}");
    assert_eq!(program.get("/v1/mailings/3").await.1["state"], "draft");
    assert_eq!(program.get("/v1/mailings/3/runs").await.1["runs"], json!([]));
    let backwards = json!({ "from": "2026-03-06T09:00:00Z", "to": "2026-03-05T09:00:00Z" });
    assert_eq!(
        places(422, &program.post("/v1/mailings/3/rehearsal", &backwards).await),
        ["to"]
    );
    assert_eq!(
        places(
            422,
            &program.post("/v1/mailings/3/rehearsal", &json!({ "rows": 201 })).await
        ),
        ["rows"]
    );
    // A login code has no audience to rehearse.
    assert_eq!(program.post("/v1/mailings/2/rehearsal", &json!({})).await.0, 409);
    places(404, &program.post("/v1/mailings/99/rehearsal", &json!({})).await);
}

#[tokio::test]
async fn a_program_is_rehearsed_though_it_is_off() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let cart = include_str!("../../../programs/presets/abandoned-cart.json");
    let made = program.post("/v1/programs", &serde_json::from_str(cart).unwrap()).await;
    assert_eq!(made.0, 201, "{}", made.1);
    let (status, told) = program.post("/v1/programs/1/rehearsal", &json!({})).await;
    assert_eq!(
        (status, &told["program"], &told["sent"]),
        (200, &json!(1), &json!(0)),
        "{told}"
    );
    assert_eq!(told["rows"], json!([]));
    assert_eq!(program.get("/v1/programs/1").await.1["state"], "off");
    let rival = Program::of_rival(&world).await;
    places(404, &rival.post("/v1/programs/1/rehearsal", &json!({})).await);
    places(404, &rival.post("/v1/mailings/1/rehearsal", &json!({})).await);
}
