//! From a message to WAHA's JSON (PROVIDERS.md §5.8).

use crate::chat_id::{Sayable, sayable};
use crate::{Content, Media};
use bellhop_domain::Outcome;
use bellhop_domain::incoming::MediaKind;
use serde_json::{Value, json};

/// A request before its chat is known.
pub(super) struct Draft {
    /// After the base URL: `/api/sendText`.
    pub path: &'static str,
    body: Value,
}

impl Draft {
    /// The request's body.
    pub fn body(mut self, session: &str, chat_id: &str) -> Vec<u8> {
        self.body["session"] = json!(session);
        self.body["chatId"] = json!(chat_id);
        self.body.to_string().into_bytes()
    }
}

/// The request for a content; the error says why WAHA cannot send it.
pub(super) fn draft(content: &Content<'_>) -> Result<Draft, Outcome> {
    match sayable(content)? {
        Sayable::Text(text) => Ok(Draft {
            path: "/api/sendText",
            body: json!({"text": text}),
        }),
        Sayable::Media(media) => file(&media),
    }
}

fn file(media: &Media<'_>) -> Result<Draft, Outcome> {
    let path = match media.kind {
        MediaKind::Image => "/api/sendImage",
        MediaKind::Video => "/api/sendVideo",
        MediaKind::Audio => "/api/sendVoice",
        MediaKind::Document => "/api/sendFile",
        MediaKind::Sticker => {
            return Err(Outcome::Rejected {
                why: "sticker: a connected number is given no stickers; send a picture".to_owned(),
            });
        }
    };
    let name = media.filename.unwrap_or_else(|| last_segment(media.url));
    let mime = mime(media.kind, last_segment(media.url));
    let mut body = json!({"file": {"mimetype": mime, "filename": name, "url": media.url}});
    if let Some(caption) = media.caption {
        body["caption"] = json!(caption);
    }
    // A voice note must be Opus in Ogg, a video MP4; WAHA converts other formats.
    match media.kind {
        MediaKind::Audio => body["convert"] = json!(!is_opus(last_segment(media.url))),
        MediaKind::Video => body["convert"] = json!(mime != "video/mp4"),
        _ => {}
    }
    Ok(Draft { path, body })
}

/// The file's name in a URL; `file` if it has none.
fn last_segment(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    match path.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() => name,
        _ => "file",
    }
}

fn extension(name: &str) -> String {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    extension.to_ascii_lowercase()
}

fn is_opus(name: &str) -> bool {
    matches!(extension(name).as_str(), "ogg" | "oga" | "opus")
}

/// The MIME type by the extension of the name, or the usual one of the kind if the extension says nothing.
fn mime(kind: MediaKind, name: &str) -> &'static str {
    match (kind, extension(name).as_str()) {
        (MediaKind::Image, "png") => "image/png",
        (MediaKind::Image, "webp") => "image/webp",
        (MediaKind::Image, _) => "image/jpeg",
        (MediaKind::Video, "3gp") => "video/3gpp",
        (MediaKind::Video, "mov") => "video/quicktime",
        (MediaKind::Video, "webm") => "video/webm",
        (MediaKind::Video, _) => "video/mp4",
        (MediaKind::Audio, "mp3") => "audio/mpeg",
        (MediaKind::Audio, "m4a" | "mp4") => "audio/mp4",
        (MediaKind::Audio, _) => "audio/ogg; codecs=opus",
        (_, "pdf") => "application/pdf",
        (_, "png") => "image/png",
        (_, "jpg" | "jpeg") => "image/jpeg",
        _ => "application/octet-stream",
    }
}
