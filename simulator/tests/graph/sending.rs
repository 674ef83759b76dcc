use serde_json::{Value, json};

use crate::support::{Bench, answer};
use crate::{code, config, plain, send, template, text, url};

#[tokio::test]
async fn a_template_is_taken_and_shows_in_the_ledger() {
    let bench = plain().await;
    assert_eq!(code(&bench, &template("79991234567", "m1")).await, 0);
    assert_eq!(code(&bench, &template("+7 (999) 123-45-68", "m2")).await, 0);
    assert_eq!(code(&bench, &template("79991234567", "m1")).await, 0);
    assert_eq!(bench.counts("whatsapp").await, [3, 0, 2, 1]);
    let lines = bench.admin_text("messages?channel=whatsapp").await;
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["recipient"], &first["message_id"]),
        (&json!("79991234567"), &json!("m1"))
    );
    assert_eq!(first["text"], "Анна пицца https://brand.example/l/m1");
    assert_eq!(first["detail"]["template"], "come_back");
    let hidden = json!({"messaging_product": "whatsapp", "recipient": "RU.134", "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    assert_eq!(code(&bench, &hidden).await, 0);
}

#[tokio::test]
async fn what_is_wrong_is_named_by_its_code() {
    let bench = plain().await;
    let with = |pointer: &str, value: Value| {
        let mut body = template("79991234567", "m1");
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for (body, expected) in [
        (json!([]), 100),
        (with("/messaging_product", json!("sms")), 131_009),
        (json!({"messaging_product": "whatsapp"}), 131_008),
        (with("/to", json!("anna")), 131_009),
        (with("/to", json!("15550783881")), 131_021),
        (with("/type", json!("hologram")), 131_051),
        (with("/type", json!("text")), 131_008),
        (with("/template/name", json!("no_such")), 132_001),
        (with("/template/language/code", json!("de")), 132_001),
        (with("/template/components/0/parameters", json!([])), 132_000),
        (
            with("/template/components/0/parameters/0", json!({"type": "image"})),
            132_012,
        ),
        (with("/template/components/0/parameters/0/text", json!("")), 131_008),
        (with("/template/components/0/parameters/0/text", json!("a\nb")), 132_018),
        (
            with(
                "/template/components/1",
                json!({"type": "body", "parameters": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}),
            ),
            131_008,
        ),
        (
            with("/template", json!({"name": "tired", "language": {"code": "en_US"}})),
            132_015,
        ),
        (with("/biz_opaque_callback_data", json!(7)), 131_009),
    ] {
        assert_eq!(code(&bench, &body).await, expected, "{body}");
    }
    let stranger = bench
        .client
        .post(url(&bench, "106540352242922/messages"))
        .bearer_auth("other");
    let (status, refused) = answer(stranger.json(&template("79991234567", "m")).send().await.unwrap()).await;
    assert_eq!((status, &refused["error"]["code"]), (401, &json!(190)));
}

/// Some libraries write the names of kinds in capitals, and Meta accepts them.
#[tokio::test]
async fn a_template_in_capitals_is_as_good() {
    let bench = plain().await;
    let body = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "79991234567", "type": "template",
        "template": {"name": "come_back", "language": {"code": "ru", "policy": "deterministic"}, "components": [
            {"type": "BODY", "parameters": [{"type": "text", "text": "Анна"}, {"type": "TEXT", "text": "пицца"}]},
            {"type": "button", "sub_type": "URL", "index": 0, "parameters": [{"type": "text", "text": "m1"}]},
        ]},
    });
    assert_eq!(code(&bench, &body).await, 0);
}

#[tokio::test]
async fn a_guests_message_is_marked_as_read() {
    let bench = plain().await;
    let read = |id: Value| json!({"messaging_product": "whatsapp", "status": "read", "message_id": id});
    let (status, answered) = send(&bench, &read(json!("wamid.HBgL"))).await;
    assert_eq!((status, answered), (200, json!({"success": true})));
    let typing = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.HBgL",
        "typing_indicator": {"type": "text"}});
    assert_eq!(send(&bench, &typing).await.0, 200);
    for (body, expected) in [
        (read(json!("7")), 131_009),
        (json!({"messaging_product": "whatsapp", "status": "read"}), 131_008),
        (
            json!({"messaging_product": "whatsapp", "status": "gone", "message_id": "wamid.x"}),
            131_009,
        ),
    ] {
        assert_eq!(code(&bench, &body).await, expected, "{body}");
    }
    assert_eq!(bench.counts("whatsapp").await[0], 0, "nothing was sent");
}

#[tokio::test]
async fn a_text_needs_an_open_window() {
    let bench = plain().await;
    assert_eq!(code(&bench, &text("79991234567", "hi")).await, 131_047);
    let wrote = bench
        .client
        .post(format!("{}/_sim/whatsapp/inbound", bench.sim.admin_url()));
    let wrote = wrote
        .json(&json!({"from": "79991234567", "text": "Привет"}))
        .send()
        .await
        .unwrap();
    assert_eq!(wrote.status(), 200);
    assert_eq!(code(&bench, &text("79991234567", "hi")).await, 0);
    assert_eq!(code(&bench, &text("79991234568", "hi")).await, 131_047);
    assert_eq!(code(&bench, &text("79991234567", &"я".repeat(4_097))).await, 131_009);
}

#[tokio::test]
async fn limits_and_magic_numbers() {
    let bench = Bench::start(config(|graph| {
        (graph.pair_burst, graph.throughput_per_s) = (1, 1_000);
    }))
    .await;
    for expected in [0, 0, 131_056] {
        assert_eq!(code(&bench, &template("79991234567", "m1")).await, expected);
    }
    for (to, first, second) in [
        ("79990131049", 131_049, 131_049),
        ("79990000190", 190, 190),
        ("79991130429", 130_429, 0),
        ("79992131026", 0, 0),
        ("79991234568", 0, 0),
    ] {
        assert_eq!(code(&bench, &template(to, to)).await, first, "{to}");
        assert_eq!(code(&bench, &template(to, to)).await, second, "{to}");
    }
    let faults = json!({"whatsapp": {"own": {"131016": 1.0}}});
    assert_eq!(bench.faults(faults).await.status(), 204);
    assert_eq!(code(&bench, &template("79991234560", "m9")).await, 131_016);
    let injected = bench.admin("faults").await;
    assert_eq!(injected["injected"]["whatsapp"]["131016"], 1);
}

#[tokio::test]
async fn files_go_up_and_come_down() {
    let bench = plain().await;
    let form = "--b\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\npicture\r\n--b--\r\n";
    let upload = bench
        .client
        .post(url(&bench, "106540352242922/media"))
        .bearer_auth("sim-access-token");
    let upload = upload
        .header("content-type", "multipart/form-data; boundary=b")
        .body(form);
    let (status, uploaded) = answer(upload.send().await.unwrap()).await;
    assert_eq!(status, 200, "{uploaded}");
    let get = async |url: String, token: &str| bench.client.get(url).bearer_auth(token).send().await.unwrap();
    let (_, described) = answer(get(url(&bench, uploaded["id"].as_str().unwrap()), "sim-access-token").await).await;
    assert_eq!(
        (&described["mime_type"], &described["file_size"]),
        (&json!("image/png"), &json!(7))
    );
    let link = described["url"].as_str().unwrap().to_owned();
    assert_eq!(get(link.clone(), "other").await.status(), 401);
    let file = get(link, "sim-access-token").await;
    assert_eq!(file.headers()["content-type"], "image/png");
    assert_eq!(file.text().await.unwrap(), "picture");
    let (status, missing) = answer(get(url(&bench, "4242"), "sim-access-token").await).await;
    assert_eq!((status, &missing["error"]["error_subcode"]), (400, &json!(33)));
    let (_, number) = answer(get(url(&bench, "106540352242922"), "sim-access-token").await).await;
    assert_eq!(number["status"], "CONNECTED");
    let (_, templates) = answer(get(url(&bench, "102290129340398/message_templates"), "sim-access-token").await).await;
    let templates = templates["data"].as_array().unwrap();
    assert_eq!(templates.len(), 3);
    let ids: std::collections::BTreeSet<_> = templates.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3, "each has an id of its own");
    assert_eq!(templates[0]["components"][0]["type"], "BODY");
    assert_eq!(templates[0]["components"][1]["buttons"][0]["type"], "URL");
}
