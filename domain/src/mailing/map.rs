//! Contents keep one shape at every stage: texts as their author wrote them, templates compiled from these, and texts
//! rendered from the templates. A map turns one stage into the next; nothing else needs to know where all the texts
//! are.

use super::contents::{ActionContent, ChatContent, Contents, PushContent, SmsContent, WebPushContent};
use super::whatsapp::{ButtonContent, HeaderContent, MediaContent, TemplateContent, WhatsAppContent};
use crate::Channel;
use std::convert::Infallible;

impl<T> Contents<T> {
    /// The same contents with something else in place of each text.
    ///
    /// # Errors
    /// The error of the first text that `f` refuses.
    pub fn try_map<'a, U, E>(&'a self, mut f: impl FnMut(Channel, &'a T) -> Result<U, E>) -> Result<Contents<U>, E> {
        Ok(Contents {
            push: each(&self.push, |it| it.try_map(&mut |text| f(Channel::Push, text)))?,
            web_push: each(&self.web_push, |it| it.try_map(&mut |text| f(Channel::WebPush, text)))?,
            whatsapp: each(&self.whatsapp, |it| it.try_map(&mut |text| f(Channel::WhatsApp, text)))?,
            sms: each(&self.sms, |it| it.try_map(&mut |text| f(Channel::Sms, text)))?,
            telegram: each(&self.telegram, |it| it.try_map(&mut |text| f(Channel::Telegram, text)))?,
        })
    }

    /// Every text of a channel's content.
    pub fn texts(&self, channel: Channel) -> Vec<&T> {
        let mut texts = Vec::new();
        let Ok(_) = self.try_map(|of, text| {
            if of == channel {
                texts.push(text);
            }
            Ok::<_, Infallible>(())
        });
        texts
    }
}

impl<T> PushContent<T> {
    /// As [`Contents::try_map`].
    pub fn try_map<'a, U, E>(&'a self, f: &mut impl FnMut(&'a T) -> Result<U, E>) -> Result<PushContent<U>, E> {
        Ok(PushContent {
            title: f(&self.title)?,
            body: f(&self.body)?,
            image: self.image.clone(),
            link: self.link.clone(),
        })
    }
}

impl<T> WebPushContent<T> {
    /// As [`Contents::try_map`].
    pub fn try_map<'a, U, E>(&'a self, f: &mut impl FnMut(&'a T) -> Result<U, E>) -> Result<WebPushContent<U>, E> {
        Ok(WebPushContent {
            title: f(&self.title)?,
            body: f(&self.body)?,
            icon: self.icon.clone(),
            image: self.image.clone(),
            link: self.link.clone(),
            actions: all(&self.actions, |action| {
                Ok::<_, E>(ActionContent {
                    title: f(&action.title)?,
                    link: action.link.clone(),
                })
            })?,
        })
    }
}

impl<T> SmsContent<T> {
    /// As [`Contents::try_map`].
    pub fn try_map<'a, U, E>(&'a self, f: &mut impl FnMut(&'a T) -> Result<U, E>) -> Result<SmsContent<U>, E> {
        Ok(SmsContent { text: f(&self.text)? })
    }
}

impl<T> ChatContent<T> {
    /// As [`Contents::try_map`].
    pub fn try_map<'a, U, E>(&'a self, f: &mut impl FnMut(&'a T) -> Result<U, E>) -> Result<ChatContent<U>, E> {
        Ok(ChatContent {
            text: f(&self.text)?,
            image: self.image.clone(),
        })
    }
}

impl<T> WhatsAppContent<T> {
    /// As [`Contents::try_map`].
    pub fn try_map<'a, U, E>(&'a self, f: &mut impl FnMut(&'a T) -> Result<U, E>) -> Result<WhatsAppContent<U>, E> {
        Ok(WhatsAppContent {
            text: each(&self.text, &mut *f)?,
            media: each(&self.media, |media| media.try_map(f))?,
            template: each(&self.template, |template| template.try_map(f))?,
        })
    }
}

impl<T> MediaContent<T> {
    /// As [`Contents::try_map`].
    pub fn try_map<'a, U, E>(&'a self, f: &mut impl FnMut(&'a T) -> Result<U, E>) -> Result<MediaContent<U>, E> {
        Ok(MediaContent {
            kind: self.kind,
            url: self.url.clone(),
            caption: each(&self.caption, f)?,
            filename: self.filename.clone(),
        })
    }
}

impl<T> TemplateContent<T> {
    /// As [`Contents::try_map`].
    pub fn try_map<'a, U, E>(&'a self, f: &mut impl FnMut(&'a T) -> Result<U, E>) -> Result<TemplateContent<U>, E> {
        Ok(TemplateContent {
            name: self.name.clone(),
            language: self.language.clone(),
            header: each(&self.header, |header| {
                Ok::<_, E>(match header {
                    HeaderContent::Text(text) => HeaderContent::Text(f(text)?),
                    HeaderContent::Media(media) => HeaderContent::Media(media.try_map(f)?),
                })
            })?,
            parameters: all(&self.parameters, &mut *f)?,
            buttons: all(&self.buttons, |button| {
                Ok::<_, E>(ButtonContent {
                    index: button.index,
                    kind: button.kind,
                    parameter: each(&button.parameter, &mut *f)?,
                })
            })?,
        })
    }
}

fn each<'a, T, U, E>(of: &'a Option<T>, f: impl FnOnce(&'a T) -> Result<U, E>) -> Result<Option<U>, E> {
    of.as_ref().map(f).transpose()
}

fn all<'a, T, U, E>(of: &'a [T], f: impl FnMut(&'a T) -> Result<U, E>) -> Result<Vec<U>, E> {
    of.iter().map(f).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn contents() -> Contents {
        let media = |name: &str| json!({"kind": "image", "url": "https://u", "caption": name, "filename": "f"});
        let read = serde_json::from_value(json!({
            "push": {"title": "p1", "body": "p2", "image": "https://i", "link": "app://l"},
            "web_push": {"title": "b1", "body": "b2", "icon": "https://c", "image": "https://i", "link": "https://l",
                "actions": [{"title": "b3", "link": "https://a"}]},
            "whatsapp": {"text": "w1", "media": media("w2"), "template": {"name": "n", "language": "ru",
                "header": {"media": media("w3")}, "parameters": ["w4", "w5"],
                "buttons": [{"index": 3, "kind": "url", "parameter": "w6"}, {"index": 4, "kind": "copy_code"}]}},
            "sms": {"text": "s1"},
            "telegram": {"text": "t1", "image": "https://i"},
        }));
        read.unwrap()
    }

    #[test]
    fn a_map_keeps_all_that_is_no_text() {
        let contents = contents();
        let same = contents.try_map(|_, text| Ok::<_, Infallible>(text.clone()));
        assert_eq!(same, Ok(contents.clone()));
        let longer = contents.try_map(|channel, text| Ok::<_, Infallible>(format!("{channel}:{text}")));
        let Ok(longer) = longer;
        assert_eq!(longer.sms.unwrap().text, "sms:s1");
        assert_eq!(longer.telegram.unwrap().image.as_deref(), Some("https://i"));
    }

    #[test]
    fn every_text_is_found_on_its_channel() {
        let contents = contents();
        for (channel, expected) in [
            (Channel::Push, "p1 p2"),
            (Channel::WebPush, "b1 b2 b3"),
            (Channel::WhatsApp, "w1 w2 w3 w4 w5 w6"),
            (Channel::Sms, "s1"),
            (Channel::Telegram, "t1"),
        ] {
            let texts: Vec<_> = contents.texts(channel).into_iter().map(String::as_str).collect();
            assert_eq!(texts.join(" "), expected);
        }
    }

    #[test]
    fn the_first_text_that_fails_is_the_error() {
        let failing = contents().try_map(|_, text| match text.as_str() {
            "b3" | "w2" => Err(text.clone()),
            _ => Ok(()),
        });
        assert_eq!(failing, Err("b3".to_owned()));
    }
}
