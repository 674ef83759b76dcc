//! Who says that a guest has a tag (PRODUCT.md §1, §4). The guest has it as long as any source says so, and a source
//! can only withdraw its own word.

use serde::{Deserialize, Serialize};

/// A source of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagSource {
    /// A person.
    Hand,
    /// A file of guests.
    Import,
    /// A rule over the guest's orders.
    Rule,
    /// The use of a promo code.
    Promo,
    /// Another system.
    Api,
}

impl TagSource {
    pub const ALL: [TagSource; 5] = [
        TagSource::Hand,
        TagSource::Import,
        TagSource::Rule,
        TagSource::Promo,
        TagSource::Api,
    ];

    /// The source as a bit. The numbers are stored.
    pub const fn bit(self) -> i16 {
        match self {
            TagSource::Hand => 1,
            TagSource::Import => 2,
            TagSource::Rule => 4,
            TagSource::Promo => 8,
            TagSource::Api => 16,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            TagSource::Hand => "hand",
            TagSource::Import => "import",
            TagSource::Rule => "rule",
            TagSource::Promo => "promo",
            TagSource::Api => "api",
        }
    }

    /// The sources in a set of bits, in the order of [`TagSource::ALL`].
    pub fn of_bits(bits: i16) -> Vec<TagSource> {
        Self::ALL
            .into_iter()
            .filter(|source| bits & source.bit() != 0)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_a_bit_and_a_name_of_its_own() {
        let all = TagSource::ALL.map(TagSource::bit);
        assert_eq!(all.iter().sum::<i16>(), 31);
        assert_eq!(all.iter().fold(0, |sum, bit| sum | bit), 31);
        for source in TagSource::ALL {
            assert_eq!(TagSource::of_bits(source.bit()), [source]);
            assert_eq!(serde_json::to_value(source).unwrap(), source.name());
        }
        assert_eq!(TagSource::of_bits(5), [TagSource::Hand, TagSource::Rule]);
    }
}
