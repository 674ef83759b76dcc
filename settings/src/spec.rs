//! An organisation's row in the store, which follows its section.

use crate::{MarketingSection, OrganisationSection, SettingsError, reach};
use bellhop_domain::Zone;
use bellhop_store::guests::{OrganisationSpec, Settings};

/// The row of an organisation, from its section and the defaults for all.
///
/// # Errors
/// What is wrong in either of them, and where.
pub fn spec(marketing: &MarketingSection, section: &OrganisationSection) -> Result<OrganisationSpec, SettingsError> {
    let refused = |key, problem: String| SettingsError::Organisation {
        slug: section.slug.clone(),
        key,
        problem,
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
        },
    })
}
