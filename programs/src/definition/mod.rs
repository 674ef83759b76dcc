//! What a program is: JSON that a marketer writes, or begins from a preset (docs/programs.md).

mod check;
mod delay;
mod filter;
mod read;
mod trigger;
mod variables;

pub use check::check;
pub use delay::Delay;
pub use filter::{EventFilter, FieldFilter, Plain};
pub use read::read;
pub use trigger::{Again, BirthdayTrigger, BurnTrigger, Late, Per, Rest, RetentionTrigger, Trigger};

use bellhop_domain::mailing::{Contents, MailingSpec, Minutes, OnDemand, Step};
use bellhop_domain::segment::conditions::InRetention;
use bellhop_domain::segment::{Leaf, Segment};
use bellhop_domain::{Money, Purpose};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A program, as its file says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub name: String,
    /// The preset that it began as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    pub trigger: Trigger,
    /// Of a custom event, which has no schema: the names of those of its values that texts use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Absent: at once. Triggers by a date have a time of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// Asked when the event comes; everybody if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Segment>,
    /// Asked again when the message is let go; the audience if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Segment>,
    /// Events that cancel what waits for the guest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cancel_on: Vec<EventFilter>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub again: Again,
    /// Whether a newer event of the guest restarts the clock of the message that waits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub restarts: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub late: Late,
    /// Bonuses that the guest is told to have got by this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
    /// Marketing if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Whether a notification waits for the guest's morning. Marketing always does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<bool>,
    pub contents: Contents,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_promo: Option<String>,
    /// The list of promo codes that fills `promo_code` and `valid_to` of its texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promo_codes: Option<String>,
    pub waterfall: Vec<Step>,
    /// A message that has not gone out this long after it was let go expires.
    #[serde(default = "a_day")]
    pub expires_after_minutes: Minutes,
}

/// `{"bonuses": 300, "days": 14}`: what the text calls `bonus_amount` and `valid_to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    pub bonuses: Money,
    /// Their last day is so many days after that of the message; without an end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
}

fn is_default<T: Default + PartialEq>(it: &T) -> bool {
    *it == T::default()
}

fn a_day() -> Minutes {
    Minutes(Duration::from_secs(24 * 3600))
}

impl Definition {
    pub fn purpose(&self) -> Purpose {
        self.purpose.unwrap_or(Purpose::Marketing)
    }

    /// What must hold when the message is let go: the guard, and what the trigger itself asks for.
    pub fn guard(&self) -> Segment {
        let own = self.guard.as_ref().or(self.audience.as_ref());
        let of_trigger = match &self.trigger {
            Trigger::Retention(it) if !it.into.is_empty() => {
                let categories = Box::new(InRetention(it.into.clone()));
                Some(Segment::Leaf(Leaf::InRetention(categories)))
            }
            _ => None,
        };
        Segment::All(own.cloned().into_iter().chain(of_trigger).collect())
    }

    /// The mailing whose messages the program lets go.
    pub fn mailing(&self) -> MailingSpec<Segment> {
        MailingSpec {
            name: self.name.clone(),
            audience: None,
            on_demand: Some(OnDemand { values: self.given() }),
            purpose: Some(self.purpose()),
            quiet_hours: self.quiet_hours,
            contents: self.contents.clone(),
            link: self.link.clone(),
            target_promo: self.target_promo.clone(),
            promo_codes: self.promo_codes.clone(),
            waterfall: self.waterfall.clone(),
            expires_after_minutes: self.expires_after_minutes,
        }
    }
}
