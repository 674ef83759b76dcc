use super::{ATTEMPT, KEY, message, template};
use crate::whatsapp_cloud::config::TemplateRoute;
use crate::whatsapp_cloud::payload::encode;
use crate::{Content, Header, Media, OutgoingMessage, Template, TemplateButton, TemplateButtonKind, WhatsApp};
use bellhop_domain::Outcome;
use bellhop_domain::incoming::MediaKind;
use serde_json::{Value, json};
use std::time::Duration;

fn encoded(message: &OutgoingMessage<'_>, route: TemplateRoute) -> Result<Value, Outcome> {
    let Content::WhatsApp(content) = &message.content else {
        panic!("another channel's content")
    };
    encode(message, content, route).map(|bytes| serde_json::from_slice(&bytes).unwrap())
}

fn body(content: WhatsApp<'static>) -> Result<Value, Outcome> {
    encoded(&message(content), TemplateRoute::Messages)
}

/// The body of a message to the tests' recipient, with these keys besides.
fn whole(rest: Value) -> Value {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "79990000000",
        "biz_opaque_callback_data": KEY,
    });
    for (key, value) in rest.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

#[test]
fn texts() {
    for (text, preview) in [("Ждём вас!", false), ("Меню: https://example.com/m", true)] {
        let expected = whole(json!({"type": "text", "text": {"body": text, "preview_url": preview}}));
        assert_eq!(body(WhatsApp::Text(text)), Ok(expected));
    }
    assert_eq!(ATTEMPT.to_string(), KEY);
}

#[test]
fn a_text_has_4096_characters_at_most() {
    let letters = |count| Box::leak("я".repeat(count).into_boxed_str());
    assert!(body(WhatsApp::Text(letters(4096))).is_ok());
    for text in [&*letters(4097), ""] {
        let refused = body(WhatsApp::Text(text));
        assert!(matches!(refused, Err(Outcome::Failed { .. })), "{refused:?}");
    }
}

#[test]
fn a_user_id_is_a_recipient_and_other_addresses_are_refused() {
    let to = |address| OutgoingMessage { address, ..template() };
    let body = encoded(&to("RU.13491208655302741918"), TemplateRoute::Messages).unwrap();
    assert_eq!(
        (&body["recipient"], &body["to"]),
        (&json!("RU.13491208655302741918"), &Value::Null)
    );
    for address in ["79990000000", "not an address", ""] {
        let refused = encoded(&to(address), TemplateRoute::Messages);
        assert!(matches!(refused, Err(Outcome::Failed { .. })), "{address}: {refused:?}");
    }
}

fn file(kind: MediaKind) -> Media<'static> {
    Media {
        kind,
        url: "https://cdn.example/f",
        caption: None,
        filename: None,
    }
}

#[test]
fn files_by_link() {
    let image = Media {
        caption: Some("Новое меню"),
        ..file(MediaKind::Image)
    };
    let menu = Media {
        caption: Some("Меню"),
        filename: Some("menu.pdf"),
        ..file(MediaKind::Document)
    };
    let rows = [
        (
            image,
            json!({"type": "image", "image": {"link": image.url, "caption": "Новое меню"}}),
        ),
        (
            menu,
            json!({"type": "document", "document": {"link": menu.url, "caption": "Меню", "filename": "menu.pdf"}}),
        ),
        (
            file(MediaKind::Video),
            json!({"type": "video", "video": {"link": image.url}}),
        ),
        (
            file(MediaKind::Audio),
            json!({"type": "audio", "audio": {"link": image.url}}),
        ),
        (
            file(MediaKind::Sticker),
            json!({"type": "sticker", "sticker": {"link": image.url}}),
        ),
    ];
    for (media, expected) in rows {
        assert_eq!(body(WhatsApp::Media(media)), Ok(whole(expected)));
    }
}

#[test]
fn what_a_file_would_lose_is_refused() {
    let caption = |kind| Media {
        caption: Some("words"),
        ..file(kind)
    };
    let named = |kind| Media {
        filename: Some("a.jpg"),
        ..file(kind)
    };
    let elsewhere = |url| Media {
        url,
        ..file(MediaKind::Image)
    };
    for media in [
        caption(MediaKind::Audio),
        caption(MediaKind::Sticker),
        named(MediaKind::Image),
        named(MediaKind::Audio),
        elsewhere("cdn.example/f"),
        elsewhere("file:///etc/passwd"),
    ] {
        let refused = body(WhatsApp::Media(media));
        assert!(
            matches!(refused, Err(Outcome::Rejected { .. })),
            "{media:?}: {refused:?}"
        );
    }
}

const BUTTONS: &[TemplateButton<'static>] = &[
    TemplateButton {
        index: 0,
        kind: TemplateButtonKind::Url,
        parameter: "l/3kTMd8aZ01x",
    },
    TemplateButton {
        index: 1,
        kind: TemplateButtonKind::QuickReply,
        parameter: "yes",
    },
    TemplateButton {
        index: 2,
        kind: TemplateButtonKind::CopyCode,
        parameter: "BACK10",
    },
];

#[test]
fn a_template_with_all_its_parts() {
    let full = Template {
        name: "come_back",
        language: "ru",
        header: Some(Header::Media(file(MediaKind::Image))),
        parameters: &["Анна", "пицца"],
        buttons: BUTTONS,
    };
    let button = |sub_type, index: &str, parameter: Value| json!({"type": "button", "sub_type": sub_type, "index": index, "parameters": [parameter]});
    let expected = whole(json!({"type": "template", "template": {
        "name": "come_back",
        "language": {"code": "ru"},
        "components": [
            {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://cdn.example/f"}}]},
            {"type": "body", "parameters": [{"type": "text", "text": "Анна"}, {"type": "text", "text": "пицца"}]},
            button("url", "0", json!({"type": "text", "text": "l/3kTMd8aZ01x"})),
            button("quick_reply", "1", json!({"type": "payload", "payload": "yes"})),
            button("copy_code", "2", json!({"type": "coupon_code", "coupon_code": "BACK10"})),
        ],
    }}));
    assert_eq!(body(WhatsApp::Template(full)), Ok(expected));
    let bare = Template {
        header: None,
        parameters: &[],
        buttons: &[],
        ..full
    };
    let expected = whole(json!({"type": "template", "template": {"name": "come_back", "language": {"code": "ru"}}}));
    assert_eq!(body(WhatsApp::Template(bare)), Ok(expected));
    let headed = Template {
        header: Some(Header::Text("Скидка 10%")),
        ..bare
    };
    let sent = body(WhatsApp::Template(headed)).unwrap();
    assert_eq!(
        sent["template"]["components"],
        json!([{"type": "header", "parameters": [{"type": "text", "text": "Скидка 10%"}]}])
    );
}

#[test]
fn one_guests_odd_name_does_not_blame_the_template() {
    let with = |parameters: &'static [&'static str]| {
        body(WhatsApp::Template(Template {
            name: "n",
            language: "ru",
            header: None,
            parameters,
            buttons: &[],
        }))
    };
    let sent = with(&["  Анна\n\tМария      К.  "]).unwrap();
    assert_eq!(
        sent["template"]["components"][0]["parameters"][0]["text"],
        "Анна Мария К."
    );
    for parameters in [&["a", ""][..], &[" \n"]] {
        let refused = with(parameters);
        assert!(matches!(refused, Err(Outcome::Failed { .. })), "{refused:?}");
    }
    let sticker = body(WhatsApp::Template(Template {
        name: "n",
        language: "ru",
        header: Some(Header::Media(file(MediaKind::Sticker))),
        parameters: &[],
        buttons: &[],
    }));
    assert!(matches!(sticker, Err(Outcome::Rejected { .. })), "{sticker:?}");
}

#[test]
fn only_templates_on_the_marketing_endpoint_have_a_life() {
    let day = TemplateRoute::Marketing {
        ttl: Some(Duration::from_secs(86_400)),
    };
    assert_eq!(encoded(&template(), day).unwrap()["message_send_ttl_seconds"], 86_400);
    for (message, route) in [
        (template(), TemplateRoute::Messages),
        (template(), TemplateRoute::Marketing { ttl: None }),
        (message(WhatsApp::Text("hi")), day),
    ] {
        assert_eq!(
            encoded(&message, route).unwrap()["message_send_ttl_seconds"],
            Value::Null
        );
    }
}
