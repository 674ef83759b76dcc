use bellhop_simulator::{Channel, GreenApiConfig, WahaConfig, WahaEngine};
use serde_json::{Value, json};

use crate::support::until;
use crate::{CHAT, Heard, ask_waha, both, start, tell, text, waha};

#[tokio::test]
async fn waha_takes_texts_and_files_with_its_key_only() {
    let bench = both().await;
    let (status, body) = waha(&bench, "/api/sendText", &text(CHAT)).await;
    assert_eq!(status, 201);
    assert!(
        body["id"].as_str().unwrap().starts_with("true_79990000000@c.us_3EB0"),
        "{body}"
    );
    let file = json!({"session": "default", "chatId": CHAT, "caption": "Меню",
        "file": {"mimetype": "image/png", "filename": "a.png", "url": "https://cdn.example/a.png"}});
    assert_eq!(waha(&bench, "/api/sendImage", &file).await.0, 201);
    assert_eq!(waha(&bench, "/api/sendText", &text(CHAT)).await.0, 201);
    let url = format!("{}/api/sendText", bench.sim.waha_url());
    let keyless = bench.client.post(url).json(&text(CHAT)).send().await.unwrap();
    assert_eq!(keyless.status(), 401);
    assert_eq!(
        bench.counts("waha").await,
        [3, 1, 1, 1],
        "the same text again is a duplicate"
    );
    let lines = bench.admin_text("messages?channel=waha").await;
    assert!(
        lines.contains("Столик ждёт") && lines.contains("https://cdn.example/a.png"),
        "{lines}"
    );
}

#[tokio::test]
async fn waha_refuses_what_is_wrong() {
    let bench = both().await;
    let with = |key: &str, value: Value| {
        let mut body = text(CHAT);
        body[key] = value;
        body
    };
    for (path, body, status) in [
        ("/api/sendText", with("chatId", json!("79990000000")), 400),
        ("/api/sendText", with("text", json!("")), 400),
        ("/api/sendText", with("session", json!("other")), 404),
        ("/api/sendFile", text(CHAT), 400),
        ("/api/sendPoll", text(CHAT), 404),
    ] {
        assert_eq!(waha(&bench, path, &body).await.0, status, "{path} {body}");
    }
    assert_eq!(ask_waha(&bench, "/api/sessions/other").await.0, 404);
}

#[tokio::test]
async fn wahas_engines_answer_each_in_its_own_form() {
    for (engine, place) in [
        (WahaEngine::Webjs, "/id/_serialized"),
        (WahaEngine::Noweb, "/key/id"),
        (WahaEngine::Gows, "/id"),
    ] {
        let config = WahaConfig {
            engine,
            ..WahaConfig::default()
        };
        let bench = start(config, GreenApiConfig::default()).await;
        let (_, body) = waha(&bench, "/api/sendText", &text(CHAT)).await;
        assert!(
            body.pointer(place).unwrap().as_str().unwrap().contains("3EB0"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn waha_knows_who_has_whatsapp_by_number_and_by_chance() {
    let bench = both().await;
    let exists = async |phone: &str| {
        let path = format!("/api/contacts/check-exists?phone={phone}&session=default");
        let (status, body) = ask_waha(&bench, &path).await;
        assert_eq!(status, 200);
        body["numberExists"].as_bool().unwrap()
    };
    assert!(exists("79990000000").await);
    assert!(!exists("79990009002").await);
    assert_eq!(waha(&bench, "/api/sendText", &text("79990009002@c.us")).await.0, 500);
    bench.faults(json!({"waha": {"dead_recipients": 0.5}})).await;
    let mut without = 0;
    for n in 0..40 {
        let phone = format!("7999100{n:04}");
        let has = exists(&phone).await;
        without += u32::from(!has);
        assert_eq!(has, exists(&phone).await, "a number stays what it is");
        let sent = waha(&bench, "/api/sendText", &text(&format!("{phone}@c.us"))).await.0;
        assert_eq!(sent == 201, has, "a send agrees with the check");
    }
    assert!((8..32).contains(&without), "{without}");
}

#[tokio::test]
async fn wahas_session_can_be_lost_and_says_so() {
    let bench = both().await;
    let heard = Heard::on(&bench, Channel::Waha).await;
    tell(&bench, "waha/session", json!({"state": "SCAN_QR_CODE"})).await;
    assert_eq!(
        ask_waha(&bench, "/api/sessions/default").await.1["status"],
        "SCAN_QR_CODE"
    );
    let (status, body) = waha(&bench, "/api/sendText", &text(CHAT)).await;
    assert_eq!((status, body["status"].as_str()), (422, Some("SCAN_QR_CODE")));
    let check = "/api/contacts/check-exists?phone=79990000000&session=default";
    assert_eq!(ask_waha(&bench, check).await.0, 422);
    until("the call comes, and again after a 500", || async {
        heard.all().len() >= 2
    })
    .await;
    let calls = heard.all();
    assert_eq!(calls[0]["event"], "session.status");
    assert_eq!(calls[0]["payload"]["status"], "SCAN_QR_CODE");
    assert_eq!(calls[0]["id"], calls[1]["id"], "a repeat has the same id");
}
