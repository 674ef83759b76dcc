//! What a key of the HTTP API may do, and where it is kept. One line here defines a scope everywhere: in the
//! database, at the API's door, in `bellhop api-key create --scopes` and in docs/api.md.

use serde::{Deserialize, Serialize};

/// Defines the enum and everything about each scope from one line per scope.
macro_rules! scopes {
    ($($variant:ident $name:literal, $kinds:ident, $given:ident, $allows:literal;)+) => {
        /// What a key may do. The names are stored and never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Scope {
            $(#[doc = $allows] #[serde(rename = $name)] $variant,)+
        }

        impl Scope {
            /// Every scope, in the order of the list.
            pub const ALL: [Scope; [$($name),+].len()] = [$(Scope::$variant),+];

            /// As it is stored, asked for and written.
            pub const fn name(self) -> &'static str {
                match self { $(Scope::$variant => $name,)+ }
            }

            /// What it allows, in English, for the command line and the documentation.
            pub const fn allows(self) -> &'static str {
                match self { $(Scope::$variant => $allows,)+ }
            }

            const fn kinds(self) -> Kinds {
                match self { $(Scope::$variant => Kinds::$kinds,)+ }
            }

            /// Whether a key that is created without naming scopes has it. A scope that costs money must be asked
            /// for.
            pub const fn is_usual(self) -> bool {
                match self { $(Scope::$variant => matches!(Given::$given, Given::Usual),)+ }
            }
        }
    };
}

/// Which kinds of key may have a scope.
enum Kinds {
    BackendOnly,
    Any,
}

/// Whether a key has a scope without asking for it.
enum Given {
    Usual,
    IfNamed,
}

scopes! {
    Orders "orders", BackendOnly, Usual, "report orders, new or changed";
    Events "events", BackendOnly, Usual, "tell what happens to guests: orders, carts, registrations, reviews, bonuses";
    Opens "opens", Any, Usual, "report that a push was tapped";
    Endpoints "endpoints", Any, Usual, "register where a guest can be reached";
    Landings "landings", Any, Usual, "ask which landing to show at the entry, and report that it was shown and its button pressed";
    Messages "messages", BackendOnly, IfNamed, "send messages on demand, which costs money";
    Consents "consents", BackendOnly, IfNamed, "record what guests allow and switch off";
    Settings "settings", BackendOnly, IfNamed, "read and change the organisation's settings, senders and webhooks, and stop and resume senders";
    MailingsRead "mailings_read", BackendOnly, IfNamed, "see mailings, runs, programs, schedules, segments, landings, promo codes and rules of tags, check, preview, rehearse and forecast";
    Mailings "mailings", BackendOnly, IfNamed, "create, change and remove mailings, programs, segments, landings, promo codes and rules of tags";
    Launch "launch", BackendOnly, IfNamed, "launch and schedule mailings, send tests and switch programs on, which costs money, and pause, resume and cancel runs";
    Statistics "statistics", BackendOnly, IfNamed, "read what mailings and programs brought";
    GuestsRead "guests_read", BackendOnly, IfNamed, "see guests, and count and explain audiences";
    Guests "guests", BackendOnly, IfNamed, "change guests' cards, tags and blacklist marks";
    People "people", BackendOnly, IfNamed, "see, invite, change and disable people";
    Keys "keys", BackendOnly, IfNamed, "see, make and revoke API keys, with no more scopes than one has";
    Audit "audit", BackendOnly, IfNamed, "read who changed what";
    Import "import", BackendOnly, IfNamed, "upload files and import guests, orders, consents and promo codes from them";
    Export "export", BackendOnly, IfNamed, "take guests, orders, consents, recipients and promo codes out as files";
    Erase "erase", BackendOnly, IfNamed, "erase guests for good";
}

/// Where a key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// On a server of the brand's: it speaks for every guest.
    Backend,
    /// Inside an app or a page, where anybody can read it: it speaks only for the device that it is on.
    App,
}

impl KeyKind {
    pub const ALL: [KeyKind; 2] = [KeyKind::Backend, KeyKind::App];

    /// As it is asked for and written.
    pub const fn name(self) -> &'static str {
        match self {
            KeyKind::Backend => "backend",
            KeyKind::App => "app",
        }
    }

    /// Whether a key of this kind may be given a scope.
    pub const fn may_have(self, scope: Scope) -> bool {
        matches!(
            (self, scope.kinds()),
            (KeyKind::Backend, _) | (KeyKind::App, Kinds::Any)
        )
    }

    /// The scopes that a key of this kind gets if none are named.
    pub fn usual(self) -> Vec<Scope> {
        let all = Scope::ALL.into_iter();
        all.filter(|scope| scope.is_usual() && self.may_have(*scope)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_what_its_kind_may_have_and_nothing_dear_unasked() {
        let names = |scopes: Vec<Scope>| scopes.into_iter().map(Scope::name).collect::<Vec<_>>();
        assert_eq!(
            names(KeyKind::Backend.usual()),
            ["orders", "events", "opens", "endpoints", "landings"]
        );
        assert_eq!(names(KeyKind::App.usual()), ["opens", "endpoints", "landings"]);
        for scope in Scope::ALL {
            assert!(KeyKind::Backend.may_have(scope), "{scope:?}");
            let json = serde_json::to_string(&scope).unwrap();
            assert_eq!(json, format!("{:?}", scope.name()), "one name everywhere");
            assert_eq!(serde_json::from_str::<Scope>(&json).unwrap(), scope);
        }
        let of_an_app: Vec<_> = Scope::ALL
            .into_iter()
            .filter(|scope| KeyKind::App.may_have(*scope))
            .collect();
        assert_eq!(of_an_app, [Scope::Opens, Scope::Endpoints, Scope::Landings]);
    }
}
