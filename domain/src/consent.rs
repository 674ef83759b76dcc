//! What guests and others have said about marketing, and what follows from it (PRODUCT.md §10, §18).
//!
//! A word belongs to the address that it came from and outlives every card with that address. Where a file or an
//! operator speaks about a guest, it belongs to the card. docs/consent.md has the tables of who may overrule whom.

use crate::phone::spellings;
use crate::{Channel, EndpointKind, Timestamp};
use serde::{Deserialize, Serialize};

/// One word about marketing. The numbers are stored; of two words of the same instant the greater number wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum Word {
    Given = 1,
    Withdrawn = 2,
    /// It may have been a no: marketing waits until the guest or a member of staff says what was meant.
    Held = 3,
    /// A member of staff read the doubtful answer and found that it was not a no. What was said before is in force
    /// again.
    Released = 4,
}

impl Word {
    pub const ALL: [Word; 4] = [Word::Given, Word::Withdrawn, Word::Held, Word::Released];

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|word| word.code() == code)
    }

    pub fn name(self) -> &'static str {
        match self {
            Word::Given => "given",
            Word::Withdrawn => "withdrawn",
            Word::Held => "held",
            Word::Released => "released",
        }
    }
}

/// Who said it. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum WordSource {
    /// The guest, to us: an answer, their own page.
    Guest = 1,
    /// The guest, to the provider, which told us: a choice in its app, a block.
    Provider = 2,
    Import = 3,
    /// Another system, through the API.
    Api = 4,
    Operator = 5,
}

impl WordSource {
    pub const ALL: [WordSource; 5] = [
        WordSource::Guest,
        WordSource::Provider,
        WordSource::Import,
        WordSource::Api,
        WordSource::Operator,
    ];

    /// Whether it is the guest's own act. Nobody else's yes overrules the guest's own no.
    pub fn is_own(self) -> bool {
        match self {
            WordSource::Guest | WordSource::Provider => true,
            WordSource::Import | WordSource::Api | WordSource::Operator => false,
        }
    }

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.code() == code)
    }

    pub fn name(self) -> &'static str {
        match self {
            WordSource::Guest => "guest",
            WordSource::Provider => "provider",
            WordSource::Import => "import",
            WordSource::Api => "api",
            WordSource::Operator => "operator",
        }
    }
}

/// Within a space, equal texts are one person's address. A phone and a WhatsApp number share a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Space(EndpointKind);

impl Space {
    pub fn of(kind: EndpointKind) -> Self {
        match kind {
            EndpointKind::Phone | EndpointKind::WhatsApp => Space(EndpointKind::Phone),
            other => Space(other),
        }
    }

    /// The stored number, which is that of the space's first kind.
    pub const fn code(self) -> i16 {
        self.0.code()
    }

    pub fn kinds(self) -> impl Iterator<Item = EndpointKind> {
        EndpointKind::ALL
            .into_iter()
            .filter(move |kind| Space::of(*kind) == self)
    }

    /// Every way in which the address may be written, the given one included.
    pub fn spellings(self, address: &str) -> Vec<String> {
        let mut all = match self.0 {
            EndpointKind::Phone if address.starts_with('+') => spellings(address),
            _ => Vec::new(),
        };
        if all.iter().all(|spelling| spelling != address) {
            all.insert(0, address.to_owned());
        }
        all
    }
}

/// Which channels a stop covers; a setting of the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopCovers {
    /// The channel that it was said on.
    #[default]
    Channel,
    AllChannels,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an extent of a stop; write \"channel\" or \"all_channels\"")]
pub struct NoExtent(String);

impl std::str::FromStr for StopCovers {
    type Err = NoExtent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "channel" => Ok(StopCovers::Channel),
            "all_channels" => Ok(StopCovers::AllChannels),
            _ => Err(NoExtent(text.to_owned())),
        }
    }
}

impl StopCovers {
    /// The words to write for one that was said on a channel.
    pub fn words(self, channel: Channel, word: Word) -> Vec<(Channel, Word)> {
        match (self, word) {
            (StopCovers::Channel, _) => vec![(channel, word)],
            (StopCovers::AllChannels, Word::Withdrawn | Word::Held | Word::Released) => {
                Channel::ALL.map(|channel| (channel, word)).to_vec()
            }
            // A yes concerns its own channel only. It also shows that the answer which put a hold on all channels was
            // not a no.
            (StopCovers::AllChannels, Word::Given) => Channel::ALL
                .map(|other| (other, if other == channel { Word::Given } else { Word::Released }))
                .to_vec(),
        }
    }
}

/// What the words of an address add up to on one channel. It does not depend on the order in which they are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stand {
    /// The latest of given and withdrawn.
    pub said: Option<(Timestamp, Word)>,
    pub held: Option<Timestamp>,
    pub released: Option<Timestamp>,
}

impl Stand {
    #[must_use]
    pub fn hear(mut self, word: Word, at: Timestamp) -> Self {
        match word {
            Word::Given | Word::Withdrawn => self.said = self.said.max(Some((at, word))),
            Word::Held => self.held = self.held.max(Some(at)),
            Word::Released => self.released = self.released.max(Some(at)),
        }
        self
    }

    /// Whether the guest or a member of staff has yet to say what was meant.
    pub fn is_held(&self) -> bool {
        let Some(held) = self.held else { return false };
        let released = self.released.is_some_and(|at| at >= held);
        let said = self.said.is_some_and(|(at, word)| word == Word::Withdrawn || at > held);
        !released && !said
    }

    /// Whether no marketing may go out.
    pub fn stops(&self) -> bool {
        matches!(self.said, Some((_, Word::Withdrawn))) || self.is_held()
    }

    pub fn given_at(&self) -> Option<Timestamp> {
        self.said.filter(|(_, word)| *word == Word::Given).map(|(at, _)| at)
    }
}

/// The latest word about a card, on one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardWord {
    pub given: bool,
    pub at: Timestamp,
    pub source: WordSource,
}

impl CardWord {
    /// Whether it takes the place of what was known. (A file's yes has to meet one more condition: it replaces only a
    /// no of the same origin.)
    pub fn overrules(&self, known: &CardWord) -> bool {
        if self.given {
            let later = self.at > known.at || (self.at == known.at && known.given);
            later && (known.given || self.source.is_own() || !known.source.is_own())
        } else {
            let above = known.given && self.source.is_own() && !known.source.is_own();
            self.at >= known.at || above
        }
    }
}

/// Whether marketing may go to a guest on one channel: by the latest word about the card and the stands of the guest's
/// addresses.
pub fn allows(card: Option<CardWord>, stands: &[Stand]) -> bool {
    let given = stands.iter().filter_map(Stand::given_at).max();
    let wanted = match card {
        Some(card) => card.given || given.is_some_and(|at| at > card.at),
        None => given.is_some(),
    };
    wanted && !stands.iter().any(Stand::stops)
}

/// Whether notifications may go to a guest on one channel: unless the latest word about the card or an address of theirs
/// switched them off.
pub fn notifies(card: Option<CardWord>, stands: &[Stand]) -> bool {
    let given = stands.iter().filter_map(Stand::given_at).max();
    let wanted = card.is_none_or(|card| card.given || given.is_some_and(|at| at > card.at));
    wanted && !stands.iter().any(Stand::stops)
}

#[cfg(test)]
#[path = "consent_tests.rs"]
mod tests;
