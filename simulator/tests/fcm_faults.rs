//! Every fault of the push side: its wire form, its trace in the ledger, and that a seed repeats it.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod support;

use std::time::{Duration, Instant};

use bellhop_simulator::{ChannelFaults, Faults, SimulatorConfig};
use serde_json::{Value, json};
use support::{Bench, answer, client, tls};

fn faulty(push: ChannelFaults) -> SimulatorConfig {
    SimulatorConfig {
        faults: Faults {
            push,
            ..Faults::default()
        },
        ..SimulatorConfig::default()
    }
}

#[tokio::test]
async fn each_error_has_the_shape_of_the_real_one() {
    let bench = Bench::plain().await;
    let cases = [
        ("sim:unregistered", 404, "NOT_FOUND", Some("UNREGISTERED")),
        ("sim:invalid", 400, "INVALID_ARGUMENT", Some("INVALID_ARGUMENT")),
        ("sim:invalid-content", 400, "INVALID_ARGUMENT", Some("INVALID_ARGUMENT")),
        ("sim:mismatch", 403, "PERMISSION_DENIED", Some("SENDER_ID_MISMATCH")),
        ("sim:unauthorized", 401, "UNAUTHENTICATED", None),
        (
            "sim:third-party",
            401,
            "UNAUTHENTICATED",
            Some("THIRD_PARTY_AUTH_ERROR"),
        ),
        ("sim:429", 429, "RESOURCE_EXHAUSTED", Some("QUOTA_EXCEEDED")),
        ("sim:503", 503, "UNAVAILABLE", Some("UNAVAILABLE")),
        ("sim:503-retry-after", 503, "UNAVAILABLE", Some("UNAVAILABLE")),
        ("sim:500", 500, "INTERNAL", Some("INTERNAL")),
    ];
    for (token, code, status, fcm) in cases {
        let response = bench.push(token, token).await.unwrap();
        let retry_after = response
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().unwrap().to_owned());
        let pauses = matches!(token, "sim:429" | "sim:503-retry-after");
        assert_eq!(retry_after.as_deref(), pauses.then_some("1"), "{token}");
        let (http, body) = answer(response).await;
        let error = &body["error"];
        assert_eq!(
            (http, &error["code"], &error["status"]),
            (code, &json!(code), &json!(status)),
            "{token}"
        );
        assert!(error["message"].is_string());
        let fcm =
            fcm.map(|code| json!({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}));
        assert_eq!(error["details"].get(0), fcm.as_ref(), "{token}");
    }
    let field = |body: &Value| body["error"]["details"][1]["fieldViolations"][0]["field"].clone();
    assert_eq!(field(&bench.push_answer("sim:invalid", "a").await.1), "message.token");
    assert_eq!(
        field(&bench.push_answer("sim:invalid-content", "b").await.1),
        "message.notification"
    );
    let quota = bench.push_answer("sim:429", "c").await.1["error"]["details"][1].clone();
    assert_eq!(quota["@type"], "type.googleapis.com/google.rpc.QuotaFailure");
    assert_eq!(bench.counts("push").await, [0, 13, 0, 0]);
}

#[tokio::test]
async fn a_bad_gateway_is_a_page() {
    let bench = Bench::plain().await;
    let response = bench.push("sim:html502", "m").await.unwrap();
    assert_eq!(response.status(), 502);
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    assert!(response.text().await.unwrap().contains("30 seconds"));
}

#[tokio::test]
async fn retry_after_can_be_a_date() {
    let bench = Bench::start(faulty(ChannelFaults {
        retry_after_as_date: true,
        retry_after_s: 60,
        ..ChannelFaults::default()
    }))
    .await;
    let response = bench.push("sim:429", "m").await.unwrap();
    let date = response.headers()["retry-after"].to_str().unwrap();
    let until = chrono::DateTime::parse_from_rfc2822(date).unwrap();
    let pause = until.signed_duration_since(chrono::Utc::now()).num_seconds();
    assert!((50..=60).contains(&pause), "{date}");
}

#[tokio::test]
async fn once_means_the_first_try_of_a_message() {
    let bench = Bench::plain().await;
    let mut statuses = Vec::new();
    for id in ["a", "a", "b", "b"] {
        statuses.push(bench.push_answer("token-sim:503-once", id).await.0);
    }
    assert_eq!(statuses, [503, 200, 503, 200]);
}

/// On HTTP/1.1 a reset is the end of the connection, on HTTP/2 of the stream; both are tried on TLS and plain.
#[tokio::test]
async fn resets_are_errors_to_the_client_and_only_the_late_one_leaves_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    for config in [SimulatorConfig::default(), tls(&folder)] {
        let bench = Bench::start(config).await;
        assert!(bench.push("sim:reset-before", "m-1").await.is_err());
        assert_eq!(bench.counts("push").await, [0, 0, 0, 0]);
        assert!(bench.push("sim:reset-after", "m-2").await.is_err());
        assert_eq!(bench.counts("push").await, [1, 0, 1, 0]);
        assert!(bench.push("sim:reset-after-once", "m-3").await.is_err());
        assert_eq!(bench.push_answer("sim:reset-after-once", "m-3").await.0, 200);
        assert_eq!(bench.counts("push").await, [3, 0, 2, 1]);
        let injected = bench.admin("faults").await["injected"]["push"].clone();
        assert_eq!(injected, json!({"reset_after": 2, "reset_before": 1}));
    }
}

#[tokio::test]
async fn a_stream_reset_spares_its_neighbours_and_a_connection_reset_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::start(tls(&folder)).await;
    bench.faults(json!({"push": {"slow_ms": 300}})).await;
    let (neighbour, reset) = tokio::join!(bench.push("sim:slow", "a"), bench.push("sim:reset-after", "b"));
    assert!(reset.is_err());
    assert_eq!(neighbour.unwrap().status(), 200);

    bench
        .faults(json!({"push": {"slow_ms": 50_000, "latency_ms": [100, 100], "reset_scope": "connection"}}))
        .await;
    let started = Instant::now();
    let (neighbour, reset) = tokio::join!(bench.push("sim:slow", "c"), bench.push("sim:reset-after", "d"));
    assert!(reset.is_err() && neighbour.is_err());
    assert!(
        started.elapsed() < Duration::from_secs(40),
        "the neighbour was cut, it did not wait"
    );
}

#[tokio::test]
async fn a_lost_reply_is_taken_and_never_answered() {
    let bench = Bench::plain().await;
    let impatient = client(&bench.sim, |builder| builder.timeout(Duration::from_secs(2)));
    let mut request = bench.request(&support::push("sim:lost-reply", "m")).build().unwrap();
    *request.timeout_mut() = Some(Duration::from_secs(2));
    assert!(impatient.execute(request).await.unwrap_err().is_timeout());
    assert_eq!(bench.counts("push").await, [1, 0, 1, 0]);
}

#[tokio::test]
async fn latency_is_waited_for() {
    let bench = Bench::start(faulty(ChannelFaults {
        latency_ms: [120, 150],
        slow_ms: 400,
        ..ChannelFaults::default()
    }))
    .await;
    let started = Instant::now();
    assert_eq!(bench.push_answer("token-1", "m").await.0, 200);
    assert!(started.elapsed() >= Duration::from_millis(120));
    let started = Instant::now();
    assert_eq!(bench.push_answer("sim:slow", "m-2").await.0, 200);
    assert!(started.elapsed() >= Duration::from_millis(400));
}

#[tokio::test]
async fn a_connection_is_told_to_go_away_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Faults {
        push: ChannelFaults {
            goaway_after: Some(5),
            ..ChannelFaults::default()
        },
        ..Faults::default()
    };
    let bench = Bench::start(SimulatorConfig { faults, ..tls(&folder) }).await;
    for n in 0..40 {
        let response = bench.push("token-1", &format!("m-{n}")).await.unwrap();
        assert_eq!(response.status(), 200);
    }
    assert_eq!(bench.counts("push").await, [40, 0, 1, 0]);
    assert!(bench.sim.connections() >= 8, "{} connections", bench.sim.connections());
}

#[tokio::test]
async fn dead_tokens_stay_dead_and_the_share_is_as_configured() {
    let bench = Bench::start(faulty(ChannelFaults {
        dead_recipients: 0.2,
        ..ChannelFaults::default()
    }))
    .await;
    let mut dead = Vec::new();
    for n in 0..300 {
        let token = format!("token-{n}");
        let (status, body) = bench.push_answer(&token, &format!("m-{n}")).await;
        if status == 404 {
            assert_eq!(body["error"]["details"][0]["errorCode"], "UNREGISTERED");
            dead.push(token);
        }
    }
    assert!((35..85).contains(&dead.len()), "{}", dead.len());
    for token in dead {
        assert_eq!(bench.push_answer(&token, &format!("again-{token}")).await.0, 404);
    }
}

#[tokio::test]
async fn a_seed_repeats_its_faults_and_another_seed_has_others() {
    let push = ChannelFaults {
        too_many_requests: 0.2,
        internal: 0.2,
        unavailable: 0.2,
        ..ChannelFaults::default()
    };
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let bench = Bench::start(SimulatorConfig {
            seed,
            ..faulty(push.clone())
        })
        .await;
        let mut statuses = Vec::new();
        for n in 0..60 {
            statuses.push(bench.push_answer("token-1", &format!("m-{}", n % 30)).await.0);
        }
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    assert_ne!(runs[0][..30], runs[0][30..], "the second try is drawn anew");
}

#[tokio::test]
async fn faults_change_at_runtime_and_impossible_ones_are_refused() {
    let bench = Bench::plain().await;
    assert_eq!(bench.faults(json!({"push": {"internal": 1.0}})).await.status(), 204);
    assert_eq!(bench.push_answer("token-1", "m").await.0, 500);
    for wrong in [
        json!({"push": {"internal": 2}}),
        json!({"push": {"interal": 1}}),
        json!({"push": {"no_money": 1}}),
    ] {
        let response = bench.faults(wrong.clone()).await;
        assert!(response.status().is_client_error(), "{wrong}");
        assert!(response.json::<Value>().await.unwrap()["error"].is_string(), "{wrong}");
    }
    assert_eq!(bench.push_answer("token-1", "m").await.0, 500, "the old faults stay");
    assert_eq!(bench.faults(json!({})).await.status(), 204);
    assert_eq!(bench.push_answer("token-1", "m").await.0, 200);
    bench.faults(json!({"push": {"magic_recipients": false}})).await;
    assert_eq!(bench.push_answer("sim:429", "m-2").await.0, 200);
}
