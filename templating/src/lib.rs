//! The texts of mailings: the template language, its rendering per recipient, and the size of an SMS.
//!
//! Everything here is a pure function of its arguments: the same template, values and context give the same
//! text on every machine, today and in a retry next week. Nothing here reads a clock, a file or a database,
//! and nothing here escapes anything: a text is what the guest reads, not HTML.
//!
//! The promise that matters most (PRODUCT.md §6): a value that is missing and has no fallback is an error of
//! that recipient's message. It never goes out as an empty hole.
//!
//! # The template language
//!
//! | you write | the guest reads |
//! | --- | --- |
//! | `{{ name }}`, `{name}`, `[name]` | the value; an error for this guest if there is none |
//! | `{{ name \| default("гость") }}`, `{{ name or "гость" }}`, `{name\|гость}` | the value, or the fallback |
//! | `{% if promo_code %}…{% elif bonus_amount > 100 %}…{% else %}…{% endif %}` | the first part whose condition holds |
//! | `{{ bonus_amount \| plural("бонус", "бонуса", "бонусов") }}` | `1 бонус`, `2 бонуса`, `5 бонусов` |
//! | `{{ cart.items[0].dish }}`, `{order.number}` | a value of the event that the message is about |
//! | `{{ valid_to }}` | `5 марта`, `March 5`; the year too when it is not this one |
//! | `[valid_to] дней` | days left and the word; only right before the word `дней` |
//! | `{{ average_check \| money }}` | `1 234,50 ₽`; whole amounts without decimals |
//! | `{{ greeting }}` | `Доброе утро` 05:00–11:59, `Добрый день` 12:00–17:59, `Добрый вечер` 18:00–04:59, guest's time |
//! | `{{ vary("Привет, {name}!", "Здравствуйте!") }}` | one of them, always the same one for this guest |
//! | `{{ "{name}" }}` | `{name}`, the brackets themselves |
//! | `{# a note #}` | nothing |
//!
//! **Variables**: `name`, `link`, `promo_code`, `bonus_amount`, `valid_to`, `days_left`, `last_dish`, `favourite_dish`,
//! `favourite_category`, `orders_count`, `average_check`, `days_since_order`, `restaurant_name`, `restaurant_phone`,
//! `restaurant_address`, `greeting`, and every custom attribute whose key is made of `a-z`, `0-9` and `_`. A value that is blank counts as missing.
//! `days_left` comes from `valid_to` and the guest's local date when it is not given; after that date it is missing.
//! The staff's `comment` on a guest is not a variable and never will be.
//!
//! **Values of events** are named by their path (`cart.total`, `cart.items[0].dish`); they are there in messages of programs
//! only, as texts: `{{ cart.total | money }}`, `{{ order.placed_at | date }}`.
//!
//! **Short forms** are a lower-case name in `{}` or `[]`, or a path in `{}`, spaces allowed. Every other bracket is plain text:
//! `[акция]`, `[1]`, `:{`. A name that is neither a variable nor an attribute is reported by [`check()`], and so are places of
//! other services' templates (`{Имя}`, `%name%`, `*|FNAME|*`), which guests would read as they stand.
//!
//! **`or` and `default`**: both replace a missing value; `or` also replaces a number that is zero.
//!
//! **Conditions** know `and`, `or`, `not`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `is defined`, `+`, `-`, `~`
//! (joins texts) and brackets. A missing value, `0` and `false` are false; comparing a missing value is an error of
//! that message, so write `bonus_amount and bonus_amount > 100`. A text of digits compares as a number.
//!
//! **Filters**: `default`, `plural`, `money`, `date`, `number`, `upper`, `lower`, `capitalize`, `title`, `trim`,
//! `round`, `int`, `length`.
//!
//! **Language**: words, numbers and plurals follow the guest's locale, except that a text with Cyrillic letters stays
//! Russian for a guest whose language is not written in Cyrillic: one sentence is in one language. Plural categories are
//! CLDR's for every language; month names and greetings exist in Russian and English.
//!
//! # Using it
//!
//! ```
//! use bellhop_domain::time::{Timestamp, Zone};
//! use bellhop_templating::{Currency, Locale, RenderContext, Surface, Template, Values};
//!
//! let template = Template::compile("{{ greeting }}, {name|гость}! {link}", Surface::Sms)?;
//! let values = Values { name: Some("Анна"), link: Some("https://b.example/x"), ..Values::default() };
//! let zone = Zone::named("Asia/Yekaterinburg")?;
//! let context = RenderContext {
//!     locale: Locale::russian(),
//!     zone: &zone,
//!     now: Timestamp(1_772_337_600_000), // 2026-03-01T04:00:00Z,
//!     seed: 42,
//!     currency: Currency::from_code("RUB")?,
//! };
//! assert_eq!(template.render(&values, &context)?, "Доброе утро, Анна! https://b.example/x");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bracket;
mod character;
pub mod check;
mod context;
mod engine;
mod error;
mod expression;
mod format;
mod language;
mod locale;
mod parse;
mod placeholder;
mod plural;
pub mod sms;
mod template;
mod token;
mod values;
mod vary;

pub use check::check;
pub use context::RenderContext;
pub use error::{RenderError, TemplateError};
pub use format::{Currency, Surface, UnknownCurrency};
pub use locale::{BadLocale, Locale};
pub use template::{Template, Use};
pub use values::{Attributes, FILLED, NoAttributes, Restaurant, VARIABLES, Values};
