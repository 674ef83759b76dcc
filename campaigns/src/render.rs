//! From a claimed message to what the provider is given.

use crate::contents::RunContents;
use bellhop_domain::fault::Why;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::mailing::{ChatContent, Content, VALID_TO, WhatsAppForm};
use bellhop_domain::money::UNITS;
use bellhop_domain::promo::last_day;
use bellhop_domain::{Channel, MessageId, Timestamp, Zone};
use bellhop_store::ledger::{OrderSums, Profile};
use bellhop_templating::{Currency, Locale, RenderContext, RenderError, Restaurant, Template, Values};
use rust_decimal::{Decimal, RoundingStrategy};
use std::time::Duration;

/// What an organisation's settings say about rendering: defaults for guests without a value of their own, and how
/// often guests may be written to.
#[derive(Debug, Clone, PartialEq)]
pub struct OrgDefaults {
    pub locale: Locale,
    pub zone: Zone,
    pub currency: Currency,
    /// How much marketing one guest gets (PRODUCT.md §8).
    pub frequency_cap: FrequencyCap,
}

/// The guest for whom a content is rendered.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    pub message: MessageId,
    pub profile: &'a Profile,
    /// Whether free text may be sent to them over WhatsApp. If not, an approved template is sent, if there is one.
    pub free_text: bool,
}

/// Whether free text may go out: either the sender has no window, or the guest wrote within it (PROVIDERS.md §5).
pub fn may_write_freely(window: Option<Duration>, last_inbound: Option<Timestamp>, now: Timestamp) -> bool {
    window.is_none_or(|window| last_inbound.is_some_and(|last| now < last.plus(window)))
}

/// Why a content cannot be rendered for a recipient.
#[derive(Debug, thiserror::Error)]
pub enum CannotRender {
    #[error(transparent)]
    Text(#[from] RenderError),
    #[error("the mailing has no content for {0}")]
    NoContent(Channel),
}

impl CannotRender {
    pub fn why(&self) -> Why {
        match self {
            CannotRender::Text(RenderError::Missing { name }) => Why::ValueOfNobody { name: name.clone() },
            CannotRender::Text(RenderError::Unsuitable { line, column, message }) => Why::ValueUnsuitable {
                line: *line,
                column: *column,
                said: message.clone(),
            },
            CannotRender::NoContent(channel) => Why::NoContentFor {
                channel: channel.to_string(),
            },
        }
    }
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
    ) -> Result<Content, CannotRender> {
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
        let promo = profile.promo.as_ref();
        // What each message brings along is its own: the last day of bonuses, say.
        let has_own_end = self.is_given(VALID_TO) || self.is_given("days_left");
        let ends_at = promo.and_then(|it| it.ends_at).filter(|_| !has_own_end);
        let personal = self.link.is_some().then(|| format!("{public_url}/l/{message}"));
        let values = Values {
            name: profile.name.as_deref(),
            link: personal.as_deref(),
            promo_code: promo.and_then(|it| it.code.as_deref()),
            // By the brand's clock, by which the code is valid.
            valid_to: ends_at.and_then(|end| last_day(end, &defaults.zone)),
            last_dish: profile.last_dish.as_deref(),
            favourite_dish: profile.favourite_dish.as_deref(),
            favourite_category: profile.favourite_category.as_deref(),
            orders_count: profile.orders.map(|it| it.count),
            average_check: profile.orders.and_then(average_check),
            last_order: profile.orders.and_then(|it| it.last_at),
            restaurant: Restaurant {
                name: profile.restaurant.name.as_deref(),
                phone: profile.restaurant.phone.as_deref(),
                address: profile.restaurant.address.as_deref(),
            },
            attributes: &profile.attributes,
            ..Values::default()
        };
        let mut render = |text: &Template| text.render(&values, &context);
        let rendered = self.templates.try_content(channel, to.free_text, &mut render)?;
        let mut content = rendered.ok_or(CannotRender::NoContent(channel))?;
        make_personal(&mut content, message, public_url);
        Ok(content)
    }
}

/// To hundredths, half away from zero, as guests read amounts; none without orders.
fn average_check(of: OrderSums) -> Option<Decimal> {
    let average = of.revenue.per(of.count)?;
    let exact = Decimal::new(average.0, UNITS.ilog10());
    Some(exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}

/// Makes the links of a content personal: those of a web push count the click and redirect (docs/api.md), a template's
/// button without a parameter gets the token of the personal link, and a chat's button without a link gets that link.
fn make_personal(content: &mut Content, message: MessageId, public_url: &str) {
    match content {
        Content::WebPush(web_push) => {
            let click = format!("{public_url}/p/{message}");
            for (i, action) in web_push.actions.iter_mut().enumerate() {
                action.link = format!("{click}/{i}");
            }
            web_push.link = web_push.link.is_some().then_some(click);
        }
        Content::WhatsApp(WhatsAppForm::Template(template)) => {
            for button in &mut template.buttons {
                button.parameter.get_or_insert_with(|| message.to_string());
            }
        }
        Content::Chat(ChatContent {
            button: Some(button), ..
        }) => {
            button.link.get_or_insert_with(|| format!("{public_url}/l/{message}"));
        }
        Content::Push(_) | Content::WhatsApp(_) | Content::Sms(_) | Content::Chat(_) => {}
    }
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
