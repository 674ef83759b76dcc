//! What one guest gets of a mailing: the content of one channel.

use super::Contents;
use super::contents::{ChatContent, PushContent, SmsContent, WebPushContent};
use super::whatsapp::{MediaContent, TemplateContent, WhatsAppContent};
use crate::Channel;

/// The content of one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<T = String> {
    Push(PushContent<T>),
    WebPush(WebPushContent<T>),
    WhatsApp(WhatsAppForm<T>),
    Sms(SmsContent<T>),
    Chat(ChatContent<T>),
}

/// The form of a WhatsApp content that goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhatsAppForm<T = String> {
    Text(T),
    Media(MediaContent<T>),
    Template(TemplateContent<T>),
}

impl<T> Contents<T> {
    /// What goes out on a channel, mapped as by [`Contents::try_map`]; `None` if the mailing has nothing for it.
    /// `free_text` tells whether a free text may be sent to the guest over WhatsApp.
    ///
    /// # Errors
    /// The error of the first text that `f` refuses.
    pub fn try_content<'a, U, E>(
        &'a self,
        channel: Channel,
        free_text: bool,
        f: &mut impl FnMut(&'a T) -> Result<U, E>,
    ) -> Result<Option<Content<U>>, E> {
        Ok(match channel {
            Channel::Push => match &self.push {
                Some(push) => Some(Content::Push(push.try_map(f)?)),
                None => None,
            },
            Channel::WebPush => match &self.web_push {
                Some(web_push) => Some(Content::WebPush(web_push.try_map(f)?)),
                None => None,
            },
            Channel::WhatsApp => match &self.whatsapp {
                Some(whatsapp) => whatsapp.try_form(free_text, f)?.map(Content::WhatsApp),
                None => None,
            },
            Channel::Sms => match &self.sms {
                Some(sms) => Some(Content::Sms(sms.try_map(f)?)),
                None => None,
            },
            chat => match self.chat(chat) {
                Some(chat) => Some(Content::Chat(chat.try_map(f)?)),
                None => None,
            },
        })
    }
}

impl<T> WhatsAppContent<T> {
    fn try_form<'a, U, E>(
        &'a self,
        free_text: bool,
        f: &mut impl FnMut(&'a T) -> Result<U, E>,
    ) -> Result<Option<WhatsAppForm<U>>, E> {
        // Without a template the text goes out all the same; it is the provider that accepts or refuses it.
        let free = free_text || self.template.is_none();
        Ok(match (&self.text, &self.media, &self.template) {
            (Some(text), _, _) if free => Some(WhatsAppForm::Text(f(text)?)),
            (None, Some(media), _) if free => Some(WhatsAppForm::Media(media.try_map(f)?)),
            (_, _, Some(template)) => Some(WhatsAppForm::Template(template.try_map(f)?)),
            (_, _, None) => None,
        })
    }
}
