//! The address of an app on a device: which of Apple's two hosts knows it, and its token.

use bellhop_domain::address::APNS_SANDBOX;

/// Apple specifies no length and warns that it may change; so far tokens have 64 to 200 digits.
const LONGEST: usize = 400;

/// Apple's two services; a token of one is unknown to the other (PROVIDERS.md §2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Environment {
    /// Apps from the App Store and TestFlight.
    Production,
    /// Apps signed for development.
    Sandbox,
}

impl Environment {
    pub fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub environment: Environment,
    /// Hexadecimal digits.
    pub token: &'a str,
}

impl<'a> Address<'a> {
    /// Reads `<hex token>` or `sandbox:<hex token>`; `None` for what cannot be a token.
    pub fn read(text: &'a str) -> Option<Self> {
        let (environment, token) = match text.strip_prefix(APNS_SANDBOX) {
            Some(token) => (Environment::Sandbox, token),
            None => (Environment::Production, text),
        };
        let digits = token.bytes().all(|c| c.is_ascii_hexdigit());
        (digits && token.len().is_multiple_of(2) && (2..=LONGEST).contains(&token.len()))
            .then_some(Self { environment, token })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_chooses_the_environment_and_a_token_is_hexadecimal() {
        let long = "0".repeat(402);
        let rows = [
            ("00ffAB", Some((Environment::Production, "00ffAB"))),
            ("sandbox:00ff", Some((Environment::Sandbox, "00ff"))),
            ("production:00ff", None),
            ("sandbox:", None),
            ("", None),
            ("00f", None),
            ("00fg", None),
            ("00ff/../x", None),
            (&long, None),
        ];
        for (text, expected) in rows {
            let read = Address::read(text).map(|address| (address.environment, address.token));
            assert_eq!(read, expected, "{text}");
        }
    }
}
