//! The contents of a mailing, compiled once for a run, and what must be known about a guest to render them.

use bellhop_domain::Channel;
use bellhop_domain::mailing::{Contents, MailingSpec, PROMO_CODE, VALID_TO};
use bellhop_store::ledger::{PromoNeed, PromoUse, RenderNeeds};
use bellhop_templating::{Surface, Template, TemplateError};

/// The variables that come from a guest's profile, and those that the run itself supplies.
const OF_PROFILE: [&str; 2] = ["name", "greeting"];
const OF_RUN: [&str; 1] = ["link"];
/// Those of all orders of a guest together, and of the home restaurant.
const OF_ORDERS: [&str; 3] = ["orders_count", "average_check", "days_since_order"];
const OF_RESTAURANT: [&str; 3] = ["restaurant_name", "restaurant_phone", "restaurant_address"];

/// A mailing's texts, compiled.
#[derive(Debug)]
pub struct RunContents {
    /// A push or a web push without a link of its own has the mailing's link.
    pub(crate) templates: Contents<Template>,
    /// The values that each message brings along.
    given: Vec<String>,
    /// The list of promo codes, by its name.
    promo: Option<String>,
    /// Where a personal link leads.
    pub(crate) link: Option<String>,
}

/// The surface on which the texts of a channel are read.
fn surface(channel: Channel) -> Surface {
    match channel {
        Channel::Sms => Surface::Sms,
        _ => Surface::Push,
    }
}

impl RunContents {
    /// # Errors
    /// The first text that is not valid in the template language.
    pub fn compile<A>(spec: &MailingSpec<A>) -> Result<Self, TemplateError> {
        let compiled = |channel, text: &String| Template::compile(text, surface(channel));
        let mut templates = spec.contents.try_map(compiled)?;
        let push = templates.push.as_mut().map(|it| &mut it.link);
        let web_push = templates.web_push.as_mut().map(|it| &mut it.link);
        for link in push.into_iter().chain(web_push).filter(|link| link.is_none()) {
            link.clone_from(&spec.link);
        }
        Ok(Self {
            templates,
            given: spec.on_demand.iter().flat_map(|it| it.values.clone()).collect(),
            promo: spec.promo_codes.clone(),
            link: spec.link.clone(),
        })
    }

    /// Whether each message brings this value along.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.given.iter().any(|given| given == name)
    }

    fn want_promo(&self, needs: &mut RenderNeeds, used: PromoUse) {
        let Some(list) = &self.promo else { return };
        let most = needs.promo.as_ref().map_or(used, |it| it.used.max(used));
        needs.promo = Some(PromoNeed {
            list: list.clone(),
            used: most,
        });
    }

    /// Whether the text of the SMS itself is in the GSM 7-bit alphabet, so that only a guest's values can make it
    /// UCS-2.
    pub fn sms_is_gsm7(&self) -> bool {
        self.templates.sms.as_ref().is_some_and(|it| it.text.is_gsm7())
    }

    /// What must be read about each guest to render a channel's content.
    pub fn needs(&self, channel: Channel) -> RenderNeeds {
        let templates = self.templates.texts(channel);
        let mut needs = RenderNeeds {
            last_inbound: channel == Channel::WhatsApp,
            ..RenderNeeds::default()
        };
        for variable in templates.iter().flat_map(|t| t.variables()) {
            match variable.as_str() {
                name if OF_PROFILE.contains(&name) => needs.profile = true,
                "last_dish" => needs.last_dish = true,
                "favourite_dish" => needs.favourite_dish = true,
                "favourite_category" => needs.favourite_category = true,
                name if OF_ORDERS.contains(&name) => needs.orders = true,
                name if OF_RESTAURANT.contains(&name) => needs.restaurant = true,
                name if OF_RUN.contains(&name) => {}
                name if self.is_given(name) => needs.given = true,
                PROMO_CODE if self.promo.is_some() => self.want_promo(&mut needs, PromoUse::Code),
                // If a guest has no number of days, it is computed from the date.
                "days_left" => {
                    needs.attributes.extend(["days_left", VALID_TO].map(str::to_owned));
                    self.want_promo(&mut needs, PromoUse::End);
                }
                VALID_TO => {
                    needs.attributes.push(VALID_TO.to_owned());
                    self.want_promo(&mut needs, PromoUse::End);
                }
                key => needs.attributes.push(key.to_owned()),
            }
        }
        // Plurals, dates and money follow the guest's locale, so every variable except the link needs the profile.
        needs.profile |= templates.iter().flat_map(|t| t.variables()).any(|v| v != "link");
        needs
    }
}
