//! From a claimed message to what the provider is given.

use crate::run::RunContents;
use bellhop_channels::{Content, Push};
use bellhop_domain::{Channel, MessageId, Timestamp, Zone};
use bellhop_store::ledger::Profile;
use bellhop_templating::{Currency, Locale, RenderContext, RenderError, Values};

/// What holds where a guest has nothing of their own.
#[derive(Debug, Clone)]
pub struct OrgDefaults {
    pub locale: Locale,
    pub zone: Zone,
    pub currency: Currency,
}

/// A content rendered for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    Push {
        title: String,
        body: String,
        image: Option<String>,
        link: Option<String>,
    },
    Text(String),
}

impl Rendered {
    pub(crate) fn content(&self) -> Content<'_> {
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
            Rendered::Text(text) => Content::Text(text),
        }
    }
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
        message: MessageId,
        profile: &Profile,
        defaults: &OrgDefaults,
        public_url: &str,
        now: Timestamp,
    ) -> Result<Rendered, CannotRender> {
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
        match (channel, &self.push, &self.sms) {
            (Channel::Push, Some(push), _) => Ok(Rendered::Push {
                title: push.title.render(&values, &context)?,
                body: push.body.render(&values, &context)?,
                image: push.image.clone(),
                link: push.link.clone(),
            }),
            (Channel::Sms, _, Some(sms)) => Ok(Rendered::Text(sms.render(&values, &context)?)),
            _ => Err(CannotRender::NoContent(channel)),
        }
    }
}
