//! Ordered answers on every lane, and the sends of Twilio, SMS.ru and Kannel with their reports.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod support;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use bellhop_simulator::{Channel, ReportsConfig, SimulatorConfig, SmsConfig, WahaConfig};
use reqwest::Response;
use serde_json::{Value, json};
use support::{Bench, answer, until};

async fn order(bench: &Bench, orders: Value) -> Response {
    let url = format!("{}/_sim/answers", bench.sim.admin_url());
    bench.client.put(url).json(&orders).send().await.unwrap()
}

#[tokio::test]
async fn an_ordered_answer_comes_once_and_takes_nothing() {
    let bench = Bench::plain().await;
    let own = json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}});
    let ordered = json!([{
        "channel": "push", "recipient": "token-1", "status": 429, "headers": {"retry-after": "7"}, "body": own, "times": 1,
    }]);
    assert_eq!(order(&bench, ordered).await.status(), StatusCode::NO_CONTENT);
    let refused = bench.push("token-1", "m-1").await.unwrap();
    assert_eq!(refused.headers()["retry-after"], "7");
    assert_eq!(answer(refused).await, (429, own));
    assert_eq!(bench.push_answer("token-2", "m-2").await.0, 200);
    assert_eq!(bench.push_answer("token-1", "m-1").await.0, 200);
    assert_eq!(bench.counts("push").await, [2, 1, 2, 0]);
}

#[tokio::test]
async fn the_token_endpoint_is_known_by_its_path() {
    let bench = Bench::plain().await;
    let path = "/token/broken";
    order(
        &bench,
        json!([{"channel": "push", "recipient": path, "status": 400, "body": {"error": "invalid_grant"}}]),
    )
    .await;
    let url = format!("{}{path}", bench.sim.fcm_url());
    let refused = bench.client.post(url).send().await.unwrap();
    assert_eq!(answer(refused).await, (400, json!({"error": "invalid_grant"})));
}

#[tokio::test]
async fn an_ordered_reset_follows_the_taking() {
    let bench = Bench::plain().await;
    order(
        &bench,
        json!([{"channel": "push", "recipient": "token-1", "fault": "reset_after"}]),
    )
    .await;
    assert!(bench.push("token-1", "m-1").await.is_err());
    assert_eq!(bench.counts("push").await, [1, 0, 1, 0]);
}

#[tokio::test]
async fn impossible_orders_are_refused_and_the_old_ones_stay() {
    let bench = Bench::plain().await;
    order(
        &bench,
        json!([{"channel": "push", "recipient": "token-1", "status": 503}]),
    )
    .await;
    let refused = order(&bench, json!([{"channel": "push", "recipient": "token-1"}])).await;
    let (status, body) = answer(refused).await;
    assert!(
        status == 422 && body["error"].as_str().unwrap().contains("give one of"),
        "{body}"
    );
    assert_eq!(
        bench.push("token-1", "m-1").await.unwrap().status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn wahas_number_check_is_ordered_apart_from_the_send() {
    let bench = Bench::start(SimulatorConfig {
        waha: Some(WahaConfig::default()),
        ..SimulatorConfig::default()
    })
    .await;
    let recipient = "check-exists/79990000001";
    order(
        &bench,
        json!([{"channel": "waha", "recipient": recipient, "status": 200, "body": {"numberExists": false}}]),
    )
    .await;
    let check = |phone: &str| {
        let url = format!(
            "{}/api/contacts/check-exists?phone={phone}&session=default",
            bench.sim.waha_url()
        );
        bench.client.get(url).header("x-api-key", "sim-waha-key").send()
    };
    let no = answer(check("79990000001").await.unwrap()).await.1;
    assert_eq!(no, json!({"numberExists": false}));
    let yes = answer(check("79990000002").await.unwrap()).await.1;
    assert_eq!(yes["numberExists"], true);
}

type Calls = Arc<Mutex<Vec<(String, HeaderMap, String)>>>;

/// A receiver of reports: its address, and what came.
async fn receiver() -> (String, Calls) {
    let calls = Calls::default();
    let hear = |State(calls): State<Calls>, OriginalUri(uri): OriginalUri, headers: HeaderMap, body: String| async move {
        calls.lock().unwrap().push((uri.to_string(), headers, body));
        StatusCode::OK
    };
    let router = Router::new().fallback(hear).with_state(Arc::clone(&calls));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, calls)
}

async fn gateways() -> (Bench, String, Calls) {
    let (url, calls) = receiver().await;
    let sms = SmsConfig {
        sms_ru_reports_url: Some(format!("{url}/sms_ru?key=word")),
        reports: ReportsConfig {
            delay_ms: [1, 5],
            ..ReportsConfig::default()
        },
        ..SmsConfig::default()
    };
    let bench = Bench::start(SimulatorConfig {
        sms,
        ..SimulatorConfig::default()
    })
    .await;
    (bench, url, calls)
}

async fn first(calls: &Calls) -> (String, HeaderMap, String) {
    until("a report comes", || async { !calls.lock().unwrap().is_empty() }).await;
    calls.lock().unwrap()[0].clone()
}

#[tokio::test]
async fn twilio_takes_a_message_and_calls_where_it_says() {
    let (bench, receiver, calls) = gateways().await;
    let report = json!({"MessageStatus": "failed", "ErrorCode": "30007"});
    order(
        &bench,
        json!([{"channel": "sms", "recipient": "79990000001", "report": report}]),
    )
    .await;
    let url = format!("{}/2010-04-01/Accounts/AC1/Messages.json", bench.sim.sms_url());
    let callback = format!("{receiver}/w?id=3kTMd8aZ01x-1c");
    let form = [
        ("To", "+79990000001"),
        ("From", "BRAND"),
        ("Body", "x"),
        ("StatusCallback", callback.as_str()),
    ];
    let send = |password: &'static str| {
        bench
            .client
            .post(&url)
            .basic_auth("SK1", Some(password))
            .form(&form)
            .send()
    };
    assert_eq!(answer(send("wrong").await.unwrap()).await.1["code"], 20_003);
    let (status, taken) = answer(send("secret").await.unwrap()).await;
    assert!(
        status == 201 && taken["sid"].as_str().unwrap().starts_with("SM"),
        "{taken}"
    );
    let (uri, headers, body) = first(&calls).await;
    assert_eq!(uri, "/w?id=3kTMd8aZ01x-1c");
    assert!(headers.contains_key("x-twilio-signature"));
    assert!(
        body.contains("MessageStatus=failed") && body.contains("ErrorCode=30007"),
        "{body}"
    );
    let line: Value = serde_json::from_str(bench.admin_text("messages?channel=sms").await.trim()).unwrap();
    assert_eq!(
        (&line["message_id"], &line["recipient"]),
        (&json!("3kTMd8aZ01x"), &json!("79990000001"))
    );
}

#[tokio::test]
async fn sms_ru_judges_by_number_and_reports_lines() {
    let (bench, _, calls) = gateways().await;
    let url = format!("{}/sms/send", bench.sim.sms_url());
    let send = |api_id: &'static str| {
        let form = [("api_id", api_id), ("to", "79990000001"), ("msg", "x"), ("json", "1")];
        bench.client.post(&url).form(&form).send()
    };
    assert_eq!(answer(send("wrong").await.unwrap()).await.1["status_code"], 200);
    let taken = answer(send("sim-api-key").await.unwrap()).await.1;
    let own = &taken["sms"]["79990000001"];
    assert_eq!((&taken["status_code"], &own["status_code"]), (&json!(100), &json!(100)));
    let (uri, _, body) = first(&calls).await;
    assert_eq!(uri, "/sms_ru?key=word");
    let id = own["sms_id"].as_str().unwrap();
    assert_eq!(body, format!("data%5B0%5D=sms_status%0A{id}%0A103%0A"));
}

#[tokio::test]
async fn kannel_fills_the_type_into_the_callers_url() {
    let (bench, receiver, calls) = gateways().await;
    order(
        &bench,
        json!([{"channel": "sms", "recipient": "79990000001", "report": {"status": "16"}}]),
    )
    .await;
    let template = format!("{receiver}/k?id=3kTMd8aZ01x-1c&status=%d&key=word");
    let query = [
        ("username", "u"),
        ("password", "secret"),
        ("to", "+79990000001"),
        ("text", "x"),
        ("dlr-url", template.as_str()),
    ];
    let url = format!("{}/cgi-bin/sendsms", bench.sim.sms_url());
    let taken = bench.client.get(url).query(&query).send().await.unwrap();
    assert_eq!(taken.status(), StatusCode::ACCEPTED);
    assert_eq!(taken.text().await.unwrap(), "0: Accepted for delivery");
    assert_eq!(first(&calls).await.0, "/k?id=3kTMd8aZ01x-1c&status=16&key=word");
    assert_eq!(bench.counts("sms").await[0], 1);
}

#[test]
fn every_lane_can_be_named() {
    for channel in Channel::ALL {
        let named: Channel = serde_json::from_value(json!(channel.name())).unwrap();
        assert_eq!(named, channel);
    }
}
