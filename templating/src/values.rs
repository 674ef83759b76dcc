//! What is known about one recipient, and how a template's variable finds its value in it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bellhop_domain::time::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::context::RenderContext;

pub use bellhop_domain::mailing::{FILLED, VARIABLES};

/// A recipient's own values. `None` and blank texts are missing values.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// How the guest is called.
    pub name: Option<&'a str>,
    /// The recipient's personal tracking link.
    pub link: Option<&'a str>,
    /// The recipient's promo code.
    pub promo_code: Option<&'a str>,
    /// The number of bonuses that the text is about (those that expire, or were granted), not the balance.
    pub bonus_amount: Option<Decimal>,
    /// The last day on which the offer or the bonuses are valid, in the recipient's calendar.
    pub valid_to: Option<Date>,
    /// Whole days left; derived from `valid_to` when absent.
    pub days_left: Option<i64>,
    /// The dish of the latest order.
    pub last_dish: Option<&'a str>,
    /// What the guest has ordered most often lately.
    pub favourite_dish: Option<&'a str>,
    pub favourite_category: Option<&'a str>,
    /// How many orders there are, all that are not cancelled; and their average.
    pub orders_count: Option<u64>,
    pub average_check: Option<Decimal>,
    /// When the latest order was placed: days are counted by the guest's calendar.
    pub last_order: Option<Timestamp>,
    /// The home restaurant.
    pub restaurant: Restaurant<'a>,
    /// Custom attributes by key. An attribute with the name of one of [`FILLED`] supplies that value where it is
    /// absent above.
    pub attributes: &'a dyn Attributes,
}

/// A restaurant as guests know it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Restaurant<'a> {
    pub name: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub address: Option<&'a str>,
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
            favourite_dish: None,
            favourite_category: None,
            orders_count: None,
            average_check: None,
            last_order: None,
            restaurant: Restaurant::default(),
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

/// A name in a template, resolved once at compile time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Variable {
    Name,
    Link,
    PromoCode,
    BonusAmount,
    ValidTo,
    DaysLeft,
    LastDish,
    FavouriteDish,
    FavouriteCategory,
    OrdersCount,
    AverageCheck,
    DaysSinceOrder,
    RestaurantName,
    RestaurantPhone,
    RestaurantAddress,
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
            "favourite_dish" => Self::FavouriteDish,
            "favourite_category" => Self::FavouriteCategory,
            "orders_count" => Self::OrdersCount,
            "average_check" => Self::AverageCheck,
            "days_since_order" => Self::DaysSinceOrder,
            "restaurant_name" => Self::RestaurantName,
            "restaurant_phone" => Self::RestaurantPhone,
            "restaurant_address" => Self::RestaurantAddress,
            "greeting" => Self::Greeting,
            key => Self::Attribute(key.into()),
        }
    }

    /// The name as the expression engine knows it, which would take the parts of a path for operators. Names have no
    /// capitals, so no other name is spelled like it.
    pub fn spelled(&self) -> Cow<'_, str> {
        spelled(self.as_str())
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
            Self::FavouriteDish => "favourite_dish",
            Self::FavouriteCategory => "favourite_category",
            Self::OrdersCount => "orders_count",
            Self::AverageCheck => "average_check",
            Self::DaysSinceOrder => "days_since_order",
            Self::RestaurantName => "restaurant_name",
            Self::RestaurantPhone => "restaurant_phone",
            Self::RestaurantAddress => "restaurant_address",
            Self::Greeting => "greeting",
            Self::Attribute(key) => key,
        }
    }
}

/// As [`Variable::spelled`].
pub(crate) fn spelled(name: &str) -> Cow<'_, str> {
    if !name.contains(['.', '[']) {
        return Cow::Borrowed(name);
    }
    let letter = |c| match c {
        '.' => 'D',
        '[' => 'L',
        ']' => 'R',
        c => c,
    };
    Cow::Owned(name.chars().map(letter).collect())
}

/// A value that is present.
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
        Variable::PromoCode => text(values.promo_code).or_else(|| own(values, variable).map(Present::Text)),
        Variable::LastDish => text(values.last_dish),
        Variable::FavouriteDish => text(values.favourite_dish),
        Variable::FavouriteCategory => text(values.favourite_category),
        Variable::OrdersCount => values.orders_count.map(|count| Present::Number(count.into())),
        Variable::AverageCheck => values.average_check.map(Present::Number),
        Variable::DaysSinceOrder => days_since(values, context).map(|days| Present::Number(days.into())),
        Variable::RestaurantName => text(values.restaurant.name),
        Variable::RestaurantPhone => text(values.restaurant.phone),
        Variable::RestaurantAddress => text(values.restaurant.address),
        Variable::BonusAmount => match values.bonus_amount {
            Some(bonuses) => Some(Present::Number(bonuses)),
            None => own(values, variable).map(number),
        },
        Variable::ValidTo => match values.valid_to {
            Some(day) => Some(Present::Date(day)),
            None => own(values, variable).map(|text| day(&text).map_or(Present::Text(text), Present::Date)),
        },
        Variable::DaysLeft => match days_left(values, context) {
            Some(days) => Some(Present::Number(days.into())),
            None => own(values, variable).map(number),
        },
        Variable::Greeting => text(Some(context.greeting())),
        Variable::Attribute(key) => values.attributes.attribute(key).map(Present::Text),
    };
    present.filter(|present| !matches!(present, Present::Text(text) if text.trim().is_empty()))
}

/// The custom attribute with the name of the variable.
fn own<'a>(values: &Values<'a>, variable: &Variable) -> Option<Cow<'a, str>> {
    values.attributes.attribute(variable.as_str())
}

/// A number as files write it: `1 234,5`. What is not a number stays a text, which is refused where a number is
/// needed.
fn number(text: Cow<'_, str>) -> Present<'_> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match Decimal::from_str_exact(&plain.replace(',', ".")) {
        Ok(number) => Present::Number(number),
        Err(_) => Present::Text(text),
    }
}

/// A day as files write it: `2026-03-05` or `05.03.2026`.
fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let mut parts = text.split('.').map(str::parse::<i16>);
        let (Some(Ok(day)), Some(Ok(month)), Some(Ok(year)), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    })
}

/// Whole days of the guest's calendar since the latest order: yesterday evening is one.
fn days_since(values: &Values<'_>, context: &RenderContext<'_>) -> Option<i64> {
    let day = context.zone.local(values.last_order?).ok()?.date();
    let days = i64::from((context.local().date() - day).get_days());
    (days >= 0).then_some(days)
}

fn days_left(values: &Values<'_>, context: &RenderContext<'_>) -> Option<i64> {
    let given = || {
        values
            .attributes
            .attribute(Variable::ValidTo.as_str())
            .and_then(|text| day(&text))
    };
    let own = || values.attributes.attribute(Variable::DaysLeft.as_str());
    values
        .days_left
        .or_else(|| {
            let until = values.valid_to.or_else(|| if own().is_none() { given() } else { None });
            Some(i64::from((until? - context.local().date()).get_days()))
        })
        .filter(|days| *days >= 0)
}
