//! SMSC.ru's protocol (PROVIDERS §4.7), its faults and delivery reports.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod support;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Form, Router};
use bellhop_simulator::{ReportsConfig, SimulatorConfig, SmsConfig};
use serde_json::{Value, json};
use support::{Bench, answer, client, tls, until};

const PHONE: &str = "+79990000000";

#[tokio::test]
async fn a_send_is_accepted_and_kept_and_a_repeat_is_a_duplicate() {
    let bench = Bench::plain().await;
    let text = "Ждём вас: https://x.y/t/1";
    let fields = [("phones", PHONE), ("mes", text), ("id", "17"), ("cost", "3")];
    assert_eq!(
        bench.sms_answer(&fields).await,
        json!({"id": 17, "cnt": 1, "cost": "2.50", "balance": "9999997.50"})
    );
    assert_eq!(bench.sms_answer(&fields[..3]).await, json!({"id": 17, "cnt": 1}));
    assert_eq!(bench.counts("sms").await, [2, 0, 1, 1]);
    let line: Value = serde_json::from_str(bench.admin_text("messages?channel=sms").await.trim()).unwrap();
    let times = line["times"].as_array().unwrap();
    assert_eq!(times.len(), 2);
    assert_eq!(
        line,
        json!({"recipient": "79990000000", "message_id": "17", "text": text, "times": times})
    );
}

#[tokio::test]
async fn a_second_try_of_one_message_is_a_duplicate_though_its_id_is_new() {
    let bench = Bench::plain().await;
    for id in ["3kTMd8aZ01x-1", "3kTMd8aZ01x-1c", "3kTMd8aZ02y-2"] {
        bench.sms_answer(&[("phones", PHONE), ("mes", "x"), ("id", id)]).await;
    }
    assert_eq!(bench.counts("sms").await, [3, 0, 1, 1]);
    for (id, status) in [("3kTMd8aZ01x-1c", 1), ("3kTMd8aZ01x-9", -3)] {
        let url = format!("{}/sys/status.php", bench.sim.sms_url());
        let query = [("apikey", "sim-api-key"), ("fmt", "3"), ("phone", PHONE), ("id", id)];
        let look_up = || async {
            let request = bench.client.get(&url).query(&query);
            answer(request.send().await.unwrap()).await.1["status"] == status
        };
        until("the whole id answers a look-up", look_up).await;
    }
}

#[tokio::test]
async fn get_form_and_json_and_every_way_to_authenticate_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::start(tls(&folder)).await;
    let url = |path: &str| format!("{}{path}", bench.sim.sms_url());
    let hashed = "5ebe2294ecd0e0f08eab7690d2a6ee69";
    let get = bench.client.get(url("/sys/send.php")).query(&[
        ("login", "bellhop"),
        ("psw", hashed),
        ("fmt", "3"),
        ("phones", PHONE),
        ("mes", "x"),
        ("id", "01JABC"),
    ]);
    let rest = bench
        .client
        .post(url("/rest/send/"))
        .json(&json!({"apikey": "sim-api-key", "phones": PHONE, "mes": "x", "id": 5}));
    assert_eq!(
        answer(get.send().await.unwrap()).await,
        (200, json!({"id": "01JABC", "cnt": 1}))
    );
    assert_eq!(
        answer(rest.send().await.unwrap()).await,
        (200, json!({"id": 5, "cnt": 1}))
    );
    let line = bench.client.post(url("/sys/send.php")).form(&[
        ("apikey", "sim-api-key"),
        ("phones", PHONE),
        ("mes", "x"),
        ("id", "6"),
    ]);
    assert_eq!(line.send().await.unwrap().text().await.unwrap(), "OK - 1 SMS, ID - 6");
    let wrong = bench
        .client
        .post(url("/rest/send/"))
        .json(&json!({"login": "bellhop", "psw": "guess", "phones": PHONE, "mes": "x"}));
    assert_eq!(
        answer(wrong.send().await.unwrap()).await,
        (200, json!({"error": "authorise error", "error_code": 2}))
    );
    assert_eq!(
        bench.client.get(url("/sys/balance.php")).send().await.unwrap().status(),
        404
    );
    assert_eq!(bench.counts("sms").await, [3, 1, 1, 0]);
}

#[tokio::test]
async fn bad_requests_have_their_codes() {
    let bench = Bench::plain().await;
    let cases: [(&[(&str, &str)], u64); 8] = [
        (&[("phones", PHONE)], 1),
        (&[("mes", "x")], 1),
        (&[("phones", PHONE), ("mes", "x"), ("id", "2147483648")], 1),
        (&[("phones", PHONE), ("mes", "x"), ("id", "x".repeat(41).leak())], 1),
        (&[("phones", PHONE), ("mes", "x"), ("time", "tomorrow")], 5),
        (&[("phones", PHONE), ("mes", "x"), ("sender", "A NAME TOO LONG")], 6),
        (&[("phones", "12-34"), ("mes", "x")], 7),
        (&[("phones", PHONE), ("mes", "x"), ("cost", "9")], 1),
    ];
    for (fields, code) in cases {
        let body = bench.sms_answer(fields).await;
        assert_eq!(body["error_code"], code, "{fields:?}: {body}");
        assert!(body["error"].is_string());
    }
    assert_eq!(bench.counts("sms").await, [0, 8, 0, 0]);
}

#[tokio::test]
async fn the_price_counts_parts_and_phones_and_money_runs_out() {
    let sms = SmsConfig {
        balance_cents: 600,
        ..SmsConfig::default()
    };
    let bench = Bench::start(SimulatorConfig {
        sms,
        ..SimulatorConfig::default()
    })
    .await;
    let long = "я".repeat(71);
    let price = [("phones", PHONE), ("mes", long.as_str()), ("cost", "1")];
    assert_eq!(bench.sms_answer(&price).await, json!({"cost": "5.00", "cnt": 2}));
    assert_eq!(bench.counts("sms").await, [0, 0, 0, 0]);
    let two = [
        ("phones", "+79990000000;+79990000001"),
        ("mes", "x"),
        ("cost", "3"),
        ("id", "1"),
    ];
    assert_eq!(
        bench.sms_answer(&two).await,
        json!({"id": 1, "cnt": 2, "cost": "5.00", "balance": "1.00"})
    );
    assert_eq!(
        bench.sms_answer(&[("phones", PHONE), ("mes", "x")]).await["error_code"],
        3
    );
    assert_eq!(
        bench.counts("sms").await,
        [2, 1, 2, 0],
        "one id to a list of phones is no duplicate"
    );
}

#[tokio::test]
async fn a_repeat_within_the_window_is_error_9() {
    let sms = SmsConfig {
        repeat_window_s: 60,
        ..SmsConfig::default()
    };
    let bench = Bench::start(SimulatorConfig {
        sms,
        ..SimulatorConfig::default()
    })
    .await;
    let fields = [("phones", PHONE), ("mes", "x"), ("id", "1")];
    assert_eq!(bench.sms_answer(&fields).await["id"], 1);
    assert_eq!(
        bench.sms_answer(&fields).await,
        json!({"error": "duplicate request, wait a minute", "error_code": 9})
    );
    assert_eq!(bench.counts("sms").await, [1, 1, 1, 0]);
}

#[tokio::test]
async fn magic_numbers_fail_as_documented() {
    let bench = Bench::plain().await;
    bench.faults(json!({"sms": {"slow_ms": 50}})).await;
    let send = async |phone: String, id: String| {
        bench
            .sms(&[("phones", phone.as_str()), ("mes", "x"), ("id", id.as_str())])
            .await
    };
    for (digits, code) in [
        ("01", 7),
        ("02", 8),
        ("03", 3),
        ("10", 9),
        ("14", 6),
        ("15", 2),
        ("16", 4),
    ] {
        let always = answer(send(format!("799900090{digits}"), format!("a{digits}")).await.unwrap()).await;
        assert_eq!((always.0, &always.1["error_code"]), (200, &json!(code)), "90{digits}");
        let id = format!("o{digits}");
        let first = answer(send(format!("799900091{digits}"), id.clone()).await.unwrap())
            .await
            .1;
        let second = answer(send(format!("799900091{digits}"), id.clone()).await.unwrap())
            .await
            .1;
        assert_eq!(
            (&first["error_code"], &second["id"]),
            (&json!(code), &json!(id)),
            "91{digits}"
        );
    }
    for (digits, status, pauses) in [
        ("05", 500, false),
        ("11", 429, true),
        ("12", 503, false),
        ("13", 503, true),
        ("17", 502, false),
    ] {
        let response = send(format!("799900090{digits}"), format!("h{digits}")).await.unwrap();
        assert_eq!(response.status(), status, "90{digits}");
        assert_eq!(response.headers().contains_key("retry-after"), pauses, "90{digits}");
    }
    assert_eq!(send("79990009018".into(), "slow".into()).await.unwrap().status(), 200);
    let before = bench.counts("sms").await;
    assert!(send("79990009009".into(), "before".into()).await.is_err());
    assert_eq!(bench.counts("sms").await, before);
    assert!(send("79990009006".into(), "after".into()).await.is_err());
    assert_eq!(bench.counts("sms").await[0], before[0] + 1);
}

#[tokio::test]
async fn a_lost_reply_is_taken() {
    let bench = Bench::plain().await;
    let impatient = client(&bench.sim, |builder| builder.timeout(Duration::from_secs(2)));
    let fields = [
        ("apikey", "sim-api-key"),
        ("phones", "79990009007"),
        ("mes", "x"),
        ("id", "1"),
        ("fmt", "3"),
    ];
    let lost = impatient
        .post(format!("{}/sys/send.php", bench.sim.sms_url()))
        .form(&fields)
        .send()
        .await;
    assert!(lost.unwrap_err().is_timeout());
    assert_eq!(bench.counts("sms").await, [1, 0, 1, 0]);
}

type Form6 = HashMap<String, String>;

/// A receiver of reports that fails the first `failures` of them.
#[derive(Clone, Default)]
struct Receiver {
    reports: Arc<Mutex<Vec<Form6>>>,
    failures: Arc<Mutex<u32>>,
}

impl Receiver {
    async fn start(&self) -> String {
        async fn receive(State(receiver): State<Receiver>, Form(form): Form<Form6>) -> StatusCode {
            let mut failures = receiver.failures.lock().unwrap();
            if *failures > 0 {
                *failures -= 1;
                return StatusCode::SERVICE_UNAVAILABLE;
            }
            receiver.reports.lock().unwrap().push(form);
            StatusCode::OK
        }
        let router = Router::new().route("/smsc", post(receive)).with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/smsc", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        url
    }

    fn count(&self) -> usize {
        self.reports.lock().unwrap().len()
    }

    fn last(&self) -> Form6 {
        self.reports.lock().unwrap().last().unwrap().clone()
    }
}

fn reporting(url: Option<String>) -> SimulatorConfig {
    let reports = ReportsConfig {
        url,
        delay_ms: [20, 40],
        retry_ms: 10,
        ..ReportsConfig::default()
    };
    SimulatorConfig {
        sms: SmsConfig {
            reports,
            ..SmsConfig::default()
        },
        ..SimulatorConfig::default()
    }
}

#[tokio::test]
async fn reports_are_signed_and_tried_until_they_are_taken() {
    let receiver = Receiver::default();
    *receiver.failures.lock().unwrap() = 3;
    let bench = Bench::start(reporting(Some(receiver.start().await))).await;
    bench.sms_answer(&[("phones", PHONE), ("mes", "x"), ("id", "17")]).await;
    until("the report", || async { receiver.count() == 1 }).await;
    let report = receiver.last();
    assert_eq!(
        (
            report["id"].as_str(),
            report["phone"].as_str(),
            report["status"].as_str()
        ),
        ("17", "79990000000", "1")
    );
    assert_eq!(
        report["md5"], "5a9dfe521fbdb81fe5d0c6bf94da1626",
        "the golden value of PROVIDERS §4.7"
    );
    assert_eq!(*receiver.failures.lock().unwrap(), 0);
}

#[tokio::test]
async fn an_undeliverable_message_is_reported_so_and_status_agrees() {
    let receiver = Receiver::default();
    let bench = Bench::start(reporting(None)).await;
    bench.sim.set_report_url(Some(receiver.start().await));
    bench
        .sms_answer(&[("phones", "79990009004"), ("mes", "x"), ("id", "4")])
        .await;
    until("the report", || async { receiver.count() == 1 }).await;
    assert_eq!(receiver.last()["status"], "20");
    let status = |id: &'static str| {
        let url = format!("{}/sys/status.php", bench.sim.sms_url());
        let query = [
            ("apikey", "sim-api-key"),
            ("fmt", "3"),
            ("phone", "79990009004"),
            ("id", id),
        ];
        let request = bench.client.get(url).query(&query);
        async move { answer(request.send().await.unwrap()).await.1["status"].clone() }
    };
    until("the final status", || async { status("4").await == 20 }).await;
    assert_eq!(status("5").await, -3);
}

#[tokio::test]
async fn a_report_can_come_before_the_reply() {
    let receiver = Receiver::default();
    let bench = Bench::start(reporting(Some(receiver.start().await))).await;
    for id in ["1", "2", "3"] {
        let answer = bench
            .sms_answer(&[("phones", "79990009008"), ("mes", "x"), ("id", id)])
            .await;
        assert!(answer["id"].is_u64());
        assert_eq!(receiver.last()["id"], id, "the report was there when the reply came");
    }
}
