use super::{NOW, short};
use crate::config::process_environment;
use crate::test_server::{Reply, Seen, TestServer};
use crate::{Content, OutgoingMessage, Provider, Severity, registry};
use bellhop_domain::{Outcome, Timestamp};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

const SEND: &str = "/v1/projects/brand/messages:send";
const TOKEN: &str = "/token";

/// RSA keys take long to make, so all tests share one.
static KEY: LazyLock<rcgen::KeyPair> =
    LazyLock::new(|| rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap());

struct Setup {
    provider: Arc<dyn Provider>,
    _key: tempfile::NamedTempFile,
}

fn fcm(server: &TestServer) -> Setup {
    let key = tempfile::NamedTempFile::new().unwrap();
    let account = serde_json::json!({
        "type": "service_account",
        "project_id": "brand",
        "private_key_id": "key-1",
        "private_key": KEY.serialize_pem(),
        "client_email": "bellhop@brand.iam.gserviceaccount.com",
        "token_uri": "http://169.254.169.254/never-asked",
    });
    std::fs::write(key.path(), account.to_string()).unwrap();
    let mut section = serde_json::json!({
        "key_file": key.path(),
        "base_url": server.url(),
        "token_uri": format!("{}{TOKEN}", server.url()),
        "connections": 1,
        "http": {"timeout_seconds": 10},
    });
    if server.tls {
        section["http"]["ca_file"] = serde_json::json!(server.ca_file);
    }
    Setup {
        provider: registry::build("fcm", &section, &process_environment).unwrap(),
        _key: key,
    }
}

fn granted(token: &str) -> Reply {
    Reply::json(
        200,
        format!(r#"{{"access_token":"{token}","expires_in":3600,"token_type":"Bearer"}}"#),
    )
}

fn taken() -> Reply {
    Reply::json(200, r#"{"name":"projects/brand/messages/m1"}"#)
}

/// A server that grants a token and answers a message by `send`.
async fn sending(send: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> TestServer {
    TestServer::plain(move |request| match request.path.as_str() {
        TOKEN => granted("t"),
        _ => send(request),
    })
    .await
}

fn accepted() -> Outcome {
    Outcome::Accepted {
        provider_id: Some("m1".to_owned()),
        cost: None,
        parts: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_cold_sends_fetch_one_token_over_one_tls_connection() {
    let server = TestServer::tls(|request| match request.path.as_str() {
        TOKEN => Reply::Late(
            Duration::from_millis(100),
            200,
            r#"{"access_token":"abc","expires_in":"3599"}"#.into(),
        ),
        _ => taken(),
    })
    .await;
    let setup = fcm(&server);
    let sends = (0..100).map(|_| {
        let provider = Arc::clone(&setup.provider);
        tokio::spawn(async move { provider.send(&short()).await })
    });
    for send in sends.collect::<Vec<_>>() {
        assert_eq!(send.await.unwrap(), accepted());
    }
    assert_eq!(server.seen(TOKEN).len(), 1);
    let sent = server.seen(SEND);
    assert_eq!(sent.len(), 100);
    for request in &sent {
        assert_eq!(request.version, hyper::Version::HTTP_2);
        assert_eq!(request.authorization, "Bearer abc");
        assert_eq!(request.content_type, "application/json");
    }
    assert_eq!(server.connections(), 2, "one for the token, one for all messages");
}

#[tokio::test]
async fn the_key_is_exchanged_by_a_signed_assertion() {
    let server = sending(|_| taken()).await;
    let setup = fcm(&server);
    setup.provider.send(&short()).await;
    let request = &server.seen(TOKEN)[0];
    let form: Vec<(String, String)> = form_urlencoded::parse(request.body.as_bytes()).into_owned().collect();
    assert_eq!(form[0].1, "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.set_audience(&["https://oauth2.googleapis.com/token"]);
    rules.validate_exp = false;
    let public = jsonwebtoken::DecodingKey::from_rsa_pem(KEY.public_key_pem().as_bytes()).unwrap();
    let assertion = jsonwebtoken::decode::<serde_json::Value>(&form[1].1, &public, &rules).unwrap();
    assert_eq!(assertion.header.kid.as_deref(), Some("key-1"));
    assert_eq!(
        assertion.claims,
        serde_json::json!({
            "iss": "bellhop@brand.iam.gserviceaccount.com",
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "aud": "https://oauth2.googleapis.com/token",
            "iat": NOW.0 / 1000,
            "exp": NOW.0 / 1000 + 3600,
        })
    );
}

#[tokio::test]
async fn a_token_is_renewed_five_minutes_before_its_end() {
    let server = sending(|_| taken()).await;
    let setup = fcm(&server);
    for (minutes, fetched) in [(0, 1), (54, 1), (56, 2), (57, 2), (180, 3)] {
        let message = OutgoingMessage {
            now: Timestamp(NOW.0 + minutes * 60_000),
            ..short()
        };
        assert_eq!(setup.provider.send(&message).await, accepted());
        assert_eq!(server.seen(TOKEN).len(), fetched, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn a_failed_renewal_leaves_the_token_that_still_serves() {
    let grants = AtomicUsize::new(0);
    let server = TestServer::plain(move |request| match request.path.as_str() {
        TOKEN if grants.fetch_add(1, Ordering::SeqCst) == 0 => granted("first"),
        TOKEN => Reply::json(503, ""),
        _ => taken(),
    })
    .await;
    let setup = fcm(&server);
    let later = OutgoingMessage {
        now: Timestamp(NOW.0 + 56 * 60_000),
        ..short()
    };
    assert_eq!(setup.provider.send(&short()).await, accepted());
    assert_eq!(setup.provider.send(&later).await, accepted());
    assert_eq!(server.seen(TOKEN).len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let grants = AtomicUsize::new(0);
    let server = TestServer::plain(move |request| match request.path.as_str() {
        TOKEN => granted(&format!("t{}", grants.fetch_add(1, Ordering::SeqCst))),
        _ if request.authorization == "Bearer t1" => taken(),
        _ => Reply::json(401, r#"{"error":{"code":401,"status":"UNAUTHENTICATED"}}"#),
    })
    .await;
    let setup = fcm(&server);
    assert_eq!(setup.provider.send(&short()).await, accepted());
    assert_eq!((server.seen(TOKEN).len(), server.seen(SEND).len()), (2, 2));
}

#[tokio::test]
async fn credentials_that_are_refused_again_are_misconfigured_without_a_storm_of_fetches() {
    let server = sending(|_| Reply::json(401, "")).await;
    let setup = fcm(&server);
    for _ in 0..5 {
        let outcome = setup.provider.send(&short()).await;
        assert!(matches!(outcome, Outcome::Misconfigured { .. }), "{outcome:?}");
    }
    assert_eq!(server.seen(TOKEN).len(), 2);
}

#[tokio::test]
async fn the_token_endpoints_failures_are_told_apart() {
    for (status, body, retried) in [
        (500, "", true),
        (503, "<html>", true),
        (429, "", true),
        (408, "", true),
        (400, r#"{"error":"temporarily_unavailable"}"#, true),
        (400, r#"{"error":"internal_failure"}"#, true),
        (
            400,
            r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#,
            false,
        ),
        (401, r#"{"error":"invalid_client"}"#, false),
        (200, "<html>", false),
    ] {
        let server = TestServer::plain(move |_| Reply::json(status, body)).await;
        let outcome = fcm(&server).provider.send(&short()).await;
        match outcome {
            Outcome::Retry { .. } if retried => {}
            Outcome::Misconfigured { .. } if !retried => {}
            other => panic!("{status} {body}: {other:?}"),
        }
        assert_eq!(server.seen(SEND).len(), 0);
    }
}

#[tokio::test]
async fn a_failed_fetch_answers_for_the_sends_right_after_it() {
    let server = TestServer::plain(|_| Reply::json(503, "")).await;
    let setup = fcm(&server);
    let at = |ms: i64| OutgoingMessage {
        now: Timestamp(NOW.0 + ms),
        ..short()
    };
    for (ms, fetches) in [(0, 1), (10, 1), (1999, 1), (2000, 2)] {
        setup.provider.send(&at(ms)).await;
        assert_eq!(server.seen(TOKEN).len(), fetches, "{ms} ms later");
    }
}

#[tokio::test]
async fn lost_answers_are_unknown_and_refused_streams_are_tried_again() {
    let server = sending(|_| Reply::Lost).await;
    let outcome = fcm(&server).provider.send(&short()).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(
        server.seen(SEND).len(),
        1,
        "a request that may have been taken is not repeated"
    );

    let server = sending(|_| Reply::Refused).await;
    let outcome = fcm(&server).provider.send(&short()).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
}

#[tokio::test]
async fn no_connection_means_nothing_was_sent() {
    let server = sending(|_| taken()).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap().port();
    drop(listener);
    let mut section = serde_json::json!({
        "key_file": "", "base_url": format!("http://127.0.0.1:{closed}"), "token_uri": format!("{}{TOKEN}", server.url()),
    });
    let setup = fcm(&server);
    section["key_file"] = serde_json::json!(setup._key.path());
    let provider = registry::build("fcm", &section, &process_environment).unwrap();
    let outcome = provider.send(&short()).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_token_is_given_up_only_once_the_run_is_proven() {
    let server = sending(|request| {
        if request.body.contains("bad-token") {
            let violation = r#"{"fieldViolations":[{"field":"message.token"}]}"#;
            let details = format!(r#"[{{"errorCode":"INVALID_ARGUMENT"}},{violation}]"#);
            Reply::json(
                400,
                format!(r#"{{"error":{{"status":"INVALID_ARGUMENT","details":{details}}}}}"#),
            )
        } else {
            taken()
        }
    })
    .await;
    let setup = fcm(&server);
    let bad = OutgoingMessage {
        address: "bad-token",
        ..short()
    };
    let other_run = OutgoingMessage {
        collapse_key: "run-8",
        ..bad
    };
    assert!(matches!(setup.provider.send(&bad).await, Outcome::Failed { .. }));
    assert_eq!(setup.provider.send(&short()).await, accepted());
    assert!(matches!(setup.provider.send(&bad).await, Outcome::RecipientGone { .. }));
    assert!(matches!(setup.provider.send(&other_run).await, Outcome::Failed { .. }));
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_sent() {
    let server = sending(|_| taken()).await;
    let setup = fcm(&server);
    let text = OutgoingMessage {
        content: Content::Text("an SMS"),
        ..short()
    };
    assert!(matches!(setup.provider.send(&text).await, Outcome::Rejected { .. }));
    let long = "x".repeat(5000);
    let long = OutgoingMessage {
        customer: Some(&long),
        ..short()
    };
    assert!(matches!(setup.provider.send(&long).await, Outcome::Failed { .. }));
    assert_eq!(server.seen(SEND).len(), 0);
}

#[tokio::test]
async fn the_doctor_learns_whether_the_key_is_taken() {
    let good = sending(|_| taken()).await;
    assert_eq!(fcm(&good).provider.check().await[0].severity, Severity::Fine);
    assert_eq!(good.seen(SEND).len(), 0);
    let bad = TestServer::plain(|_| Reply::json(400, r#"{"error":"invalid_grant"}"#)).await;
    let findings = fcm(&bad).provider.check().await;
    assert_eq!(findings[0].severity, Severity::Error);
    assert!(findings[0].what.contains("invalid_grant"), "{findings:?}");
}

#[test]
fn mistakes_in_the_section_are_named() {
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), "{}").unwrap();
    let path = key.path();
    for (section, word) in [
        (serde_json::json!({}), "key_file"),
        (
            serde_json::json!({"key_file": "/no/such/file"}),
            "cannot read /no/such/file",
        ),
        (serde_json::json!({"key_file": path}), "not a service account key"),
        (
            serde_json::json!({"key_file": path, "keyfile": "x"}),
            "unknown field `keyfile`",
        ),
    ] {
        let error = registry::build("fcm", &section, &process_environment)
            .err()
            .unwrap()
            .to_string();
        assert!(error.starts_with("fcm: ") && error.contains(word), "{error}");
    }
}
