//! A mailing as its file says it: contents per channel, the waterfall, the link, the life of its messages.

mod chat;
mod content;
mod contents;
mod map;
mod on_demand;
mod purpose;
mod web_address;
mod whatsapp;

pub use chat::{ChatButton, ChatContent};
pub use content::{Content, WhatsAppForm};
pub use contents::{ActionContent, Contents, PushContent, SmsContent, WebPushContent};
pub use on_demand::{FILLED, OnDemand, PROMO_CODE, VALID_TO, VALUE_CHARS, VARIABLES};
pub use whatsapp::{ButtonContent, ButtonKind, HeaderContent, MediaContent, TemplateContent, WhatsAppContent};

use crate::fault::{Fault, Why};
use crate::promo::LIST_CHARS;
use crate::{Channel, Purpose};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The mailing file. `A` is the audience's filter: the segment tree where it is evaluated, raw JSON
/// where it is only carried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailingSpec<A> {
    pub name: String,
    /// Whom it goes to; absent if, and only if, it is sent on demand.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub audience: Option<A>,
    /// Its messages are asked for one by one. Older files call it `transactional`, which is still read.
    #[serde(default, alias = "transactional", skip_serializing_if = "Option::is_none")]
    pub on_demand: Option<OnDemand>,
    /// What it is for. If the file does not say, [`MailingSpec::purpose`] has the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Whether a notification keeps quiet hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<bool>,
    pub contents: Contents,
    /// Where a personal link leads: http or https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The promo whose use counts as a conversion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_promo: Option<String>,
    /// The list of promo codes that fills `{{ promo_code }}` and `{{ valid_to }}`, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promo_codes: Option<String>,
    pub waterfall: Vec<Step>,
    /// A message that has not gone out this long after the start expires.
    #[serde(default = "a_day")]
    pub expires_after_minutes: Minutes,
}

fn a_day() -> Minutes {
    Minutes(Duration::from_secs(24 * 3600))
}

/// A span as a mailing file writes it: a number of minutes, which may have a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Minutes(pub Duration);

impl TryFrom<f64> for Minutes {
    type Error = String;

    fn try_from(minutes: f64) -> Result<Self, String> {
        Duration::try_from_secs_f64(minutes * 60.0)
            .map(|span| {
                Minutes(Duration::from_millis(
                    u64::try_from(span.as_millis()).unwrap_or(u64::MAX),
                ))
            })
            .map_err(|_| format!("{minutes} is not a number of minutes; write it like 120"))
    }
}

impl From<Minutes> for f64 {
    fn from(minutes: Minutes) -> f64 {
        minutes.0.as_millis() as f64 / 60_000.0
    }
}

/// One step of the waterfall (PRODUCT.md §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub channel: Channel,
    /// How long to wait for success before the next step; two hours if absent.
    #[serde(default = "two_hours")]
    pub wait_minutes: Minutes,
    #[serde(default)]
    pub success: Success,
}

fn two_hours() -> Minutes {
    Minutes(Duration::from_secs(2 * 3600))
}

/// What ends the waterfall at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Success {
    /// The provider took it.
    Accepted,
    /// A receipt says it arrived.
    Delivered,
    /// A receipt says it was read, or it was opened.
    Read,
    #[default]
    Opened,
}

impl Step {
    pub fn wait(&self) -> Duration {
        self.wait_minutes.0
    }
}

impl<A> MailingSpec<A> {
    /// How long its messages live: counted from the start, or for each message on demand from its own request.
    pub fn life(&self) -> Duration {
        self.expires_after_minutes.0
    }

    /// Whether the mailing has a content for a channel.
    pub fn has_content(&self, channel: Channel) -> bool {
        self.contents.has(channel)
    }

    /// Everything that is wrong with the form of the file. Texts are checked where they are compiled.
    pub fn problems(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        if self.name.trim().is_empty() {
            found.push(Why::MailingNameEmpty.at("name"));
        }
        if self.waterfall.is_empty() {
            found.push(Why::WaterfallEmpty.at("waterfall"));
        }
        if self.expires_after_minutes.0.is_zero() {
            found.push(Why::LifeZero.at("expires_after_minutes"));
        }
        found.extend(self.purpose_problems());
        found.extend(self.promo_problem());
        web_address::address(&mut found, "link", self.link.as_deref());
        found.extend(self.contents.problems(self.link.as_deref()));
        found.extend(self.waterfall_problems());
        found
    }

    fn promo_problem(&self) -> Option<Fault> {
        let list = self.promo_codes.as_ref()?;
        let given = self.on_demand.iter().flat_map(|it| &it.values);
        let why = if list.trim().is_empty() || list.chars().count() > LIST_CHARS {
            Why::PromoListUnfit { most: LIST_CHARS }
        } else if given.into_iter().any(|value| value == PROMO_CODE) {
            Why::PromoCodeGiven
        } else {
            return None;
        };
        Some(why.at("promo_codes"))
    }

    fn waterfall_problems(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        for (i, step) in self.waterfall.iter().enumerate() {
            let place = format!("waterfall[{i}].channel");
            if self.waterfall[..i].iter().any(|s| s.channel == step.channel) {
                found.push(Why::StepRepeated.at(&place));
            }
            if !self.has_content(step.channel) {
                let channel = step.channel.to_string();
                found.push(Why::StepWithoutContent { channel }.at(place));
            }
        }
        found
    }

    /// What is allowed but hardly intended, or what one has to know before a launch.
    pub fn doubts(&self) -> Vec<Fault> {
        let steps = self.waterfall.iter().enumerate();
        let silent = steps.filter(|(_, s)| s.success == Success::Delivered && !s.channel.has_receipts());
        let doubt = |(i, step): (usize, &Step)| {
            let channel = step.channel.to_string();
            Why::NeverDelivered { channel }.at(format!("waterfall[{i}].success"))
        };
        silent.map(doubt).chain(self.purpose_doubt()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<MailingSpec<serde_json::Value>, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn the_documented_file_is_read() {
        let spec = parse(
            r#"{"name":"Come back","audience":{"retention":["lost"]},"contents":{"push":{"title":"t","body":"b"},"sms":{"text":"x {link}"}},
                "link":"https://example.com","target_promo":"BACK","waterfall":[{"channel":"push","wait_minutes":120,"success":"opened"},{"channel":"sms"}],"expires_after_minutes":600}"#,
        )
        .unwrap();
        assert_eq!(spec.problems(), []);
        assert_eq!(spec.life(), Duration::from_secs(36_000));
    }

    #[test]
    fn any_list_of_channels_each_with_its_mark() {
        let contents = Channel::ALL.map(|channel| {
            let content = match channel {
                Channel::Push | Channel::WebPush => r#"{"title":"t","body":"b"}"#,
                _ => r#"{"text":"t"}"#,
            };
            format!(r#""{channel}":{content}"#)
        });
        let contents = contents.join(",");
        let read = |steps: &str| {
            parse(&format!(
                r#"{{"name":"n","audience":{{}},"contents":{{{contents}}},"waterfall":[{steps}]}}"#
            ))
            .unwrap()
        };
        let step = |channel: &str, success: &str| format!(r#"{{"channel":"{channel}","success":"{success}"}}"#);
        for success in ["accepted", "delivered", "read", "opened"] {
            for channel in Channel::ALL {
                let spec = read(&step(channel.name(), success));
                assert_eq!(spec.problems(), []);
                let silent = success == "delivered" && !channel.has_receipts();
                assert_eq!(spec.doubts().len(), usize::from(silent), "{channel} {success}");
            }
        }
        // All of them, in another order than the default one.
        let marks = ["delivered", "read", "accepted", "opened"].into_iter().cycle();
        let all = Channel::ALL.into_iter().rev().zip(marks);
        let all: Vec<_> = all.map(|(channel, success)| step(channel.name(), success)).collect();
        assert_eq!(read(&all.join(",")).problems(), []);
    }

    #[test]
    fn a_list_of_promo_codes_has_a_name_and_no_rival() {
        let spec = |list: &str, values: &str| {
            let text = format!(
                r#"{{"name":"n","on_demand":{{"values":[{values}]}},"promo_codes":"{list}","contents":{{"sms":{{"text":"{{promo_code}}"}}}},
                    "waterfall":[{{"channel":"sms"}}]}}"#
            );
            let found = parse(&text).unwrap().problems();
            found.into_iter().map(|it| (it.place, it.why)).collect::<Vec<_>>()
        };
        let place = || "promo_codes".to_owned();
        assert_eq!(spec("spring", r#""dish""#), []);
        assert_eq!(spec("spring", r#""promo_code""#), [(place(), Why::PromoCodeGiven)]);
        assert_eq!(spec(" ", ""), [(place(), Why::PromoListUnfit { most: LIST_CHARS })]);
    }

    #[test]
    fn minutes_may_be_a_fraction_and_survive_json() {
        let minutes: Minutes = serde_json::from_str("0.05").unwrap();
        assert_eq!(minutes.0, Duration::from_secs(3));
        assert_eq!(serde_json::to_string(&minutes).unwrap(), "0.05");
        assert!(serde_json::from_str::<Minutes>("-1").is_err());
    }

    #[test]
    fn problems_name_their_place() {
        let spec = parse(r#"{"name":" ","audience":{},"contents":{},"link":"example.com","waterfall":[{"channel":"sms"},{"channel":"sms"}],"expires_after_minutes":0}"#).unwrap();
        let places: Vec<_> = spec.problems().into_iter().map(|p| p.place).collect();
        assert_eq!(
            places,
            [
                "name",
                "expires_after_minutes",
                "link",
                "waterfall[0].channel",
                "waterfall[1].channel",
                "waterfall[1].channel"
            ]
        );
        let codes: Vec<_> = spec.problems().iter().map(|fault| fault.why.code()).collect();
        assert_eq!(
            codes,
            [
                "mailing_name_empty",
                "life_zero",
                "no_web_address",
                "step_without_content",
                "step_repeated",
                "step_without_content"
            ]
        );
        assert!(parse(r#"{"name":"x","audience":{},"contents":{},"waterfall":[],"wait":1}"#).is_err());
    }
}
