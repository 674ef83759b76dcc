//! Enumerations as statements write them: by names, whose numbers are the domain's.

use bellhop_domain::{EndpointKind, Purpose};
use std::fmt;

/// A set of numbers as it stands after `IN`: `(1, 2, 5)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Codes(pub &'static [i16]);

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&listed(self.0.iter().copied()))
    }
}

/// The same of numbers that a rule of the domain picks out.
pub(crate) fn listed(codes: impl IntoIterator<Item = i16>) -> String {
    let codes: Vec<String> = codes.into_iter().map(|code| code.to_string()).collect();
    format!("({})", codes.join(", "))
}

/// The purpose for which consent is given and withdrawn.
pub(crate) const MARKETING: i16 = Purpose::Marketing.code();

/// The purpose that guests may switch off.
pub(crate) const NOTIFICATION: i16 = Purpose::Notification.code();

/// The kinds of endpoint whose address is a phone number.
pub(crate) const PHONES: Codes = Codes(&[EndpointKind::Phone.code(), EndpointKind::WhatsApp.code()]);

/// An endpoint kind's channel, by the domain's table; `kind` is a column.
pub(crate) fn channel_of(kind: &str) -> String {
    let arms = EndpointKind::ALL.map(|kind| format!(" WHEN {} THEN {}", kind.code(), kind.channel() as i64));
    format!("CASE {kind}{} END", arms.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::consent::Space;

    #[test]
    fn a_set_stands_after_in() {
        assert_eq!(Codes(&[1, 2, 5]).to_string(), "(1, 2, 5)");
        assert_eq!(listed([7]), "(7)");
    }

    #[test]
    fn what_is_named_here_is_what_the_domain_says() {
        let consented = Purpose::ALL.into_iter().filter(|purpose| purpose.needs_consent());
        assert_eq!(consented.map(Purpose::code).collect::<Vec<_>>(), [MARKETING]);
        let switched_off = Purpose::ALL.into_iter().filter(|purpose| purpose.may_be_switched_off());
        assert_eq!(switched_off.map(Purpose::code).collect::<Vec<_>>(), [NOTIFICATION]);
        let phones = Space::of(EndpointKind::Phone).kinds();
        assert_eq!(phones.map(EndpointKind::code).collect::<Vec<_>>(), PHONES.0);
    }
}
