//! What a mailing says on each channel. Every text is a template; links and the addresses of pictures are not. `T`
//! stands for a text: as it was written, compiled, or rendered.

use super::web_address::address;
use super::whatsapp::WhatsAppContent;
use crate::Channel;
use crate::fault::{Fault, Why};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents<T = String> {
    // A plain `#[serde(default)]` would require `T: Default`, which a template does not implement.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub push: Option<PushContent<T>>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub web_push: Option<WebPushContent<T>>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub whatsapp: Option<WhatsAppContent<T>>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub sms: Option<SmsContent<T>>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub telegram: Option<ChatContent<T>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushContent<T = String> {
    pub title: T,
    pub body: T,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// A deep link of the app; the mailing's `link` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// A notification of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebPushContent<T = String> {
    pub title: T,
    pub body: T,
    /// URL of a small square picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// URL of a large picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Where a click leads: the mailing's `link` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    #[serde(default = "Vec::default", skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionContent<T>>,
}

/// A button of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionContent<T = String> {
    pub title: T,
    /// Where it leads.
    pub link: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsContent<T = String> {
    pub text: T,
}

/// A chat message of a bot or a number, on channels that have only texts and pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatContent<T = String> {
    pub text: T,
    /// URL of a picture above the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// The most actions that browsers show (`Notification.maxActions` of Chromium).
const ACTIONS: usize = 2;

impl<T> Contents<T> {
    /// Whether there is a content for a channel.
    pub fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Push => self.push.is_some(),
            Channel::WebPush => self.web_push.is_some(),
            Channel::WhatsApp => self.whatsapp.is_some(),
            Channel::Sms => self.sms.is_some(),
            chat @ Channel::Telegram => self.chat(chat).is_some(),
        }
    }

    /// The content of a channel that has only texts and pictures.
    pub fn chat(&self, channel: Channel) -> Option<&ChatContent<T>> {
        match channel {
            Channel::Telegram => self.telegram.as_ref(),
            Channel::Push | Channel::WebPush | Channel::WhatsApp | Channel::Sms => None,
        }
    }

    /// Every [`chat`](Self::chat) that the mailing has.
    pub fn chats(&self) -> impl Iterator<Item = (Channel, &ChatContent<T>)> {
        Channel::ALL
            .into_iter()
            .filter_map(|channel| Some((channel, self.chat(channel)?)))
    }
}

impl Contents {
    /// What is wrong with the form of the contents; `link` is that of the mailing.
    pub(super) fn problems(&self, link: Option<&str>) -> Vec<Fault> {
        let mut found = Vec::new();
        if let Some(push) = &self.push {
            address(&mut found, "contents.push.image", push.image.as_deref());
        }
        if let Some(web_push) = &self.web_push {
            web_push.problems(&mut found);
        }
        if let Some(whatsapp) = &self.whatsapp {
            whatsapp.problems(link, &mut found);
        }
        for (channel, chat) in self.chats() {
            address(&mut found, &format!("contents.{channel}.image"), chat.image.as_deref());
        }
        found
    }
}

impl WebPushContent {
    fn problems(&self, found: &mut Vec<Fault>) {
        for (key, value) in [("icon", &self.icon), ("image", &self.image), ("link", &self.link)] {
            address(found, &format!("contents.web_push.{key}"), value.as_deref());
        }
        for (i, action) in self.actions.iter().enumerate() {
            let place = format!("contents.web_push.actions[{i}].link");
            address(found, &place, Some(&action.link));
        }
        if self.actions.len() > ACTIONS {
            let (has, most) = (self.actions.len(), ACTIONS);
            found.push(Why::TooManyActions { has, most }.at("contents.web_push.actions"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(contents: serde_json::Value, link: Option<&str>) -> Vec<String> {
        let contents: Contents = serde_json::from_value(contents).unwrap();
        contents.problems(link).into_iter().map(|p| p.place).collect()
    }

    #[test]
    fn a_chats_picture_is_a_web_address() {
        let chat = |image: &str| serde_json::json!({"telegram": {"text": "t", "image": image}});
        assert!(places(chat("https://b.example/i.png"), None).is_empty());
        assert_eq!(places(chat("i.png"), None), ["contents.telegram.image"]);
    }

    #[test]
    fn a_notification_of_a_site() {
        let good = serde_json::json!({"web_push": {"title": "t", "body": "b", "icon": "https://b.example/i.png",
            "actions": [{"title": "Menu", "link": "https://b.example/menu"}]}});
        assert!(places(good, None).is_empty());
        let action = serde_json::json!({"title": "a", "link": "menu"});
        let bad = serde_json::json!({"web_push": {"title": "t", "body": "b", "icon": "i.png", "link": "https://",
            "actions": [action, action, action]}});
        assert_eq!(
            places(bad, None),
            [
                "contents.web_push.icon",
                "contents.web_push.link",
                "contents.web_push.actions[0].link",
                "contents.web_push.actions[1].link",
                "contents.web_push.actions[2].link",
                "contents.web_push.actions"
            ]
        );
        let unknown = r#"{"web_push":{"title":"t","body":"b","sound":"s"}}"#;
        assert!(serde_json::from_str::<Contents>(unknown).is_err());
    }
}
