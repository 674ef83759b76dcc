//! The content of a chat message, on channels that have only texts, pictures and a button.

use super::web_address::address;
use crate::fault::{Fault, Why};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatContent<T = String> {
    pub text: T,
    /// URL of a picture above the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Opens a page; shown under the text.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub button: Option<ChatButton<T>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatButton<T = String> {
    pub title: T,
    /// Where it leads: if absent, the recipient's personal link, which counts the open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl ChatContent {
    /// What is wrong with the form of the content; `link` is that of the mailing.
    pub(super) fn problems(&self, place: &str, link: Option<&str>, found: &mut Vec<Fault>) {
        address(found, &format!("{place}.image"), self.image.as_deref());
        let Some(button) = &self.button else { return };
        address(found, &format!("{place}.button.link"), button.link.as_deref());
        if button.link.is_none() && link.is_none() {
            found.push(Why::ButtonWithoutLink.at(format!("{place}.button.link")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_picture_and_a_button_lead_to_web_addresses() {
        let (own, other) = (Some("https://b.example"), "https://b.example/menu");
        for (content, link, expected) in [
            (json!({"text": "t"}), None, &[][..]),
            (json!({"text": "t", "image": "i.png"}), None, &["chat.image"]),
            (json!({"text": "t", "button": {"title": "Menu"}}), own, &[]),
            (
                json!({"text": "t", "button": {"title": "Menu"}}),
                None,
                &["chat.button.link"],
            ),
            (
                json!({"text": "t", "button": {"title": "Menu", "link": other}}),
                None,
                &[],
            ),
            (
                json!({"text": "t", "button": {"title": "Menu", "link": "menu"}}),
                own,
                &["chat.button.link"],
            ),
        ] {
            let chat: ChatContent = serde_json::from_value(content.clone()).unwrap();
            let mut found = Vec::new();
            chat.problems("chat", link, &mut found);
            let places: Vec<_> = found.into_iter().map(|fault| fault.place).collect();
            assert_eq!(places, expected, "{content}");
            assert_eq!(serde_json::to_value(&chat).unwrap(), content);
        }
    }
}
