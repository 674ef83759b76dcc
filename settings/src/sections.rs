//! One struct per kind of section; each value is explained in the product's `default.toml` and in docs/settings.md.

use bellhop_channels::config::SecretSource;
use bellhop_domain::lifetime::Lifetimes;
use bellhop_domain::retention::Thresholds;
use bellhop_domain::setting::SettingKey;
use bellhop_rate_limits::warm_up::Ramp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All sections.
#[derive(Debug, Clone, PartialEq)]
pub struct Sections {
    pub marketing: MarketingSection,
    pub organisations: Vec<OrganisationSection>,
    pub restaurants: Vec<RestaurantSection>,
    /// The senders of an organisation are in the order in which they are considered for an address.
    pub senders: Vec<SenderSection>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketingSection {
    /// As in `22:00-09:00`, or `off`.
    pub quiet_hours: String,
    pub release_minutes: u32,
    /// As in `1/day,3/week`, or `off`.
    pub frequency_cap: String,
    /// `channel` or `all_channels`.
    pub stop_covers: String,
    /// The question to a guest whose answer may have been a no, by language.
    pub ask_back: BTreeMap<String, String>,
    pub warm_up: Ramp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationSection {
    pub slug: String,
    pub name: String,
    pub currency: String,
    pub timezone: String,
    pub region: String,
    pub locale: String,
    pub attribution_hours: u32,
    #[serde(default)]
    pub retention: Thresholds,
    /// A launch that reaches more guests waits for a second person's approval; none does if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_above_guests: Option<u64>,
    #[serde(default)]
    pub lifetimes: Lifetimes,
    /// If absent, as in `[marketing]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency_cap: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guest_token_keys: Vec<SecretSource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_covers: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_back: Option<String>,
    /// The names of its senders, in the order in which they are considered. If absent in a file, the order of their
    /// sections. Senders that are not listed follow, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub senders: Vec<String>,
}

/// A restaurant whose time zone is set. Others are known from imports and orders, and have their organisation's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestaurantSection {
    pub organisation: String,
    /// As orders and files name it.
    pub name: String,
    /// An IANA name.
    pub timezone: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SenderSection {
    pub organisation: String,
    pub name: String,
    /// A name of `bellhop_channels::registry`.
    pub provider: String,
    /// As in `10/min,100/h`; unlimited if absent or empty.
    #[serde(default)]
    pub rate: String,
    /// Senders of one kind with the same pool share its messages; if absent, the sender stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// The account at the provider: senders with the same name here share it, and a delivery report for one may
    /// arrive through another. If absent, it is derived from the settings (one SMPP `system_id` at one host, one
    /// gateway with the same secrets).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The daily ceilings of a new number; if absent, those of `[marketing]` for a connected WhatsApp number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up: Option<Ramp>,
    /// The number has been in use before and needs no warm-up.
    #[serde(default)]
    pub warm: bool,
    /// The provider's own section; see the provider's page in docs/channels.md.
    #[serde(default)]
    pub settings: serde_json::Value,
}

impl OrganisationSection {
    pub fn key(&self) -> SettingKey {
        SettingKey::Organisation(self.slug.clone())
    }
}

impl RestaurantSection {
    pub fn key(&self) -> SettingKey {
        SettingKey::restaurant(self.organisation.as_str(), self.name.as_str())
    }
}

impl SenderSection {
    pub fn key(&self) -> SettingKey {
        SettingKey::sender(self.organisation.as_str(), self.name.as_str())
    }
}

impl Sections {
    /// The senders of an organisation, in their order.
    pub fn senders_of(&self, organisation: &str) -> impl Iterator<Item = &SenderSection> {
        self.senders
            .iter()
            .filter(move |sender| sender.organisation == organisation)
    }

    /// The named organisation, or the first if none is named.
    pub fn organisation(&self, slug: Option<&str>) -> Option<&OrganisationSection> {
        match slug {
            None => self.organisations.first(),
            Some(slug) => self.organisations.iter().find(|it| it.slug == slug),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// The product's defaults, as far as a test needs them.
    pub(crate) fn defaults() -> Sections {
        let marketing = json!({
            "quiet_hours": "22:00-09:00",
            "release_minutes": 30,
            "frequency_cap": "1/day,3/week",
            "stop_covers": "channel",
            "ask_back": { "ru": "Отписать? Ответьте СТОП.", "en": "Shall we stop? Answer STOP." },
            "warm_up": Ramp::default(),
        });
        let organisation = json!({
            "slug": "default", "name": "My restaurants", "currency": "RUB", "timezone": "Europe/Moscow", "region": "RU",
            "locale": "ru", "attribution_hours": 72,
        });
        Sections {
            marketing: serde_json::from_value(marketing).unwrap(),
            organisations: vec![serde_json::from_value(organisation).unwrap()],
            restaurants: Vec::new(),
            senders: Vec::new(),
        }
    }

    #[test]
    fn an_unknown_field_is_refused_wherever_it_stands() {
        let Sections {
            marketing,
            organisations,
            ..
        } = defaults();
        let with_more = |section: serde_json::Value| {
            let mut section = section;
            section["quiet_hour"] = json!("off");
            section
        };
        let marketing = with_more(serde_json::to_value(marketing).unwrap());
        assert!(serde_json::from_value::<MarketingSection>(marketing).is_err());
        let organisation = with_more(serde_json::to_value(&organisations[0]).unwrap());
        assert!(serde_json::from_value::<OrganisationSection>(organisation).is_err());
    }
}
