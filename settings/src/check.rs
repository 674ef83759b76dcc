//! Checks all sections together for problems that every process would run into sooner or later.

use crate::{MarketingSection, OrganisationSection, RestaurantSection, Sections, SenderSection, SettingsError, reach};
use bellhop_domain::phone::Region;
use bellhop_domain::{Zone, visible};
use bellhop_rate_limits::RateSpec;
use bellhop_templating::{Currency, Locale};

impl Sections {
    /// Checks that Bellhop can work with these sections. Rates, providers and secrets are checked where a sender is
    /// made.
    ///
    /// # Errors
    /// The first thing that is wrong with them.
    pub fn checked(&self) -> Result<(), SettingsError> {
        for (i, organisation) in self.organisations.iter().enumerate() {
            if self.organisations[..i].iter().any(|o| o.slug == organisation.slug) {
                return Err(SettingsError::OrganisationTwice(organisation.slug.clone()));
            }
            of_organisation(&self.marketing, organisation)?;
        }
        for (i, restaurant) in self.restaurants.iter().enumerate() {
            let (name, organisation) = (restaurant.name.clone(), restaurant.organisation.clone());
            if self.organisation(Some(&organisation)).is_none() {
                return Err(SettingsError::RestaurantOfNobody { name, organisation });
            }
            if self.restaurants[..i].iter().any(|it| it.key() == restaurant.key()) {
                return Err(SettingsError::RestaurantTwice { name, organisation });
            }
            of_restaurant(restaurant)?;
        }
        for (i, sender) in self.senders.iter().enumerate() {
            let (name, organisation) = (sender.name.clone(), sender.organisation.clone());
            if self.organisation(Some(&organisation)).is_none() {
                return Err(SettingsError::SenderOfNobody { name, organisation });
            }
            if self.senders[..i].iter().any(|s| s.key() == sender.key()) {
                return Err(SettingsError::SenderTwice { name, organisation });
            }
            reach::warm_up(&self.marketing, sender)?;
        }
        Ok(())
    }
}

fn of_organisation(marketing: &MarketingSection, it: &OrganisationSection) -> Result<(), SettingsError> {
    let refused = |key, problem: String| SettingsError::Organisation {
        slug: it.slug.clone(),
        key,
        problem: problem.into(),
    };
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
    if it.slug.is_empty() || !it.slug.bytes().all(plain) {
        let problem = format!(
            "is part of webhook addresses and command lines: use small letters, digits, - and _, like {:?}",
            plain_slug(&it.slug)
        );
        return Err(refused("slug", problem));
    }
    Zone::named(&it.timezone).map_err(|e| refused("timezone", e.to_string()))?;
    Currency::from_code(&it.currency).map_err(|e| refused("currency", e.to_string()))?;
    it.region
        .parse::<Region>()
        .map_err(|e| refused("region", e.to_string()))?;
    Locale::parse(&it.locale).map_err(|e| refused("locale", e.to_string()))?;
    reach::quiet_hours(marketing, it)?;
    reach::frequency_cap(marketing, it)?;
    reach::stop_covers(marketing, it)?;
    reach::ask_back(marketing, it)?;
    Ok(())
}

fn of_restaurant(it: &RestaurantSection) -> Result<(), SettingsError> {
    let refused = |field, problem: &str| SettingsError::Restaurant {
        name: it.name.clone(),
        field,
        problem: problem.to_owned(),
    };
    if it.name.is_empty() || visible::key(&it.name) != it.name {
        let problem = "is empty or has spaces around it or invisible characters; write it as in the orders";
        return Err(refused("name", problem));
    }
    Zone::named(&it.timezone).map_err(|e| refused("timezone", &e.to_string()))?;
    for (field, text) in [("phone", &it.phone), ("address", &it.address)] {
        let is_told = |text: &String| {
            !text.trim().is_empty() && text.chars().count() <= CONTACT_CHARS && !text.chars().any(char::is_control)
        };
        if !text.as_ref().is_none_or(is_told) {
            let problem = "is not one line of up to 200 characters; write it as guests read it, or leave it out";
            return Err(refused(field, problem));
        }
    }
    Ok(())
}

/// The longest phone or address of a restaurant, in characters.
const CONTACT_CHARS: usize = 200;

/// The rates of a sender.
///
/// # Errors
/// When the text in its section is not a rate.
pub fn rate(it: &SenderSection) -> Result<RateSpec, SettingsError> {
    let refused = |e: bellhop_rate_limits::NotARate| SettingsError::Sender {
        name: it.name.clone(),
        field: "rate",
        problem: format!("rate: {e}").into(),
    };
    match it.rate.trim() {
        "" => Ok(RateSpec::UNLIMITED),
        rate => rate.parse().map_err(refused),
    }
}

/// A slug to suggest instead.
fn plain_slug(text: &str) -> String {
    let plain: String = text
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let plain = plain.trim_matches('-').to_owned();
    if plain.is_empty() { "pizza".to_owned() } else { plain }
}
