//! A second factor: switched on by its code, asked for at the login, good once.

use crate::people_world::{Browser, PASSWORD, browser, refusal};
use crate::world::{World, answer};
use bellhop_domain::Timestamp;
use bellhop_domain::role::Role;
use serde_json::{Value, json};
use std::time::Duration;

/// What an authenticator shows, written a second time on purpose.
fn code(secret: &str, at: Timestamp) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret
        .chars()
        .map(|c| format!("{:05b}", letters.find(c).unwrap()))
        .collect();
    let key: Vec<u8> = (0..20)
        .map(|i| u8::from_str_radix(&bits[i * 8..i * 8 + 8], 2).unwrap())
        .collect();
    let step = (at.0 / 30_000).to_be_bytes();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let mac = aws_lc_rs::hmac::sign(&key, &step);
    let mac = mac.as_ref();
    let at = (mac[19] & 15) as usize;
    let number = u32::from_be_bytes([mac[at], mac[at + 1], mac[at + 2], mac[at + 3]]) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

struct WithFactor {
    world: World,
    who: Browser,
    secret: String,
    recovery: Vec<String>,
}

/// Somebody whose second factor is on.
async fn with_factor() -> WithFactor {
    let world = World::new().await;
    let before = world.person(Role::Marketer).await;
    let other = browser(world.log_in(&before.email, PASSWORD).send().await.unwrap()).await;
    let step = |who: &Browser, body: Value| who.asks(world.post("/v1/session/totp")).json(&body);
    let early = answer(step(&before, json!({ "code": "123456" }))).await;
    assert_eq!(early.1["errors"][0]["code"], "totp_not_begun");
    let (status, proposed) = answer(step(&before, json!({ "password": PASSWORD }))).await;
    assert_eq!((status, &proposed["on"]), (200, &json!(false)), "{proposed}");
    let secret = proposed["secret"].as_str().unwrap().to_owned();
    assert!(
        proposed["url"]
            .as_str()
            .unwrap()
            .starts_with("otpauth://totp/Bellhop%20brand:")
    );
    // It counts for nothing before a code has proven it.
    assert_eq!(
        world.log_in(&before.email, PASSWORD).send().await.unwrap().status(),
        200
    );
    let wrong = answer(step(&before, json!({ "code": "000000" }))).await;
    assert_eq!(wrong.1["errors"][0]["code"], "totp_code_wrong");
    let on = step(&before, json!({ "code": code(&secret, world.now()) }))
        .send()
        .await
        .unwrap();
    let cookie = crate::people_world::cookie_of(&on).unwrap();
    let on: Value = on.json().await.unwrap();
    let recovery: Vec<String> = serde_json::from_value(on["recovery_codes"].clone()).unwrap();
    assert_eq!((on["on"].as_bool(), recovery.len()), (Some(true), 10));
    for old in [&before, &other] {
        assert_eq!(
            refusal(old.sends(world.get("/v1/session"))).await.0,
            401,
            "the session goes on under another token"
        );
    }
    let csrf = on["csrf"].as_str().unwrap().to_owned();
    let who = Browser { cookie, csrf, ..before };
    assert_eq!(who.sends(world.get("/v1/session")).send().await.unwrap().status(), 200);
    WithFactor {
        world,
        who,
        secret,
        recovery,
    }
}

impl WithFactor {
    async fn tries(&self, code: Option<&str>) -> (u16, String) {
        let mut body = json!({ "email": self.who.email, "password": PASSWORD });
        if let Some(code) = code {
            body["code"] = json!(code);
        }
        refusal(self.world.post("/v1/session").json(&body)).await
    }
}

#[tokio::test]
async fn a_code_is_asked_for_and_good_once() {
    let it = with_factor().await;
    assert_eq!(it.tries(None).await, (401, "code_needed".to_owned()));
    assert_eq!(it.tries(Some("")).await, (401, "code_needed".to_owned()));
    let refused = (401, "login_refused".to_owned());
    // The one that switched it on is used.
    assert_eq!(it.tries(Some(&code(&it.secret, it.world.now()))).await, refused);
    it.world.pass(Duration::from_secs(30));
    let next = code(&it.secret, it.world.now());
    assert_eq!(it.tries(Some("000000")).await, refused);
    assert_eq!(it.tries(Some(&next)).await.0, 200);
    assert_eq!(it.tries(Some(&next)).await, refused, "a replay");
    // Without the password no code is even looked at.
    let wrong = json!({ "email": it.who.email, "password": "a guess of mine" });
    assert_eq!(refusal(it.world.post("/v1/session").json(&wrong)).await, refused);
}

#[tokio::test]
async fn a_recovery_code_is_good_once() {
    let it = with_factor().await;
    let typed = it.recovery[3].to_lowercase();
    assert_eq!(it.tries(Some(&typed)).await.0, 200);
    assert_eq!(it.tries(Some(&it.recovery[3])).await, (401, "login_refused".to_owned()));
    assert_eq!(it.tries(Some(&it.recovery[4])).await.0, 200);
}

#[tokio::test]
async fn codes_are_not_found_by_trying() {
    let it = with_factor().await;
    let mut last = String::new();
    for i in 0..12 {
        last = it.tries(Some(&format!("{i:06}"))).await.1;
    }
    assert_eq!(last, "logins_too_many");
    it.world.pass(Duration::from_secs(60));
    assert_eq!(
        it.tries(Some(&code(&it.secret, it.world.now()))).await.0,
        429,
        "the right one neither"
    );
}

#[tokio::test]
async fn it_is_switched_off_by_the_password_or_by_a_new_link() {
    let it = with_factor().await;
    let end = |password: &str| {
        it.who
            .asks(it.world.delete("/v1/session/totp"))
            .json(&json!({ "password": password }))
    };
    assert_eq!(
        answer(end("a guess of mine")).await.1["errors"][0]["code"],
        "password_wrong"
    );
    assert_eq!(it.tries(None).await.1, "code_needed");
    assert_eq!(answer(end(PASSWORD)).await.0, 200);
    assert_eq!(it.tries(None).await.0, 200);
    let again = with_factor().await;
    let admin = again.world.person(Role::Administrator).await;
    let path = format!("/v1/people/{}/link", again.who.person);
    assert_eq!(answer(admin.asks(again.world.post(&path))).await.0, 200);
    assert_eq!(refusal(again.who.sends(again.world.get("/v1/session"))).await.0, 401);
    assert_eq!(again.tries(None).await.0, 200);
}
