//! From a claimed message to what the provider is given.

use crate::contents::{
    ApprovedTemplates, ButtonTemplates, FreeTemplates, HeaderTemplates, MediaTemplates, RunContents, WebPushTemplates,
    WhatsAppTemplates,
};
use crate::rendered::{Rendered, RenderedAction, RenderedButton, RenderedHeader, RenderedMedia, RenderedWhatsApp};
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::{Channel, MessageId, Timestamp, Zone};
use bellhop_store::ledger::Profile;
use bellhop_templating::{Currency, Locale, RenderContext, RenderError, Template, Values};
use std::time::Duration;

/// What an organisation's configuration says: what holds where a guest has nothing of their own, and how often they may be
/// written to.
#[derive(Debug, Clone)]
pub struct OrgDefaults {
    pub locale: Locale,
    pub zone: Zone,
    pub currency: Currency,
    /// How much marketing one guest gets (PRODUCT.md §8).
    pub frequency_cap: FrequencyCap,
}

/// Whom a content is rendered for.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    pub message: MessageId,
    pub profile: &'a Profile,
    /// Whether free text may go to them over WhatsApp; where not, an approved template is sent if there is one.
    pub free_text: bool,
}

/// Whether free text may go out: the sender knows no window, or the guest wrote within it (PROVIDERS.md §5).
pub fn may_write_freely(window: Option<Duration>, last_inbound: Option<Timestamp>, now: Timestamp) -> bool {
    window.is_none_or(|window| last_inbound.is_some_and(|last| now < last.plus(window)))
}

/// Why a recipient cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum CannotRender {
    #[error(transparent)]
    Text(#[from] RenderError),
    #[error("the mailing has no content for {0}")]
    NoContent(Channel),
}

impl RunContents {
    /// Renders a channel's content for one guest at `now`. `public_url` has no slash at its end.
    pub fn render(
        &self,
        channel: Channel,
        to: &Recipient<'_>,
        defaults: &OrgDefaults,
        public_url: &str,
        now: Timestamp,
    ) -> Result<Rendered, CannotRender> {
        let (message, profile) = (to.message, to.profile);
        let own_zone = profile.timezone.as_deref().and_then(|name| Zone::named(name).ok());
        let context = RenderContext {
            locale: profile
                .locale
                .as_deref()
                .and_then(|tag| Locale::parse(tag).ok())
                .unwrap_or(defaults.locale),
            zone: own_zone.as_ref().unwrap_or(&defaults.zone),
            now,
            seed: message.0,
            currency: defaults.currency,
        };
        let personal = self.link.is_some().then(|| format!("{public_url}/l/{message}"));
        let values = Values {
            name: profile.name.as_deref(),
            link: personal.as_deref(),
            last_dish: profile.last_dish.as_deref(),
            attributes: &profile.attributes,
            ..Values::default()
        };
        let render = |text: &Template| text.render(&values, &context);
        let rendered = match channel {
            Channel::Push => self.push.as_ref().map(|push| {
                Ok(Rendered::Push {
                    title: render(&push.title)?,
                    body: render(&push.body)?,
                    image: push.image.clone(),
                    link: push.link.clone(),
                })
            }),
            Channel::WebPush => {
                let click = format!("{public_url}/p/{message}");
                self.web_push.as_ref().map(|web_push| web_push.render(&render, click))
            }
            Channel::WhatsApp => {
                let whatsapp = self.whatsapp.as_ref();
                whatsapp.and_then(|whatsapp| whatsapp.render(&render, message, to.free_text))
            }
            Channel::Sms => self.sms.as_ref().map(|sms| Ok(Rendered::Text(render(sms)?))),
            chat => self.chats.get(&chat).map(|chat| {
                Ok(Rendered::Chat {
                    text: render(&chat.text)?,
                    image: chat.image.clone(),
                })
            }),
        };
        Ok(rendered.ok_or(CannotRender::NoContent(channel))??)
    }
}

/// Renders a text for the recipient at hand.
type Render<'r> = dyn Fn(&Template) -> Result<String, RenderError> + 'r;

impl WebPushTemplates {
    /// `click` is the personal address that counts a click and leads on (docs/api.md).
    fn render(&self, render: &Render<'_>, click: String) -> Result<Rendered, RenderError> {
        let action = |(i, title): (usize, &Template)| {
            Ok(RenderedAction {
                title: render(title)?,
                link: format!("{click}/{i}"),
            })
        };
        Ok(Rendered::WebPush {
            title: render(&self.title)?,
            body: render(&self.body)?,
            icon: self.icon.clone(),
            image: self.image.clone(),
            actions: self.actions.iter().enumerate().map(action).collect::<Result<_, _>>()?,
            link: self.links.then_some(click),
        })
    }
}

impl WhatsAppTemplates {
    fn render(
        &self,
        render: &Render<'_>,
        message: MessageId,
        free_text: bool,
    ) -> Option<Result<Rendered, RenderError>> {
        let rendered = match (&self.free, &self.template) {
            // With no template the text goes out all the same, and the provider says what it thinks of that.
            (Some(free), template) if free_text || template.is_none() => free.render(render),
            (_, Some(template)) => template.render(render, message),
            (_, None) => return None,
        };
        Some(rendered.map(Rendered::WhatsApp))
    }
}

impl FreeTemplates {
    fn render(&self, render: &Render<'_>) -> Result<RenderedWhatsApp, RenderError> {
        Ok(match self {
            FreeTemplates::Text(text) => RenderedWhatsApp::Text(render(text)?),
            FreeTemplates::Media(media) => RenderedWhatsApp::Media(media.render(render)?),
        })
    }
}

impl MediaTemplates {
    fn render(&self, render: &Render<'_>) -> Result<RenderedMedia, RenderError> {
        Ok(RenderedMedia {
            kind: self.kind,
            url: self.url.clone(),
            caption: self.caption.as_ref().map(render).transpose()?,
            filename: self.filename.clone(),
        })
    }
}

impl ApprovedTemplates {
    fn render(&self, render: &Render<'_>, message: MessageId) -> Result<RenderedWhatsApp, RenderError> {
        let header = self.header.as_ref().map(|header| {
            Ok::<_, RenderError>(match header {
                HeaderTemplates::Text(text) => RenderedHeader::Text(render(text)?),
                HeaderTemplates::Media(media) => RenderedHeader::Media(media.render(render)?),
            })
        });
        let button = |button: &ButtonTemplates| {
            let parameter = button.parameter.as_ref().map(render).transpose()?;
            Ok(RenderedButton {
                index: button.index,
                kind: button.kind,
                parameter: parameter.unwrap_or_else(|| message.to_string()),
            })
        };
        Ok(RenderedWhatsApp::Template {
            name: self.name.clone(),
            language: self.language.clone(),
            header: header.transpose()?,
            parameters: self.parameters.iter().map(render).collect::<Result<_, _>>()?,
            buttons: self.buttons.iter().map(button).collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
