//! The protocol of PROVIDERS §1, asked by a client that shares no code with the simulator.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod support;

use bellhop_simulator::{FcmConfig, Simulator, SimulatorConfig};
use reqwest::{Client, Version};
use serde_json::{Value, json};
use support::{AUDIENCE, Bench, answer, claims, client, fetch_token, push, tls};

#[tokio::test]
async fn a_push_is_accepted_and_kept_with_everything_it_carried() {
    let bench = Bench::plain().await;
    let (status, body) = bench.push_answer("token-1", "m-1").await;
    assert_eq!(status, 200);
    assert!(
        body["name"]
            .as_str()
            .unwrap()
            .starts_with("projects/bellhop-demo/messages/0:"),
        "{body}"
    );
    assert_eq!(body.as_object().unwrap().len(), 1);

    let line: Value = serde_json::from_str(bench.admin_text("messages?channel=push").await.trim()).unwrap();
    let times = line["times"].as_array().unwrap();
    assert_eq!(times.len(), 1);
    let last = bench.admin("last").await;
    assert_eq!(last["channels"]["push"]["last_accepted_at_ms"], times[0]);
    assert_eq!(last["channels"]["sms"]["last_accepted_at_ms"], Value::Null);
    assert_eq!(
        line,
        json!({"recipient": "token-1", "message_id": "m-1", "title": "We miss you", "body": "Come again",
               "link": "https://example.com/t/1", "collapse_key": "m-1", "times": times})
    );
}

#[tokio::test]
async fn the_same_message_again_is_a_duplicate_and_another_to_the_same_recipient_is_not() {
    let bench = Bench::plain().await;
    for id in ["m-1", "m-1", "m-2"] {
        assert_eq!(bench.push_answer("token-1", id).await.0, 200);
    }
    let expected = json!({"channels": {
        "push": {"accepted": 3, "refused": 0, "unique_recipients": 1, "duplicates": 1},
        "sms": {"accepted": 0, "refused": 0, "unique_recipients": 0, "duplicates": 0},
    }});
    assert_eq!(bench.admin("summary").await, expected);
    assert_eq!(serde_json::to_value(bench.sim.summary()).unwrap(), expected);
    let reset = format!("{}/_sim/reset", bench.sim.admin_url());
    assert_eq!(bench.client.post(reset).send().await.unwrap().status(), 204);
    assert_eq!(bench.counts("push").await, [0, 0, 0, 0]);
    assert_eq!(bench.admin_text("messages?channel=push").await, "");
}

#[tokio::test]
async fn http_1_and_2_are_spoken_on_tls_and_plain() {
    let folder = tempfile::tempdir().unwrap();
    for config in [tls(&folder), SimulatorConfig::default()] {
        let bench = Bench::start(config).await;
        let encrypted = bench.sim.ca_pem.is_some();
        let http_2 = client(&bench.sim, |builder| {
            if encrypted {
                builder
            } else {
                builder.http2_prior_knowledge()
            }
        });
        let http_1 = client(&bench.sim, reqwest::ClientBuilder::http1_only);
        for (client, version) in [(http_2, Version::HTTP_2), (http_1, Version::HTTP_11)] {
            let url = format!("{}/v1/projects/bellhop-demo/messages:send", bench.sim.fcm_url());
            let response = client.post(url).json(&json!({})).send().await.unwrap();
            assert_eq!(
                (response.version(), response.status().as_u16()),
                (version, 401),
                "TLS: {encrypted}"
            );
        }
        assert_eq!(bench.push_answer("token-1", "m").await.0, 200);
        bench.sim.shutdown().await;
    }
}

#[tokio::test]
async fn one_token_serves_many_pushes_and_every_fetch_is_counted() {
    let bench = Bench::plain().await;
    for n in 0..20 {
        assert_eq!(bench.push_answer("token-1", &format!("m-{n}")).await.0, 200);
    }
    assert_eq!(bench.admin("tokens").await, json!({"token_fetches": 1}));
    let token = fetch_token(&bench.sim, &bench.client, claims(&bench.sim))
        .await
        .json::<Value>()
        .await
        .unwrap();
    assert_eq!(
        (&token["expires_in"], &token["token_type"]),
        (&json!(3600), &json!("Bearer"))
    );
    assert_eq!(bench.sim.token_fetches(), 2);
}

#[tokio::test]
async fn a_bad_assertion_buys_nothing() {
    let bench = Bench::plain().await;
    let good = claims(&bench.sim);
    let iat = good["iat"].as_i64().unwrap();
    let cases = [
        ("iss", json!("stranger@example.com"), "invalid_grant"),
        ("aud", json!("https://example.com/token"), "invalid_grant"),
        ("scope", json!("https://www.googleapis.com/auth/drive"), "invalid_scope"),
        ("exp", json!(iat + 3601), "invalid_grant"),
        ("exp", json!(iat - 3600), "invalid_grant"),
        ("iat", json!(iat + 1800), "invalid_grant"),
    ];
    for (claim, value, error) in cases {
        let mut claims = good.clone();
        claims[claim] = value;
        let (status, body) = answer(fetch_token(&bench.sim, &bench.client, claims).await).await;
        assert_eq!((status, &body["error"]), (400, &json!(error)), "{claim}: {body}");
    }
    let mut own_audience = good.clone();
    own_audience["aud"] = json!(format!("{}/token", bench.sim.fcm_url()));
    assert_eq!(fetch_token(&bench.sim, &bench.client, own_audience).await.status(), 200);
    assert_ne!(good["aud"], json!(format!("{}/token", bench.sim.fcm_url())));
    assert_eq!(good["aud"], AUDIENCE);

    let stranger = Simulator::start(SimulatorConfig::default()).await.unwrap();
    let mut account: Value = serde_json::from_str(&stranger.service_account_json().unwrap()).unwrap();
    account["token_uri"] = json!(format!("{}/token", bench.sim.fcm_url()));
    let key = jsonwebtoken::EncodingKey::from_rsa_pem(account["private_key"].as_str().unwrap().as_bytes()).unwrap();
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
    let assertion = jsonwebtoken::encode(&header, &good, &key).unwrap();
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", &assertion),
    ];
    let response = bench
        .client
        .post(account["token_uri"].as_str().unwrap())
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer(response).await.1["error"], "invalid_grant");
    let form = [("grant_type", "password")];
    let response = bench
        .client
        .post(account["token_uri"].as_str().unwrap())
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer(response).await.1["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn credentials_are_checked_before_the_message() {
    let bench = Bench::plain().await;
    let url = |project: &str| format!("{}/v1/projects/{project}/messages:send", bench.sim.fcm_url());
    let (status, body) = answer(
        bench
            .client
            .post(url("bellhop-demo"))
            .bearer_auth("ya29.unknown")
            .json(&push("token-1", "m"))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!((status, &body["error"]["status"]), (401, &json!("UNAUTHENTICATED")));
    assert!(
        body["error"].get("details").is_none(),
        "an OAuth error has no FCM code: {body}"
    );

    let other_project = bench.request(&push("token-1", "m")).build().unwrap();
    let mut request = other_project;
    *request.url_mut() = url("another").parse().unwrap();
    let (status, body) = answer(bench.client.execute(request).await.unwrap()).await;
    assert_eq!((status, &body["error"]["status"]), (403, &json!("PERMISSION_DENIED")));
    assert!(body["error"].get("details").is_none());
    assert_eq!(bench.counts("push").await, [0, 2, 0, 0]);
}

#[tokio::test]
async fn an_access_token_stops_working_when_its_time_is_over() {
    let fcm = FcmConfig {
        token_lifetime_s: 0,
        ..FcmConfig::default()
    };
    let bench = Bench::start(SimulatorConfig {
        fcm,
        ..SimulatorConfig::default()
    })
    .await;
    assert_eq!(bench.push_answer("token-1", "m").await.0, 401);
}

#[tokio::test]
async fn a_saved_service_account_keeps_its_key_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("service-account.json");
    let fcm = FcmConfig {
        service_account_file: Some(path.clone()),
        ..FcmConfig::default()
    };
    let config = SimulatorConfig {
        fcm,
        ..SimulatorConfig::default()
    };
    let read = || serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()).unwrap();
    let first = Simulator::start(config.clone()).await.unwrap();
    let before = read();
    first.shutdown().await;
    let second = Bench::start(config).await;
    assert_eq!(before["private_key"], read()["private_key"]);
    assert_eq!(read()["token_uri"], format!("{}/token", second.sim.fcm_url()));
    assert_eq!(second.push_answer("token-1", "m").await.0, 200);
}

#[tokio::test]
async fn fcm_refuses_what_the_real_one_refuses() {
    let bench = Bench::plain().await;
    let with = |pointer: &str, value: Value| {
        let mut body = push("token-1", "m");
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        body
    };
    let fcm_error =
        json!({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "INVALID_ARGUMENT"});
    let cases = [
        (with("/message/topic", json!("news")), "message"),
        (with("/message/token", json!("has space")), "message.token"),
        (with("/message/token", json!("")), "message.token"),
        (with("/message/token", json!("abc")), "message.token"),
        (with("/message/token", json!("[object Object]")), "message.token"),
        (with("/message/data/from", json!("x")), "message.data"),
        (with("/message/data/google.x", json!("x")), "message.data"),
        (with("/message/data/gcm", json!("x")), "message.data"),
        (with("/message/android/ttl", json!("1 hour")), "message.android.ttl"),
        (
            with("/message/android/priority", json!("URGENT")),
            "message.android.priority",
        ),
        (
            with("/message/webpush", json!({"fcm_options": {"link": "http://x"}})),
            "message.webpush.fcm_options.link",
        ),
        (
            with("/message/fcm_options", json!({"analytics_label": "a b"})),
            "message.fcm_options.analytics_label",
        ),
        (
            with("/message/apns/headers/apns-collapse-id", json!("x".repeat(65))),
            "message.apns.headers[apns-collapse-id]",
        ),
    ];
    for (body, field) in cases {
        let (status, answer) = answer(bench.request(&body).send().await.unwrap()).await;
        let error = &answer["error"];
        assert_eq!(
            (status, &error["code"], &error["status"]),
            (400, &json!(400), &json!("INVALID_ARGUMENT")),
            "{field}"
        );
        assert_eq!(error["details"][0], fcm_error, "{field}");
        assert_eq!(error["details"][1]["fieldViolations"][0]["field"], field);
    }
    let malformed = [
        with("/message/data/n", json!(5)),
        with("/message/tokn", json!("x")),
        json!({}),
        json!("x"),
    ];
    for body in malformed {
        let (status, answer) = answer(bench.request(&body).send().await.unwrap()).await;
        assert_eq!(
            (status, &answer["error"]["status"]),
            (400, &json!("INVALID_ARGUMENT")),
            "{body}"
        );
        assert!(!answer.to_string().contains("FcmError"), "{answer}");
    }
    let (status, oversize) = answer(
        bench
            .request(&with("/message/data/x", json!("ж".repeat(2_048))))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(status, 400);
    assert_eq!(oversize["error"]["details"], json!([fcm_error]), "it is about no field");
    assert_eq!(bench.counts("push").await, [0, 18, 0, 0]);
}

#[tokio::test]
async fn what_fcm_allows_passes() {
    let bench = Bench::plain().await;
    let messages = [
        json!({"message": {"fid": "fid-4-a-phone", "data": {"a": "\u{1f600} \"quoted\""}}}),
        json!({"message": {"topic": "news_1"}}),
        json!({"message": {"condition": "'a' in topics"}}),
        json!({"message": {"token": "token-1", "android": {"collapseKey": "k", "ttl": "3.5s", "priority": "HIGH", "directBootOk": true},
               "apns": {"payload": {"aps": {"alert": {"title": "x"}}}}, "fcmOptions": {"analyticsLabel": "spring-1"}}}),
    ];
    for message in messages {
        let response = bench.request(&message).send().await.unwrap();
        assert_eq!(response.status(), 200, "{message}");
    }
    assert_eq!(
        bench.counts("push").await,
        [4, 0, 4, 0],
        "messages without an id are never duplicates"
    );
}

#[tokio::test]
async fn a_dry_run_gives_a_fake_id_and_sends_nothing() {
    let bench = Bench::plain().await;
    let mut body = push("token-1", "m");
    body["validate_only"] = json!(true);
    let (status, answer) = answer(bench.request(&body).send().await.unwrap()).await;
    assert_eq!(
        (status, &answer["name"]),
        (200, &json!("projects/bellhop-demo/messages/fake_message_id"))
    );
    assert_eq!(bench.counts("push").await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn other_paths_answer_with_a_page() {
    let bench = Bench::plain().await;
    for path in [
        "/fcm/send",
        "/batch",
        "/v1/projects//messages:send",
        "/v1/projects/p/messages",
    ] {
        let response = Client::new()
            .post(format!("{}{path}", bench.sim.fcm_url()))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 404, "{path}");
        assert!(
            response.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
    }
}
