//! Why something in a sender's settings cannot be used, and whether that is so everywhere.

/// Why a section, or a secret that it refers to, cannot be used. The text says what to correct.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is wrong, whichever process reads it.
    #[error("{0}")]
    Wrong(String),
    /// This process cannot read a secret or a file that it refers to; another process may be able to.
    #[error("{0}")]
    NotHere(String),
}

impl Unusable {
    /// The same with the place in front, as in `token: …`.
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        match self {
            Unusable::Wrong(what) => Unusable::Wrong(format!("{place}: {what}")),
            Unusable::NotHere(what) => Unusable::NotHere(format!("{place}: {what}")),
        }
    }
}

impl From<String> for Unusable {
    fn from(what: String) -> Self {
        Unusable::Wrong(what)
    }
}

impl From<&str> for Unusable {
    fn from(what: &str) -> Self {
        Unusable::Wrong(what.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_changes_the_words_and_not_the_kind() {
        for (unusable, expected) in [
            (
                Unusable::from("is empty").at("token"),
                Unusable::Wrong("token: is empty".to_owned()),
            ),
            (
                Unusable::NotHere("A is not set".to_owned()).at("token").at("telegram"),
                Unusable::NotHere("telegram: token: A is not set".to_owned()),
            ),
        ] {
            assert_eq!(unusable, expected);
            assert!(expected.to_string().contains("token: "));
        }
    }
}
