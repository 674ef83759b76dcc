//! What is known about one recipient, and how a template's variable finds its value in it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::template::RenderContext;

pub use bellhop_domain::mailing::VARIABLES;

/// A recipient's own values. `None` and blank texts are missing values.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// How the guest is called.
    pub name: Option<&'a str>,
    /// The recipient's personal tracking link.
    pub link: Option<&'a str>,
    /// The recipient's promo code.
    pub promo_code: Option<&'a str>,
    /// Number of bonuses the text speaks of (what burns, what was granted), not the balance.
    pub bonus_amount: Option<Decimal>,
    /// Last day on which the offer or the bonuses hold, in the recipient's calendar.
    pub valid_to: Option<Date>,
    /// Whole days left; derived from `valid_to` when absent.
    pub days_left: Option<i64>,
    /// The dish of the latest order.
    pub last_dish: Option<&'a str>,
    /// Custom attributes by key.
    pub attributes: &'a dyn Attributes,
}

impl Default for Values<'_> {
    fn default() -> Self {
        Self {
            name: None,
            link: None,
            promo_code: None,
            bonus_amount: None,
            valid_to: None,
            days_left: None,
            last_dish: None,
            attributes: &NoAttributes,
        }
    }
}

/// Custom attributes of a customer, by key.
pub trait Attributes: Sync {
    /// The attribute as text, `None` if the customer has none of that key.
    fn attribute(&self, key: &str) -> Option<Cow<'_, str>>;
}

/// A customer without custom attributes.
pub struct NoAttributes;

impl Attributes for NoAttributes {
    fn attribute(&self, _key: &str) -> Option<Cow<'_, str>> {
        None
    }
}

impl Attributes for BTreeMap<String, String> {
    fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key).map(|text| Cow::Borrowed(text.as_str()))
    }
}

/// A name in a template, told apart once at compile time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Variable {
    Name,
    Link,
    PromoCode,
    BonusAmount,
    ValidTo,
    DaysLeft,
    LastDish,
    Greeting,
    Attribute(Box<str>),
}

impl Variable {
    pub fn named(name: &str) -> Self {
        match name {
            "name" => Self::Name,
            "link" => Self::Link,
            "promo_code" => Self::PromoCode,
            "bonus_amount" => Self::BonusAmount,
            "valid_to" => Self::ValidTo,
            "days_left" => Self::DaysLeft,
            "last_dish" => Self::LastDish,
            "greeting" => Self::Greeting,
            key => Self::Attribute(key.into()),
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Name => "name",
            Self::Link => "link",
            Self::PromoCode => "promo_code",
            Self::BonusAmount => "bonus_amount",
            Self::ValidTo => "valid_to",
            Self::DaysLeft => "days_left",
            Self::LastDish => "last_dish",
            Self::Greeting => "greeting",
            Self::Attribute(key) => key,
        }
    }
}

/// A value that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Present<'a> {
    Text(Cow<'a, str>),
    Number(Decimal),
    Date(Date),
}

/// The value of `variable` for this recipient, `None` when it is missing or blank.
pub(crate) fn lookup<'a>(variable: &Variable, values: &Values<'a>, context: &RenderContext<'_>) -> Option<Present<'a>> {
    let text = |text: Option<&'a str>| text.map(|text| Present::Text(Cow::Borrowed(text)));
    let present = match variable {
        Variable::Name => text(values.name),
        Variable::Link => text(values.link),
        Variable::PromoCode => text(values.promo_code),
        Variable::LastDish => text(values.last_dish),
        Variable::BonusAmount => values.bonus_amount.map(Present::Number),
        Variable::ValidTo => values.valid_to.map(Present::Date),
        Variable::DaysLeft => days_left(values, context).map(|days| Present::Number(days.into())),
        Variable::Greeting => text(Some(context.greeting())),
        Variable::Attribute(key) => values.attributes.attribute(key).map(Present::Text),
    };
    present.filter(|present| !matches!(present, Present::Text(text) if text.trim().is_empty()))
}

fn days_left(values: &Values<'_>, context: &RenderContext<'_>) -> Option<i64> {
    values
        .days_left
        .or_else(|| Some(i64::from((values.valid_to? - context.local().date()).get_days())))
        .filter(|days| *days >= 0)
}
