//! The conditions, one file each: how it is written, when it holds, and how it is put into words.

mod attribute;
mod birthday;
mod blacklisted;
mod has;
mod listed;
mod locale;
mod mailing;
mod order_dates;
mod orders;
mod registered;
mod restaurants;
mod retention;
mod run;
mod saved;
mod tags;

pub use attribute::Attribute;
pub use birthday::Birthday;
pub use blacklisted::Blacklisted;
pub use has::{Has, Reach};
pub use listed::{Customers, Phones};
pub use locale::Locale;
pub use mailing::{InMailing, MailingOutcome};
pub use order_dates::{FirstOrder, LastOrder};
pub use orders::Orders;
pub use registered::Registered;
pub use restaurants::Restaurants;
pub use retention::InRetention;
pub use run::InRun;
pub use saved::InSegment;
pub use tags::Tags;

/// `a`, `a or b`, `a, b or c`; long lists are cut.
fn one_of<T: std::fmt::Display>(items: &[T]) -> String {
    const SHOWN: usize = 5;
    let mut words: Vec<String> = items.iter().take(SHOWN).map(T::to_string).collect();
    if items.len() > SHOWN {
        words.push(format!("{} more", items.len() - SHOWN));
    }
    match words.split_last() {
        None => "anything".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// `a, b`, or `none`.
fn listed<T: std::fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = items.into_iter().map(|i| i.to_string()).collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}

/// Whether an optional text is in a list. An empty list admits every text.
fn admits(list: &[String], text: Option<&str>) -> bool {
    list.is_empty() || text.is_some_and(|t| list.iter().any(|l| l == t))
}
