use bellhop_simulator::Channel;
use serde_json::json;

use crate::support::until;
use crate::{CHAT, Heard, both, tell, text, waha};

#[tokio::test]
async fn waha_tells_acks_in_order_then_the_guests_answer_all_signed() {
    let bench = both().await;
    let heard = Heard::on(&bench, Channel::Waha).await;
    let (_, sent) = waha(&bench, "/api/sendText", &text(CHAT)).await;
    until("an answer came", || async {
        heard.all().iter().any(|call| call["event"] == "message")
    })
    .await;
    let calls = heard.all();
    let mut acks: Vec<_> = calls.iter().filter(|call| call["event"] == "message.ack").collect();
    assert!(acks.iter().all(|ack| ack["payload"]["id"] == sent["id"]));
    acks.sort_by_key(|ack| ack["payload"]["ack"].as_i64());
    acks.dedup_by_key(|ack| ack["payload"]["ack"].clone());
    let names: Vec<_> = acks
        .iter()
        .map(|ack| ack["payload"]["ackName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["SERVER", "DEVICE", "READ"]);
    let answer = calls.iter().find(|call| call["event"] == "message").unwrap();
    assert_eq!(
        (answer["payload"]["body"].as_str(), answer["payload"]["from"].as_str()),
        (Some("СТОП"), Some(CHAT))
    );
    for (headers, _) in heard.0.lock().unwrap().iter() {
        assert_eq!(headers["x-webhook-hmac-algorithm"], "sha512");
        assert_eq!(headers["x-webhook-hmac"].len(), 128);
    }
    tell(
        &bench,
        "waha/reaction",
        json!({"from": CHAT, "emoji": "🙏", "message_id": "3EB0"}),
    )
    .await;
    until("a reaction came", || async {
        heard.all().iter().any(|call| call["event"] == "message.reaction")
    })
    .await;
}

#[tokio::test]
async fn wahas_faults_by_number_and_by_chance() {
    let bench = both().await;
    for (digits, status) in [("01", 400), ("05", 500), ("11", 429), ("14", 400), ("15", 401)] {
        let chat = format!("799900090{digits}@c.us");
        assert_eq!(waha(&bench, "/api/sendText", &text(&chat)).await.0, status, "{chat}");
    }
    for (own, code) in [("timelock", "463"), ("capped", "475")] {
        bench.faults(json!({"waha": {"own": {own: 1.0}}})).await;
        let (status, body) = waha(&bench, "/api/sendText", &text(CHAT)).await;
        assert!(status == 500 && body.to_string().contains(code), "{body}");
    }
    bench.faults(json!({"waha": {"unavailable": 0.5}})).await;
    let mut refused = 0;
    for n in 0..40 {
        let url = format!("{}/api/sendText", bench.sim.waha_url());
        let body = json!({"session": "default", "chatId": CHAT, "text": n.to_string()});
        let request = bench.client.post(url).header("X-Api-Key", "sim-waha-key").json(&body);
        refused += u32::from(request.send().await.unwrap().status() == 503);
    }
    assert!((8..32).contains(&refused), "{refused}");
}

/// Hidden ids, edits and groups as the engines and Green-API write them.
#[tokio::test]
async fn any_event_is_told_as_it_is_given_and_signed() {
    let bench = both().await;
    for (channel, path, event, own) in [
        (
            Channel::Waha,
            "waha/event",
            json!({"event": "message", "payload": {"from": "1@lid", "_data": {"key": {"remoteJidAlt": CHAT}}}}),
            "/payload/_data/key/remoteJidAlt",
        ),
        (
            Channel::GreenApi,
            "green_api/event",
            json!({"kind": "incomingMessageReceived", "rest": {"senderData": {"chatId": CHAT}}}),
            "/senderData/chatId",
        ),
    ] {
        let heard = Heard::on(&bench, channel).await;
        tell(&bench, path, event).await;
        until("the event", || async { !heard.all().is_empty() }).await;
        assert_eq!(heard.all()[0].pointer(own), Some(&json!(CHAT)), "{path}");
    }
}
