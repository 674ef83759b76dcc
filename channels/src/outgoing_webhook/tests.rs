//! Against a scripted server, and a table that was made by the library that the standard's authors publish.

use super::*;
use crate::test_server::{Reply, Seen, TestServer};
use bellhop_domain::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

const NOW: Timestamp = Timestamp(1_614_265_330_999);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn signer(secrets: &[&str]) -> Signer {
    let secrets: Vec<SecretString> = secrets.iter().map(|it| SecretString::from(*it)).collect();
    Signer::new(&secrets).unwrap()
}

/// The first is the standard's own test vector; the others were made by `standardwebhooks` 1.1 of PyPI, which makes the first
/// too: `Webhook(secret).sign(id, at, body)`.
#[test]
fn signatures_are_those_of_the_published_library() {
    for (secrets, id, at, body, expected) in [
        (
            &[SECRET][..],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            &[OTHER],
            "msg_2",
            1,
            r#"{"имя":"Анна"}"#,
            "v1,7NZrn34hW8QTI6UVOJ6tq95EMwu3ve3bDs0GlW+yj70=",
        ),
        (
            &[OTHER, SECRET],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
            "v1,78nXHjpFP0tVJQW5D0SBwmVyyW87BV/rL6MgfM/Bw44= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
    ] {
        assert_eq!(signer(secrets).sign(id, at, body), expected, "{id}");
    }
}

#[test]
fn a_new_secret_is_one_and_another_text_is_none() {
    let made = new_secret([7; 32]);
    assert!(made.expose_secret().starts_with("whsec_"));
    assert!(Signer::new([&made]).is_ok());
    for text in [
        "",
        "whsec_",
        "whsec_!!!",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_c2hvcnQ=",
    ] {
        assert!(Signer::new([&SecretString::from(text)]).is_err(), "{text:?}");
    }
}

#[test]
fn private_addresses_and_plain_http_are_refused() {
    let caller = WebhookCaller::new(&["127.0.0.1:8030".to_owned()]).unwrap();
    for url in [
        "https://loyalty.example/hook?x=1",
        "https://8.8.8.8/",
        "https://loyalty.example:8443/",
        "http://127.0.0.1:8030/",
    ] {
        assert!(caller.admit(url).is_ok(), "{url}");
    }
    for (url, words) in [
        ("http://loyalty.example/", "begins with http:"),
        ("ftp://loyalty.example/", "begins with ftp:"),
        ("https://user:word@loyalty.example/", "names a user"),
        ("https://10.0.0.1/", "10.0.0.1 is not"),
        ("https://127.0.0.1/", "127.0.0.1 is not"),
        ("http://127.0.0.1:8031/", "begins with http:"),
        ("https://169.254.169.254/latest", "169.254.169.254 is not"),
        ("https://[::1]/", "[::1] is not"),
        ("https://[::ffff:10.0.0.1]/", "is not an address"),
        ("https://2130706433/", "127.0.0.1 is not"),
        ("loyalty", "not a URL"),
    ] {
        let told = caller.admit(url).unwrap_err().to_string();
        assert!(told.contains(words) && !told.contains("latest"), "{url}: {told}");
    }
}

async fn call(server: &TestServer, path: &str) -> Answer {
    let caller = WebhookCaller::new(&[format!("127.0.0.1:{}", server.port)]).unwrap();
    let url = format!("http://127.0.0.1:{}{path}", server.port);
    let call = Call {
        url: &url,
        id: "msg_1",
        body: r#"{"a":1}"#,
        now: NOW,
    };
    caller.call(&call, &signer(&[SECRET])).await
}

#[tokio::test]
async fn a_call_has_the_headers_of_the_standard() {
    let server = TestServer::plain(|seen: &Seen| {
        let header = |name: &str| seen.headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(
            (header("webhook-id"), header("webhook-timestamp")),
            ("msg_1".to_owned(), "1614265330".to_owned())
        );
        assert_eq!(
            header("webhook-signature"),
            signer(&[SECRET]).sign("msg_1", 1_614_265_330, &seen.body)
        );
        assert_eq!(
            (seen.method.as_str(), seen.content_type.as_str()),
            ("POST", "application/json")
        );
        Reply::json(204, "")
    })
    .await;
    let answer = call(&server, "/hook").await;
    assert!(answer.is_taken(), "{answer:?}");
}

#[tokio::test]
async fn only_a_yes_is_one_and_a_redirect_is_not_followed() {
    let server = TestServer::plain(|seen: &Seen| match seen.path.as_str() {
        "/redirected" => Reply::With(307, ("location", "/taken"), String::new()),
        "/taken" => Reply::json(200, "{}"),
        "/gone" => Reply::json(410, "gone"),
        "/long" => Reply::json(500, "я".repeat(1_000)),
        _ => Reply::Lost,
    })
    .await;
    for (path, status, taken, words) in [
        ("/taken", Some(200), true, "{}"),
        ("/redirected", Some(307), false, "redirects are not followed"),
        ("/gone", Some(410), false, "gone"),
        ("/long", Some(500), false, "яяя"),
        ("/lost", None, false, ""),
    ] {
        let answer = call(&server, path).await;
        assert_eq!(
            (answer.status, answer.is_taken()),
            (status, taken),
            "{path}: {answer:?}"
        );
        assert!(
            answer.words.contains(words) && answer.words.chars().count() <= 200,
            "{path}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_name_that_points_into_our_network_is_not_called() {
    let caller = WebhookCaller::new(&[]).unwrap();
    let call = Call {
        url: "https://localhost:8443/",
        id: "msg_1",
        body: "{}",
        now: NOW,
    };
    let answer = tokio::time::timeout(Duration::from_secs(60), caller.call(&call, &signer(&[SECRET]))).await;
    let answer = answer.unwrap();
    assert!(answer.words.contains("no address of the public Internet"), "{answer:?}");
}
