//! What mailings come to over HTTP: checked, launched, followed and stopped as by the command line.

use crate::mailings::file;
use crate::program::Program;
use crate::settings_caller::audit;
use crate::world::{World, answer, places};
use bellhop_store::guests::Scope;
use bellhop_store::ledger::Reading;
use serde_json::{Value, json};

#[tokio::test]
async fn a_mailing_with_errors_is_not_launched_and_the_report_says_why() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let mut faulty = file("Faulty");
    faulty["contents"]["sms"]["text"] = json!("{{ nobody_has_this }}");
    // No sender of WhatsApp is there.
    faulty["contents"]["whatsapp"] = json!({ "text": "Hello" });
    faulty["waterfall"] = json!([{ "channel": "whatsapp" }, { "channel": "sms" }]);
    program.post("/v1/mailings", &faulty).await;
    let report = program.post("/v1/mailings/3/check", &json!({})).await;
    assert_eq!(report.0, 200);
    let codes: Vec<_> = report.1["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["code"])
        .collect();
    assert!(codes.contains(&&json!("no_sender_for")), "{}", report.1);
    let russian = world.post("/v1/mailings/3/check").header("accept-language", "ru");
    let russian = answer(russian.bearer_auth(&program.key)).await;
    assert_ne!(russian.1["problems"][0]["problem"], report.1["problems"][0]["problem"]);
    for path in ["/v1/mailings/3/launch", "/v1/mailings/3/forecast"] {
        let refused = program.post(path, &json!({})).await;
        let found = places(422, &refused);
        assert_eq!(
            (&refused.1["code"], &refused.1["report"]),
            (&json!("mailing_unfit"), &report.1),
            "{path}"
        );
        assert!(found.contains(&"waterfall[0].channel".to_owned()), "{found:?}");
    }
    assert_eq!(program.get("/v1/mailings/3/runs").await, (200, json!({ "runs": [] })));
}

#[tokio::test]
async fn a_launch_is_one_however_often_it_is_asked_for_and_its_course_is_changed() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.post("/v1/mailings", &file("New")).await;
    let launch = |key: &'static str, body: Value| {
        let request = world.post("/v1/mailings/3/launch").header("idempotency-key", key);
        answer(request.bearer_auth(&program.key).json(&body))
    };
    let at = json!({ "start_at": "2026-03-02T12:00:00+03:00" });
    let (status, launched) = launch("go", at.clone()).await;
    assert_eq!(
        (status, &launched["state"], &launched["test"]),
        (201, &json!("scheduled"), &json!(false))
    );
    assert_eq!(launch("go", at.clone()).await, (201, launched.clone()));
    let twice = launch("go-2", at).await;
    places(409, &twice);
    assert_eq!(twice.1["code"], "launch_of_scheduled");
    let run = format!("/v1/runs/{}", launched["run"]);
    places(
        409,
        &program
            .post(&format!("{run}/pause"), &json!({ "reason": "lunch" }))
            .await,
    );
    assert_eq!(
        places(
            422,
            &program.post(&format!("{run}/pause"), &json!({ "reason": " " })).await
        ),
        ["reason"]
    );
    let (status, cancelled) = program
        .post(&format!("{run}/cancel"), &json!({ "reason": "too late" }))
        .await;
    assert_eq!((status, &cancelled["state"]), (200, &json!("cancelled")));
    // The world's run is under way.
    let (_, paused) = program.post("/v1/runs/1/pause", &json!({ "reason": "lunch" })).await;
    assert_eq!(
        (&paused["state"], &paused["paused_reason"]),
        (&json!("paused"), &json!("lunch, by API key site"))
    );
    let (_, told) = program.get("/v1/runs/1").await;
    assert_eq!(
        (&told["state"], &told["planned"], &told["by_state"]),
        (&json!("paused"), &json!(1), &json!({ "pending": 1 }))
    );
    assert_eq!(
        program.post("/v1/runs/1/resume", &json!({})).await.1["state"],
        "running"
    );
    let told = audit(&world).await.into_iter().filter(|it| it.0 == "API key site");
    let told: Vec<_> = told.map(|(_, action, object)| format!("{action} {object}")).collect();
    let expected = [
        "mailing.create mailing 3",
        "run.launch run 3",
        "run.cancel run 3",
        "run.pause run 1",
        "run.resume run 1",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_start_that_is_over_a_second_launch_and_quiet_hours_are_told() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.post("/v1/mailings", &file("New")).await;
    let past = json!({ "start_at": "2026-02-01T12:00:00+03:00" });
    let refused = program.post("/v1/mailings/3/launch", &past).await;
    places(409, &refused);
    assert_eq!(refused.1["code"], "launch_past");
    let night = json!({ "start_at": "2026-03-02T23:30:00+03:00" });
    let (_, launched) = program.post("/v1/mailings/3/launch", &night).await;
    assert_eq!(launched["quiet_until"], "2026-03-03T06:00:00Z", "{launched}");
    program
        .post(&format!("/v1/runs/{}/cancel", launched["run"]), &json!({}))
        .await;
    let again = program.post("/v1/mailings/3/launch", &json!({})).await;
    places(409, &again);
    assert_eq!(again.1["code"], "launch_again");
    let (status, launched) = program.post("/v1/mailings/3/launch", &json!({ "again": true })).await;
    assert_eq!(
        (status, &launched["state"]),
        (201, &json!("scheduled")),
        "a dispatcher starts it"
    );
}

#[tokio::test]
async fn a_preview_a_test_and_the_figures_are_those_of_the_command_line() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    program.post("/v1/mailings", &file("New")).await;
    let (status, shown) = program
        .post("/v1/mailings/3/preview", &json!({ "customers": ["c1"] }))
        .await;
    assert_eq!(
        (status, &shown["previews"][0]["contents"]["sms"]["text"]),
        (200, &json!("Hello"))
    );
    let unknown = program
        .post("/v1/mailings/3/preview", &json!({ "customers": ["nobody"] }))
        .await;
    assert_eq!(places(422, &unknown), ["customers"]);
    assert_eq!(
        places(
            422,
            &program
                .post("/v1/mailings/3/preview", &json!({ "customers": [] }))
                .await
        ),
        ["customers"]
    );
    let (status, forecast) = program.post("/v1/mailings/3/forecast", &json!({})).await;
    assert_eq!((status, &forecast["mailing"]), (200, &json!(3)), "{forecast}");
    let on_demand = program.post("/v1/mailings/2/forecast", &json!({})).await;
    places(409, &on_demand);

    let send = |key: &'static str| {
        let request = world.post("/v1/mailings/3/test-send").header("idempotency-key", key);
        answer(request.bearer_auth(&program.key).json(&json!({ "customers": ["c1"] })))
    };
    let (status, tested) = send("t").await;
    assert_eq!(
        (status, &tested["state"], &tested["excluded"]),
        (200, &json!("running"), &json!([])),
        "{tested}"
    );
    assert_eq!(send("t").await.1["run"], tested["run"]);
    let (_, runs) = program.get("/v1/mailings/3/runs").await;
    assert_eq!(
        (runs["runs"].as_array().unwrap().len(), &runs["runs"][0]["test"]),
        (1, &json!(true))
    );

    let (status, figures) = program.get("/v1/mailings/1/statistics").await;
    assert_eq!(
        (status, &figures["planned"], &figures["state"]),
        (200, &json!(1), &json!("running"))
    );
    places(404, &program.get("/v1/mailings/99/statistics").await);
}

#[tokio::test]
async fn another_organisations_mailings_and_runs_are_not_there() {
    let world = World::new().await;
    let rival = Program::of_rival(&world).await;
    for path in [
        "/v1/mailings/1",
        "/v1/mailings/1/runs",
        "/v1/mailings/1/statistics",
        "/v1/runs/1",
    ] {
        places(404, &rival.get(path).await);
    }
    for (path, body) in [
        ("/v1/mailings/1/duplicate", json!({})),
        ("/v1/mailings/1/preview", json!({ "customers": ["c1"] })),
        ("/v1/mailings/1/launch", json!({})),
        ("/v1/mailings/1/test-send", json!({ "customers": ["c1"] })),
        ("/v1/runs/1/pause", json!({ "reason": "envy" })),
        ("/v1/runs/1/cancel", json!({})),
    ] {
        let (status, _) = rival.post(path, &body).await;
        assert!(matches!(status, 404 | 422 | 503), "{path}: {status}");
    }
    assert_eq!(rival.get("/v1/mailings").await.1["total"], 0);
    let run = world
        .store
        .runs_of(world.org, bellhop_domain::MailingId(1))
        .await
        .unwrap();
    assert_eq!(
        (run.len(), run[0].state),
        (1, bellhop_domain::message::RunState::Running)
    );
}

#[tokio::test]
async fn reading_writing_and_launching_are_scopes_apart() {
    let world = World::new().await;
    let key = world.key(&[Scope::Mailings]).await;
    let made = answer(world.post("/v1/mailings").bearer_auth(&key).json(&file("New"))).await;
    assert_eq!(made.0, 201);
    let launch = world.post("/v1/mailings/3/launch").bearer_auth(&key).json(&json!({}));
    places(403, &answer(launch).await);
    places(403, &answer(world.get("/v1/mailings/3").bearer_auth(&key)).await);
}

#[tokio::test]
async fn a_figure_leads_to_its_guests() {
    let world = World::new().await;
    let program = Program::of(&world).await;
    let (status, all) = program.get("/v1/runs/1/recipients").await;
    assert_eq!((status, all["recipients"].as_array().unwrap().len()), (200, 1), "{all}");
    let one = &all["recipients"][0];
    assert_eq!(
        (&one["customer"], &one["channel"], &one["state"]),
        (&json!("c1"), &json!("sms"), &json!("pending"))
    );
    assert_eq!(one["message"], world.message.to_string());
    for (query, found) in [
        ("state=pending", 1),
        ("state=sent", 0),
        ("opened=false", 1),
        ("opened=true", 0),
        ("reason=gone", 0),
    ] {
        let (_, page) = program.get(&format!("/v1/runs/1/recipients?{query}")).await;
        assert_eq!(page["recipients"].as_array().unwrap().len(), found, "{query}: {page}");
    }
    places(422, &program.get("/v1/runs/1/recipients?state=lost").await);
    places(422, &program.get("/v1/runs/1/recipients?order=name").await);
    places(404, &Program::of_rival(&world).await.get("/v1/runs/1/recipients").await);
}
