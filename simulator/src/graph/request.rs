//! The body of `/messages`, checked as Meta checks it (PROVIDERS §5.2).

use serde_json::{Map, Value};

use super::config::{GraphConfig, GraphTemplate};
use super::errors::GraphError;

const LONGEST_TEXT: usize = 4_096;
const MEDIA: [&str; 5] = ["image", "video", "audio", "document", "sticker"];

/// A valid send.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Send {
    /// Digits, or a user id.
    pub(super) recipient: String,
    /// The sender's own text, echoed in statuses.
    pub(super) callback_data: Option<String>,
    pub(super) kind: String,
    /// What the guest's phone shows, as far as this request tells.
    pub(super) shown: String,
    /// The URL button's whole address.
    pub(super) link: String,
    /// The template's name, language and category.
    pub(super) template: Option<(String, String, String)>,
}

type Checked<T> = Result<T, GraphError>;

impl Send {
    pub(super) fn read(body: &[u8], config: &GraphConfig, marketing: bool) -> Checked<Self> {
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
            return Err(GraphError::new(100, "the body is no JSON object"));
        };
        if wanted(&body, "messaging_product")? != "whatsapp" {
            return Err(invalid("messaging_product", "is not whatsapp"));
        }
        let kind = match body.get("type") {
            None => "text",
            Some(kind) => kind.as_str().ok_or_else(|| invalid("type", "is not a text"))?,
        };
        let recipient = recipient(&body)?;
        if recipient == config.display_phone_number {
            return Err(GraphError::new(131_021, "recipient and sender are the same"));
        }
        let mut send = Self {
            recipient,
            callback_data: callback_data(&body)?,
            kind: kind.to_owned(),
            shown: String::new(),
            link: String::new(),
            template: None,
        };
        if marketing && kind != "template" {
            return Err(GraphError::new(131_055, "the marketing endpoint takes templates only"));
        }
        let part = || match body.get(kind) {
            Some(Value::Object(part)) => Ok(part),
            Some(_) => Err(invalid(kind, "is no object")),
            None => Err(missing(kind)),
        };
        match kind {
            "text" => send.text(part()?)?,
            "template" => send.template(part()?, config, marketing)?,
            kind if MEDIA.contains(&kind) => send.media(part()?, kind)?,
            "location" | "contacts" | "reaction" | "interactive" => {}
            _ => return Err(GraphError::new(131_051, format!("type {kind}"))),
        }
        Ok(send)
    }

    fn text(&mut self, part: &Map<String, Value>) -> Checked<()> {
        let text = wanted(part, "body")?;
        if text.is_empty() || text.chars().count() > LONGEST_TEXT {
            return Err(invalid("text.body", "has not 1 to 4096 characters"));
        }
        if part.get("preview_url").is_some_and(|preview| !preview.is_boolean()) {
            return Err(invalid("text.preview_url", "is neither true nor false"));
        }
        self.shown = text.to_owned();
        Ok(())
    }

    fn media(&mut self, part: &Map<String, Value>, kind: &str) -> Checked<()> {
        match (part.get("id"), part.get("link")) {
            (Some(Value::String(_)), None) => {}
            (None, Some(Value::String(link))) if link.starts_with("http") => {}
            _ => {
                return Err(GraphError::new(
                    131_008,
                    format!("{kind}: id or link, and only one of them"),
                ));
            }
        }
        for (key, of) in [
            ("caption", &["image", "video", "document"][..]),
            ("filename", &["document"]),
        ] {
            match part.get(key) {
                Some(_) if !of.contains(&kind) => return Err(invalid(key, "does not go with this type")),
                Some(Value::String(text)) if key == "caption" => self.shown = text.clone(),
                Some(Value::String(_)) | None => {}
                Some(_) => return Err(invalid(key, "is not a text")),
            }
        }
        Ok(())
    }

    fn template(&mut self, part: &Map<String, Value>, config: &GraphConfig, marketing: bool) -> Checked<()> {
        let name = wanted(part, "name")?;
        let language = part.get("language").and_then(|language| language["code"].as_str());
        let language = language.ok_or_else(|| missing("template.language.code"))?;
        let known = config
            .templates
            .iter()
            .find(|one| one.name == name && one.language == language);
        let Some(template) = known.filter(|one| one.status != "REJECTED") else {
            return Err(GraphError::new(
                132_001,
                format!("template name ({name}) does not exist in {language}"),
            ));
        };
        match template.status.as_str() {
            "PAUSED" => return Err(GraphError::new(132_015, "the template is paused")),
            "DISABLED" => return Err(GraphError::new(132_016, "the template is disabled")),
            _ => {}
        }
        if marketing && template.category != "MARKETING" {
            return Err(GraphError::new(
                131_055,
                "the marketing endpoint takes MARKETING templates only",
            ));
        }
        let components: &[Value] = match part.get("components") {
            None => &[],
            Some(Value::Array(components)) => components.as_slice(),
            Some(_) => return Err(invalid("template.components", "is no list")),
        };
        let texts = self.components(components, template)?;
        self.shown = texts
            .into_iter()
            .chain([self.link.clone()])
            .collect::<Vec<_>>()
            .join(" ")
            .trim()
            .to_owned();
        self.template = Some((name.to_owned(), language.to_owned(), template.category.clone()));
        Ok(())
    }

    /// Checks the components against the template; returns the texts of the body.
    fn components(&mut self, components: &[Value], template: &GraphTemplate) -> Checked<Vec<String>> {
        let (mut texts, mut header) = (Vec::new(), None);
        for component in components {
            let parameters = component["parameters"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            // Meta accepts capitals too.
            match component["type"].as_str().map(str::to_lowercase).as_deref() {
                Some("header") => header = Some(header_kind(parameters)?),
                Some("body") => texts = parameters.iter().map(text_parameter).collect::<Checked<Vec<_>>>()?,
                Some("button") => self.button(component, parameters, template)?,
                _ => return Err(invalid("template.components.type", "is none of header, body, button")),
            }
        }
        if texts.len() != template.parameters {
            let (got, wanted) = (texts.len(), template.parameters);
            let details = format!(
                "body: number of localizable_params ({got}) does not match the expected number of params ({wanted})"
            );
            return Err(GraphError::new(132_000, details));
        }
        if header.as_deref() != template.header.as_deref() {
            return Err(GraphError::new(132_012, "header: format mismatch"));
        }
        if template.button_url.is_some() && self.link.is_empty() {
            return Err(GraphError::new(
                131_008,
                "buttons: button at index 0 of type Url requires a parameter",
            ));
        }
        Ok(texts)
    }

    fn button(&mut self, component: &Value, parameters: &[Value], template: &GraphTemplate) -> Checked<()> {
        let index = &component["index"];
        if index.as_u64().is_none() && index.as_str().is_none_or(|text| text.parse::<u8>().is_err()) {
            return Err(missing("template.components.button.index"));
        }
        let [parameter] = parameters else {
            return Err(GraphError::new(132_000, "buttons: one parameter each"));
        };
        let (kind, key) = match component["sub_type"].as_str().map(str::to_lowercase).as_deref() {
            Some("url") => ("text", "text"),
            Some("quick_reply") => ("payload", "payload"),
            Some("copy_code") => ("coupon_code", "coupon_code"),
            _ => return Err(invalid("template.components.button.sub_type", "is unknown")),
        };
        let text = parameter[key].as_str().filter(|_| is(&parameter["type"], kind));
        let Some(text) = text else {
            return Err(GraphError::new(132_012, "buttons: parameter format mismatch"));
        };
        match &template.button_url {
            Some(base) if kind == "text" => self.link = format!("{base}{text}"),
            None if kind == "text" => return Err(GraphError::new(132_000, "buttons: the template has no URL button")),
            _ => {}
        }
        Ok(())
    }
}

/// The recipient; `to` wins if both are given.
fn recipient(body: &Map<String, Value>) -> Checked<String> {
    let text = |key: &str| body.get(key).map(|value| value.as_str().unwrap_or_default());
    match (text("to"), text("recipient")) {
        (Some(to), _) => {
            let digits: String = to.chars().filter(char::is_ascii_digit).collect();
            let odd = to
                .chars()
                .any(|letter| !letter.is_ascii_digit() && !"+ -()".contains(letter));
            if odd || !(7..=15).contains(&digits.len()) {
                return Err(invalid("to", "is not a phone number"));
            }
            Ok(digits)
        }
        (None, Some(id)) if id.get(2..3) == Some(".") && id.len() > 3 => Ok(id.to_owned()),
        (None, Some(_)) => Err(invalid("recipient", "is no user id")),
        (None, None) => Err(missing("to")),
    }
}

fn callback_data(body: &Map<String, Value>) -> Checked<Option<String>> {
    match body.get("biz_opaque_callback_data") {
        None => Ok(None),
        Some(Value::String(data)) if data.len() <= 512 => Ok(Some(data.clone())),
        Some(_) => Err(invalid(
            "biz_opaque_callback_data",
            "is not a text of at most 512 bytes",
        )),
    }
}

fn header_kind(parameters: &[Value]) -> Checked<String> {
    let [parameter] = parameters else {
        return Err(GraphError::new(132_000, "header: one parameter"));
    };
    let kind = parameter["type"].as_str().unwrap_or_default().to_lowercase();
    match kind.as_str() {
        "text" => text_parameter(parameter).map(|_| kind),
        "image" | "video" | "document" if parameter[&kind].is_object() => Ok(kind),
        _ => Err(GraphError::new(132_012, "header: parameter format mismatch")),
    }
}

fn text_parameter(parameter: &Value) -> Checked<String> {
    match parameter["text"].as_str().filter(|_| is(&parameter["type"], "text")) {
        None => Err(GraphError::new(132_012, "body: parameter format mismatch")),
        Some("") => Err(GraphError::new(131_008, "parameter of type text is missing text value")),
        Some(text) if text.contains(['\n', '\r', '\t']) || text.contains("     ") => Err(GraphError::new(
            132_018,
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        )),
        Some(text) => Ok(text.to_owned()),
    }
}

/// Whether it names this kind; Meta accepts any case.
fn is(value: &Value, kind: &str) -> bool {
    value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(kind))
}

fn wanted<'a>(object: &'a Map<String, Value>, key: &str) -> Checked<&'a str> {
    match object.get(key) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(invalid(key, "is not a text")),
        None => Err(missing(key)),
    }
}

fn missing(key: &str) -> GraphError {
    GraphError::new(131_008, format!("The parameter {key} is required"))
}

fn invalid(key: &str, why: &str) -> GraphError {
    GraphError::new(131_009, format!("{key} {why}"))
}
