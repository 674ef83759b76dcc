//! The push service, tested by a sender that is written here from the RFCs: encryption, VAPID, and a browser on the
//! socket.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod support;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bellhop_simulator::{SimulatorConfig, WebPushConfig};
use chrono::Utc;
use futures_util::{SinkExt, StreamExt};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use support::{Bench, tls};
use tokio_tungstenite::tungstenite::Message;

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A site with its VAPID key.
struct Site(PrivateKey);

impl Site {
    fn new() -> Self {
        Self(PrivateKey::generate(&ECDH_P256).unwrap())
    }

    fn key(&self) -> String {
        b64(self.0.compute_public_key().unwrap())
    }

    fn authorization(&self, aud: &str, hours: i64, sub: &str) -> String {
        let der: Pkcs8V1Der = self.0.as_der().unwrap();
        let claims = json!({"aud": aud, "exp": Utc::now().timestamp() + hours * 3600, "sub": sub});
        let key = EncodingKey::from_ec_der(der.as_ref());
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &key).unwrap();
        format!("vapid t={token}, k={}", self.key())
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(prk: &Prk, info: &[u8], length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    prk.expand(&[info], Length(length)).unwrap().fill(&mut out).unwrap();
    out
}

/// RFC 8291, with some padding.
fn encrypt(subscription: &Value, plaintext: &[u8]) -> Vec<u8> {
    let bytes = |name: &str| {
        URL_SAFE_NO_PAD
            .decode(subscription["keys"][name].as_str().unwrap())
            .unwrap()
    };
    let (public, auth, salt) = (bytes("p256dh"), bytes("auth"), [7; 16]);
    let ours = PrivateKey::generate(&ECDH_P256).unwrap();
    let own = ours.compute_public_key().unwrap();
    let info = [b"WebPush: info\0", public.as_slice(), own.as_ref()].concat();
    let input = agree(&ours, UnparsedPublicKey::new(&ECDH_P256, &public), (), |secret| {
        Ok(expand(&Salt::new(HKDF_SHA256, &auth).extract(secret), &info, 32))
    });
    let prk = Salt::new(HKDF_SHA256, &salt).extract(&input.unwrap());
    let key = UnboundKey::new(&AES_128_GCM, &expand(&prk, b"Content-Encoding: aes128gcm\0", 16)).unwrap();
    let nonce = expand(&prk, b"Content-Encoding: nonce\0", 12).try_into().unwrap();
    let mut record = [plaintext, &[2, 0, 0, 0]].concat();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)
        .unwrap();
    [salt.as_slice(), &4096_u32.to_be_bytes(), &[65], own.as_ref(), &record].concat()
}

fn payload(id: &str) -> Vec<u8> {
    let notification = json!({"title": "Pizza", "body": "Tonight", "navigate": "https://brand.example/p/1", "tag": "run-7", "data": {"message_id": id}});
    json!({"web_push": 8030, "notification": notification})
        .to_string()
        .into_bytes()
}

async fn start(config: SimulatorConfig) -> Bench {
    let web_push = WebPushConfig {
        browsers_addr: Some("127.0.0.1:0".parse().unwrap()),
        ..WebPushConfig::default()
    };
    Bench::start(SimulatorConfig {
        web_push: Some(web_push),
        ..config
    })
    .await
}

async fn subscribe(bench: &Bench, asked: Value) -> Value {
    let url = format!("{}/_sim/web_push/subscribe", bench.sim.admin_url());
    let answer = bench.client.post(url).json(&asked).send().await.unwrap();
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

fn request(bench: &Bench, site: &Site, subscription: &Value, body: Vec<u8>) -> RequestBuilder {
    let aud = bench.sim.web_push_url().unwrap();
    bench
        .client
        .post(subscription["endpoint"].as_str().unwrap())
        .header(
            "authorization",
            site.authorization(&aud, 12, "mailto:push@brand.example"),
        )
        .header("content-encoding", "aes128gcm")
        .header("ttl", "3600")
        .header("topic", "run-7")
        .body(body)
}

async fn send(bench: &Bench, site: &Site, subscription: &Value, id: &str) -> Response {
    let body = encrypt(subscription, &payload(id));
    request(bench, site, subscription, body).send().await.unwrap()
}

#[tokio::test]
async fn a_message_is_read_with_the_browsers_keys_and_kept_in_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    for config in [SimulatorConfig::default(), tls(&folder)] {
        let (bench, site) = (start(config).await, Site::new());
        let subscription = subscribe(&bench, json!({"application_server_key": site.key(), "number": 7})).await;
        let own = bench.sim.web_push_subscription(7, Some(&site.key())).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&own).unwrap(), subscription);
        let created = send(&bench, &site, &subscription, "m-1").await;
        assert_eq!(created.status(), 201);
        assert_eq!(created.headers()["ttl"], "3600");
        assert!(created.headers()["location"].to_str().unwrap().contains("/message/"));
        let line: Value = serde_json::from_str(&bench.admin_text("messages?channel=web_push").await).unwrap();
        for (field, value) in [
            ("recipient", "7"),
            ("message_id", "m-1"),
            ("title", "Pizza"),
            ("text", "Tonight"),
            ("link", "https://brand.example/p/1"),
            ("collapse_key", "run-7"),
        ] {
            assert_eq!(line[field], value, "{field}");
        }
        assert_eq!(
            line["detail"],
            json!({"ttl": 3600, "urgency": "normal", "tag": "run-7"})
        );
        send(&bench, &site, &subscription, "m-1").await;
        assert_eq!(bench.counts("web_push").await, [2, 0, 1, 1]);
    }
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused() {
    let (bench, site) = (start(SimulatorConfig::default()).await, Site::new());
    let subscription = subscribe(&bench, json!({"application_server_key": site.key()})).await;
    let root = bench.sim.web_push_url().unwrap();
    let good = || request(&bench, &site, &subscription, encrypt(&subscription, &payload("m")));
    let with = |name: &str, value: &str| {
        let mut request = good().build().unwrap();
        request
            .headers_mut()
            .remove(name.parse::<reqwest::header::HeaderName>().unwrap());
        if !value.is_empty() {
            let name: reqwest::header::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        request
    };
    let other = subscribe(&bench, json!({"application_server_key": site.key()})).await;
    let misdirected = request(&bench, &site, &subscription, encrypt(&other, &payload("m")));
    let long = request(&bench, &site, &subscription, vec![0; 4097]);
    let (aud, sub) = (root.as_str(), "https://brand.example");
    for (request, status) in [
        (good().build().unwrap(), 201),
        (with("ttl", ""), 400),
        (with("topic", "not a topic"), 400),
        (with("content-encoding", "aesgcm"), 400),
        (with("authorization", ""), 401),
        (with("authorization", &Site::new().authorization(aud, 12, sub)), 403),
        (
            with("authorization", &site.authorization("https://other.example", 12, sub)),
            403,
        ),
        (with("authorization", &site.authorization(aud, 25, sub)), 403),
        (with("authorization", &site.authorization(aud, -1, sub)), 403),
        (with("authorization", &site.authorization(aud, 12, "me")), 403),
        (with("authorization", &site.authorization(aud, 24, sub)), 201),
        (misdirected.build().unwrap(), 400),
        (long.build().unwrap(), 413),
        (bench.client.post(format!("{root}/unknown")).build().unwrap(), 404),
        (bench.client.get(format!("{root}/push/1/any")).build().unwrap(), 405),
    ] {
        let shown = format!("{:?}", request.headers());
        assert_eq!(bench.client.execute(request).await.unwrap().status(), status, "{shown}");
    }
    assert_eq!(bench.counts("web_push").await[..2], [2, 13]);
}

#[tokio::test]
async fn faults_come_by_magic_and_by_chance() {
    let (bench, site) = (start(SimulatorConfig::default()).await, Site::new());
    for (magic, first, second) in [
        ("sim:410", 410, 410),
        ("sim:404-once", 404, 201),
        ("sim:429-once", 429, 201),
        ("sim:406", 406, 406),
        ("sim:503-once", 503, 201),
    ] {
        let subscription = subscribe(&bench, json!({"application_server_key": site.key(), "magic": magic})).await;
        for status in [first, second] {
            let answer = send(&bench, &site, &subscription, magic).await;
            assert_eq!(answer.status(), status, "{magic}");
            assert_eq!(answer.headers().contains_key("retry-after"), status == 429);
        }
    }
    let lost = subscribe(
        &bench,
        json!({"application_server_key": site.key(), "magic": "sim:reset-after"}),
    )
    .await;
    let body = encrypt(&lost, &payload("lost"));
    assert!(request(&bench, &site, &lost, body).send().await.is_err());
    let accepted = bench.counts("web_push").await[0];
    assert_eq!(
        accepted, 4,
        "three after their first failure, and the one whose reply was lost"
    );
    let faults = json!({"web_push": {"own": {"not_acceptable": 1.0}}});
    assert_eq!(bench.faults(faults).await.status(), 204);
    let subscription = subscribe(&bench, json!({"application_server_key": site.key()})).await;
    assert_eq!(send(&bench, &site, &subscription, "by chance").await.status(), 406);
}

/// What Firefox says and hears, in its order.
/// The next message of the socket.
async fn hear(socket: &mut tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>) -> Value {
    let message = socket.next().await.unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

#[tokio::test]
async fn a_browser_on_the_socket_gets_its_messages_encrypted() {
    let (bench, site) = (start(SimulatorConfig::default()).await, Site::new());
    let addr = bench.sim.addr("web_push_browsers").unwrap();
    let come = async |hello: Value| {
        let stream = tokio::net::TcpStream::connect(addr).await.unwrap();
        let (mut socket, _) = tokio_tungstenite::client_async(format!("ws://{addr}/"), stream)
            .await
            .unwrap();
        socket.send(Message::text(hello.to_string())).await.unwrap();
        socket
    };
    let mut socket = come(json!({"messageType": "hello", "broadcasts": {}, "use_webpush": true})).await;
    let hello = hear(&mut socket).await;
    assert_eq!(
        (hello["status"].as_u64(), hello["use_webpush"].as_bool()),
        (Some(200), Some(true))
    );
    let register = json!({"messageType": "register", "channelID": "c-1", "key": site.key()});
    socket.send(Message::text(register.to_string())).await.unwrap();
    let registered = hear(&mut socket).await;
    assert_eq!(
        (registered["channelID"].as_str(), registered["status"].as_u64()),
        (Some("c-1"), Some(200))
    );
    let keys = PrivateKey::generate(&ECDH_P256).unwrap().compute_public_key().unwrap();
    let subscription =
        json!({"endpoint": registered["pushEndpoint"], "keys": {"p256dh": b64(keys), "auth": b64([1; 16])}});
    let body = encrypt(&subscription, b"secret");
    assert_eq!(
        request(&bench, &site, &subscription, body.clone())
            .send()
            .await
            .unwrap()
            .status(),
        201
    );
    let heard = hear(&mut socket).await;
    assert_eq!(heard["messageType"], "notification");
    assert_eq!(heard["headers"]["encoding"], "aes128gcm");
    assert_eq!(heard["data"], b64(&body));
    // It disconnects without a word, reconnects and gets what it has not acknowledged.
    drop(socket);
    let mut socket = come(json!({"messageType": "hello", "uaid": hello["uaid"], "use_webpush": true})).await;
    assert_eq!(hear(&mut socket).await["uaid"], hello["uaid"]);
    let again = hear(&mut socket).await;
    assert_eq!(again["version"], heard["version"]);
    let ack =
        json!({"messageType": "ack", "updates": [{"channelID": "c-1", "version": again["version"], "code": 100}]});
    let unregister = json!({"messageType": "unregister", "channelID": "c-1", "code": 200});
    for said in [ack, json!({}), unregister] {
        socket.send(Message::text(said.to_string())).await.unwrap();
    }
    assert_eq!(hear(&mut socket).await, json!({}), "a ping is answered");
    assert_eq!(hear(&mut socket).await["messageType"], "unregister");
    assert_eq!(
        request(&bench, &site, &subscription, body)
            .send()
            .await
            .unwrap()
            .status(),
        410
    );
}
