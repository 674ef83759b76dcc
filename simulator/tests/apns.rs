//! APNs' protocol (PROVIDERS §2), its faults and its two hosts.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod support;

use std::time::Duration;

use bellhop_simulator::{ApnsConfig, SimulatorConfig};
use chrono::Utc;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use support::{Bench, client, tls};

const DEVICE: &str = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
const DEVELOPERS: &str = "de7e10adff785122b4ad28809a3420982341241421348097878e577c991de8f0";

/// An independent client of the simulated APNs.
struct Apple {
    bench: Bench,
    client: Client,
}

fn with(apns: ApnsConfig) -> SimulatorConfig {
    SimulatorConfig {
        apns: Some(apns),
        ..SimulatorConfig::default()
    }
}

impl Apple {
    async fn start(config: SimulatorConfig) -> Self {
        let bench = Bench::start(config).await;
        let client = client(&bench.sim, reqwest::ClientBuilder::http2_prior_knowledge);
        Self { bench, client }
    }

    async fn plain() -> Self {
        Self::start(with(ApnsConfig::default())).await
    }

    fn jwt(&self, kid: &str, team: &str, age_s: i64) -> String {
        let key = EncodingKey::from_ec_pem(self.bench.sim.apns_key_pem().unwrap().as_bytes()).unwrap();
        let header = Header {
            kid: Some(kid.to_owned()),
            ..Header::new(Algorithm::ES256)
        };
        let claims = json!({"iss": team, "iat": Utc::now().timestamp() - age_s});
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    }

    fn fresh(&self) -> String {
        self.jwt("SIMKEY0001", "SIMTEAM001", 0)
    }

    fn request(&self, root: &str, device: &str, id: &str, jwt: &str) -> RequestBuilder {
        let body = json!({
            "aps": {"alert": {"title": "We miss you", "body": "Come again"}},
            "message_id": id, "customer_id": "c-1", "link": "https://example.com/t/1",
        });
        self.client
            .post(format!("{root}/3/device/{device}"))
            .header("authorization", format!("bearer {jwt}"))
            .header("apns-topic", "com.example.app")
            .header("apns-collapse-id", id)
            .json(&body)
    }

    fn push(&self, device: &str, id: &str) -> RequestBuilder {
        let root = self.bench.sim.apns_url().unwrap();
        self.request(&root, device, id, &self.fresh())
    }
}

/// The status, and the reason if the request was refused.
async fn answer(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
    (status, body["reason"].as_str().unwrap_or_default().to_owned())
}

async fn sent(request: RequestBuilder) -> (u16, String) {
    answer(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_push_is_accepted_and_kept_with_what_its_headers_say() {
    let folder = tempfile::tempdir().unwrap();
    let apple = Apple::start(SimulatorConfig {
        apns: Some(ApnsConfig::default()),
        ..tls(&folder)
    })
    .await;
    let id = "eabeae54-14a8-81e5-b60b-1697f925ec7b";
    let response = apple
        .push(DEVICE, "m-1")
        .header("apns-id", id)
        .header("apns-expiration", "1772359200");
    let response = response.send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["apns-id"]),
        (200, &id.parse().unwrap())
    );
    assert_eq!(response.bytes().await.unwrap().len(), 0);
    assert_eq!(sent(apple.push(DEVICE, "m-1")).await.0, 200);
    assert_eq!(apple.bench.counts("apns").await, [2, 0, 1, 1]);
    let line: Value = serde_json::from_str(apple.bench.admin_text("messages?channel=apns").await.trim()).unwrap();
    let times = line["times"].as_array().unwrap();
    assert_eq!(times.len(), 2);
    assert_eq!(
        line,
        json!({
            "recipient": DEVICE, "message_id": "m-1", "title": "We miss you", "text": "Come again",
            "link": "https://example.com/t/1", "collapse_key": "m-1", "times": times,
            "detail": {
                "apns_id": id, "topic": "com.example.app", "push_type": "alert", "priority": 10, "expiration": 1_772_359_200,
            },
        })
    );
}

#[tokio::test]
async fn each_host_knows_its_own_tokens() {
    let apple = Apple::plain().await;
    let (production, sandbox) = (
        apple.bench.sim.apns_url().unwrap(),
        apple.bench.sim.apns_sandbox_url().unwrap(),
    );
    let jwt = apple.fresh();
    for (root, device, expected) in [
        (&production, DEVICE, (200, "")),
        (&production, DEVELOPERS, (400, "BadDeviceToken")),
        (&sandbox, DEVELOPERS, (200, "")),
        (&sandbox, DEVICE, (400, "BadDeviceToken")),
        (&production, "nothex", (400, "BadDeviceToken")),
        (&production, "", (400, "MissingDeviceToken")),
    ] {
        let (status, reason) = sent(apple.request(root, device, "m", &jwt)).await;
        assert_eq!((status, reason.as_str()), expected, "{root} {device}");
    }
    let lines = apple.bench.admin_text("messages?channel=apns").await;
    assert_eq!(lines.lines().count(), 1, "one message id");
    assert_eq!(apple.bench.counts("apns").await[2], 2);
}

#[tokio::test]
async fn provider_tokens_are_verified() {
    let apple = Apple::plain().await;
    let root = apple.bench.sim.apns_url().unwrap();
    let stranger = EncodingKey::from_ec_pem(rcgen::KeyPair::generate().unwrap().serialize_pem().as_bytes());
    let header = Header {
        kid: Some("SIMKEY0001".to_owned()),
        ..Header::new(Algorithm::ES256)
    };
    let claims = json!({"iss": "SIMTEAM001", "iat": Utc::now().timestamp()});
    let forged = jsonwebtoken::encode(&header, &claims, &stranger.unwrap()).unwrap();
    for (jwt, expected) in [
        (apple.jwt("SIMKEY0001", "SIMTEAM001", 3_500), (200, "")),
        (
            apple.jwt("SIMKEY0001", "SIMTEAM001", 3_700),
            (403, "ExpiredProviderToken"),
        ),
        (
            apple.jwt("SIMKEY0001", "SIMTEAM001", -3_700),
            (403, "InvalidProviderToken"),
        ),
        (apple.jwt("OTHERKEY01", "SIMTEAM001", 0), (403, "InvalidProviderToken")),
        (apple.jwt("SIMKEY0001", "OTHERTEAM1", 0), (403, "InvalidProviderToken")),
        (forged, (403, "InvalidProviderToken")),
        ("text".to_owned(), (403, "InvalidProviderToken")),
    ] {
        let (status, reason) = sent(apple.request(&root, DEVICE, "m", &jwt)).await;
        assert_eq!((status, reason.as_str()), expected, "{jwt}");
    }
    let bare = apple.client.post(format!("{root}/3/device/{DEVICE}"));
    assert_eq!(sent(bare).await, (403, "MissingProviderToken".to_owned()));
    assert_eq!(apple.bench.sim.apns_provider_tokens(), 1);
}

#[tokio::test]
async fn too_many_tokens_are_refused_where_that_is_asked_for() {
    let apple = Apple::start(with(ApnsConfig {
        least_between_tokens_s: Some(1_200),
        ..ApnsConfig::default()
    }))
    .await;
    let root = apple.bench.sim.apns_url().unwrap();
    let (first, second) = (apple.fresh(), apple.jwt("SIMKEY0001", "SIMTEAM001", 1));
    let push = |jwt: &str| sent(apple.request(&root, DEVICE, "m", jwt));
    assert_eq!(push(&first).await.0, 200);
    assert_eq!(push(&second).await, (429, "TooManyProviderTokenUpdates".to_owned()));
    assert_eq!(push(&first).await.0, 200);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let apple = Apple::plain().await;
    let root = apple.bench.sim.apns_url().unwrap();
    let push = || apple.push(DEVICE, "m");
    let long = json!({"aps": {"alert": "x".repeat(5_000)}});
    for (request, expected) in [
        (push().header("apns-priority", "7"), (400, "BadPriority")),
        (push().header("apns-id", "17"), (400, "BadMessageId")),
        (push().header("apns-collapse-id", "x"), (400, "DuplicateHeaders")),
        (push().json(&long), (413, "PayloadTooLarge")),
        (push().body(""), (400, "PayloadEmpty")),
        (
            apple.client.get(format!("{root}/3/device/{DEVICE}")),
            (405, "MethodNotAllowed"),
        ),
        (apple.client.post(format!("{root}/2/device/{DEVICE}")), (404, "BadPath")),
    ] {
        let (status, reason) = sent(request).await;
        assert_eq!((status, reason.as_str()), expected);
    }
    assert_eq!(apple.bench.counts("apns").await, [0, 7, 0, 0]);
    let old = client(&apple.bench.sim, reqwest::ClientBuilder::http1_only);
    assert!(
        old.post(format!("{root}/3/device/{DEVICE}")).send().await.is_err(),
        "HTTP/2 only"
    );
}

#[tokio::test]
async fn magic_tokens_fail_as_documented() {
    let apple = Apple::plain().await;
    apple.bench.faults(json!({"apns": {"slow_ms": 50}})).await;
    for (digits, status, reason) in [
        ("01", 410, "Unregistered"),
        ("02", 400, "BadDeviceToken"),
        ("03", 400, "PayloadEmpty"),
        ("04", 400, "DeviceTokenNotForTopic"),
        ("05", 403, "InvalidProviderToken"),
        ("06", 429, "TooManyRequests"),
        ("07", 503, "ServiceUnavailable"),
        ("08", 503, "ServiceUnavailable"),
        ("09", 500, "InternalServerError"),
        ("10", 502, ""),
        ("14", 200, ""),
        ("20", 403, "ExpiredProviderToken"),
        ("31", 410, "ExpiredToken"),
        ("44", 400, "BrandNewReason"),
    ] {
        let always = sent(apple.push(&format!("ab00fa0170{digits}"), &format!("a{digits}"))).await;
        assert_eq!((always.0, always.1.as_str()), (status, reason), "{digits}");
        let id = format!("o{digits}");
        let once = format!("ab00fa0171{digits}");
        assert_eq!(sent(apple.push(&once, &id)).await.0, status, "{digits}");
        assert_eq!(sent(apple.push(&once, &id)).await.0, 200, "{digits}");
    }
    let body = apple.push("00fa017001", "gone").send().await.unwrap();
    let body: Value = body.json().await.unwrap();
    let age_ms = Utc::now().timestamp_millis() - body["timestamp"].as_i64().unwrap();
    assert!((0..60_000).contains(&age_ms), "milliseconds: {body}");
    let before = apple.bench.counts("apns").await;
    assert!(apple.push("00fa017011", "before").send().await.is_err());
    assert_eq!(apple.bench.counts("apns").await, before);
    assert!(apple.push("00fa017012", "after").send().await.is_err());
    assert_eq!(apple.bench.counts("apns").await[0], before[0] + 1);
    let lost = apple.push("00fa017013", "lost").timeout(Duration::from_secs(2));
    assert!(lost.send().await.unwrap_err().is_timeout());
    assert_eq!(apple.bench.counts("apns").await[0], before[0] + 2);
}

#[tokio::test]
async fn refusals_of_its_own_come_by_chance_and_are_counted() {
    let apple = Apple::plain().await;
    let faults = apple
        .bench
        .faults(json!({"apns": {"own": {"idle_timeout": 1.0}}}))
        .await;
    assert_eq!(faults.status(), 204);
    assert_eq!(sent(apple.push(DEVICE, "m")).await, (400, "IdleTimeout".to_owned()));
    assert_eq!(
        apple.bench.admin("faults").await["injected"]["apns"],
        json!({"idle_timeout": 1})
    );
    let unheard = apple.bench.faults(json!({"apns": {"own": {"idle": 1.0}}})).await;
    assert_eq!(unheard.status(), 422);
    assert!(
        unheard
            .text()
            .await
            .unwrap()
            .contains("faults.apns: own.idle does not exist")
    );
}

#[tokio::test]
async fn a_lane_without_its_section_is_not_there() {
    let bench = Bench::plain().await;
    assert_eq!(bench.sim.apns_url(), None);
    assert_eq!(bench.admin("summary").await["channels"].get("apns"), None);
}
