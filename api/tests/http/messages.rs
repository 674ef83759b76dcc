//! `POST /v1/messages`.

use crate::world::{LOGIN_CODE, NOW, PHONE, World, answer, launch_code, launch_on_demand, places};
use bellhop_domain::consent::WordSource;
use bellhop_domain::message::MessageState;
use bellhop_domain::{Channel, CustomerId, MailingId, MessageId, Purpose, Timestamp};
use bellhop_store::guests::{BlacklistMark, Consent, GuestBase, Scope};
use bellhop_store::ledger::{Commanding, Reading};
use serde_json::{Value, json};

const PATH: &str = "/v1/messages";

fn code(request: &str) -> Value {
    json!({"mailing": 2, "request_id": request, "customer_id": "c1", "values": {"code": "4711"}})
}

fn with(mut body: Value, key: &str, value: Value) -> Value {
    body[key] = value;
    body
}

fn id(answer: &Value) -> MessageId {
    answer["message_id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_message_goes_once_however_often_it_is_asked_for() {
    let world = World::new().await;
    let (status, first) = world.send(PATH, &code("a")).await;
    assert_eq!((status, &first["first"]), (202, &json!(true)), "{first}");
    let (status, again) = world.send(PATH, &code("a")).await;
    assert_eq!((status, &again["first"]), (202, &json!(false)));
    assert_eq!(id(&first), id(&again));
    let (_, other) = world.send(PATH, &code("b")).await;
    assert_ne!(
        id(&first),
        id(&other),
        "one address gets every message that is asked for"
    );
    let story = world.store.story(world.org, id(&first)).await.unwrap();
    assert_eq!(
        (story.state, story.step),
        (MessageState::Pending, 1),
        "the guest has a phone only"
    );
    let changed = with(code("a"), "values", json!({"code": "0815"}));
    let (status, problem) = world.send(PATH, &changed).await;
    assert_eq!((status, &problem["code"]), (409, &json!("request_id_taken")));
    assert_eq!(problem["params"], json!({"request_id": "a", "mailing": 2}));
}

#[tokio::test]
async fn a_phone_is_reached_whether_its_owner_is_known_or_not() {
    let world = World::new().await;
    let to = |request: &str, phone: &str| json!({"mailing": 2, "request_id": request, "phone": phone, "values": {"code": "4711"}});
    let (status, known) = world.send(PATH, &to("a", PHONE)).await;
    assert_eq!(status, 202, "{known}");
    assert_eq!(
        world
            .store
            .story(world.org, id(&known))
            .await
            .unwrap()
            .customer
            .as_deref(),
        Some("c1")
    );
    let (status, unknown) = world.send(PATH, &to("b", "8 999 123-45-67")).await;
    assert_eq!(status, 202, "{unknown}");
    assert_eq!(world.store.story(world.org, id(&unknown)).await.unwrap().customer, None);
}

#[tokio::test]
async fn a_code_goes_to_no_number_that_does_not_stand_in_the_text() {
    let world = World::new().await;
    for (phone, words) in [
        ("8916123456O", "the letter O (U+004F)"),
        ("8 916 22о 45 24", "the letter о (U+043E)"),
        ("1-800-FLOWERS", "the letter F"),
        ("+7 916 123 45 6l", "the letter l"),
        ("7,9161234567E+10", "the spreadsheet turned it into a number"),
        ("+7 495 223-45-12 доб. 123", "an extension cannot get an SMS"),
        ("8 916 223-45-15 / 8 916 223-45-16", "more than one number"),
    ] {
        let body = json!({"mailing": 2, "request_id": "x", "phone": phone, "values": {"code": "4711"}});
        let answer = world.send(PATH, &body).await;
        assert_eq!(places(422, &answer), ["phone"], "{phone}");
        let problem = answer.1["errors"][0]["problem"].as_str().unwrap_or_default();
        assert!(problem.contains(words), "{phone}: {problem}");
    }
    // None of these requests has used its id up.
    let body = json!({"mailing": 2, "request_id": "x", "phone": "8\u{A0}(916) 123–45–67", "values": {"code": "4711"}});
    let (status, sent) = world.send(PATH, &body).await;
    assert_eq!((status, &sent["first"]), (202, &json!(true)));
}

#[tokio::test]
async fn what_cannot_be_sent_is_named() {
    let world = World::new().await;
    for (body, place) in [
        (with(code("x"), "mailing", json!(1)), "mailing"),
        (with(code("x"), "mailing", json!(99)), "mailing"),
        (with(code("x"), "request_id", json!(" ")), "request_id"),
        (with(code("x"), "customer_id", json!("nobody")), "customer_id"),
        (with(code("x"), "customer_id", json!(null)), "customer_id"),
        (with(code("x"), "phone", json!(PHONE)), "phone"),
        (with(code("x"), "values", json!({})), "values.code"),
    ] {
        assert_eq!(places(422, &world.send(PATH, &body).await), [place], "{body}");
    }
    let body = json!({"mailing": 2, "request_id": "x", "phone": "12", "values": {"code": "4711"}});
    assert_eq!(places(422, &world.send(PATH, &body).await), ["phone"]);
    let (status, _) = world.send(PATH, &with(code("x"), "unknown", json!(1))).await;
    assert_eq!(status, 422);
    // None of these requests has used its id up.
    assert_eq!(world.send(PATH, &code("x")).await.0, 202);
}

#[tokio::test]
async fn a_blacklisted_guest_gets_none_on_whichever_way() {
    let world = World::new().await;
    let guest: CustomerId = world.store.customer_id(world.org, "c1").await.unwrap().unwrap();
    let mark = BlacklistMark {
        reason: "rude".to_owned(),
    };
    world
        .store
        .set_blacklist(world.org, guest, Some(&mark), "operator", NOW)
        .await
        .unwrap();
    assert_eq!(places(422, &world.send(PATH, &code("a")).await), ["customer_id"]);
    let body = json!({"mailing": 2, "request_id": "b", "phone": PHONE, "values": {"code": "4711"}});
    assert_eq!(places(422, &world.send(PATH, &body).await), ["phone"]);
}

#[tokio::test]
async fn marketing_on_demand_needs_the_guests_consent() {
    let world = World::new().await;
    let (store, org) = (&world.store, world.org);
    let bonus = LOGIN_CODE.replacen('{', r#"{"purpose": "marketing", "#, 1);
    let mailing = store.create_mailing(org, "Bonus", &bonus, "tester", NOW).await.unwrap();
    launch_on_demand(store, org, mailing, Purpose::Marketing, &bonus).await;
    let ask = |request: &str| with(code(request), "mailing", json!(mailing));
    assert_eq!(world.send(PATH, &ask("a")).await.0, 202);
    let guest: CustomerId = store.customer_id(org, "c1").await.unwrap().unwrap();
    let no = Channel::ALL.map(|channel| Consent {
        channel,
        purpose: Purpose::Marketing,
        given: false,
        source: WordSource::Guest,
        how: "page".to_owned(),
        text_version: None,
    });
    store.set_consents(org, guest, &no, Timestamp(NOW.0 + 1)).await.unwrap();
    let answer = world.send(PATH, &ask("b")).await;
    assert_eq!(places(422, &answer), ["customer_id"]);
    let problem = answer.1["errors"][0]["problem"].as_str().unwrap_or_default();
    assert!(problem.contains("consent"), "{problem}");
    // Nobody has given consent for a phone without a card, but a code needs none.
    let stranger =
        json!({"mailing": mailing, "request_id": "c", "phone": "8 999 123-45-67", "values": {"code": "4711"}});
    assert_eq!(places(422, &world.send(PATH, &stranger).await), ["phone"]);
    assert_eq!(world.send(PATH, &code("d")).await.0, 202);
}

#[tokio::test]
async fn a_mailing_that_does_not_run_says_so_at_once() {
    let world = World::new().await;
    let (store, org) = (&world.store, world.org);
    let run = store.runs_of(org, MailingId(2)).await.unwrap()[0].id;
    store
        .pause(org, run, "the gateway is ill", "tester", NOW)
        .await
        .unwrap();
    let (status, paused) = world.send(PATH, &code("a")).await;
    assert_eq!((status, &paused["code"]), (409, &json!("mailing_paused")));
    let params = json!({"mailing": 2, "reason": "the gateway is ill"});
    assert_eq!(paused["params"], params);
    let key = world.key(&[Scope::Messages]).await;
    let in_russian = world.post(PATH).bearer_auth(key).header("accept-language", "ru");
    let (_, paused) = answer(in_russian.json(&code("a"))).await;
    let told = "рассылка 2 приостановлена («the gateway is ill»); её продолжает `bellhop mailing resume 2`";
    assert_eq!(paused["detail"], told);
    store.resume(org, run, "tester", NOW).await.unwrap();
    assert_eq!(world.send(PATH, &code("a")).await.0, 202);
    store.cancel(org, run, "tester", NOW).await.unwrap();
    let (status, ended) = world.send(PATH, &code("b")).await;
    assert_eq!((status, &ended["code"]), (409, &json!("mailing_ended")));
    let draft = store.create_mailing(org, "n", LOGIN_CODE, "tester", NOW).await.unwrap();
    let body = with(code("c"), "mailing", json!(draft.0));
    let (status, draft_only) = world.send(PATH, &body).await;
    assert_eq!((status, &draft_only["code"]), (409, &json!("mailing_not_launched")));
    launch_code(store, org, draft).await;
    assert_eq!(world.send(PATH, &body).await.0, 202);
}

#[tokio::test]
async fn a_key_must_be_allowed_to_send() {
    let world = World::new().await;
    let key = world.key(&[Scope::Orders, Scope::Opens, Scope::Endpoints]).await;
    let answer = world.post(PATH).bearer_auth(key).json(&code("a")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
}
