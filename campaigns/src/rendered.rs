//! A content rendered for one recipient, and how a provider is shown it.

use bellhop_channels::{
    Action, Chat, Content, Header, Media, Push, Template, TemplateButton, TemplateButtonKind, WebPush, WhatsApp,
};
use bellhop_domain::incoming::MediaKind;
use bellhop_domain::mailing::ButtonKind;

/// A content rendered for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    Push {
        title: String,
        body: String,
        image: Option<String>,
        link: Option<String>,
    },
    WebPush {
        title: String,
        body: String,
        icon: Option<String>,
        image: Option<String>,
        link: Option<String>,
        actions: Vec<RenderedAction>,
    },
    Text(String),
    WhatsApp(RenderedWhatsApp),
    Chat {
        text: String,
        image: Option<String>,
    },
}

/// A button of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedAction {
    pub title: String,
    pub link: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderedWhatsApp {
    Text(String),
    Media(RenderedMedia),
    Template {
        name: String,
        language: String,
        header: Option<RenderedHeader>,
        parameters: Vec<String>,
        buttons: Vec<RenderedButton>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedMedia {
    pub kind: MediaKind,
    pub url: String,
    pub caption: Option<String>,
    pub filename: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderedHeader {
    Text(String),
    Media(RenderedMedia),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedButton {
    pub index: u8,
    pub kind: ButtonKind,
    pub parameter: String,
}

/// Lists that a [`Content`] borrows; empty, and without an allocation, where it has none.
#[derive(Default)]
pub struct Lists<'a> {
    actions: Vec<Action<'a>>,
    parameters: Vec<&'a str>,
    buttons: Vec<TemplateButton<'a>>,
}

impl Rendered {
    /// The lists that [`content`](Self::content) borrows.
    pub fn lists(&self) -> Lists<'_> {
        match self {
            Rendered::Push { .. } | Rendered::Text(_) | Rendered::Chat { .. } => Lists::default(),
            Rendered::WebPush { actions, .. } => Lists {
                actions: actions.iter().map(RenderedAction::shown).collect(),
                ..Lists::default()
            },
            Rendered::WhatsApp(RenderedWhatsApp::Template {
                parameters, buttons, ..
            }) => Lists {
                parameters: parameters.iter().map(String::as_str).collect(),
                buttons: buttons.iter().map(RenderedButton::shown).collect(),
                ..Lists::default()
            },
            Rendered::WhatsApp(_) => Lists::default(),
        }
    }

    /// The content as a provider takes it; `lists` are its own.
    pub fn content<'a>(&'a self, lists: &'a Lists<'a>) -> Content<'a> {
        match self {
            Rendered::Push {
                title,
                body,
                image,
                link,
            } => Content::Push(Push {
                title,
                body,
                image: image.as_deref(),
                link: link.as_deref(),
            }),
            Rendered::WebPush {
                title,
                body,
                icon,
                image,
                link,
                ..
            } => Content::WebPush(WebPush {
                title,
                body,
                icon: icon.as_deref(),
                image: image.as_deref(),
                link: link.as_deref(),
                actions: &lists.actions,
            }),
            Rendered::Text(text) => Content::Text(text),
            Rendered::Chat { text, image } => Content::Chat(Chat {
                text,
                image: image.as_deref(),
            }),
            Rendered::WhatsApp(whatsapp) => Content::WhatsApp(whatsapp.shown(lists)),
        }
    }
}

impl RenderedAction {
    fn shown(&self) -> Action<'_> {
        Action {
            title: &self.title,
            link: &self.link,
        }
    }
}

impl RenderedButton {
    fn shown(&self) -> TemplateButton<'_> {
        TemplateButton {
            index: self.index,
            kind: match self.kind {
                ButtonKind::Url => TemplateButtonKind::Url,
                ButtonKind::QuickReply => TemplateButtonKind::QuickReply,
                ButtonKind::CopyCode => TemplateButtonKind::CopyCode,
            },
            parameter: &self.parameter,
        }
    }
}

impl RenderedMedia {
    fn shown(&self) -> Media<'_> {
        Media {
            kind: self.kind,
            url: &self.url,
            caption: self.caption.as_deref(),
            filename: self.filename.as_deref(),
        }
    }
}

impl RenderedWhatsApp {
    fn shown<'a>(&'a self, lists: &'a Lists<'a>) -> WhatsApp<'a> {
        match self {
            RenderedWhatsApp::Text(text) => WhatsApp::Text(text),
            RenderedWhatsApp::Media(media) => WhatsApp::Media(media.shown()),
            RenderedWhatsApp::Template {
                name, language, header, ..
            } => WhatsApp::Template(Template {
                name,
                language,
                header: header.as_ref().map(|header| match header {
                    RenderedHeader::Text(text) => Header::Text(text),
                    RenderedHeader::Media(media) => Header::Media(media.shown()),
                }),
                parameters: &lists.parameters,
                buttons: &lists.buttons,
            }),
        }
    }
}
