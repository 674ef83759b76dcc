use super::super::payload::draft;
use crate::{Content, Media, Push, Template, WhatsApp};
use bellhop_domain::Outcome;
use bellhop_domain::incoming::MediaKind;
use serde_json::{Value, json};

fn sent(content: WhatsApp<'_>) -> (&'static str, Value) {
    let draft = draft(&Content::WhatsApp(content)).unwrap();
    let path = draft.path;
    let body = draft.body("default", "79990000000@c.us");
    (path, serde_json::from_slice(&body).unwrap())
}

fn media(kind: MediaKind, url: &str) -> WhatsApp<'_> {
    WhatsApp::Media(Media {
        kind,
        url,
        caption: None,
        filename: None,
    })
}

#[test]
fn a_text() {
    let expected = json!({"session": "default", "chatId": "79990000000@c.us", "text": "привет"});
    assert_eq!(sent(WhatsApp::Text("привет")), ("/api/sendText", expected));
}

#[test]
fn a_captioned_file() {
    let (path, body) = sent(WhatsApp::Media(Media {
        kind: MediaKind::Document,
        url: "https://cdn.example/f/17?x=a.png",
        caption: Some("Меню"),
        filename: Some("menu.pdf"),
    }));
    assert_eq!(path, "/api/sendFile");
    assert_eq!(
        body,
        json!({
            "session": "default", "chatId": "79990000000@c.us", "caption": "Меню",
            "file": {"mimetype": "application/octet-stream", "filename": "menu.pdf", "url": "https://cdn.example/f/17?x=a.png"},
        })
    );
}

#[test]
fn every_kind_of_file_has_its_request_and_type() {
    for (kind, name, path, mime, convert) in [
        (MediaKind::Image, "a.JPG", "/api/sendImage", "image/jpeg", None),
        (MediaKind::Image, "a.png", "/api/sendImage", "image/png", None),
        (MediaKind::Image, "a.webp", "/api/sendImage", "image/webp", None),
        (MediaKind::Image, "a", "/api/sendImage", "image/jpeg", None),
        (MediaKind::Video, "a.mp4", "/api/sendVideo", "video/mp4", Some(false)),
        (
            MediaKind::Video,
            "a.mov",
            "/api/sendVideo",
            "video/quicktime",
            Some(true),
        ),
        (MediaKind::Video, "a.webm", "/api/sendVideo", "video/webm", Some(true)),
        (MediaKind::Video, "a.3gp", "/api/sendVideo", "video/3gpp", Some(true)),
        (
            MediaKind::Audio,
            "a.ogg",
            "/api/sendVoice",
            "audio/ogg; codecs=opus",
            Some(false),
        ),
        (MediaKind::Audio, "a.mp3", "/api/sendVoice", "audio/mpeg", Some(true)),
        (MediaKind::Audio, "a.m4a", "/api/sendVoice", "audio/mp4", Some(true)),
        (MediaKind::Document, "a.pdf", "/api/sendFile", "application/pdf", None),
        (MediaKind::Document, "a.jpeg", "/api/sendFile", "image/jpeg", None),
        (MediaKind::Document, "a.png", "/api/sendFile", "image/png", None),
        (
            MediaKind::Document,
            "a.xyz",
            "/api/sendFile",
            "application/octet-stream",
            None,
        ),
    ] {
        let url = format!("https://cdn.example/f/{name}?v=1");
        let (to, body) = sent(media(kind, &url));
        let told = (to, body["file"]["mimetype"].as_str(), body["convert"].as_bool());
        assert_eq!(told, (path, Some(mime), convert), "{name}");
        assert_eq!(body["file"]["filename"], *name);
    }
    assert_eq!(
        sent(media(MediaKind::Image, "https://cdn.example")).1["file"]["filename"],
        "file"
    );
}

#[test]
fn what_a_phone_cannot_send_is_refused_with_the_reason() {
    let template = WhatsApp::Template(Template {
        name: "spring",
        language: "ru",
        header: None,
        parameters: &[],
        buttons: &[],
    });
    for (content, word) in [
        (Content::WhatsApp(template), "template"),
        (
            Content::WhatsApp(media(MediaKind::Sticker, "https://x.example/s.webp")),
            "sticker",
        ),
        (Content::Text("sms"), "content"),
        (Content::Push(Push::default()), "content"),
    ] {
        let Err(Outcome::Rejected { why }) = draft(&content) else {
            panic!("{word} was taken")
        };
        assert!(why.starts_with(word), "{why}");
    }
}
