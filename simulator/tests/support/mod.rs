//! An independent client of the simulator: reqwest, and signing from the service account's JSON.
#![allow(dead_code, reason = "each test program uses a part")]

use std::time::Duration;

use bellhop_simulator::{FcmConfig, Running, Simulator, SimulatorConfig, Tls};
use chrono::Utc;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

pub const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
pub const AUDIENCE: &str = "https://oauth2.googleapis.com/token";

/// One RSA key for all tests of a program, because making one takes a second in a debug build.
static SERVICE_ACCOUNT: OnceCell<String> = OnceCell::const_new();

async fn service_account() -> &'static str {
    let make = async || {
        Simulator::start(SimulatorConfig::default())
            .await
            .unwrap()
            .service_account_json()
            .unwrap()
    };
    SERVICE_ACCOUNT.get_or_init(make).await
}

/// A running simulator and a client that trusts it.
pub struct Bench {
    pub sim: Running,
    pub client: Client,
    bearer: String,
    _folder: tempfile::TempDir,
}

impl Bench {
    pub async fn start(mut config: SimulatorConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if config.fcm.service_account_file.is_none() {
            let path = folder.path().join("service-account.json");
            std::fs::write(&path, service_account().await).unwrap();
            config.fcm = FcmConfig {
                service_account_file: Some(path),
                ..config.fcm
            };
        }
        let sim = Simulator::start(config).await.unwrap();
        let client = client(&sim, |builder| builder);
        let bearer = fetch_token(&sim, &client, claims(&sim))
            .await
            .json::<Value>()
            .await
            .unwrap();
        let bearer = bearer["access_token"].as_str().unwrap().to_owned();
        Self {
            sim,
            client,
            bearer,
            _folder: folder,
        }
    }

    pub async fn plain() -> Self {
        Self::start(SimulatorConfig::default()).await
    }

    pub fn request(&self, body: &Value) -> RequestBuilder {
        let url = format!("{}/v1/projects/bellhop-demo/messages:send", self.sim.fcm_url());
        self.client.post(url).bearer_auth(&self.bearer).json(body)
    }

    pub async fn push(&self, token: &str, id: &str) -> reqwest::Result<Response> {
        self.request(&push(token, id)).send().await
    }

    /// The status and JSON body of a push.
    pub async fn push_answer(&self, token: &str, id: &str) -> (u16, Value) {
        answer(self.push(token, id).await.unwrap()).await
    }

    pub async fn sms(&self, fields: &[(&str, &str)]) -> reqwest::Result<Response> {
        let account = [("login", "bellhop"), ("psw", "secret"), ("fmt", "3")];
        let form: Vec<_> = account.iter().chain(fields).collect();
        self.client
            .post(format!("{}/sys/send.php", self.sim.sms_url()))
            .form(&form)
            .send()
            .await
    }

    pub async fn sms_answer(&self, fields: &[(&str, &str)]) -> Value {
        answer(self.sms(fields).await.unwrap()).await.1
    }

    pub async fn admin(&self, path: &str) -> Value {
        let text = self.admin_text(path).await;
        serde_json::from_str(&text).unwrap()
    }

    pub async fn admin_text(&self, path: &str) -> String {
        let url = format!("{}/_sim/{path}", self.sim.admin_url());
        self.client.get(url).send().await.unwrap().text().await.unwrap()
    }

    pub async fn faults(&self, faults: Value) -> Response {
        self.client
            .put(format!("{}/_sim/faults", self.sim.admin_url()))
            .json(&faults)
            .send()
            .await
            .unwrap()
    }

    /// `accepted`, `refused`, `unique_recipients`, `duplicates` of a channel.
    pub async fn counts(&self, channel: &str) -> [u64; 4] {
        let summary = self.admin("summary").await;
        ["accepted", "refused", "unique_recipients", "duplicates"]
            .map(|name| summary["channels"][channel][name].as_u64().unwrap())
    }
}

pub async fn answer(response: Response) -> (u16, Value) {
    (response.status().as_u16(), response.json().await.unwrap())
}

/// A client that trusts the simulator's authority, if it has one.
pub fn client(sim: &Running, change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Client {
    let mut builder = Client::builder().timeout(Duration::from_secs(60));
    if let Some(path) = &sim.ca_pem {
        let authority = reqwest::Certificate::from_pem(&std::fs::read(path).unwrap()).unwrap();
        builder = builder.tls_certs_only([authority]);
    }
    change(builder).build().unwrap()
}

pub fn claims(sim: &Running) -> Value {
    let account: Value = serde_json::from_str(&sim.service_account_json().unwrap()).unwrap();
    let now = Utc::now().timestamp();
    json!({"iss": account["client_email"], "scope": SCOPE, "aud": AUDIENCE, "iat": now, "exp": now + 3600})
}

pub async fn fetch_token(sim: &Running, client: &Client, claims: Value) -> Response {
    let account: Value = serde_json::from_str(&sim.service_account_json().unwrap()).unwrap();
    let key = EncodingKey::from_rsa_pem(account["private_key"].as_str().unwrap().as_bytes()).unwrap();
    let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).unwrap();
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", &assertion),
    ];
    client
        .post(account["token_uri"].as_str().unwrap())
        .form(&form)
        .send()
        .await
        .unwrap()
}

pub fn push(token: &str, id: &str) -> Value {
    json!({"message": {
        "token": token,
        "notification": {"title": "We miss you", "body": "Come again"},
        "data": {"message_id": id, "customer_id": "c-1", "link": "https://example.com/t/1"},
        "android": {"collapse_key": id, "ttl": "3600s", "notification": {"tag": id}},
        "apns": {"headers": {"apns-collapse-id": id}},
    }})
}

pub fn tls(folder: &tempfile::TempDir) -> SimulatorConfig {
    SimulatorConfig {
        tls: Tls::SelfSigned {
            ca_file: folder.path().join("ca.pem"),
        },
        ..SimulatorConfig::default()
    }
}

/// Waits until a condition holds; fails when it does not within a minute.
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
