//! Who takes part, and what is to become of each guest in each program.

use std::collections::BTreeMap;

use bellhop_domain::Timestamp;

use crate::guests::token;

/// The data files that programs begin from (`programs/presets`).
pub(super) const PRESETS: [&str; 15] = [
    "referral-bonus",
    "birthday-bonus",
    "birthday-message",
    "abandoned-cart",
    "bonus-expiry",
    "bonus-accrued",
    "retention-change",
    "review-bonus",
    "welcome-bonus",
    "order-placed",
    "order-cooking",
    "order-on-its-way",
    "order-delivered",
    "review-request",
    "custom",
];

/// What is to become of a firing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// The provider gets the message within the minute that begins then.
    Sent(Timestamp),
    /// It ends in one of these states for one of these reasons, like `skipped late`.
    Not(&'static [&'static str]),
}

/// A guest of the story; of each there are several.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guest {
    pub name: &'static str,
    /// Of the app that gets pushes; those without have no address.
    pub has_app: bool,
    pub consents: bool,
    /// Days from the first day of the story to the birthday.
    pub birthday: Option<i32>,
    /// Days before the evening of the first day on which the latest order was placed.
    pub ordered: Option<i32>,
}

const fn guest(name: &'static str) -> Guest {
    Guest {
        name,
        has_app: true,
        consents: true,
        birthday: None,
        ordered: None,
    }
}

const fn born(name: &'static str, in_days: i32) -> Guest {
    Guest {
        birthday: Some(in_days),
        ..guest(name)
    }
}

const fn ordered(name: &'static str) -> Guest {
    Guest {
        // The thirtieth day makes a guest lost.
        ordered: Some(30),
        ..guest(name)
    }
}

const fn refuses(of: Guest) -> Guest {
    Guest { consents: false, ..of }
}

pub(super) const GUESTS: [Guest; 40] = [
    guest("cart"),
    guest("cart-changed"),
    guest("cart-ordered"),
    guest("cart-emptied"),
    guest("cart-withdrew"),
    guest("cart-again"),
    guest("cart-off"),
    guest("cart-blacklisted"),
    guest("status"),
    guest("status-late"),
    guest("status-silent"),
    guest("status-aggregator"),
    guest("request"),
    guest("request-reviewed"),
    guest("request-cancelled"),
    guest("request-night"),
    guest("accrued"),
    guest("accrued-silent"),
    guest("accrued-nothing"),
    guest("review"),
    refuses(guest("review-refuses")),
    guest("welcome"),
    refuses(guest("welcome-refuses")),
    guest("welcome-operator"),
    guest("inviter"),
    refuses(guest("inviter-refuses")),
    guest("newcomer"),
    guest("newcomer-of-refusing"),
    guest("booked"),
    guest("booked-other"),
    guest("booked-late"),
    born("birthday", 1),
    Guest {
        has_app: false,
        ..born("birthday-no-app", 1)
    },
    born("birthday-blacklisted", 1),
    born("gift", 8),
    refuses(born("gift-refuses", 8)),
    guest("burning"),
    guest("burning-spent"),
    ordered("lost"),
    ordered("lost-back"),
];

/// The guests by the names that the brand has for them, in the order of their numbers.
#[derive(Debug)]
pub(super) struct Cast {
    copies: u32,
}

impl Cast {
    pub(super) fn new(copies: u32) -> Self {
        Self { copies }
    }

    /// Each with its number, from 1 on.
    pub(super) fn all(&self) -> impl Iterator<Item = (u32, String, Guest)> {
        let copies = self.copies;
        GUESTS
            .into_iter()
            .flat_map(move |it| (1..=copies).map(move |copy| (it, copy)))
            .zip(1..)
            .map(|((it, copy), number)| (number, format!("{}-{copy}", it.name), it))
    }

    /// The brand's ids of those of a name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = String> {
        (1..=self.copies).map(move |copy| format!("{name}-{copy}"))
    }

    /// The address of each guest who has the app.
    pub(super) fn addresses(&self) -> BTreeMap<String, String> {
        let with_app = self.all().filter(|(_, _, it)| it.has_app);
        with_app.map(|(number, id, _)| (id, token(number))).collect()
    }
}

/// What is to become of guests, by preset and name, in the order in which it comes.
#[derive(Debug, Default)]
pub(super) struct Fates(pub BTreeMap<(&'static str, &'static str), Vec<Fate>>);

impl Fates {
    pub(super) fn expect(&mut self, preset: &'static str, name: &'static str, fate: Fate) {
        self.0.entry((preset, name)).or_default().push(fate);
    }

    pub(super) fn sent(&mut self, preset: &'static str, name: &'static str, at: Timestamp) {
        self.expect(preset, name, Fate::Sent(at));
    }
}
