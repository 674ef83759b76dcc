use super::super::payload::{Body, body};
use super::text;
use crate::{Action, Chat, Content, OutgoingMessage};
use bellhop_domain::Outcome;
use serde_json::json;

fn of(text_: &str, image: Option<&str>) -> Result<Body, Outcome> {
    body(&OutgoingMessage {
        content: Content::Chat(Chat {
            text: text_,
            image,
            button: None,
        }),
        ..text()
    })
}

#[test]
fn a_text_and_a_picture() {
    let expected = json!({"chat_id": 987_654_321, "text": "привет"});
    assert_eq!(of("привет", None), Ok(Body::SendMessage(expected)));
    let expected = json!({"chat_id": 987_654_321, "photo": "https://cdn.example/a.png", "caption": "привет"});
    assert_eq!(
        of("привет", Some("https://cdn.example/a.png")),
        Ok(Body::SendPhoto(expected))
    );
}

#[test]
fn a_button_stands_under_either() {
    let button = Some(Action {
        title: "Меню",
        link: "https://b.example/l/1",
    });
    let keyboard = json!({"inline_keyboard": [[{"text": "Меню", "url": "https://b.example/l/1"}]]});
    for image in [None, Some("https://cdn.example/a.png")] {
        let chat = Chat {
            text: "привет",
            image,
            button,
        };
        let message = OutgoingMessage {
            content: Content::Chat(chat),
            ..text()
        };
        let (Body::SendMessage(body) | Body::SendPhoto(body)) = body(&message).unwrap();
        assert_eq!(body["reply_markup"], keyboard);
    }
}

#[test]
fn longest_texts() {
    for (characters, image, taken) in [
        (4096, None, true),
        (4097, None, false),
        (1024, Some("https://cdn.example/a.png"), true),
        (1025, Some("https://cdn.example/a.png"), false),
    ] {
        let sent = of(&"ж".repeat(characters), image);
        assert_eq!(sent.is_ok(), taken, "{characters}");
        assert!(taken || matches!(sent, Err(Outcome::Failed { .. })));
    }
}

#[test]
fn what_is_no_telegram_message_or_address_is_refused() {
    let sms = OutgoingMessage {
        content: Content::Text("sms"),
        ..text()
    };
    assert!(matches!(body(&sms), Err(Outcome::Rejected { .. })));
    for address in ["", "+79990000000x", "@someone", "-100123", "0", "99999999999999999999"] {
        let message = OutgoingMessage { address, ..text() };
        assert!(matches!(body(&message), Err(Outcome::Failed { .. })), "{address}");
    }
}
