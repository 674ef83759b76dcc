//! WhatsApp's content (PROVIDERS.md §5): free text or a file within 24 hours of the guest's last message, else a
//! template that Meta has approved.

use super::web_address::address;
use crate::fault::{Fault, Why};
use crate::incoming::MediaKind;
use serde::{Deserialize, Serialize};

/// At least one of the three is given. If the window is open or there is no template, the text or the file is sent,
/// otherwise the template.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsAppContent<T = String> {
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub text: Option<T>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaContent<T>>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateContent<T>>,
}

/// A file by its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaContent<T = String> {
    pub kind: MediaKind,
    pub url: String,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub caption: Option<T>,
    /// The name of the document as the guest sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// A template that Meta has approved, with what fills its places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateContent<T = String> {
    pub name: String,
    /// As Meta spells it: `ru`, `en_US`.
    pub language: String,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderContent<T>>,
    /// The values of `{{1}}`, `{{2}}` … in its body.
    #[serde(default = "Vec::default", skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<T>,
    #[serde(default = "Vec::default", skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<ButtonContent<T>>,
}

/// What fills a template's header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderContent<T = String> {
    Text(T),
    Media(MediaContent<T>),
}

/// What fills one of a template's buttons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ButtonContent<T = String> {
    /// The button's place in the template, from 0.
    pub index: u8,
    pub kind: ButtonKind,
    /// A URL button without a parameter gets the token of the recipient's personal link; its URL in the template must
    /// then be `PUBLIC_URL/l/{{1}}`.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub parameter: Option<T>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonKind {
    /// The end of the button's URL.
    Url,
    /// What comes back when it is tapped.
    QuickReply,
    /// The code that it copies.
    CopyCode,
}

/// A template has ten buttons at most.
const BUTTONS: u8 = 10;

impl WhatsAppContent {
    pub(super) fn problems(&self, link: Option<&str>, found: &mut Vec<Fault>) {
        match (&self.text, &self.media, &self.template) {
            (None, None, None) => found.push(Why::WhatsAppSilent.at("contents.whatsapp")),
            (Some(_), Some(_), _) => found.push(Why::WhatsAppTwoVoices.at("contents.whatsapp")),
            _ => {}
        }
        if let Some(media) = &self.media {
            media.problems("contents.whatsapp.media", found);
        }
        if let Some(template) = &self.template {
            template.problems(link, found);
        }
    }
}

impl MediaContent {
    fn problems(&self, place: &str, found: &mut Vec<Fault>) {
        address(found, &format!("{place}.url"), Some(&self.url));
        let mut add = |key: &str, why: Why| found.push(why.at(format!("{place}.{key}")));
        match self.kind {
            MediaKind::Sticker => add("kind", Why::MediaSticker),
            MediaKind::Audio if self.caption.is_some() => add("caption", Why::CaptionOfAudio),
            _ => {}
        }
        if self.filename.is_some() && self.kind != MediaKind::Document {
            add("filename", Why::FilenameOfNoDocument);
        }
    }
}

impl TemplateContent {
    fn problems(&self, link: Option<&str>, found: &mut Vec<Fault>) {
        const PLACE: &str = "contents.whatsapp.template";
        let mut add = |key: &str, why: Why| found.push(why.at(format!("{PLACE}.{key}")));
        let named = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        if self.name.is_empty() || !self.name.bytes().all(named) {
            add("name", Why::TemplateNameUnfit);
        }
        if !is_language(&self.language) {
            add("language", Why::TemplateLanguageUnfit);
        }
        for (i, button) in self.buttons.iter().enumerate() {
            let place = format!("buttons[{i}]");
            if button.index >= BUTTONS || self.buttons[..i].iter().any(|b| b.index == button.index) {
                add(&format!("{place}.index"), Why::ButtonIndexUnfit);
            }
            match button.kind {
                ButtonKind::Url if button.parameter.is_none() && link.is_none() => {
                    add(&format!("{place}.parameter"), Why::ButtonWithoutLink)
                }
                ButtonKind::QuickReply | ButtonKind::CopyCode if button.parameter.is_none() => {
                    add(&format!("{place}.parameter"), Why::ButtonParameterAbsent)
                }
                _ => {}
            }
        }
        if let Some(HeaderContent::Media(media)) = &self.header {
            media.problems(&format!("{PLACE}.header.media"), found);
        }
    }
}

/// `ru`, `fil`, `en_US`.
fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once('_').map_or((text, None), |(l, r)| (l, Some(r)));
    (2..=3).contains(&language.len())
        && language.bytes().all(|c| c.is_ascii_lowercase())
        && region.is_none_or(|r| (2..=4).contains(&r.len()) && r.bytes().all(|c| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(content: serde_json::Value, link: Option<&str>) -> Vec<String> {
        let content: WhatsAppContent = serde_json::from_value(content).unwrap();
        let mut found = Vec::new();
        content.problems(link, &mut found);
        let place = |p: Fault| p.place.strip_prefix("contents.whatsapp").unwrap().to_owned();
        found.into_iter().map(place).collect()
    }

    #[test]
    fn each_mistake_has_its_place() {
        let media = |kind: &str| json!({"kind": kind, "url": "https://b.example/f", "caption": "c", "filename": "f"});
        let template = |extra: serde_json::Value| {
            let mut template = json!({"name": "come_back", "language": "ru", "parameters": ["{{ name }}"]});
            template
                .as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            json!({"template": template})
        };
        let button = |kind: &str| json!({"buttons": [{"index": 0, "kind": kind}]});
        let link = Some("https://b.example");
        for (content, link, expected) in [
            (json!({}), link, &[""][..]),
            (json!({"text": "t"}), None, &[]),
            (json!({"text": "t", "media": media("document")}), None, &[""]),
            (json!({"media": media("document")}), None, &[]),
            (json!({"media": media("image")}), None, &[".media.filename"]),
            (
                json!({"media": media("audio")}),
                None,
                &[".media.caption", ".media.filename"],
            ),
            (
                json!({"media": media("sticker")}),
                None,
                &[".media.kind", ".media.filename"],
            ),
            (template(json!({})), None, &[]),
            (template(json!({"name": "Come back"})), None, &[".template.name"]),
            (template(json!({"language": "russian"})), None, &[".template.language"]),
            (template(button("url")), link, &[]),
            (template(button("url")), None, &[".template.buttons[0].parameter"]),
            (template(button("copy_code")), link, &[".template.buttons[0].parameter"]),
            (
                template(json!({"buttons": [{"index": 1, "kind": "url"}, {"index": 1, "kind": "url"}]})),
                link,
                &[".template.buttons[1].index"],
            ),
            (template(json!({"header": {"text": "{{ name }}"}})), None, &[]),
            (
                template(json!({"header": {"media": {"kind": "image", "url": "f.png"}}})),
                None,
                &[".template.header.media.url"],
            ),
        ] {
            assert_eq!(problems(content.clone(), link), expected, "{content}");
        }
    }

    #[test]
    fn a_content_survives_json() {
        let content = json!({"template": {"name": "a", "language": "en_US", "header": {"text": "h"},
            "buttons": [{"index": 2, "kind": "quick_reply", "parameter": "p"}]}});
        let read: WhatsAppContent = serde_json::from_value(content.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), content);
        assert!(serde_json::from_value::<WhatsAppContent>(json!({"texts": "t"})).is_err());
    }
}
