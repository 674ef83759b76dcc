//! The rows of organisations and restaurants in the store, which follow their sections.

use crate::{MarketingSection, OrganisationSection, RestaurantSection, SettingsError, reach};
use bellhop_domain::Zone;
use bellhop_domain::setting::SettingKey;
use bellhop_store::guests::{OrganisationSpec, RestaurantSpec, Settings};
use bellhop_store::settings::Change;

/// The row of an organisation, from its section and the defaults for all.
///
/// # Errors
/// What is wrong in either of them, and where.
pub fn spec(marketing: &MarketingSection, section: &OrganisationSection) -> Result<OrganisationSpec, SettingsError> {
    let refused = |key, problem: String| SettingsError::Organisation {
        slug: section.slug.clone(),
        key,
        problem: problem.into(),
    };
    let region = section.region.parse();
    Ok(OrganisationSpec {
        slug: section.slug.clone(),
        name: section.name.clone(),
        currency: section.currency.clone(),
        timezone: Zone::named(&section.timezone).map_err(|e| refused("timezone", e.to_string()))?,
        settings: Settings {
            retention: section.retention,
            attribution_window_hours: section.attribution_hours,
            phone_region: region.map_err(|e: bellhop_domain::phone::PhoneError| refused("region", e.to_string()))?,
            quiet_hours: reach::quiet_hours(marketing, section)?,
            release_minutes: marketing.release_minutes,
            frequency_cap: reach::frequency_cap(marketing, section)?,
            stop_covers: reach::stop_covers(marketing, section)?,
            lifetimes: section
                .lifetimes
                .check()
                .map_err(|unfit| refused("lifetimes", unfit.to_string()))?,
            approval_above_guests: section.approval_above_guests,
        },
    })
}

/// The rows of the restaurants that the changes concern, as their sections will be.
///
/// # Errors
/// A section that names no time zone.
pub fn restaurant_specs(
    sections: &[RestaurantSection],
    changes: &[Change],
) -> Result<Vec<RestaurantSpec>, SettingsError> {
    let concerned = changes.iter().filter_map(|change| match &change.key {
        SettingKey::Restaurant { organisation, name } => Some((&change.key, organisation, name)),
        _ => None,
    });
    let spec = |(key, organisation, name): (&SettingKey, &String, &String)| {
        let section = sections.iter().find(|it| it.key() == *key);
        let zone = section.map(|it| Zone::named(&it.timezone)).transpose();
        Ok(RestaurantSpec {
            organisation: organisation.clone(),
            name: name.clone(),
            timezone: zone.map_err(|e| SettingsError::Restaurant {
                name: name.clone(),
                field: "timezone",
                problem: e.to_string(),
            })?,
        })
    };
    concerned.map(spec).collect()
}
