//! The words that the product itself puts into a text.

use crate::locale::Words;

const RUSSIAN_MONTHS: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];
const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// 'Доброе утро' from 05:00, 'Добрый день' from 12:00, 'Добрый вечер' from 18:00 to 04:59.
pub(crate) fn greeting(hour: i8, words: Words) -> &'static str {
    match (words, hour) {
        (Words::Russian, 5..=11) => "Доброе утро",
        (Words::Russian, 12..=17) => "Добрый день",
        (Words::Russian, _) => "Добрый вечер",
        (Words::English, 5..=11) => "Good morning",
        (Words::English, 12..=17) => "Good afternoon",
        (Words::English, _) => "Good evening",
    }
}

/// A day of the year as it is written in a sentence; `year` where it is not the current one.
pub(crate) fn day(day: i8, month: i8, year: Option<i16>, words: Words) -> String {
    let months = match words {
        Words::Russian => RUSSIAN_MONTHS,
        Words::English => ENGLISH_MONTHS,
    };
    let month = usize::try_from(month - 1)
        .ok()
        .and_then(|place| months.get(place))
        .copied()
        .unwrap_or_default();
    match (words, year) {
        (Words::Russian, None) => format!("{day} {month}"),
        (Words::Russian, Some(year)) => format!("{day} {month} {year}"),
        (Words::English, None) => format!("{month} {day}"),
        (Words::English, Some(year)) => format!("{month} {day}, {year}"),
    }
}
