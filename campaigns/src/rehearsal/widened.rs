//! SMS that become UCS-2 because of characters in a guest's values, which the author cannot see in the text.

use super::EXAMPLES;
use bellhop_domain::fault::Why;
use bellhop_templating::sms;
use serde::Serialize;
use std::collections::BTreeSet;

/// How many characters are named; a guest base in many languages has hundreds.
const CHARACTERS: usize = 10;

/// SMS of a text in the GSM 7-bit alphabet that a guest's name or another value turns into UCS-2, so that a part
/// holds 70 characters instead of 160 (3GPP TS 23.038 §4).
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Widened {
    pub messages: u64,
    /// How many more parts they have than without these characters.
    pub more_parts: u64,
    /// Some of the characters.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub characters: BTreeSet<char>,
    /// Some of the guests, by external id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

impl Widened {
    pub(super) fn add(&mut self, text: &str, parts: usize, guest: Option<&str>) {
        let plain: String = text.chars().filter(|c| sms::is_gsm7(*c)).collect();
        self.messages += 1;
        self.more_parts += parts.saturating_sub(sms::parts(&plain).count()) as u64;
        for foreign in text.chars().filter(|c| !sms::is_gsm7(*c)) {
            if self.characters.len() < CHARACTERS {
                self.characters.insert(foreign);
            }
        }
        if self.examples.len() < EXAMPLES {
            self.examples.extend(guest.map(str::to_owned));
        }
    }

    pub fn is_none(&self) -> bool {
        self.messages == 0
    }

    /// What a marketer should know about them; `None` if there are none.
    pub fn warning(&self, of: u64) -> Option<Why> {
        if self.is_none() {
            return None;
        }
        let (messages, characters) = (self.messages, self.characters.iter().copied().collect());
        let guests = match self.examples.is_empty() {
            true => "…".to_owned(),
            false => self.examples.join(", "),
        };
        Some(match self.more_parts {
            0 => Why::SmsWidened {
                messages,
                of,
                characters,
                guests,
            },
            more => Why::SmsWidenedAndPaid {
                messages,
                of,
                characters,
                guests,
                more,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_values_bring_is_counted_named_and_priced() {
        let mut widened = Widened::default();
        assert_eq!(widened.warning(4), None);
        widened.add("Hello Łukasz!", 1, Some("c"));
        widened.add(&format!("Hello Zoë {}", "a".repeat(100)), 2, Some("b"));
        assert_eq!((widened.messages, widened.more_parts), (2, 1));
        let words = widened.warning(4).map(|why| why.to_string()).unwrap_or_default();
        for part in ["2 of 4 SMS", "`Ł`", "`ë`", "c, b", "beside the others: 1"] {
            assert!(words.contains(part), "{part}: {words}");
        }
    }

    #[test]
    fn few_are_named_however_many_there_are() {
        let mut widened = Widened::default();
        for n in 0..1_000_u32 {
            let letter = char::from_u32(0x4e00 + n).unwrap_or('一');
            widened.add(&letter.to_string(), 1, Some(&n.to_string()));
        }
        assert_eq!(widened.messages, 1_000);
        assert_eq!(
            (widened.characters.len(), widened.examples.len()),
            (CHARACTERS, EXAMPLES)
        );
    }
}
