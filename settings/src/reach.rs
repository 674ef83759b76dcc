//! What the settings say about how far marketing may go: quiet hours, frequency caps and new numbers (PRODUCT.md §8).

use crate::{MarketingSection, OrganisationSection, SenderSection, SettingsError};
use bellhop_domain::consent::StopCovers;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::quiet_hours::QuietHours;
use bellhop_rate_limits::warm_up::Ramp;
use std::str::FromStr;

/// The organisation's quiet hours, else those of `[marketing]`; `None` if they are off.
pub fn quiet_hours(
    marketing: &MarketingSection,
    section: &OrganisationSection,
) -> Result<Option<QuietHours>, SettingsError> {
    let own = section.quiet_hours.as_deref();
    setting(section, "quiet_hours", own, &marketing.quiet_hours)
}

/// The organisation's cap, else that of `[marketing]`.
pub fn frequency_cap(
    marketing: &MarketingSection,
    section: &OrganisationSection,
) -> Result<FrequencyCap, SettingsError> {
    let own = section.frequency_cap.as_deref();
    let cap = setting(section, "frequency_cap", own, &marketing.frequency_cap)?;
    Ok(cap.unwrap_or(FrequencyCap::NONE))
}

/// What a guest's STOP covers: the organisation's own setting, else that of `[marketing]`.
pub fn stop_covers(marketing: &MarketingSection, section: &OrganisationSection) -> Result<StopCovers, SettingsError> {
    let own = section.stop_covers.as_deref();
    let text = own.unwrap_or(&marketing.stop_covers);
    text.parse::<StopCovers>()
        .map_err(|e| refused(section, "stop_covers", own.is_some(), e.to_string()))
}

/// How a guest is asked what a doubtful answer meant: the organisation's own text, else that of `[marketing]` in its
/// language, else in English. If it is empty, nobody is asked.
pub fn ask_back(marketing: &MarketingSection, section: &OrganisationSection) -> Result<String, SettingsError> {
    if let Some(own) = &section.ask_back {
        return Ok(own.trim().to_owned());
    }
    let texts = &marketing.ask_back;
    let language = section.locale.split('-').next().unwrap_or_default();
    let text = texts
        .get(&section.locale)
        .or_else(|| texts.get(language))
        .or_else(|| texts.get("en"));
    let text = text.ok_or_else(|| {
        let locale = &section.locale;
        let problem = format!(
            "has no text for {locale:?} and none for \"en\"; add one, or an empty one if nobody is to be asked"
        );
        refused(section, "ask_back", false, problem)
    })?;
    Ok(text.trim().to_owned())
}

/// The providers that connect the number of an ordinary phone.
const CONNECTED: [&str; 2] = ["waha", "green_api"];

/// The ramp of a new number: the sender's own, else that of `[marketing]` if it is a connected number; `None` if it
/// does not need one.
pub fn warm_up(marketing: &MarketingSection, section: &SenderSection) -> Result<Option<Ramp>, SettingsError> {
    let common = || {
        CONNECTED
            .contains(&section.provider.as_str())
            .then(|| marketing.warm_up.clone())
    };
    match (&section.warm_up, section.warm) {
        (Some(_), true) => Err(SettingsError::Sender {
            name: section.name.clone(),
            field: "warm_up",
            problem: "it has a `warm_up` and says `warm = true`; leave out the one that is wrong".to_owned(),
        }),
        (Some(own), false) => Ok(Some(own.clone())),
        (None, true) => Ok(None),
        (None, false) => Ok(common()),
    }
}

/// An organisation's own value, else the default for all; `None` if it is off.
fn setting<T: FromStr>(
    section: &OrganisationSection,
    key: &'static str,
    own: Option<&str>,
    common: &str,
) -> Result<Option<T>, SettingsError>
where
    T::Err: std::error::Error,
{
    match own.unwrap_or(common).trim() {
        "off" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|e: T::Err| refused(section, key, own.is_some(), e.to_string())),
    }
}

fn refused(section: &OrganisationSection, key: &'static str, is_own: bool, problem: String) -> SettingsError {
    match is_own {
        true => SettingsError::Organisation {
            slug: section.slug.clone(),
            key,
            problem,
        },
        false => SettingsError::Marketing { key, problem },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::Sections;
    use crate::sections::tests::defaults;

    fn config(edit: impl FnOnce(&mut Sections)) -> Sections {
        let mut config = defaults();
        edit(&mut config);
        config
    }

    #[test]
    fn the_defaults_are_those_of_the_product() {
        let config = config(|_| {});
        let section = &config.organisations[0];
        assert_eq!(
            quiet_hours(&config.marketing, section).unwrap(),
            Some(QuietHours::default())
        );
        assert_eq!(
            frequency_cap(&config.marketing, section).unwrap(),
            FrequencyCap::default()
        );
        assert_eq!(stop_covers(&config.marketing, section).unwrap(), StopCovers::Channel);
    }

    #[test]
    fn an_organisations_own_goes_before_everybodys() {
        let config = config(|c| {
            c.marketing.quiet_hours = "off".to_owned();
            c.marketing.frequency_cap = "off".to_owned();
            let mut night = c.organisations[0].clone();
            night.quiet_hours = Some("23:00-08:00".to_owned());
            night.frequency_cap = Some("2/day".to_owned());
            c.organisations.push(night);
        });
        let [day, night] = &config.organisations[..] else {
            panic!("there are two");
        };
        assert_eq!(quiet_hours(&config.marketing, day).unwrap(), None);
        assert_eq!(frequency_cap(&config.marketing, day).unwrap(), FrequencyCap::NONE);
        assert_eq!(
            quiet_hours(&config.marketing, night).unwrap().unwrap().to_string(),
            "23:00-08:00"
        );
        assert_eq!(frequency_cap(&config.marketing, night).unwrap().per_day, Some(2));
        assert_eq!(frequency_cap(&config.marketing, night).unwrap().per_week, None);
    }

    #[test]
    fn connected_numbers_warm_up_unless_they_are_warm() {
        let sender = |provider: &str| SenderSection {
            account: None,
            organisation: "default".to_owned(),
            name: "kitchen".to_owned(),
            provider: provider.to_owned(),
            rate: String::new(),
            pool: None,
            warm_up: None,
            warm: false,
            settings: serde_json::Value::Null,
        };
        let config = config(|_| {});
        for connected in ["waha", "green_api"] {
            assert_eq!(
                warm_up(&config.marketing, &sender(connected)).unwrap(),
                Some(Ramp::default())
            );
        }
        assert_eq!(warm_up(&config.marketing, &sender("whatsapp_cloud")).unwrap(), None);
        let warm = SenderSection {
            warm: true,
            ..sender("green_api")
        };
        assert_eq!(warm_up(&config.marketing, &warm).unwrap(), None);
        let own: Ramp = serde_json::from_str("[5, 10]").unwrap();
        let edited = SenderSection {
            warm_up: Some(own.clone()),
            ..sender("smpp")
        };
        assert_eq!(warm_up(&config.marketing, &edited).unwrap(), Some(own));
        let both = SenderSection { warm: true, ..edited };
        let problem = warm_up(&config.marketing, &both).unwrap_err().to_string();
        assert!(
            problem.contains("kitchen") && problem.contains("leave out"),
            "{problem}"
        );
    }

    #[test]
    fn a_guest_is_asked_back_in_the_organisations_language() {
        let of = |edit: fn(&mut Sections)| {
            let config = config(edit);
            ask_back(&config.marketing, &config.organisations[0])
        };
        assert!(of(|_| {}).unwrap().contains("СТОП"));
        assert!(
            of(|c| c.organisations[0].locale = "de-AT".to_owned())
                .unwrap()
                .contains("STOP")
        );
        assert_eq!(
            of(|c| c.organisations[0].ask_back = Some(" Nein? ".to_owned())).unwrap(),
            "Nein?"
        );
        assert_eq!(of(|c| c.organisations[0].ask_back = Some(String::new())).unwrap(), "");
        let none = of(|c| c.marketing.ask_back.clear()).unwrap_err().to_string();
        assert!(none.contains("marketing.ask_back") && none.contains("\"ru\""), "{none}");
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        let told = |edit: fn(&mut Sections)| {
            let config = config(edit);
            let section = &config.organisations[0];
            let problem = quiet_hours(&config.marketing, section)
                .err()
                .or(frequency_cap(&config.marketing, section).err())
                .or(stop_covers(&config.marketing, section).err());
            format!("{:#}", problem.unwrap())
        };
        let own = told(|c| c.organisations[0].quiet_hours = Some("22-9".to_owned()));
        assert!(own.starts_with("organisation \"default\": quiet_hours: "), "{own}");
        assert!(own.contains("22:00-09:00"), "{own}");
        let common = told(|c| c.marketing.frequency_cap = "1/month".to_owned());
        assert!(
            common.starts_with("marketing.frequency_cap: ") && common.contains("1/day,3/week"),
            "{common}"
        );
        let extent = told(|c| c.organisations[0].stop_covers = Some("everything".to_owned()));
        assert!(
            extent.contains("default") && extent.contains("all_channels"),
            "{extent}"
        );
    }
}
