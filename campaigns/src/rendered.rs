//! How a content rendered for one recipient is shown to a provider.
//!
//! A provider borrows everything that it sends, including lists, and knows nothing about mailings. What it gets is a
//! view of the content, which costs no allocation unless there is a list.

use bellhop_channels::{
    Action, Chat, Content as Shown, Header, Media, Push, Template, TemplateButton, TemplateButtonKind, WebPush,
    WhatsApp,
};
use bellhop_domain::mailing::{
    ActionContent, ButtonContent, ButtonKind, Content, HeaderContent, MediaContent, WhatsAppForm,
};

/// The lists of a rendered content, which the view borrows; empty, and without an allocation, if it has none.
#[derive(Default)]
pub struct Lists<'a> {
    actions: Vec<Action<'a>>,
    parameters: Vec<&'a str>,
    buttons: Vec<TemplateButton<'a>>,
}

impl<'a> Lists<'a> {
    pub fn of(content: &'a Content) -> Self {
        match content {
            Content::WebPush(web_push) => Lists {
                actions: web_push.actions.iter().map(action).collect(),
                ..Lists::default()
            },
            Content::WhatsApp(WhatsAppForm::Template(template)) => Lists {
                parameters: template.parameters.iter().map(String::as_str).collect(),
                buttons: template.buttons.iter().map(button).collect(),
                ..Lists::default()
            },
            Content::Push(_) | Content::Sms(_) | Content::Chat(_) | Content::WhatsApp(_) => Lists::default(),
        }
    }

    /// The content as a provider takes it. These lists must be those of this content.
    pub fn shown(&'a self, content: &'a Content) -> Shown<'a> {
        match content {
            Content::Push(it) => Shown::Push(Push {
                title: &it.title,
                body: &it.body,
                image: it.image.as_deref(),
                link: it.link.as_deref(),
            }),
            Content::WebPush(it) => Shown::WebPush(WebPush {
                title: &it.title,
                body: &it.body,
                icon: it.icon.as_deref(),
                image: it.image.as_deref(),
                link: it.link.as_deref(),
                actions: &self.actions,
            }),
            Content::Sms(it) => Shown::Text(&it.text),
            Content::Chat(it) => Shown::Chat(Chat {
                text: &it.text,
                image: it.image.as_deref(),
            }),
            Content::WhatsApp(form) => Shown::WhatsApp(self.whatsapp(form)),
        }
    }

    fn whatsapp(&'a self, form: &'a WhatsAppForm) -> WhatsApp<'a> {
        match form {
            WhatsAppForm::Text(text) => WhatsApp::Text(text),
            WhatsAppForm::Media(file) => WhatsApp::Media(media(file)),
            WhatsAppForm::Template(it) => WhatsApp::Template(Template {
                name: &it.name,
                language: &it.language,
                header: it.header.as_ref().map(|header| match header {
                    HeaderContent::Text(text) => Header::Text(text),
                    HeaderContent::Media(file) => Header::Media(media(file)),
                }),
                parameters: &self.parameters,
                buttons: &self.buttons,
            }),
        }
    }
}

fn action(it: &ActionContent) -> Action<'_> {
    Action {
        title: &it.title,
        link: &it.link,
    }
}

/// Rendering has given every button a parameter.
fn button(it: &ButtonContent) -> TemplateButton<'_> {
    TemplateButton {
        index: it.index,
        kind: match it.kind {
            ButtonKind::Url => TemplateButtonKind::Url,
            ButtonKind::QuickReply => TemplateButtonKind::QuickReply,
            ButtonKind::CopyCode => TemplateButtonKind::CopyCode,
        },
        parameter: it.parameter.as_deref().unwrap_or_default(),
    }
}

fn media(it: &MediaContent) -> Media<'_> {
    Media {
        kind: it.kind,
        url: &it.url,
        caption: it.caption.as_deref(),
        filename: it.filename.as_deref(),
    }
}
