use super::browser::Browser;
use super::{NOW, PIZZA, message};
use crate::config::process_environment;
use crate::test_server::{Reply, Seen, TestServer};
use crate::web_push::VapidKey;
use crate::{Content, OutgoingMessage, Provider, Severity, registry};
use bellhop_domain::outcome::ThrottleScope;
use bellhop_domain::{Outcome, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const PUSH: &str = "/push/1";

struct Site {
    key: VapidKey,
    _file: tempfile::NamedTempFile,
    section: Value,
}

impl Site {
    fn of(server: &TestServer) -> Self {
        let key = VapidKey::generate().unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), key.to_pem().expose_secret()).unwrap();
        let mut section = json!({
            "vapid_key": {"file": file.path()},
            "subject": "mailto:push@brand.example",
            "test_hosts": [format!("127.0.0.1:{}", server.port)],
            "http": {"timeout_seconds": 10},
        });
        if server.tls {
            section["http"]["ca_file"] = json!(server.ca_file);
        }
        Self {
            key,
            _file: file,
            section,
        }
    }

    fn provider(&self) -> Arc<dyn Provider> {
        registry::build("web_push", &self.section, &process_environment).unwrap()
    }
}

fn created() -> Reply {
    Reply::With(201, ("location", "https://push.example/message/m-1"), String::new())
}

fn accepted() -> Outcome {
    Outcome::Accepted {
        provider_id: Some("m-1".to_owned()),
        cost: None,
        parts: None,
    }
}

fn subscription(server: &TestServer, browser: &Browser) -> String {
    browser.subscription(&format!("{}{PUSH}", server.url()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_is_what_the_browser_reads() {
    let server = TestServer::tls(|_| created()).await;
    let (site, browser) = (Site::of(&server), Browser::new());
    let address = subscription(&server, &browser);
    assert_eq!(site.provider().send(&message(&address, PIZZA)).await, accepted());
    let [request] = &server.seen(PUSH)[..] else { panic!() };
    assert_eq!(request.method, "POST");
    assert_eq!(request.version, hyper::Version::HTTP_2);
    let header = |name: &str| request.headers.get(name).map(|v| v.to_str().unwrap());
    assert_eq!(header("content-encoding"), Some("aes128gcm"));
    assert_eq!(header("content-type"), Some("application/octet-stream"));
    assert_eq!(header("content-length"), Some(request.bytes.len().to_string().as_str()));
    assert_eq!(header("ttl"), Some("3600"));
    assert_eq!(header("urgency"), Some("normal"));
    assert_eq!(header("topic"), Some("run-7"));
    assert!(request.authorization.starts_with("vapid t="));
    assert!(request.authorization.ends_with(&format!(",k={}", site.key.public())));
    let shown: Value = serde_json::from_slice(&browser.decrypt(&request.bytes).unwrap()).unwrap();
    assert_eq!(shown["notification"]["title"], "Pizza");
    assert_eq!(shown["notification"]["navigate"], "https://brand.example/p/abc");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_sends_carry_one_token_and_a_hundred_keys() {
    let server = TestServer::tls(|_| created()).await;
    let (site, browser) = (Site::of(&server), Browser::new());
    let (provider, address) = (site.provider(), subscription(&server, &browser));
    // The connection must exist before the flood, because a cold flood opens several.
    provider.send(&message(&address, PIZZA)).await;
    let sends = (0..100).map(|_| {
        let (provider, address) = (Arc::clone(&provider), address.clone());
        tokio::spawn(async move { provider.send(&message(&address, PIZZA)).await })
    });
    for send in sends.collect::<Vec<_>>() {
        assert_eq!(send.await.unwrap(), accepted());
    }
    let seen = server.seen(PUSH);
    assert_eq!((seen.len(), server.connections()), (101, 1));
    assert!(
        seen.iter()
            .all(|request| request.authorization == seen[0].authorization)
    );
    let keys: std::collections::HashSet<_> = seen.iter().map(|request| request.bytes.slice(21..86)).collect();
    assert_eq!(keys.len(), 101);
}

#[tokio::test]
async fn lost_answers_are_unknown_and_refused_streams_are_tried_again() {
    for (lost, unknown) in [(true, true), (false, false)] {
        let server = TestServer::tls(move |_| if lost { Reply::Lost } else { Reply::Refused }).await;
        let address = subscription(&server, &Browser::new());
        let outcome = Site::of(&server).provider().send(&message(&address, PIZZA)).await;
        match outcome {
            Outcome::Unknown { .. } if unknown => assert_eq!(server.seen(PUSH).len(), 1, "never repeated"),
            Outcome::Retry { .. } if !unknown => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn no_connection_means_nothing_was_sent() {
    let server = TestServer::plain(|_| created()).await;
    let mut site = Site::of(&server);
    site.section["test_hosts"] = json!(["127.0.0.1"]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let address = Browser::new().subscription(&format!("http://{closed}/x"));
    let outcome = site.provider().send(&message(&address, PIZZA)).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = TestServer::plain(|request| match request.path.as_str() {
        PUSH => Reply::With(301, ("location", "/elsewhere"), String::new()),
        _ => created(),
    })
    .await;
    let address = subscription(&server, &Browser::new());
    let outcome = Site::of(&server).provider().send(&message(&address, PIZZA)).await;
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    assert_eq!(server.seen("/elsewhere").len(), 0);
}

/// `localhost` as the name of a push service acts like a name that was rebound before sending.
#[tokio::test]
async fn a_name_of_a_push_service_that_leads_into_our_network_is_not_called() {
    let server = TestServer::plain(|_| created()).await;
    let mut site = Site::of(&server);
    site.section["hosts"] = json!(["localhost"]);
    let address = Browser::new().subscription("https://localhost/push/1");
    let outcome = site.provider().send(&message(&address, PIZZA)).await;
    let Outcome::Misconfigured { why } = &outcome else {
        panic!("{outcome:?}")
    };
    assert!(why.contains("no public address"), "{why}");
    site.section["test_hosts"] = json!(["localhost"]);
    let address = Browser::new().subscription(&format!("http://localhost:{}{PUSH}", server.port));
    assert_eq!(
        site.provider().send(&message(&address, PIZZA)).await,
        accepted(),
        "a test host may"
    );
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_sent() {
    let server = TestServer::plain(|_| created()).await;
    let (provider, browser) = (Site::of(&server).provider(), Browser::new());
    let good = subscription(&server, &browser);
    let send = |message: OutgoingMessage<'static>| {
        let provider = Arc::clone(&provider);
        async move { provider.send(&message).await }
    };
    let leaked = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let good: &'static str = leaked(good);
    let text = OutgoingMessage {
        content: Content::Text("an SMS"),
        ..message(good, PIZZA)
    };
    assert!(matches!(send(text).await, Outcome::Rejected { .. }));
    let body = leaked("x".repeat(4000));
    let long = message(good, crate::WebPush { body, ..PIZZA });
    assert!(matches!(send(long).await, Outcome::Failed { .. }));
    let elsewhere = leaked(browser.subscription("https://10.0.0.7/secret"));
    assert!(matches!(send(message(elsewhere, PIZZA)).await, Outcome::Failed { .. }));
    let mut off_curve: Value = serde_json::from_str(good).unwrap();
    off_curve["keys"]["p256dh"] = json!(format!("B{}", "A".repeat(86)));
    for broken in [
        "",
        "{}",
        "a-token",
        r#"{"endpoint":"https://fcm.googleapis.com/x"}"#,
        r#"{"endpoint":"https://fcm.googleapis.com/x","keys":{"p256dh":"AAAA","auth":"AAAA"}}"#,
        r#"{"endpoint":"https://fcm.googleapis.com/x","keys":{"p256dh":"*","auth":"AAAA"}}"#,
        leaked(off_curve.to_string()),
    ] {
        let outcome = send(message(broken, PIZZA)).await;
        assert!(
            matches!(outcome, Outcome::RecipientGone { .. }),
            "{broken}: {outcome:?}"
        );
    }
    assert_eq!(server.seen(PUSH).len(), 0);
}

/// The answers of a push service where all subscriptions except those at `/old` were made with our key.
fn old_subscriptions(request: &Seen) -> Reply {
    match request.path.as_str() {
        "/old" => Reply::json(403, r#"{"reason":"VapidPkHashMismatch"}"#),
        _ => created(),
    }
}

#[tokio::test]
async fn our_own_wrong_key_costs_no_subscription() {
    let server = TestServer::plain(old_subscriptions).await;
    let mut site = Site::of(&server);
    let (provider, browser) = (site.provider(), Browser::new());
    let good = subscription(&server, &browser);
    let old = browser.subscription(&format!("{}/old", server.url()));
    for _ in 0..5 {
        let outcome = provider.send(&message(&old, PIZZA)).await;
        assert!(matches!(outcome, Outcome::Misconfigured { .. }), "{outcome:?}");
    }
    for _ in 0..60 {
        assert_eq!(provider.send(&message(&good, PIZZA)).await, accepted());
    }
    let outcome = provider.send(&message(&old, PIZZA)).await;
    assert!(matches!(outcome, Outcome::RecipientGone { .. }), "{outcome:?}");
    site.section["key_changed"] = json!(true);
    let outcome = site.provider().send(&message(&old, PIZZA)).await;
    assert!(matches!(outcome, Outcome::RecipientGone { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_service_that_blocks_us_is_left_alone_and_others_are_not() {
    let blocking = TestServer::plain(|_| Reply::json(406, "")).await;
    let other = TestServer::plain(|_| created()).await;
    let mut site = Site::of(&blocking);
    site.section["test_hosts"] = json!(["127.0.0.1"]);
    let (provider, browser) = (site.provider(), Browser::new());
    let (blocked, fine) = (subscription(&blocking, &browser), subscription(&other, &browser));
    let at = |minutes: i64, address| OutgoingMessage {
        now: Timestamp(NOW.0 + minutes * 60_000),
        ..message(address, PIZZA)
    };
    for (minutes, left, requests) in [(0, 60, 1), (15, 45, 1), (61, 60, 2)] {
        let outcome = provider.send(&at(minutes, &blocked)).await;
        let Outcome::Throttled { scope, after, .. } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            (scope, after),
            (ThrottleScope::Recipient, Some(Duration::from_secs(left * 60)))
        );
        assert_eq!(blocking.seen(PUSH).len(), requests);
    }
    assert_eq!(provider.send(&at(15, &fine)).await, accepted());
}

#[tokio::test]
async fn the_doctor_shows_the_public_key_and_warns_of_test_hosts() {
    let server = TestServer::plain(|_| created()).await;
    let mut site = Site::of(&server);
    // No URL of these hosts is known, so nobody is called.
    site.section["hosts"] = json!(["push.example"]);
    let findings = site.provider().check().await;
    assert!(findings[0].what.contains(&site.key.public()), "{findings:?}");
    assert_eq!(findings[0].severity, Severity::Fine);
    assert_eq!(findings[1].severity, Severity::Warning);
    assert_eq!((findings.len(), server.connections()), (2, 0));
}

#[tokio::test]
async fn mistakes_in_the_section_are_named() {
    let server = TestServer::plain(|_| created()).await;
    let site = Site::of(&server);
    for (key, value, word) in [
        (
            "vapid_key",
            json!({"file": "/no/such/file"}),
            "cannot read /no/such/file",
        ),
        (
            "vapid_key",
            json!("BEGIN PRIVATE KEY"),
            "vapid_key: is not a reference to a secret",
        ),
        ("vapid_key", json!({"file": server.ca_file.parent()}), "cannot read"),
        ("subject", json!("push@brand.example"), "mailto:"),
        ("subject", Value::Null, "string"),
        ("hosts", json!(["https://push.example"]), "without scheme"),
        ("hosts", json!(["*.push.example"]), "without scheme"),
        ("hosts", json!(["10.0.0.7"]), "without scheme"),
        ("test_hosts", json!(["http://127.0.0.1"]), "test_hosts"),
        ("urgency", json!("urgent"), "unknown variant"),
        ("vapid", json!(1), "unknown field `vapid`"),
    ] {
        let mut section = site.section.clone();
        section[key] = value;
        let error = registry::build("web_push", &section, &process_environment);
        let error = error.err().unwrap().to_string();
        assert!(error.starts_with("web_push: ") && error.contains(word), "{error}");
    }
}
