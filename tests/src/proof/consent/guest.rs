//! The proof's guests: where each is reached, through whom Bellhop hears them, and what they say when.

use super::words::{NO, ORDINARY};

/// The provider through whose call Bellhop hears a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Voice {
    /// A session with an SMSC.
    Smpp,
    /// Meta, by the number that Meta knows the guest by.
    Meta,
    /// Meta, by a user id with the number beside it.
    MetaHidden,
    /// A phone's session behind WAHA, by a hidden id with the number beside it.
    Waha,
    Telegram,
    Max,
}

impl Voice {
    pub(super) const ALL: [Voice; 6] = [
        Voice::Smpp,
        Voice::Meta,
        Voice::MetaHidden,
        Voice::Waha,
        Voice::Telegram,
        Voice::Max,
    ];
}

/// When a guest speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    /// Before anybody has a card with the address.
    BeforeTheCard,
    /// After the import, before a second card with the same address comes.
    BeforeTheSecondCard,
    WhileImporting,
    InMidMailing,
    /// In the middle of the mailing, by editing what was written before.
    ByAnEdit,
    /// In the middle of the mailing a file says no for the guest; its import is killed.
    ByAKilledImport,
    /// In the middle of the mailing, by a switch of their own page.
    ByThePage,
    /// In the middle of the mailing another system tells that they said it.
    ByTheApi,
    /// In the middle of the mailing a ledger from elsewhere says that they said it.
    ByALedger,
    /// In the middle of the mailing they are erased, on their page and over HTTP in turn.
    ByErasure,
    /// In the middle of the mailing, about something else.
    Ordinary,
}

impl Moment {
    pub(super) const ALL: [Moment; 11] = [
        Moment::BeforeTheCard,
        Moment::BeforeTheSecondCard,
        Moment::WhileImporting,
        Moment::InMidMailing,
        Moment::ByAnEdit,
        Moment::ByAKilledImport,
        Moment::ByThePage,
        Moment::ByTheApi,
        Moment::ByALedger,
        Moment::ByErasure,
        Moment::Ordinary,
    ];
}

#[derive(Debug, Clone)]
pub(super) struct Guest {
    pub(super) number: u32,
    pub(super) voice: Voice,
    pub(super) moment: Moment,
}

impl Guest {
    /// Every voice with every moment, in turn.
    pub(super) fn all(count: u32) -> Vec<Guest> {
        let (voices, moments) = (Voice::ALL.len() as u32, Moment::ALL.len() as u32);
        (0..count)
            .map(|number| {
                let voice = Voice::ALL[(number % voices) as usize];
                let moment = Moment::ALL[(number / voices % moments) as usize];
                // SMS cannot be edited.
                let moment = match (voice, moment) {
                    (Voice::Smpp | Voice::Waha, Moment::ByAnEdit) => Moment::InMidMailing,
                    (_, moment) => moment,
                };
                Guest { number, voice, moment }
            })
            .collect()
    }

    /// A Brazilian number, whose ninth digit WhatsApp's id lacks.
    pub(super) fn is_brazilian(&self) -> bool {
        self.voice == Voice::Meta && self.number.is_multiple_of(5)
    }

    /// The address as the endpoint spells it.
    pub(super) fn address(&self) -> String {
        match self.voice {
            Voice::Telegram => (900_000_000 + self.number).to_string(),
            Voice::Max => (800_000_000 + self.number).to_string(),
            _ if self.is_brazilian() => format!("+55119{:08}", 80_000_000 + self.number),
            _ => format!("+7999{:07}", self.number),
        }
    }

    /// The number as WhatsApp and the operators know it: digits.
    pub(super) fn digits(&self) -> String {
        if self.is_brazilian() {
            return format!("5511{:08}", 80_000_000 + self.number);
        }
        self.address().trim_start_matches('+').to_owned()
    }

    /// The name of whoever is to be erased, which nobody else has; the others have one together.
    pub(super) fn name(&self) -> String {
        match self.moment {
            Moment::ByErasure => format!("Erasmus-{}", self.number),
            _ => "Guest".to_owned(),
        }
    }

    /// By the brand's own id.
    pub(super) fn card(&self) -> String {
        format!("guest-{}", self.number)
    }

    pub(super) fn says(&self) -> &'static str {
        let number = self.number as usize;
        match self.moment {
            Moment::Ordinary => ORDINARY[number % ORDINARY.len()],
            _ => NO[number % NO.len()],
        }
    }

    pub(super) fn says_no(&self) -> bool {
        self.moment != Moment::Ordinary
    }
}
