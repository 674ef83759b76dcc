//! The request of a bot, and why MAX refuses it (dev.max.ru/docs-api/methods/POST/messages).

use serde_json::Value;

use super::answer::bad;
use crate::serve::Reply;

/// The most characters of a text, of a button's title, of its URL and of its payload.
const LONGEST_TEXT: usize = 4000;
const LONGEST_TITLE: usize = 128;
const LONGEST_URL: usize = 2048;
const LONGEST_PAYLOAD: usize = 1024;
/// The most buttons, rows, buttons of a row, and buttons of a row with one that opens something.
const BUTTONS: usize = 210;
const ROWS: usize = 30;
const OF_ROW: usize = 7;
const OF_ROW_WITH_LINK: usize = 3;
/// The most pictures and videos of a message.
const PICTURES: usize = 12;

/// The user of `/messages?user_id=`.
pub(super) fn user(query: &str) -> Option<i64> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut ids = pairs.filter(|(key, _)| *key == "user_id");
    ids.next()?.1.parse().ok().filter(|id| *id > 0)
}

/// The refusal of a body; `None` if it is accepted.
pub(super) fn wrong(body: &Value) -> Option<Reply> {
    let text = body["text"].as_str().unwrap_or_default();
    let attachments = attachments(body);
    if text.chars().count() > LONGEST_TEXT {
        return Some(bad("text: size must be between 0 and 4000"));
    }
    if !matches!(body["format"].as_str(), None | Some("html" | "markdown")) {
        return Some(bad("format: must be html or markdown"));
    }
    let shown = attachments.iter().filter(|it| it["type"] != "inline_keyboard").count();
    if text.trim().is_empty() && shown == 0 {
        return Some(bad("Key: errors.message.empty"));
    }
    if attachments.iter().filter(|it| is_picture(it)).count() > PICTURES {
        return Some(bad("attachments: too many"));
    }
    attachments.iter().find_map(wrong_attachment).map(bad)
}

fn attachments(body: &Value) -> &[Value] {
    body["attachments"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn is_picture(attachment: &Value) -> bool {
    attachment["type"] == "image" || attachment["type"] == "video"
}

fn wrong_attachment(attachment: &Value) -> Option<&'static str> {
    match attachment["type"].as_str() {
        Some("image") => wrong_image(&attachment["payload"]),
        Some("inline_keyboard") => wrong_keyboard(&attachment["payload"]["buttons"]),
        Some("video" | "audio" | "file") => attachment["payload"]["token"]
            .as_str()
            .is_none()
            .then_some("payload: token is required"),
        Some("sticker" | "contact" | "share" | "location") => None,
        _ => Some("attachments: unknown type"),
    }
}

/// An image has a token or a URL, and not both.
fn wrong_image(payload: &Value) -> Option<&'static str> {
    let url = payload["url"].as_str();
    match (payload["token"].as_str(), url) {
        (Some(token), None) if !token.is_empty() => None,
        (None, Some(url)) if url.starts_with("http://") || url.starts_with("https://") => None,
        (None, None) if payload["photos"].is_object() => None,
        _ => Some("payload: one of url, token and photos is required"),
    }
}

fn wrong_keyboard(rows: &Value) -> Option<&'static str> {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    let of_row = |row: &Value| row.as_array().cloned().unwrap_or_default();
    let all: Vec<Value> = rows.iter().flat_map(of_row).collect();
    let leads = |it: &Value| {
        matches!(
            it["type"].as_str(),
            Some("link" | "open_app" | "request_contact" | "request_geo_location")
        )
    };
    let crowded = rows.iter().map(of_row).any(|row| {
        let most = if row.iter().any(leads) {
            OF_ROW_WITH_LINK
        } else {
            OF_ROW
        };
        row.is_empty() || row.len() > most
    });
    if rows.is_empty() || rows.len() > ROWS || all.len() > BUTTONS || crowded {
        return Some("Key: errors.keyboard.size");
    }
    all.iter()
        .any(|button| !is_button(button))
        .then_some("Key: errors.keyboard.button.invalid")
}

fn is_button(button: &Value) -> bool {
    let within = |key: &str, most: usize| {
        let text = button[key].as_str().unwrap_or_default();
        (1..=most).contains(&text.chars().count())
    };
    let own = match button["type"].as_str() {
        Some("link") => within("url", LONGEST_URL),
        Some("callback" | "clipboard") => within("payload", LONGEST_PAYLOAD),
        Some("message" | "request_contact" | "request_geo_location" | "open_app") => true,
        _ => false,
    };
    own && within("text", LONGEST_TITLE)
}

/// The URL of the first button that has one; otherwise empty.
pub(super) fn link(body: &Value) -> &str {
    let buttons = attachments(body)
        .iter()
        .filter_map(|it| it["payload"]["buttons"].as_array());
    let mut urls = buttons
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|button| button["url"].as_str());
    urls.next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_user_stands_in_the_query() {
        for (query, expected) in [
            ("user_id=7001", Some(7001)),
            ("disable_link_preview=true&user_id=7001", Some(7001)),
            ("chat_id=7001", None),
            ("user_id=-5", None),
            ("user_id=x", None),
            ("", None),
        ] {
            assert_eq!(user(query), expected, "{query}");
        }
    }

    #[test]
    fn what_max_takes_and_what_not() {
        let button = |text: &str, url: &str| json!({"type": "link", "text": text, "url": url});
        let keyboard = |rows: Value| json!({"type": "inline_keyboard", "payload": {"buttons": rows}});
        let image = |payload: Value| json!({"type": "image", "payload": payload});
        let menu = button("Menu", "https://b.example");
        for (body, taken) in [
            (json!({"text": "x"}), true),
            (json!({"text": "x".repeat(4000)}), true),
            (json!({"text": "x".repeat(4001)}), false),
            (json!({"text": " "}), false),
            (json!({"text": "x", "format": "latex"}), false),
            (
                json!({"attachments": [image(json!({"url": "https://i.example"}))]}),
                true,
            ),
            (json!({"attachments": [image(json!({"token": "t"}))]}), true),
            (json!({"attachments": [image(json!({"url": "i.png"}))]}), false),
            (
                json!({"attachments": [image(json!({"url": "https://i.example", "token": "t"}))]}),
                false,
            ),
            (json!({"attachments": [keyboard(json!([[menu]]))]}), false),
            (json!({"text": "x", "attachments": [keyboard(json!([[menu]]))]}), true),
            (
                json!({"text": "x", "attachments": [keyboard(json!([[menu, menu, menu, menu]]))]}),
                false,
            ),
            (json!({"text": "x", "attachments": [keyboard(json!([]))]}), false),
            (
                json!({"text": "x", "attachments": [keyboard(json!([[button("", "https://b.example")]]))]}),
                false,
            ),
            (
                json!({"text": "x", "attachments": [keyboard(json!([[button("Menu", "")]]))]}),
                false,
            ),
            (json!({"text": "x", "attachments": [{"type": "hologram"}]}), false),
        ] {
            assert_eq!(wrong(&body).is_none(), taken, "{body}");
        }
    }

    #[test]
    fn a_button_leads_somewhere_and_a_picture_does_not() {
        let image = json!({"type": "image", "payload": {"url": "https://i.example/a.png"}});
        let keyboard = json!({"type": "inline_keyboard", "payload": {"buttons": [[{"url": "https://b.example"}]]}});
        for (attachments, expected) in [
            (json!([image, keyboard]), "https://b.example"),
            (json!([image]), ""),
            (Value::Null, ""),
        ] {
            assert_eq!(link(&json!({"attachments": attachments})), expected);
        }
    }
}
