use super::super::payload::{Body, body};
use super::text;
use crate::{Content, Media, OutgoingMessage, Template, WhatsApp};
use bellhop_domain::Outcome;
use bellhop_domain::incoming::MediaKind;
use serde_json::json;

fn of(content: WhatsApp<'_>) -> Result<Body, Outcome> {
    body(&OutgoingMessage {
        content: Content::WhatsApp(content),
        ..text()
    })
}

#[test]
fn a_text() {
    let expected = json!({"chatId": "79990000000@c.us", "message": "Столик ждёт"});
    assert_eq!(body(&text()), Ok(Body::SendMessage(expected)));
    let hidden = OutgoingMessage {
        address: "123456789012345@lid",
        ..text()
    };
    let expected = json!({"chatId": "123456789012345@lid", "message": "Столик ждёт"});
    assert_eq!(body(&hidden), Ok(Body::SendMessage(expected)));
}

#[test]
fn a_text_has_4096_characters_at_most() {
    assert!(of(WhatsApp::Text(&"ж".repeat(4096))).is_ok());
    let long = of(WhatsApp::Text(&"ж".repeat(4097)));
    assert!(
        matches!(&long, Err(Outcome::Failed { why }) if why.starts_with("too long: 4097")),
        "{long:?}"
    );
}

#[test]
fn every_kind_of_file_has_a_name_with_an_ending() {
    for (kind, url, filename, named) in [
        (MediaKind::Image, "https://cdn.example/a.png?v=1", None, "a.png"),
        (MediaKind::Image, "https://cdn.example/a", None, "a.jpg"),
        (MediaKind::Image, "https://cdn.example", None, "file.jpg"),
        (MediaKind::Video, "https://cdn.example/v/", None, "file.mp4"),
        (MediaKind::Audio, "https://cdn.example/hello", None, "hello.ogg"),
        (
            MediaKind::Document,
            "https://cdn.example/17",
            Some("menu.docx"),
            "menu.docx",
        ),
        (MediaKind::Document, "https://cdn.example/17", Some("menu"), "menu.pdf"),
    ] {
        let media = Media {
            kind,
            url,
            caption: None,
            filename,
        };
        let expected = json!({"chatId": "79990000000@c.us", "urlFile": url, "fileName": named});
        assert_eq!(of(WhatsApp::Media(media)), Ok(Body::SendFileByUrl(expected)));
    }
    let captioned = Media {
        kind: MediaKind::Image,
        url: "https://cdn.example/a.png",
        caption: Some("Меню"),
        filename: None,
    };
    let Ok(Body::SendFileByUrl(body)) = of(WhatsApp::Media(captioned)) else {
        panic!()
    };
    assert_eq!(body["caption"], "Меню");
}

#[test]
fn what_cannot_be_sent_is_refused_with_the_reason() {
    let template = WhatsApp::Template(Template {
        name: "spring",
        language: "ru",
        header: None,
        parameters: &[],
        buttons: &[],
    });
    let sticker = WhatsApp::Media(Media {
        kind: MediaKind::Sticker,
        url: "https://cdn.example/s.webp",
        caption: None,
        filename: None,
    });
    for (content, word) in [(template, "template"), (sticker, "sticker")] {
        let refused = of(content);
        assert!(
            matches!(&refused, Err(Outcome::Rejected { why }) if why.starts_with(word)),
            "{refused:?}"
        );
    }
    let foreign = OutgoingMessage {
        address: "RU.13491208655302741918",
        ..text()
    };
    assert!(matches!(body(&foreign), Err(Outcome::Failed { .. })));
}
