//! A mailing's contents, compiled once for a run, and what rendering them asks of a guest.

use bellhop_domain::mailing::{
    ButtonContent, ButtonKind, ChatContent, HeaderContent, MailingSpec, MediaContent, TemplateContent, WebPushContent,
    WhatsAppContent,
};
use bellhop_domain::{Channel, incoming::MediaKind};
use bellhop_store::ledger::RenderNeeds;
use bellhop_templating::{Surface, Template, TemplateError};
use std::collections::BTreeMap;

/// Variables that a guest's profile answers for, and those that the run itself does.
const OF_PROFILE: [&str; 2] = ["name", "greeting"];
const OF_RUN: [&str; 1] = ["link"];

/// A mailing's texts, compiled.
#[derive(Debug)]
pub struct RunContents {
    pub(crate) push: Option<PushTemplates>,
    pub(crate) web_push: Option<WebPushTemplates>,
    pub(crate) whatsapp: Option<WhatsAppTemplates>,
    pub(crate) sms: Option<Template>,
    /// Of channels that know a text and a picture.
    pub(crate) chats: BTreeMap<Channel, ChatTemplates>,
    /// The values that each message brings along.
    given: Vec<String>,
    /// Where a personal link leads.
    pub(crate) link: Option<String>,
}

#[derive(Debug)]
pub(crate) struct PushTemplates {
    pub title: Template,
    pub body: Template,
    pub image: Option<String>,
    pub link: Option<String>,
}

#[derive(Debug)]
pub(crate) struct ChatTemplates {
    pub text: Template,
    pub image: Option<String>,
}

#[derive(Debug)]
pub(crate) struct WebPushTemplates {
    pub title: Template,
    pub body: Template,
    pub icon: Option<String>,
    pub image: Option<String>,
    /// Whether a click has anywhere to lead to.
    pub links: bool,
    pub actions: Vec<Template>,
}

#[derive(Debug)]
pub(crate) struct WhatsAppTemplates {
    /// What goes out while the guest's window is open.
    pub free: Option<FreeTemplates>,
    /// What may open a conversation.
    pub template: Option<ApprovedTemplates>,
}

#[derive(Debug)]
pub(crate) enum FreeTemplates {
    Text(Template),
    Media(MediaTemplates),
}

#[derive(Debug)]
pub(crate) struct MediaTemplates {
    pub kind: MediaKind,
    pub url: String,
    pub caption: Option<Template>,
    pub filename: Option<String>,
}

#[derive(Debug)]
pub(crate) struct ApprovedTemplates {
    pub name: String,
    pub language: String,
    pub header: Option<HeaderTemplates>,
    pub parameters: Vec<Template>,
    pub buttons: Vec<ButtonTemplates>,
}

#[derive(Debug)]
pub(crate) enum HeaderTemplates {
    Text(Template),
    Media(MediaTemplates),
}

#[derive(Debug)]
pub(crate) struct ButtonTemplates {
    pub index: u8,
    pub kind: ButtonKind,
    /// The personal link's token if absent.
    pub parameter: Option<Template>,
}

fn rich(source: &str) -> Result<Template, TemplateError> {
    Template::compile(source, Surface::Push)
}

impl RunContents {
    /// # Errors
    /// The first text that is not of the template language.
    pub fn compile<A>(spec: &MailingSpec<A>) -> Result<Self, TemplateError> {
        let contents = &spec.contents;
        let push = match &contents.push {
            None => None,
            Some(push) => Some(PushTemplates {
                title: rich(&push.title)?,
                body: rich(&push.body)?,
                image: push.image.clone(),
                link: push.link.clone().or_else(|| spec.link.clone()),
            }),
        };
        let web_push = contents.web_push.as_ref();
        let web_push = web_push.map(|w| WebPushTemplates::compile(w, spec.link.is_some()));
        let sms = contents.sms.as_ref();
        Ok(Self {
            push,
            web_push: web_push.transpose()?,
            whatsapp: contents.whatsapp.as_ref().map(WhatsAppTemplates::compile).transpose()?,
            sms: sms.map(|sms| Template::compile(&sms.text, Surface::Sms)).transpose()?,
            chats: contents
                .chats()
                .map(|(channel, chat)| Ok((channel, ChatTemplates::compile(chat)?)))
                .collect::<Result<_, _>>()?,
            given: spec.on_demand.iter().flat_map(|it| it.values.clone()).collect(),
            link: spec.link.clone(),
        })
    }

    /// What to read of each guest to render a channel's content.
    pub fn needs(&self, channel: Channel) -> RenderNeeds {
        let templates: Vec<&Template> = match channel {
            Channel::Push => self.push.iter().flat_map(|p| [&p.title, &p.body]).collect(),
            Channel::WebPush => self.web_push.iter().flat_map(WebPushTemplates::texts).collect(),
            Channel::WhatsApp => self.whatsapp.iter().flat_map(WhatsAppTemplates::texts).collect(),
            Channel::Sms => self.sms.iter().collect(),
            chat => self.chats.get(&chat).map(|chat| &chat.text).into_iter().collect(),
        };
        let mut needs = RenderNeeds {
            last_inbound: channel == Channel::WhatsApp,
            ..RenderNeeds::default()
        };
        for variable in templates.iter().flat_map(|t| t.variables()) {
            match variable.as_str() {
                name if OF_PROFILE.contains(&name) => needs.profile = true,
                "last_dish" => needs.last_dish = true,
                name if OF_RUN.contains(&name) => {}
                name if self.given.iter().any(|given| given == name) => needs.given = true,
                // Where a guest has no number of days, the date says it.
                "days_left" => needs.attributes.extend(["days_left", "valid_to"].map(str::to_owned)),
                key => needs.attributes.push(key.to_owned()),
            }
        }
        // Plurals, dates and money follow the guest's locale, so any variable but the link asks for it.
        needs.profile |= templates.iter().flat_map(|t| t.variables()).any(|v| v != "link");
        needs
    }
}

impl ChatTemplates {
    fn compile(content: &ChatContent) -> Result<Self, TemplateError> {
        Ok(Self {
            text: rich(&content.text)?,
            image: content.image.clone(),
        })
    }
}

impl WebPushTemplates {
    fn compile(content: &WebPushContent, mailing_links: bool) -> Result<Self, TemplateError> {
        Ok(Self {
            title: rich(&content.title)?,
            body: rich(&content.body)?,
            icon: content.icon.clone(),
            image: content.image.clone(),
            links: mailing_links || content.link.is_some(),
            actions: content
                .actions
                .iter()
                .map(|a| rich(&a.title))
                .collect::<Result<_, _>>()?,
        })
    }

    fn texts(&self) -> impl Iterator<Item = &Template> {
        [&self.title, &self.body].into_iter().chain(&self.actions)
    }
}

impl WhatsAppTemplates {
    fn compile(content: &WhatsAppContent) -> Result<Self, TemplateError> {
        let free = match (&content.text, &content.media) {
            (Some(text), _) => Some(FreeTemplates::Text(rich(text)?)),
            (None, Some(media)) => Some(FreeTemplates::Media(MediaTemplates::compile(media)?)),
            (None, None) => None,
        };
        Ok(Self {
            free,
            template: content.template.as_ref().map(ApprovedTemplates::compile).transpose()?,
        })
    }

    fn texts(&self) -> impl Iterator<Item = &Template> {
        let free = self.free.iter().filter_map(|free| match free {
            FreeTemplates::Text(text) => Some(text),
            FreeTemplates::Media(media) => media.caption.as_ref(),
        });
        free.chain(self.template.iter().flat_map(ApprovedTemplates::texts))
    }
}

impl MediaTemplates {
    fn compile(content: &MediaContent) -> Result<Self, TemplateError> {
        Ok(Self {
            kind: content.kind,
            url: content.url.clone(),
            caption: content.caption.as_deref().map(rich).transpose()?,
            filename: content.filename.clone(),
        })
    }
}

impl ApprovedTemplates {
    fn compile(content: &TemplateContent) -> Result<Self, TemplateError> {
        let header = match &content.header {
            None => None,
            Some(HeaderContent::Text(text)) => Some(HeaderTemplates::Text(rich(text)?)),
            Some(HeaderContent::Media(media)) => Some(HeaderTemplates::Media(MediaTemplates::compile(media)?)),
        };
        let button = |button: &ButtonContent| {
            Ok(ButtonTemplates {
                index: button.index,
                kind: button.kind,
                parameter: button.parameter.as_deref().map(rich).transpose()?,
            })
        };
        Ok(Self {
            name: content.name.clone(),
            language: content.language.clone(),
            header,
            parameters: content.parameters.iter().map(|p| rich(p)).collect::<Result<_, _>>()?,
            buttons: content.buttons.iter().map(button).collect::<Result<_, _>>()?,
        })
    }

    fn texts(&self) -> impl Iterator<Item = &Template> {
        let header = self.header.iter().filter_map(|header| match header {
            HeaderTemplates::Text(text) => Some(text),
            HeaderTemplates::Media(media) => media.caption.as_ref(),
        });
        let buttons = self.buttons.iter().filter_map(|button| button.parameter.as_ref());
        header.chain(&self.parameters).chain(buttons)
    }
}
