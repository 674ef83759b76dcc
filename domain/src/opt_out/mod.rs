//! What a guest's answer says about marketing (PRODUCT.md §10): a plain no, a doubt, a plain yes, or nothing.
//!
//! A text goes this way: [`cut`] leaves what the guest wrote themselves, [`fold`] reduces its spellings to one,
//! [`message`] splits it into words, and [`rules`] reads them in a fixed order. Words and sentences are data:
//! `words.tsv`, `classes.tsv`, `sentences.tsv`. What we hear and why: `docs/consent-words.md`.

mod cut;
mod cutter;
mod fold;
mod grammar;
mod lexicon;
mod message;
mod pattern;
mod rules;
mod spelling;
mod start;
mod tokens;
mod typo;
mod whole;

#[cfg(test)]
mod tests;

/// What a guest asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wish {
    Stop,
    Start,
}

/// What an answer says about marketing (PRODUCT.md §10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// The wish is plain; `by` names the word or the rule that says so, for the proof.
    Sure { wish: Wish, by: &'static str },
    /// It may mean a stop: marketing is held, a human sees the answer, and the guest is asked once what they meant.
    Doubtful { by: &'static str },
    /// Nothing about marketing.
    Ordinary,
}

impl Reading {
    /// The one that outranks the other: first a stop, then a doubt, then a wish to get marketing.
    pub fn stronger(self, other: Reading) -> Reading {
        let rank = |reading: &Reading| match reading {
            Reading::Sure { wish: Wish::Stop, .. } => 3,
            Reading::Doubtful { .. } => 2,
            Reading::Sure { wish: Wish::Start, .. } => 1,
            Reading::Ordinary => 0,
        };
        if rank(&other) > rank(&self) { other } else { self }
    }

    fn stop(by: &'static str) -> Reading {
        Reading::Sure { wish: Wish::Stop, by }
    }
}

/// Reads a guest's answer, of any length, in linear time: what counts is the first 2,000 characters of the guest's own.
///
/// The text is read as it stands. Only if that says nothing is it read again as typed on the other keyboard layout
/// and as Russian in Latin letters. Of these readings a plain no is believed, and a word of stopping among others that the
/// other layout shows is a doubt; in sounds it would be found in any language.
pub fn read(text: &str) -> Reading {
    let own = cut::own_words(text);
    let clean = fold::clean(&own);
    let reading = rules::read(&clean);
    if reading != Reading::Ordinary {
        return reading;
    }
    if let Some(start) = start::read(&clean) {
        return start;
    }
    let others: Vec<Reading> = spelling::others(&clean).iter().map(|text| rules::read(text)).collect();
    let sure = others.iter().find(|reading| matches!(reading, Reading::Sure { .. }));
    // The first is the other layout's.
    let doubt = others.first().filter(|reading| {
        **reading
            == Reading::Doubtful {
                by: rules::AMONG_OTHERS,
            }
    });
    sure.or(doubt).copied().unwrap_or(Reading::Ordinary)
}
