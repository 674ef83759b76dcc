//! WAHA and Green-API against the simulator: two implementations from the same documentation agree.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use bellhop_channels::outgoing::{Content, Media, OutgoingMessage, WhatsApp};
use bellhop_channels::{
    AttemptKey, Event, Provider, ReceiptFor, ReceiptStatus, Severity, WebhookError, WebhookRequest, registry,
};
use bellhop_domain::incoming::{HealthState, InboundContent, MediaKind};
use bellhop_domain::{MessageId, Outcome, Timestamp};
use bellhop_simulator::{
    CallbackConfig, Channel, GreenApiConfig, LinkedPhoneConfig, Running, Simulator, SimulatorConfig, WahaConfig,
};
use bellhop_tests::patience::eventually;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const PATIENCE: Duration = Duration::from_secs(120);
const PHONE: &str = "+79990000000";

/// A gateway with a guest who reads and answers, and what it told us.
struct Setup {
    simulator: Running,
    provider: Arc<dyn Provider>,
    heard: Heard,
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(HeaderMap, Bytes)>>>);

async fn hear(State(heard): State<Heard>, headers: HeaderMap, body: Bytes) -> StatusCode {
    heard.lock().push((headers, body));
    StatusCode::OK
}

impl Heard {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(HeaderMap, Bytes)>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn environment(name: &str) -> Option<String> {
    match name {
        "WAHA_KEY" => Some("sim-waha-key".to_owned()),
        "GREEN_TOKEN" => Some("simgreentoken".to_owned()),
        "HOOK" => Some("secret".to_owned()),
        _ => None,
    }
}

impl Setup {
    async fn start(lane: Channel) -> Result<Self> {
        let (webhook, guests) = (
            CallbackConfig {
                delay_ms: [1, 5],
                ..CallbackConfig::default()
            },
            LinkedPhoneConfig {
                read: 1.0,
                answer: 1.0,
                answers: vec!["СТОП".to_owned()],
            },
        );
        let waha = WahaConfig {
            webhook: webhook.clone(),
            guests: guests.clone(),
            ..WahaConfig::default()
        };
        let green_api = GreenApiConfig {
            webhook,
            guests,
            ..GreenApiConfig::default()
        };
        let simulator = Simulator::start(SimulatorConfig {
            waha: Some(waha),
            green_api: Some(green_api),
            ..SimulatorConfig::default()
        })
        .await?;
        let section = match lane {
            Channel::Waha => json!({
                "base_url": simulator.waha_url(), "api_key": {"env": "WAHA_KEY"}, "webhook_key": {"env": "HOOK"},
            }),
            _ => json!({
                "base_url": simulator.green_api_url(), "instance": "1101000001",
                "token": {"env": "GREEN_TOKEN"}, "webhook_token": {"env": "HOOK"},
            }),
        };
        let heard = Heard::default();
        let router = Router::new().route("/", post(hear)).with_state(heard.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        simulator.set_callback_url(lane, Some(format!("http://{}", listener.local_addr()?)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            simulator,
            provider: registry::build(lane.name(), &section, &environment)?,
            heard,
        })
    }

    async fn send(&self, address: &str, content: WhatsApp<'_>) -> Outcome {
        let now = Timestamp::now();
        let message = OutgoingMessage {
            attempt: AttemptKey {
                message: MessageId(1),
                lease: 1,
            },
            address,
            content: Content::WhatsApp(content),
            collapse_key: "run-1",
            expires: now.plus(Duration::from_secs(3600)),
            now,
            last_inbound: None,
            customer: None,
        };
        self.provider.send(&message).await
    }

    async fn tell(&self, path: &str, body: Value) -> Result<()> {
        let url = format!("{}/_sim/{path}", self.simulator.admin_url());
        reqwest::Client::new()
            .post(url)
            .json(&body)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// Everything that the provider reads in the calls that have come so far.
    fn events(&self) -> Result<Vec<Event>> {
        let calls = self.heard.lock().clone();
        let mut events = Vec::new();
        for (headers, body) in &calls {
            events.extend(self.parse(headers, body)?);
        }
        Ok(events)
    }

    fn parse(&self, headers: &HeaderMap, body: &[u8]) -> Result<Vec<Event>, WebhookError> {
        let request = WebhookRequest {
            url: "http://127.0.0.1/",
            query: "",
            headers,
            body,
        };
        match self.provider.webhook() {
            Some(webhook) => webhook.parse(&request),
            None => Err(WebhookError::Unreadable("the provider has no webhook".to_owned())),
        }
    }

    async fn event<T>(&self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> Result<T> {
        eventually(what, PATIENCE, async || Ok(self.events()?.iter().find_map(&mut pick))).await
    }
}

fn provider_id(outcome: Outcome) -> Result<String> {
    match outcome {
        Outcome::Accepted {
            provider_id: Some(id), ..
        } => Ok(id),
        other => anyhow::bail!("not accepted with an id: {other:?}"),
    }
}

/// A text, its receipts up to "read", the guest's answer that quotes it, and a forged call.
async fn a_conversation(lane: Channel) -> Result<()> {
    let setup = Setup::start(lane).await?;
    let findings = setup.provider.check().await;
    ensure!(findings.iter().all(|it| it.severity == Severity::Fine), "{findings:?}");
    let id = provider_id(setup.send(PHONE, WhatsApp::Text("Столик ждёт")).await)?;
    for wanted in [ReceiptStatus::Pending, ReceiptStatus::Delivered, ReceiptStatus::Read] {
        let receipt = |event: &Event| match event {
            Event::Receipt(receipt) if receipt.status == wanted => Some(receipt.attempt.clone()),
            _ => None,
        };
        let attempt = setup.event(&format!("{wanted:?}"), receipt).await?;
        ensure!(attempt == ReceiptFor::Provider(id.clone()), "{attempt:?} is not {id}");
    }
    let inbound = |event: &Event| match event {
        Event::Inbound(inbound) => Some(inbound.clone()),
        _ => None,
    };
    let inbound = setup.event("the guest's answer", inbound).await?;
    ensure!(
        inbound.from == PHONE && inbound.answers.as_ref() == Some(&id),
        "{inbound:?}"
    );
    ensure!(
        inbound.content == InboundContent::Text("СТОП".to_owned()),
        "{inbound:?}"
    );
    a_forgery(&setup)
}

fn a_forgery(setup: &Setup) -> Result<()> {
    let (mut headers, body) = setup.heard.lock().first().cloned().context("no call came")?;
    setup.parse(&headers, &body)?;
    let names = ["x-webhook-hmac", "authorization"];
    let name = names
        .into_iter()
        .find(|name| headers.contains_key(*name))
        .context("nothing proves the call")?;
    let right = headers[name].to_str()?.to_owned();
    let last = if right.ends_with('0') { "1" } else { "0" };
    headers.insert(name, format!("{}{last}", &right[..right.len() - 1]).parse()?);
    ensure!(
        setup.parse(&headers, &body) == Err(WebhookError::BadSignature),
        "a forged call is believed"
    );
    headers.remove(name);
    ensure!(
        setup.parse(&headers, &body) == Err(WebhookError::BadSignature),
        "a bare call is believed"
    );
    Ok(())
}

#[tokio::test]
async fn a_conversation_over_waha() -> Result<()> {
    a_conversation(Channel::Waha).await
}

#[tokio::test]
async fn a_conversation_over_green_api() -> Result<()> {
    a_conversation(Channel::GreenApi).await
}

#[tokio::test]
async fn a_picture_arrives_in_the_ledger_over_both() -> Result<()> {
    for lane in [Channel::Waha, Channel::GreenApi] {
        let setup = Setup::start(lane).await?;
        let media = Media {
            kind: MediaKind::Image,
            url: "https://cdn.example/menu.png",
            caption: Some("Меню"),
            filename: None,
        };
        provider_id(setup.send(PHONE, WhatsApp::Media(media)).await)?;
        let url = format!("{}/_sim/messages?channel={}", setup.simulator.admin_url(), lane.name());
        let lines = reqwest::get(url).await?.text().await?;
        let line: Value = serde_json::from_str(lines.trim())?;
        ensure!(
            line["link"] == "https://cdn.example/menu.png" && line["text"] == "Меню",
            "{line}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_number_without_whatsapp_is_gone_at_waha_before_and_at_green_api_after_the_send() -> Result<()> {
    let waha = Setup::start(Channel::Waha).await?;
    let outcome = waha.send("+79990009002", WhatsApp::Text("x")).await;
    ensure!(matches!(outcome, Outcome::RecipientGone { .. }), "{outcome:?}");
    let accepted = waha
        .simulator
        .summary()
        .channels
        .get(Channel::Waha)
        .map(|it| it.accepted);
    ensure!(accepted == Some(0), "{accepted:?}");
    let green = Setup::start(Channel::GreenApi).await?;
    let id = provider_id(green.send("+79990009002", WhatsApp::Text("x")).await)?;
    let gone = |event: &Event| match event {
        Event::Receipt(receipt) if matches!(receipt.status, ReceiptStatus::Undelivered { gone: true, .. }) => {
            Some(receipt.attempt.clone())
        }
        _ => None,
    };
    let attempt = green.event("noAccount", gone).await?;
    ensure!(attempt == ReceiptFor::Provider(id), "{attempt:?}");
    Ok(())
}

#[tokio::test]
async fn a_lost_session_stops_the_sender_and_its_return_lets_it_work() -> Result<()> {
    for (lane, path, lost, back) in [
        (Channel::Waha, "waha/session", "SCAN_QR_CODE", "WORKING"),
        (Channel::GreenApi, "green_api/state", "notAuthorized", "authorized"),
    ] {
        let setup = Setup::start(lane).await?;
        let health = |wanted| {
            move |event: &Event| match event {
                Event::Health(health) if health.state == wanted => Some(health.why.clone()),
                _ => None,
            }
        };
        setup.tell(path, json!({"state": lost})).await?;
        let why = setup.event("the session is lost", health(HealthState::Stopped)).await?;
        ensure!(why.contains("scan the QR code"), "{why}");
        let outcome = setup.send(PHONE, WhatsApp::Text("x")).await;
        ensure!(
            matches!(&outcome, Outcome::Misconfigured { why } if why.contains("scan")),
            "{outcome:?}"
        );
        ensure!(setup.provider.check().await[0].severity == Severity::Error);
        setup.tell(path, json!({"state": back})).await?;
        setup.event("the session is back", health(HealthState::Working)).await?;
        provider_id(setup.send(PHONE, WhatsApp::Text("x")).await)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_reply_that_is_lost_after_the_message_was_taken_is_unknown() -> Result<()> {
    for lane in [Channel::Waha, Channel::GreenApi] {
        let setup = Setup::start(lane).await?;
        let outcome = setup.send("+79990009006", WhatsApp::Text("x")).await;
        ensure!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
        let accepted = setup.simulator.summary().channels.get(lane).map(|it| it.accepted);
        ensure!(accepted == Some(1), "{accepted:?}");
    }
    Ok(())
}
