//! What the configuration says of marketing's reach: quiet hours, frequency caps and new numbers (PRODUCT.md §8).

use crate::config::{Config, OrganisationSection, SenderSection};
use anyhow::{Context, bail};
use bellhop_domain::consent::StopCovers;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::quiet_hours::QuietHours;
use bellhop_rate_limits::warm_up::Ramp;
use std::str::FromStr;

/// The organisation's quiet hours, else those of `[marketing]`; `None` if they are off.
pub fn quiet_hours(config: &Config, section: &OrganisationSection) -> anyhow::Result<Option<QuietHours>> {
    let own = section.quiet_hours.as_deref();
    setting(section, "quiet_hours", own, &config.marketing.quiet_hours)
}

/// The organisation's cap, else that of `[marketing]`.
pub fn frequency_cap(config: &Config, section: &OrganisationSection) -> anyhow::Result<FrequencyCap> {
    let own = section.frequency_cap.as_deref();
    let cap = setting(section, "frequency_cap", own, &config.marketing.frequency_cap)?;
    Ok(cap.unwrap_or(FrequencyCap::NONE))
}

/// What a guest's STOP covers: by the organisation's own setting, else by that of `[marketing]`.
pub fn stop_covers(config: &Config, section: &OrganisationSection) -> anyhow::Result<StopCovers> {
    let (text, place) = match &section.stop_covers {
        Some(own) => (own, format!("organisation {:?}: stop_covers", section.slug)),
        None => (&config.marketing.stop_covers, "marketing.stop_covers".to_owned()),
    };
    text.parse::<StopCovers>().context(place)
}

/// How a guest is asked what a doubtful answer meant: the organisation's own text, else that of `[marketing]` in its
/// language, else in English. Empty: nobody is asked.
pub fn ask_back(config: &Config, section: &OrganisationSection) -> anyhow::Result<String> {
    if let Some(own) = &section.ask_back {
        return Ok(own.trim().to_owned());
    }
    let texts = &config.marketing.ask_back;
    let language = section.locale.split('-').next().unwrap_or_default();
    let text = texts
        .get(&section.locale)
        .or_else(|| texts.get(language))
        .or_else(|| texts.get("en"));
    let text = text.with_context(|| {
        let locale = &section.locale;
        format!(
            "marketing.ask_back has no text for {locale:?} and none for \"en\"; add one, empty if nobody is to be asked"
        )
    })?;
    Ok(text.trim().to_owned())
}

/// The providers through which a number of somebody's phone is connected.
const CONNECTED: [&str; 2] = ["waha", "green_api"];

/// The ramp of a new number: the sender's own, else that of `[marketing]` if it is a connected number; `None` if it needs
/// none.
pub fn warm_up(config: &Config, section: &SenderSection) -> anyhow::Result<Option<Ramp>> {
    let common = || {
        CONNECTED
            .contains(&section.provider.as_str())
            .then(|| config.marketing.warm_up.clone())
    };
    match (&section.warm_up, section.warm) {
        (Some(_), true) => bail!(
            "sender {:?}: it has a `warm_up` and says `warm = true`; leave out the one that is wrong",
            section.name
        ),
        (Some(own), false) => Ok(Some(own.clone())),
        (None, true) => Ok(None),
        (None, false) => Ok(common()),
    }
}

/// An organisation's own value, else everybody's; `None` if it is off.
fn setting<T: FromStr>(
    section: &OrganisationSection,
    key: &str,
    own: Option<&str>,
    common: &str,
) -> anyhow::Result<Option<T>>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let place = || match own {
        Some(_) => format!("organisation {:?}: {key}", section.slug),
        None => format!("marketing.{key}"),
    };
    match own.unwrap_or(common).trim() {
        "off" => Ok(None),
        text => text.parse().map(Some).with_context(place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(edit: impl FnOnce(&mut Config)) -> Config {
        let mut config = Config::load(None).unwrap();
        edit(&mut config);
        config
    }

    #[test]
    fn the_defaults_are_those_of_the_product() {
        let config = config(|_| {});
        let section = &config.organisations[0];
        assert_eq!(quiet_hours(&config, section).unwrap(), Some(QuietHours::default()));
        assert_eq!(frequency_cap(&config, section).unwrap(), FrequencyCap::default());
        assert_eq!(stop_covers(&config, section).unwrap(), StopCovers::Channel);
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
        assert_eq!(quiet_hours(&config, day).unwrap(), None);
        assert_eq!(frequency_cap(&config, day).unwrap(), FrequencyCap::NONE);
        assert_eq!(quiet_hours(&config, night).unwrap().unwrap().to_string(), "23:00-08:00");
        assert_eq!(frequency_cap(&config, night).unwrap().per_day, Some(2));
        assert_eq!(frequency_cap(&config, night).unwrap().per_week, None);
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
            assert_eq!(warm_up(&config, &sender(connected)).unwrap(), Some(Ramp::default()));
        }
        assert_eq!(warm_up(&config, &sender("whatsapp_cloud")).unwrap(), None);
        let warm = SenderSection {
            warm: true,
            ..sender("green_api")
        };
        assert_eq!(warm_up(&config, &warm).unwrap(), None);
        let own: Ramp = serde_json::from_str("[5, 10]").unwrap();
        let edited = SenderSection {
            warm_up: Some(own.clone()),
            ..sender("smpp")
        };
        assert_eq!(warm_up(&config, &edited).unwrap(), Some(own));
        let both = SenderSection { warm: true, ..edited };
        let problem = warm_up(&config, &both).unwrap_err().to_string();
        assert!(
            problem.contains("kitchen") && problem.contains("leave out"),
            "{problem}"
        );
    }

    #[test]
    fn a_guest_is_asked_back_in_the_organisations_language() {
        let of = |edit: fn(&mut Config)| {
            let config = config(edit);
            ask_back(&config, &config.organisations[0])
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
        let told = |edit: fn(&mut Config)| {
            let config = config(edit);
            let section = &config.organisations[0];
            let problem = quiet_hours(&config, section)
                .err()
                .or(frequency_cap(&config, section).err())
                .or(stop_covers(&config, section).err());
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
