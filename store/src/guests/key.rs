//! API keys: what they are worth and what is kept of them.

pub use bellhop_domain::scope::{KeyKind, Scope};
use bellhop_domain::{OrgId, PersonId};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::num::NonZeroU32;

/// The prefix of each scope of an app's key. Versions that do not know such keys do not understand these names and
/// grant nothing, so while old and new processes run side by side, the key can do less, but never more.
const APP: &str = "app:";

/// A key's kind and scopes as they are stored.
pub(super) fn joined(kind: KeyKind, scopes: &[Scope]) -> String {
    let mark = match kind {
        KeyKind::Backend => "",
        KeyKind::App => APP,
    };
    let names = scopes.iter().map(|scope| format!("{mark}{}", scope.name()));
    names.collect::<Vec<_>>().join(",")
}

/// The kind and the scopes as they are stored; a scope that the kind may not have is none.
pub(super) fn split(text: &str) -> (KeyKind, Vec<Scope>) {
    let kind = if text.contains(APP) {
        KeyKind::App
    } else {
        KeyKind::Backend
    };
    let names: Vec<_> = text
        .split(',')
        .map(|name| name.strip_prefix(APP).unwrap_or(name))
        .collect();
    // A scope of a later version is not understood and grants nothing.
    let has = |scope: &Scope| kind.may_have(*scope) && names.contains(&scope.name());
    (kind, Scope::ALL.into_iter().filter(has).collect())
}

/// Who calls the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiCaller {
    pub org: OrgId,
    /// The key's or the person's name, for logs and the audit log.
    pub name: String,
    pub kind: KeyKind,
    pub scopes: Vec<Scope>,
    /// Who is logged in, if it is a person; else it is a program.
    pub person: Option<PersonId>,
    /// The only restaurants that a person may see; `None` for all.
    pub restaurants: Option<Vec<String>>,
    /// How many requests the key may make in a minute, if it has a number of its own.
    pub per_minute: Option<NonZeroU32>,
}

/// Before the random part: secret scanners know a leaked key by it.
const BEGINNING: &str = "bellhop_";

/// Whether a text could be a key at all; if not, no database needs to be asked.
pub fn is_key_shaped(text: &str) -> bool {
    let random = text.strip_prefix(BEGINNING);
    random.is_some_and(|random| {
        random.len() == 64 && random.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// The key's text: recognisable, so that secret scanners find a leaked one.
pub(super) fn key_text(random: [u8; 32]) -> SecretString {
    SecretString::from(format!("{BEGINNING}{}", hex::encode(random)))
}

/// What is stored of a key. A plain hash is enough for 256 random bits.
pub(super) fn key_hash(key: &SecretString) -> String {
    hex::encode(Sha256::digest(key.expose_secret().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_an_app_has_what_an_app_may_have_and_means_nothing_to_an_older_version() {
        let stored = joined(KeyKind::App, &[Scope::Opens, Scope::Endpoints]);
        assert_eq!(split(&stored), (KeyKind::App, vec![Scope::Opens, Scope::Endpoints]));
        assert!(
            stored
                .split(',')
                .all(|name| Scope::ALL.iter().all(|scope| scope.name() != name))
        );
        assert_eq!(
            split("orders,messages"),
            (KeyKind::Backend, vec![Scope::Orders, Scope::Messages])
        );
        for odd in ["app:orders,app:messages", "messages,app:orders", "app:"] {
            assert_eq!(split(odd), (KeyKind::App, vec![]), "{odd}");
        }
    }

    #[test]
    fn only_what_is_made_like_a_key_is_looked_for() {
        assert!(is_key_shaped(key_text([7; 32]).expose_secret()));
        for odd in [
            "",
            "bellhop_",
            "nonsense",
            "bellhop_0000",
            &format!("bellhop_{}", "G".repeat(64)),
            &"a".repeat(72),
        ] {
            assert!(!is_key_shaped(odd), "{odd}");
        }
    }
}
