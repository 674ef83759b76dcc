use super::{DEVICE, NOW, TEAM, minutes, new_key, short};
use crate::config::process_environment;
use crate::test_server::{Reply, Seen, TestServer};
use crate::{Content, OutgoingMessage, Provider, registry};
use bellhop_domain::outcome::ThrottleScope;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const PATH: &str = "/3/device/00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
const ECHO: (&str, &str) = ("apns-id", "eabeae54-14a8-11e5-b60b-1697f925ec7b");

struct Setup {
    provider: Arc<dyn Provider>,
    _key: tempfile::NamedTempFile,
}

/// A provider with a key of its own, whose two hosts are `production` and `sandbox`.
fn apns(production: &TestServer, sandbox: &TestServer) -> Setup {
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), new_key().serialize_pem()).unwrap();
    let mut section = serde_json::json!({
        "key": {"file": key.path()},
        "key_id": "ABC123DEFG",
        "team_id": TEAM,
        "topic": "com.example.app",
        "production_url": production.url(),
        "sandbox_url": sandbox.url(),
        "connections": 1,
        "http": {"timeout_seconds": 10},
    });
    if production.tls {
        section["http"]["ca_file"] = serde_json::json!(production.ca_file);
    }
    Setup {
        provider: registry::build("apns", &section, &process_environment).unwrap(),
        _key: key,
    }
}

async fn server(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (TestServer, Setup) {
    let server = TestServer::plain(script).await;
    let setup = apns(&server, &server);
    (server, setup)
}

fn taken() -> Reply {
    Reply::With(200, ECHO, String::new())
}

fn refused(status: u16, reason: &str) -> Reply {
    Reply::json(status, format!(r#"{{"reason":"{reason}"}}"#))
}

fn accepted() -> Outcome {
    Outcome::Accepted {
        provider_id: Some(ECHO.1.to_owned()),
        cost: None,
        parts: None,
    }
}

fn after(minute: u64) -> OutgoingMessage<'static> {
    OutgoingMessage {
        now: NOW.plus(minutes(minute)),
        ..short()
    }
}

/// How many different tokens the server has seen.
fn tokens(server: &TestServer) -> usize {
    let mut seen: Vec<_> = server
        .seen(PATH)
        .into_iter()
        .map(|request| request.authorization)
        .collect();
    seen.dedup();
    seen.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_cold_sends_use_one_token_and_one_tls_connection() {
    let server = TestServer::tls(|_| taken()).await;
    let setup = apns(&server, &server);
    assert_eq!(setup.provider.kind(), EndpointKind::Apns);
    let sends = (0..100).map(|_| {
        let provider = Arc::clone(&setup.provider);
        tokio::spawn(async move { provider.send(&short()).await })
    });
    for send in sends.collect::<Vec<_>>() {
        assert_eq!(send.await.unwrap(), accepted());
    }
    let sent = server.seen(PATH);
    assert_eq!((sent.len(), tokens(&server), server.connections()), (100, 1, 1));
    for request in &sent {
        assert_eq!(
            (request.method.as_str(), request.version),
            ("POST", hyper::Version::HTTP_2)
        );
        assert!(request.authorization.starts_with("bearer ey"));
        assert_eq!(request.headers["apns-topic"], "com.example.app");
        assert_eq!(request.headers["apns-push-type"], "alert");
        assert_eq!(request.headers["apns-collapse-id"], "run-7");
    }
}

#[tokio::test]
async fn a_connections_first_request_goes_alone() {
    let (late, quick) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (seen_late, seen_quick) = (Arc::clone(&late), Arc::clone(&quick));
    let (server, setup) = server(move |request| {
        if request.headers["apns-collapse-id"] == "first" {
            seen_late.fetch_add(1, Ordering::SeqCst);
            Reply::Late(Duration::from_millis(300), 200, String::new())
        } else {
            seen_quick.fetch_add(1, Ordering::SeqCst);
            taken()
        }
    })
    .await;
    let (provider, other) = (Arc::clone(&setup.provider), Arc::clone(&setup.provider));
    let first = tokio::spawn(async move {
        let first = OutgoingMessage {
            collapse_key: "first",
            ..short()
        };
        provider.send(&first).await
    });
    while late.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let second = tokio::spawn(async move { other.send(&short()).await });
    while !first.is_finished() {
        let early = quick.load(Ordering::SeqCst) > 0;
        assert!(!early || first.is_finished(), "the second waits for the first's answer");
        tokio::task::yield_now().await;
    }
    assert_eq!(second.await.unwrap(), accepted());
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn the_prefix_of_the_address_chooses_the_host() {
    let production = TestServer::plain(|_| refused(400, "BadDeviceToken")).await;
    let sandbox = TestServer::plain(|_| taken()).await;
    let setup = apns(&production, &sandbox);
    let address = format!("sandbox:{DEVICE}");
    let developer = OutgoingMessage {
        address: &address,
        ..short()
    };
    assert_eq!(setup.provider.send(&developer).await, accepted());
    // A success in the sandbox proves nothing about production.
    let outcome = setup.provider.send(&short()).await;
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    assert_eq!((production.seen(PATH).len(), sandbox.seen(PATH).len()), (1, 1));
}

#[tokio::test]
async fn a_token_is_given_up_only_once_the_host_is_proven() {
    let (_server, setup) = server(|request| match request.path.ends_with("/bad0") {
        true => refused(400, "BadDeviceToken"),
        false => taken(),
    })
    .await;
    let bad = OutgoingMessage {
        address: "bad0",
        ..short()
    };
    assert!(matches!(setup.provider.send(&bad).await, Outcome::Failed { .. }));
    assert_eq!(setup.provider.send(&short()).await, accepted());
    assert!(matches!(setup.provider.send(&bad).await, Outcome::RecipientGone { .. }));
}

#[tokio::test]
async fn an_expired_token_is_renewed_at_once_and_on_a_new_connection() {
    let requests = AtomicUsize::new(0);
    let (server, setup) = server(move |_| match requests.fetch_add(1, Ordering::SeqCst) {
        1 => refused(403, "ExpiredProviderToken"),
        _ => taken(),
    })
    .await;
    assert_eq!(setup.provider.send(&after(0)).await, accepted());
    assert_eq!(setup.provider.send(&after(25)).await, accepted());
    assert_eq!(
        (server.seen(PATH).len(), tokens(&server), server.connections()),
        (3, 2, 2)
    );
}

#[tokio::test]
async fn a_young_token_that_is_called_expired_is_tried_on_a_new_connection_and_then_it_is_the_clock() {
    let (server, setup) = server(|_| refused(403, "ExpiredProviderToken")).await;
    for sends in 1..=3 {
        let outcome = setup.provider.send(&short()).await;
        assert!(
            matches!(&outcome, Outcome::Misconfigured { why } if why.contains("clock")),
            "{outcome:?}"
        );
        assert_eq!(
            (server.seen(PATH).len(), tokens(&server)),
            (2, 1),
            "send {sends}: nothing more goes"
        );
    }
    assert_eq!(server.connections(), 2);
    // A minute later one push checks whether the clock is right by now.
    for _ in 0..3 {
        let outcome = setup.provider.send(&after(1)).await;
        assert!(matches!(outcome, Outcome::Misconfigured { .. }), "{outcome:?}");
    }
    assert_eq!((server.seen(PATH).len(), server.connections()), (3, 2));
}

/// Of all pushes under way when Apple calls a fresh token expired, only one tries a new connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_all_that_are_under_way_go_again_with_the_same_token() {
    const UNDER_WAY: usize = 200;
    let requests = AtomicUsize::new(0);
    let (server, setup) = server(move |_| match requests.fetch_add(1, Ordering::SeqCst) {
        0 => taken(),
        // All are refused once all have arrived.
        _ => Reply::Late(
            Duration::from_millis(500),
            403,
            r#"{"reason":"ExpiredProviderToken"}"#.to_owned(),
        ),
    })
    .await;
    assert_eq!(setup.provider.send(&short()).await, accepted());
    let sends: Vec<_> = (0..UNDER_WAY)
        .map(|_| {
            let provider = Arc::clone(&setup.provider);
            tokio::spawn(async move { provider.send(&short()).await })
        })
        .collect();
    let (mut waiting, mut clock) = (0, 0);
    for send in sends {
        match send.await.unwrap() {
            Outcome::Throttled {
                scope: ThrottleScope::Sender,
                ..
            } => waiting += 1,
            Outcome::Misconfigured { why } if why.contains("clock") => clock += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(waiting + clock, UNDER_WAY);
    assert!(clock >= 1, "{waiting} wait, {clock} know that it is the clock");
    let seen = server.seen(PATH).len();
    assert!(seen <= 1 + UNDER_WAY + 1, "{seen} requests for {UNDER_WAY} pushes");
}

#[tokio::test]
async fn after_too_many_tokens_the_lane_waits_and_keeps_its_token() {
    let (server, setup) = server(|_| refused(429, "TooManyProviderTokenUpdates")).await;
    for minute in [0, 46, 50] {
        match setup.provider.send(&after(minute)).await {
            Outcome::Throttled { scope, after, .. } => {
                assert_eq!((scope, after), (ThrottleScope::Sender, Some(minutes(20))));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(tokens(&server), 1, "at 50 minutes it would else have been renewed");
}

#[tokio::test]
async fn a_connection_of_no_more_use_is_left() {
    for (status, reason) in [(400, "IdleTimeout"), (503, "Shutdown"), (403, "UnrelatedKeyIdInToken")] {
        let requests = AtomicUsize::new(0);
        let (server, setup) = server(move |_| match requests.fetch_add(1, Ordering::SeqCst) {
            0 => refused(status, reason),
            _ => taken(),
        })
        .await;
        let outcome = setup.provider.send(&short()).await;
        assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
        assert_eq!(setup.provider.send(&short()).await, accepted());
        assert_eq!((server.connections(), tokens(&server)), (2, 1), "{reason}");
    }
}

#[tokio::test]
async fn however_often_a_server_shuts_down_a_connection_lives_ten_seconds() {
    let requests = AtomicUsize::new(0);
    let (server, setup) = server(move |_| match requests.fetch_add(1, Ordering::SeqCst) {
        0 | 1 | 3 | 5 => refused(503, "Shutdown"),
        _ => taken(),
    })
    .await;
    // In the last two rows the clock was set back by an hour, which makes nothing young.
    for (second, is_taken, connections) in [
        (0, false, 1),
        (1, false, 2),
        (2, true, 2),
        (12, false, 2),
        (13, true, 3),
        (-3600, false, 3),
        (-3599, true, 4),
    ] {
        let message = OutgoingMessage {
            now: Timestamp(NOW.0 + second * 1000),
            ..short()
        };
        let outcome = setup.provider.send(&message).await;
        assert_eq!(outcome == accepted(), is_taken, "{second} s: {outcome:?}");
        assert_eq!(server.connections(), connections, "{second} s");
    }
}

#[tokio::test]
async fn a_fresh_token_that_is_called_expired_on_a_young_connection_is_not_sent_again() {
    let requests = AtomicUsize::new(0);
    let (server, setup) = server(move |_| match requests.fetch_add(1, Ordering::SeqCst) {
        0 => taken(),
        1 => refused(503, "Shutdown"),
        _ => refused(403, "ExpiredProviderToken"),
    })
    .await;
    assert_eq!(setup.provider.send(&after(0)).await, accepted());
    let shut = OutgoingMessage {
        now: NOW.plus(minutes(47)).minus(Duration::from_secs(5)),
        ..short()
    };
    assert!(matches!(setup.provider.send(&shut).await, Outcome::Retry { .. }));
    // The token is renewed with this one.
    let outcome = setup.provider.send(&after(47)).await;
    assert!(matches!(outcome, Outcome::Misconfigured { .. }), "{outcome:?}");
    assert_eq!(
        (server.seen(PATH).len(), tokens(&server), server.connections()),
        (3, 2, 2)
    );
}

#[tokio::test]
async fn lost_answers_are_unknown_and_refused_streams_are_tried_again() {
    let (lost, setup) = server(|_| Reply::Lost).await;
    let outcome = setup.provider.send(&short()).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(lost.seen(PATH).len(), 1, "what may have been taken is not repeated");

    let (_refusing, setup) = server(|_| Reply::Refused).await;
    let outcome = setup.provider.send(&short()).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
}

#[tokio::test]
async fn no_connection_means_nothing_was_sent() {
    let mut server = TestServer::plain(|_| taken()).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    server.port = listener.local_addr().unwrap().port();
    drop(listener);
    let outcome = apns(&server, &server).provider.send(&short()).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_sent() {
    let (server, setup) = server(|_| taken()).await;
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
    let strange = OutgoingMessage {
        address: "dGhpcyBpcyBiYXNlNjQ=",
        ..short()
    };
    assert!(matches!(
        setup.provider.send(&strange).await,
        Outcome::RecipientGone { .. }
    ));
    assert_eq!(server.connections(), 0);
}
