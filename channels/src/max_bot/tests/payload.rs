use super::super::payload::request;
use super::text;
use crate::{Action, Chat, Content, OutgoingMessage};
use bellhop_domain::Outcome;
use serde_json::{Value, json};

const BUTTON: Action<'_> = Action {
    title: "Меню",
    link: "https://b.example/l/1",
};

fn of(chat: Chat<'_>) -> Result<Value, Outcome> {
    let content = Content::Chat(chat);
    request(&OutgoingMessage { content, ..text() }).map(|asked| asked.body)
}

#[test]
fn a_text_a_picture_and_a_button() {
    let image = json!({"type": "image", "payload": {"url": "https://cdn.example/a.png"}});
    let keyboard = json!({"type": "inline_keyboard", "payload": {"buttons": [[
        {"type": "link", "text": "Меню", "url": "https://b.example/l/1"},
    ]]}});
    let picture = Some("https://cdn.example/a.png");
    for (picture, button, expected) in [
        (None, None, json!({"text": "привет"})),
        (picture, None, json!({"text": "привет", "attachments": [image]})),
        (None, Some(BUTTON), json!({"text": "привет", "attachments": [keyboard]})),
        (
            picture,
            Some(BUTTON),
            json!({"text": "привет", "attachments": [image, keyboard]}),
        ),
    ] {
        let chat = Chat {
            text: "привет",
            image: picture,
            button,
        };
        assert_eq!(of(chat), Ok(expected));
    }
    assert_eq!(request(&text()).unwrap().user, 987_654_321);
}

#[test]
fn what_is_longer_than_max_takes_is_not_sent() {
    let long = |letter: &str, count: usize| letter.repeat(count);
    for (text_, title, link, taken) in [
        (4000, 128, 2048, true),
        (4001, 1, 1, false),
        (1, 129, 1, false),
        (1, 1, 2049, false),
    ] {
        let (text_, title, link) = (long("ж", text_), long("ж", title), long("x", link));
        let sent = of(Chat {
            text: &text_,
            image: None,
            button: Some(Action {
                title: &title,
                link: &link,
            }),
        });
        assert_eq!(sent.is_ok(), taken, "{}", text_.len());
        assert!(taken || matches!(sent, Err(Outcome::Failed { .. })));
    }
}

#[test]
fn what_is_no_message_or_address_of_max_is_refused() {
    let sms = OutgoingMessage {
        content: Content::Text("sms"),
        ..text()
    };
    assert!(matches!(request(&sms), Err(Outcome::Rejected { .. })));
    for address in ["", "+79990000000x", "@someone", "-100123", "0", "99999999999999999999"] {
        let message = OutgoingMessage { address, ..text() };
        assert!(matches!(request(&message), Err(Outcome::Failed { .. })), "{address}");
    }
}
