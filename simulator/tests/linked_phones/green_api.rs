use bellhop_simulator::Channel;
use serde_json::json;

use crate::support::{answer, until};
use crate::{CHAT, Heard, TOKEN, both, green, tell};

#[tokio::test]
async fn green_api_takes_texts_and_files_with_its_token_only() {
    let bench = both().await;
    let text = json!({"chatId": CHAT, "message": "Столик ждёт"});
    let (status, body) = green(&bench, "sendMessage", &text).await;
    assert!(status == 200 && body.contains("idMessage"), "{body}");
    let file = json!({"chatId": CHAT, "urlFile": "https://cdn.example/a.png", "fileName": "a.png", "caption": "Меню"});
    assert_eq!(green(&bench, "sendFileByUrl", &file).await.0, 200);
    for (path, status) in [
        ("waInstance1101000001/sendMessage/other", 401),
        ("waInstance17/sendMessage/simgreentoken", 403),
        ("waInstance1101000001/sendPoll/simgreentoken", 404),
    ] {
        let url = format!("{}/{path}", bench.sim.green_api_url());
        let response = bench.client.post(url).json(&text).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
    for body in [
        json!({"chatId": "79990000000", "message": "x"}),
        json!({"chatId": CHAT, "message": ""}),
        json!({"chatId": CHAT, "message": "x".repeat(4097)}),
    ] {
        assert_eq!(green(&bench, "sendMessage", &body).await.0, 400);
    }
    assert_eq!(bench.counts("green_api").await[..3], [2, 5, 1]);
}

#[tokio::test]
async fn green_apis_states_and_statuses() {
    let bench = both().await;
    let heard = Heard::on(&bench, Channel::GreenApi).await;
    let message = |chat: &str| json!({"chatId": chat, "message": "x"});
    let statuses = || -> Vec<String> {
        let calls = heard.all();
        let of = calls
            .iter()
            .filter(|call| call["typeWebhook"] == "outgoingMessageStatus");
        of.map(|call| call["status"].as_str().unwrap().to_owned()).collect()
    };
    green(&bench, "sendMessage", &message(CHAT)).await;
    until("it is answered", || async {
        heard
            .all()
            .iter()
            .any(|call| call["typeWebhook"] == "incomingMessageReceived")
    })
    .await;
    for status in ["sent", "delivered", "read"] {
        assert!(statuses().iter().any(|told| told == status), "{status}");
    }
    green(&bench, "sendMessage", &message("79990009002@c.us")).await;
    green(&bench, "sendMessage", &message("79990009004@c.us")).await;
    tell(&bench, "green_api/state", json!({"state": "yellowCard"})).await;
    green(&bench, "sendMessage", &message("79990000001@c.us")).await;
    for status in ["noAccount", "failed", "yellowCard"] {
        until(status, || async { statuses().iter().any(|told| told == status) }).await;
    }
    for (state, words) in [("notAuthorized", "not authorized"), ("starting", "starting process")] {
        tell(&bench, "green_api/state", json!({"state": state})).await;
        let (status, body) = green(&bench, "sendMessage", &message(CHAT)).await;
        assert!(status == 400 && body.contains(words), "{body}");
    }
    let url = format!(
        "{}/waInstance1101000001/getStateInstance/{TOKEN}",
        bench.sim.green_api_url()
    );
    let state = answer(bench.client.get(url).send().await.unwrap()).await.1;
    assert_eq!(state, json!({"stateInstance": "starting"}));
    assert!(
        heard
            .0
            .lock()
            .unwrap()
            .iter()
            .all(|(headers, _)| headers["authorization"] == "Bearer secret")
    );
}

#[tokio::test]
async fn green_apis_faults_by_number_and_by_chance() {
    let bench = both().await;
    for (digits, status) in [
        ("01", 400),
        ("05", 500),
        ("11", 429),
        ("12", 503),
        ("15", 401),
        ("17", 502),
    ] {
        let body = json!({"chatId": format!("799900090{digits}@c.us"), "message": "x"});
        assert_eq!(green(&bench, "sendMessage", &body).await.0, status, "{digits}");
    }
    bench.faults(json!({"green_api": {"own": {"quota": 1.0}}})).await;
    let (status, body) = green(&bench, "sendMessage", &json!({"chatId": CHAT, "message": "x"})).await;
    assert!(
        status == 466 && body.contains("CORRESPONDENTS_QUOTE_EXCEEDED"),
        "{body}"
    );
}
