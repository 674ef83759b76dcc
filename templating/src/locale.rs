//! Languages: which words to use and by which rules to count.

use icu_plurals::PluralRulesPreferences;
use std::str::FromStr;
use thiserror::Error;

/// Languages usually written in Cyrillic (CLDR likely subtags); their guests read a Russian text's words as written.
const CYRILLIC: [&str; 13] = [
    "ru", "be", "uk", "kk", "ky", "mk", "bg", "sr", "mn", "tg", "tt", "ba", "cv",
];

/// A recipient's language, from a BCP 47 tag such as `ru`, `en-GB` or `kk_KZ`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Locale {
    pub(crate) plurals: PluralRulesPreferences,
    cyrillic: bool,
}

/// Which built-in words (months, greetings, number signs) a text uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    Russian,
    English,
}

/// A text that is not a language tag.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a locale; use a tag such as ru, en or kk-KZ")]
pub struct BadLocale(pub String);

impl Locale {
    /// The locale of a BCP 47 tag; `_` is accepted for `-`.
    ///
    /// # Errors
    /// [`BadLocale`] if `tag` is not well formed.
    pub fn parse(tag: &str) -> Result<Self, BadLocale> {
        let locale =
            icu_locale_core::Locale::from_str(&tag.replace('_', "-")).map_err(|_| BadLocale(tag.to_owned()))?;
        let cyrillic = CYRILLIC.contains(&locale.id.language.as_str());
        Ok(Self {
            plurals: (&locale).into(),
            cyrillic,
        })
    }

    /// Russian.
    pub fn russian() -> Self {
        let ru = icu_locale_core::locale!("ru");
        Self {
            plurals: (&ru).into(),
            cyrillic: true,
        }
    }

    /// English.
    pub fn english() -> Self {
        let en = icu_locale_core::locale!("en");
        Self {
            plurals: (&en).into(),
            cyrillic: false,
        }
    }

    /// The locale in which a text is worded for this guest: a text with Cyrillic letters stays Russian for a guest
    /// whose own language is written otherwise.
    pub(crate) fn of_text(self, text_is_cyrillic: bool) -> Self {
        if text_is_cyrillic && !self.cyrillic {
            Self::russian()
        } else {
            self
        }
    }

    pub(crate) fn words(self) -> Words {
        if self.cyrillic { Words::Russian } else { Words::English }
    }
}

/// Whether any letter of `text` is Cyrillic (the Unicode blocks Cyrillic and Cyrillic Supplement).
pub(crate) fn is_cyrillic(text: &str) -> bool {
    text.chars().any(|c| ('\u{400}'..='\u{52f}').contains(&c))
}
