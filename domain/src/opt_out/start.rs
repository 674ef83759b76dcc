//! The words by which a guest asks for marketing: plain, unquestioning, and nothing beside them.

use super::{Reading, Wish};

/// `/start` opens any chat with a bot, `Start?` asks, `Подписка` names a thing: none of them gives consent.
const WORDS: [&str; 20] = [
    "START",
    "UNSTOP",
    "SUBSCRIBE",
    "SUBSCRIBE ME",
    "RESUBSCRIBE",
    "OPT IN",
    "OPT-IN",
    "OPTIN",
    "I WANT TO SUBSCRIBE",
    "СТАРТ",
    "ПОДПИСАТЬСЯ",
    "ПОДПИСАТЬ МЕНЯ",
    "ПОДПИСАТЬСЯ НА РАССЫЛКУ",
    "ПОДПИШИТЕ МЕНЯ",
    "ПОДПИШИ МЕНЯ",
    "ПОДПИШИТЕ МЕНЯ НА РАССЫЛКУ",
    "ХОЧУ ПОДПИСАТЬСЯ",
    "ХОЧУ ПОДПИСАТЬСЯ НА РАССЫЛКУ",
    "ХОЧУ ПОЛУЧАТЬ РАССЫЛКУ",
    "ПІДПИСАТИСЯ",
];

/// Words around those that change nothing.
const POLITE: [&str; 14] = [
    "PLEASE",
    "PLS",
    "THANK YOU",
    "THANKS",
    "HELLO",
    "HI",
    "ПОЖАЛУЙСТА",
    "СПАСИБО",
    "ЗДРАВСТВУЙТЕ",
    "ДОБРЫЙ ДЕНЬ",
    "ДОБРЫЙ ВЕЧЕР",
    "ДОБРОЕ УТРО",
    "ПРИВЕТ",
    "БУДЬТЕ ДОБРЫ",
];

/// Case, blanks, emoji and punctuation do not matter; a question mark, a command's slash and any other word do.
pub(super) fn read(clean: &str) -> Option<Reading> {
    if clean.contains(['?', '/', '#', '@', '؟', '‽']) {
        return None;
    }
    let upper = clean.to_uppercase();
    let words = upper.split(|c: char| !c.is_alphanumeric() && c != '-');
    let words: Vec<&str> = words
        .map(|word| word.trim_matches('-'))
        .filter(|word| !word.is_empty())
        .collect();
    let said = format!(" {} ", words.join(" "));
    let bare = POLITE
        .iter()
        .fold(said, |said, polite| said.replace(&format!(" {polite} "), " "));
    let by = WORDS.into_iter().find(|word| *word == bare.trim())?;
    Some(Reading::Sure { wish: Wish::Start, by })
}
