//! The settings of a `whatsapp_cloud` sender.

use crate::config::{Environment, SecretSource, Unusable, base_url, parse};
use crate::http::HttpOptions;
use crate::provider::PeopleLimit;
use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// The allowed values of `message_send_ttl_seconds` of a marketing template: 12 hours to 30 days (PROVIDERS.md §5.3).
const MARKETING_TTL: std::ops::RangeInclusive<u64> = 43_200..=2_592_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    #[serde(default = "graph")]
    base_url: String,
    /// The Graph API's version. Meta retires each version about two years after its release.
    #[serde(default = "newest_version")]
    version: String,
    /// The id of the number that we send from; not the number itself.
    phone_number_id: String,
    /// The WhatsApp business account that the number belongs to.
    waba_id: String,
    access_token: SecretSource,
    /// The Meta app's secret, with which Meta signs webhooks.
    app_secret: SecretSource,
    /// The word that is given to Meta together with the webhook's address.
    verify_token: SecretSource,
    /// Our number as guests see it: tells our warnings from those of the account's other numbers.
    display_phone_number: Option<String>,
    /// The portfolio's messaging limit. Unlimited if absent.
    unique_people_per_day: Option<u32>,
    /// The business portfolio, which shares the limit among its numbers; the WABA if absent.
    portfolio_id: Option<String>,
    /// The least time between two messages to the same guest; 0 switches the rule off.
    #[serde(default = "pair_seconds")]
    pair_seconds: u16,
    /// Templates that mailings use, for the doctor.
    #[serde(default)]
    templates: Vec<TemplateName>,
    marketing: Option<MarketingSection>,
    #[serde(default)]
    http: HttpOptions,
}

/// A template in one language, as Meta lists it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TemplateName {
    pub name: String,
    pub language: String,
}

/// Sends templates by `/marketing_messages`, which accepts only MARKETING templates and needs onboarding by Meta.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarketingSection {
    /// How long Meta tries to deliver; 30 days if absent.
    ttl_seconds: Option<u64>,
}

fn graph() -> String {
    "https://graph.facebook.com".to_owned()
}

/// Meta allows one message in 6 s to the same guest (PROVIDERS.md §5.4). The burst that Meta would lend is not used.
fn pair_seconds() -> u16 {
    6
}

fn newest_version() -> String {
    "v25.0".to_owned()
}

/// The endpoint that templates are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TemplateRoute {
    Messages,
    Marketing { ttl: Option<Duration> },
}

/// The section, checked.
pub(super) struct CloudConfig {
    /// The base URL with the version as its path: `https://graph.facebook.com/v25.0`.
    pub base: Url,
    pub phone_number_id: String,
    pub waba_id: String,
    /// `Bearer …`, marked as sensitive.
    pub authorization: HeaderValue,
    pub app_secret: SecretString,
    pub verify_token: SecretString,
    /// Digits only.
    pub display_phone_number: Option<String>,
    pub people_limit: Option<PeopleLimit>,
    /// The owner of that limit: the business portfolio, else the WABA.
    pub portfolio: String,
    /// The least time between two messages to the same guest.
    pub apart: Option<Duration>,
    pub templates: Vec<TemplateName>,
    pub route: TemplateRoute,
    pub http: HttpOptions,
}

impl CloudConfig {
    pub fn read(section: &Value, environment: Environment<'_>) -> Result<Self, Unusable> {
        let section: Section = parse(section)?;
        let secret = |key: &str, source: &SecretSource| source.read(environment).map_err(|e| e.at(key));
        let ids = [
            ("phone_number_id", &section.phone_number_id),
            ("waba_id", &section.waba_id),
        ];
        for (key, id) in ids
            .into_iter()
            .chain(section.portfolio_id.iter().map(|id| ("portfolio_id", id)))
        {
            check_id(key, id)?;
        }
        let people_limit = people_limit(&section)?;
        Ok(Self {
            base: versioned(&section.base_url, &section.version)?,
            authorization: bearer(&secret("access_token", &section.access_token)?)?,
            app_secret: secret("app_secret", &section.app_secret)?,
            verify_token: secret("verify_token", &section.verify_token)?,
            display_phone_number: section.display_phone_number.as_deref().map(digits),
            people_limit,
            portfolio: portfolio(&section).to_owned(),
            apart: apart(section.pair_seconds)?,
            route: route(section.marketing)?,
            phone_number_id: section.phone_number_id,
            waba_id: section.waba_id,
            templates: section.templates,
            http: section.http,
        })
    }
}

/// Meta's ids are numbers; a phone with its plus is the usual mistake.
fn check_id(key: &str, id: &str) -> Result<(), String> {
    if (5..=32).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_digit()) {
        return Ok(());
    }
    Err(format!(
        "{key} = {id:?} is not an id of Meta's, which is digits and not the phone number; copy it from WhatsApp Manager, API setup"
    ))
}

fn versioned(base: &str, version: &str) -> Result<Url, String> {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let known_form = version
        .strip_prefix('v')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(major, minor)| number(major) && number(minor));
    if !known_form {
        return Err(format!(
            "version = {version:?} is not a version of the Graph API; write it like v25.0"
        ));
    }
    let base = base_url("base_url", base)?;
    crate::config::endpoint(&base, &format!("/{version}"))
}

fn bearer(token: &SecretString) -> Result<HeaderValue, String> {
    let mut header = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
        .map_err(|_| "access_token contains characters that no token of Meta's has; copy it again".to_owned())?;
    header.set_sensitive(true);
    Ok(header)
}

fn people_limit(section: &Section) -> Result<Option<PeopleLimit>, String> {
    match section.unique_people_per_day {
        Some(0) => {
            Err("unique_people_per_day = 0 would send to nobody; leave it out where there is no limit".to_owned())
        }
        people => Ok(people.map(|people| PeopleLimit {
            people,
            shared_by: portfolio(section).to_owned(),
        })),
    }
}

fn portfolio(section: &Section) -> &str {
    section.portfolio_id.as_ref().unwrap_or(&section.waba_id)
}

fn apart(seconds: u16) -> Result<Option<Duration>, String> {
    match seconds {
        0 => Ok(None),
        1..=3600 => Ok(Some(Duration::from_secs(seconds.into()))),
        _ => Err(format!(
            "pair_seconds = {seconds} is more than an hour; Meta asks for 6 seconds, and 0 lifts the rule"
        )),
    }
}

fn route(marketing: Option<MarketingSection>) -> Result<TemplateRoute, String> {
    let Some(MarketingSection { ttl_seconds }) = marketing else {
        return Ok(TemplateRoute::Messages);
    };
    match ttl_seconds {
        Some(seconds) if !MARKETING_TTL.contains(&seconds) => Err(format!(
            "marketing.ttl_seconds = {seconds} is not between {} (12 hours) and {} (30 days)",
            MARKETING_TTL.start(),
            MARKETING_TTL.end()
        )),
        seconds => Ok(TemplateRoute::Marketing {
            ttl: seconds.map(Duration::from_secs),
        }),
    }
}

/// A number without its plus, spaces and brackets.
pub(super) fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}
