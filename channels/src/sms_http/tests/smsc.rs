//! PROVIDERS.md §4.7.

use super::{ATTEMPT, NOW, environment, provider, sms, smsc, smsc_section};
use crate::test_server::{Reply, TestServer};
use crate::{Content, LookUpAnswer, OutgoingMessage, Push, Receipt, ReceiptFor, ReceiptStatus, Severity, registry};
use bellhop_domain::{Money, Outcome, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

const SEND: &str = "/sys/send.php";
const TAKEN: &str = r#"{"id":"0000000000g-1","cnt":2,"cost":"5.98","balance":"100.02"}"#;

async fn answering(status: u16, body: &'static str) -> TestServer {
    TestServer::plain(move |_| Reply::json(status, body)).await
}

fn fields(body: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn a_send_over_tls() {
    let server = TestServer::tls(|_| Reply::json(200, TAKEN)).await;
    let outcome = smsc(&server).send(&sms()).await;
    let expected = Outcome::Accepted {
        provider_id: Some("0000000000g-1".to_owned()),
        cost: Some(Money(59_800)),
        parts: Some(2),
    };
    assert_eq!(outcome, expected);
    let request = &server.seen(SEND)[0];
    assert_eq!(
        (
            request.method.as_str(),
            request.content_type.as_str(),
            request.query.as_str()
        ),
        ("POST", "application/x-www-form-urlencoded", "")
    );
    let expected = [
        ("charset", "utf-8"),
        ("cost", "3"),
        ("fmt", "3"),
        ("id", "0000000000g-1"),
        ("login", "brand"),
        ("mes", "Пицца & кофе: -50%"),
        ("phones", "+79990000000"),
        ("psw", "p&ss"),
        ("valid", "01:30"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(fields(&request.body), BTreeMap::from(expected));
}

#[tokio::test]
async fn optional_settings_are_sent_where_given() {
    let server = answering(200, TAKEN).await;
    let mut section = smsc_section(&server.url());
    section["values"]["sender"] = json!("BRAND");
    section["send"] = json!({"form": {"valid": "", "tinyurl": "1"}});
    provider(&section).send(&sms()).await;
    let sent = fields(&server.seen(SEND)[0].body);
    assert_eq!((sent["sender"].as_str(), sent["tinyurl"].as_str()), ("BRAND", "1"));
    assert!(
        !sent.contains_key("valid"),
        "an empty text takes the preset's field away"
    );
}

#[tokio::test]
async fn validity_is_between_a_minute_and_a_day() {
    let server = answering(200, TAKEN).await;
    let gateway = smsc(&server);
    for (seconds, valid) in [
        (-1, "00:01"),
        (59, "00:01"),
        (3_599, "00:59"),
        (86_400, "24:00"),
        (864_000, "24:00"),
    ] {
        let message = OutgoingMessage {
            expires: Timestamp(NOW.0 + seconds * 1000),
            ..sms()
        };
        gateway.send(&message).await;
        assert_eq!(
            fields(&server.seen(SEND).last().unwrap().body)["valid"],
            valid,
            "{seconds} s"
        );
    }
}

#[tokio::test]
async fn every_error_code() {
    type Check = fn(&Outcome) -> bool;
    let rejected: Check = |o| matches!(o, Outcome::Rejected { .. });
    let stopped: Check = |o| matches!(o, Outcome::Misconfigured { .. });
    let gone: Check = |o| matches!(o, Outcome::RecipientGone { since: None, .. });
    let in_a_minute: Check = |o| matches!(o, Outcome::Retry { after: Some(wait), .. } if wait.as_secs() == 60);
    let rows = [
        (1, rejected),
        (2, stopped),
        (3, stopped),
        (4, stopped),
        (5, rejected),
        (6, rejected),
        (7, gone),
        (8, gone),
        (9, in_a_minute),
        // not in the table: if all messages get it, the run stops
        (77, rejected),
    ];
    for (code, expected) in rows {
        let reply = move |_: &_| Reply::json(200, format!(r#"{{"error":"words","error_code":{code},"id":"17"}}"#));
        let server = TestServer::plain(reply).await;
        let outcome = smsc(&server).send(&sms()).await;
        assert!(expected(&outcome), "{code}: {outcome:?}");
        assert!(
            format!("{outcome:?}").contains(&format!("error {code}: ")),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn http_errors_and_unreadable_replies() {
    for (status, body, class) in [
        // A proxy in front of the gateway may say so even after the gateway has accepted it.
        (503, "", "Unknown"),
        (503, "<html>", "Unknown"),
        (303, "", "Unknown"),
        (429, "", "Throttled"),
        (500, "<html>", "Unknown"),
        (502, "<html>", "Unknown"),
        (504, "", "Unknown"),
        (400, "", "Rejected"),
        (404, "<html>", "Misconfigured"),
        (403, "", "Misconfigured"),
        (302, "", "Misconfigured"),
        // accepted or not? nobody knows
        (200, "", "Unknown"),
        (200, "<html>", "Unknown"),
        (200, "{}", "Unknown"),
        (200, r#"{"id":null}"#, "Unknown"),
        // a code in the body says more than the status
        (500, r#"{"error_code":3}"#, "Misconfigured"),
    ] {
        let server = answering(status, body).await;
        let outcome = format!("{:?}", smsc(&server).send(&sms()).await);
        assert!(outcome.starts_with(class), "{status} {body}: {outcome}");
    }
}

#[tokio::test]
async fn retry_after_is_kept() {
    let server = TestServer::plain(|_| Reply::With(429, ("retry-after", "30"), String::new())).await;
    let outcome = smsc(&server).send(&sms()).await;
    assert!(
        matches!(outcome, Outcome::Throttled { after: Some(wait), .. } if wait == Duration::from_secs(30)),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_lost_reply_is_unknown_and_asked_for_once() {
    let server = TestServer::plain(|_| Reply::Lost).await;
    let outcome = smsc(&server).send(&sms()).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(server.seen(SEND).len(), 1);
}

#[tokio::test]
async fn a_reply_lost_on_a_kept_connection_is_not_repeated_either() {
    let server = TestServer::plain(|request| match fields(&request.body)["mes"].as_str() {
        "first" => Reply::json(200, TAKEN),
        _ => Reply::Lost,
    })
    .await;
    let gateway = smsc(&server);
    let text = |text| OutgoingMessage {
        content: Content::Text(text),
        ..sms()
    };
    assert!(matches!(gateway.send(&text("first")).await, Outcome::Accepted { .. }));
    assert!(matches!(gateway.send(&text("second")).await, Outcome::Unknown { .. }));
    assert_eq!((server.seen(SEND).len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn no_connection_means_nothing_was_sent_and_no_reason_holds_a_secret() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let mut section = smsc_section(&format!("http://{closed}"));
    section["send"] = json!({"query": {"psw": "{password}", "to": "{phone}"}});
    let outcome = provider(&section).send(&sms()).await;
    let Outcome::Retry { why, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(!why.contains("p%26ss") && !why.contains("7999"), "{why}");
}

#[tokio::test]
async fn a_push_is_not_an_sms() {
    let server = answering(200, TAKEN).await;
    let push = OutgoingMessage {
        content: Content::Push(Push::default()),
        ..sms()
    };
    assert!(matches!(smsc(&server).send(&push).await, Outcome::Rejected { .. }));
    assert_eq!(server.seen(SEND).len(), 0);
}

#[tokio::test]
async fn look_ups() {
    let found = |status| {
        LookUpAnswer::Found(Receipt {
            attempt: ReceiptFor::Ours(ATTEMPT),
            status,
            at: Some(Timestamp(1_772_355_700_000)),
            cost: None,
        })
    };
    let undelivered = |why: &str, gone| {
        found(ReceiptStatus::Undelivered {
            why: why.to_owned(),
            gone,
        })
    };
    let rejected = |why: &str| found(ReceiptStatus::Rejected { why: why.to_owned() });
    for (code, expected) in [
        (-3, LookUpAnswer::NotFound),
        (-2, undelivered("status -2: stopped", false)),
        (-1, found(ReceiptStatus::Pending)),
        (0, found(ReceiptStatus::Pending)),
        (1, found(ReceiptStatus::Delivered)),
        (2, found(ReceiptStatus::Delivered)),
        (3, undelivered("status 3: expired", false)),
        (4, found(ReceiptStatus::Delivered)),
        (20, undelivered("status 20: cannot be delivered", false)),
        (22, undelivered("status 22: wrong number", true)),
        (23, rejected("status 23: forbidden")),
        (24, rejected("status 24: no money on the account")),
        (25, undelivered("status 25: number cannot be reached", false)),
    ] {
        let body = format!(r#"{{"status":{code},"last_date":"x","last_timestamp":1772355700}}"#);
        let server = TestServer::plain(move |_| Reply::json(200, body.clone())).await;
        let gateway = smsc(&server);
        let look_up = gateway.look_up().unwrap();
        assert_eq!(look_up.look_up(ATTEMPT, "+79990000000", NOW).await, expected, "{code}");
        let asked = fields(&server.seen("/sys/status.php")[0].body);
        assert_eq!(
            (asked["id"].as_str(), asked["phone"].as_str()),
            ("0000000000g-1", "+79990000000")
        );
        assert_eq!(look_up.interval(), Duration::from_secs(15));
    }
}

#[tokio::test]
async fn look_ups_without_an_answer() {
    for (reply, wait) in [
        (r#"{"error":"too often","error_code":9}"#, Some(60)),
        (r#"{"error":"login","error_code":2}"#, None),
        (r#"{"status":99}"#, None),
        ("<html>", None),
    ] {
        let server = answering(200, reply).await;
        let gateway = smsc(&server);
        let answer = gateway.look_up().unwrap().look_up(ATTEMPT, "+79990000000", NOW).await;
        let LookUpAnswer::NoAnswer { after, .. } = answer else {
            panic!("{reply}: {answer:?}")
        };
        assert_eq!(after, wait.map(Duration::from_secs), "{reply}");
    }
    let server = TestServer::plain(|_| Reply::Lost).await;
    let answer = smsc(&server)
        .look_up()
        .unwrap()
        .look_up(ATTEMPT, "+79990000000", NOW)
        .await;
    assert!(matches!(answer, LookUpAnswer::NoAnswer { .. }), "{answer:?}");
}

#[tokio::test]
async fn the_doctor_misses_the_reports_secret() {
    let mut section = smsc_section("https://smsc.ru");
    assert_eq!(provider(&section).check().await.len(), 1);
    section["secrets"].as_object_mut().unwrap().remove("reports");
    let gateway = provider(&section);
    assert!(gateway.webhook().is_none());
    assert_eq!(gateway.check().await[1].severity, Severity::Warning);
}

#[test]
fn mistakes_in_the_section_are_named() {
    let with = |key: &str, value| {
        let mut section = smsc_section("https://smsc.ru");
        section[key] = value;
        section
    };
    for (section, words) in [
        (
            with("preset", json!("smsru")),
            "there is no preset \"smsru\"; known are kannel, sms_ru, smsc_ru, twilio",
        ),
        (with("values", json!({})), "{login} is not set"),
        (with("secrets", json!({})), "{password} is not set"),
        (
            with("secrets", json!({"password": {"env": "NO_SUCH"}})),
            "secrets.password: the environment variable NO_SUCH",
        ),
        (
            with("secrets", json!({"password": "plain"})),
            "secrets.password: is not a reference to a secret",
        ),
        (with("base_url", json!("ftp://smsc.ru")), "neither http nor https"),
        (with("bodytemplate", json!("x")), "unknown field `bodytemplate`"),
        (with("send", json!({"form": {"mes": "{txt}"}})), "{txt} is not set"),
        (
            with("send", json!({"reply": {"id": "id"}})),
            "\"id\" is not a JSON pointer",
        ),
        (with("send", json!({"json": {"a": 1}})), "either a form or a json body"),
        (with("http", json!({"timeout_seconds": 1})), "at least 10"),
        (json!({}), "missing field `base_url`"),
    ] {
        let error = registry::build("sms_http", &section, &environment)
            .err()
            .unwrap()
            .to_string();
        assert!(error.starts_with("sms_http: ") && error.contains(words), "{error}");
    }
}
