//! The body of a send (PROVIDERS.md §5.2): a pure function.

use super::address::{Recipient, recipient};
use super::config::TemplateRoute;
use crate::{Header, Media, OutgoingMessage, Template, TemplateButton, TemplateButtonKind, WhatsApp};
use bellhop_domain::Outcome;
use bellhop_domain::incoming::MediaKind;
use serde_json::{Map, Value, json};

/// Meta's cap on a text, in characters.
const LONGEST_TEXT: usize = 4096;

/// Writes the body. What Meta would refuse because of this recipient's address or parameters is refused here, with an
/// outcome that does not blame the template.
pub(super) fn encode(
    message: &OutgoingMessage<'_>,
    content: &WhatsApp<'_>,
    route: TemplateRoute,
) -> Result<Vec<u8>, Outcome> {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    put("messaging_product", json!("whatsapp"));
    put("recipient_type", json!("individual"));
    match recipient(message.address) {
        Some(Recipient::Phone(digits)) => put("to", json!(digits)),
        Some(Recipient::User(id)) => put("recipient", json!(id)),
        None => {
            return Err(failed(
                "the address is neither a phone in E.164 nor a user id of Meta's",
            ));
        }
    };
    let (name, value) = match content {
        WhatsApp::Text(text) => ("text", text_of(text)?),
        WhatsApp::Media(media) => (name(media.kind), file(media)?),
        WhatsApp::Template(template) => ("template", template_of(template)?),
    };
    put("type", json!(name));
    put(name, value);
    if let (WhatsApp::Template(_), TemplateRoute::Marketing { ttl: Some(ttl) }) = (content, route) {
        put("message_send_ttl_seconds", json!(ttl.as_secs()));
    }
    // Comes back in every status of this message.
    put("biz_opaque_callback_data", json!(message.attempt.to_string()));
    Ok(Value::Object(body).to_string().into_bytes())
}

fn failed(why: impl Into<String>) -> Outcome {
    Outcome::Failed { why: why.into() }
}

fn rejected(why: impl Into<String>) -> Outcome {
    Outcome::Rejected { why: why.into() }
}

fn text_of(text: &str) -> Result<Value, Outcome> {
    match text.chars().count() {
        0 => Err(failed("the text is empty")),
        letters if letters > LONGEST_TEXT => Err(failed(format!(
            "too long: {letters} characters, WhatsApp takes {LONGEST_TEXT}"
        ))),
        _ => Ok(json!({
            "body": text,
            "preview_url": text.contains("https://") || text.contains("http://"),
        })),
    }
}

/// The kind's name in Meta's JSON.
pub(super) fn name(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
    }
}

/// A file by its link. A caption or a name that the kind does not support would be lost silently, so it is refused.
fn file(media: &Media<'_>) -> Result<Value, Outcome> {
    if !(media.url.starts_with("https://") || media.url.starts_with("http://")) {
        return Err(rejected("the file's link is not a web address; write it with https://"));
    }
    let kind = name(media.kind);
    let mut file = json!({"link": media.url});
    if let Some(caption) = media.caption {
        if matches!(media.kind, MediaKind::Audio | MediaKind::Sticker) {
            return Err(rejected(format!(
                "WhatsApp shows no caption under {kind}; take it away"
            )));
        }
        file["caption"] = json!(caption);
    }
    if let Some(filename) = media.filename {
        if media.kind != MediaKind::Document {
            return Err(rejected(format!(
                "WhatsApp shows no file name with {kind}; take it away"
            )));
        }
        file["filename"] = json!(filename);
    }
    Ok(file)
}

fn template_of(template: &Template<'_>) -> Result<Value, Outcome> {
    let mut components = Vec::new();
    if let Some(header) = &template.header {
        components.push(json!({"type": "header", "parameters": [header_of(header)?]}));
    }
    if !template.parameters.is_empty() {
        let parameters = template.parameters.iter().enumerate();
        let parameters = parameters.map(|(i, text)| text_parameter(text, &format!("parameter {}", i + 1)));
        components.push(json!({"type": "body", "parameters": parameters.collect::<Result<Vec<_>, _>>()?}));
    }
    for button in template.buttons {
        components.push(button_of(button)?);
    }
    let mut value = json!({"name": template.name, "language": {"code": template.language}});
    if !components.is_empty() {
        value["components"] = Value::Array(components);
    }
    Ok(value)
}

fn header_of(header: &Header<'_>) -> Result<Value, Outcome> {
    match header {
        Header::Text(text) => text_parameter(text, "the header's parameter"),
        Header::Media(Media {
            kind: MediaKind::Audio | MediaKind::Sticker,
            ..
        }) => Err(rejected(
            "a template's header is a text, an image, a video or a document",
        )),
        // The words below it belong to the template.
        Header::Media(Media { caption: Some(_), .. }) => {
            Err(rejected("a template's header takes no caption; take it away"))
        }
        Header::Media(media) => Ok(json!({"type": name(media.kind), name(media.kind): file(media)?})),
    }
}

fn button_of(button: &TemplateButton<'_>) -> Result<Value, Outcome> {
    let place = format!("the parameter of button {}", button.index);
    let text = filled(button.parameter, &place)?;
    let (sub_type, parameter) = match button.kind {
        TemplateButtonKind::Url => ("url", json!({"type": "text", "text": text})),
        TemplateButtonKind::QuickReply => ("quick_reply", json!({"type": "payload", "payload": text})),
        TemplateButtonKind::CopyCode => ("copy_code", json!({"type": "coupon_code", "coupon_code": text})),
    };
    let index = button.index.to_string();
    Ok(json!({"type": "button", "sub_type": sub_type, "index": index, "parameters": [parameter]}))
}

fn text_parameter(text: &str, place: &str) -> Result<Value, Outcome> {
    Ok(json!({"type": "text", "text": filled(text, place)?}))
}

/// Meta refuses a parameter that is empty (131008) or holds a line's end, a tab or more than four spaces in a row
/// (132018), and the refusal would seem to blame the template. One guest's odd name must not pause a run.
fn filled(text: &str, place: &str) -> Result<String, Outcome> {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.is_empty() {
        return Err(failed(format!("{place} is empty; give it a default in the mailing")));
    }
    Ok(flat)
}
