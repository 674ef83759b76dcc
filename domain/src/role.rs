//! What people may do (PRODUCT.md §12): a role has rights, and a right is a scope. So every route that says which scope a
//! key must have says by that which people it is open to, and there is no second table.

use crate::scope::Scope;
use serde::{Deserialize, Serialize};

/// What a person is in their organisation. The names are written and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Administrator,
    /// Mailings, programs, audiences, statistics.
    Marketer,
    /// Guests' cards and consents, the blacklist, conversations.
    Operator,
    /// Looks, and changes nothing.
    Viewer,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Administrator, Role::Marketer, Role::Operator, Role::Viewer];

    /// As it is asked for and written.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Marketer => "marketer",
            Role::Operator => "operator",
            Role::Viewer => "viewer",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// As it is stored.
    pub const fn code(self) -> i16 {
        match self {
            Role::Administrator => 1,
            Role::Marketer => 2,
            Role::Operator => 3,
            Role::Viewer => 4,
        }
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Whether a person with this role has the right.
    pub fn may(self, right: Scope) -> bool {
        self == Role::Administrator || besides_administrators(right).contains(&self)
    }

    pub fn rights(self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|right| self.may(*right)).collect()
    }
}

/// Who has a right beside administrators, who have all. There is no default: a new scope compiles once somebody has
/// thought about it.
const fn besides_administrators(right: Scope) -> &'static [Role] {
    use Role::{Marketer, Operator, Viewer};
    match right {
        // What programs of the brand report: people do not speak for a till or an app.
        Scope::Orders | Scope::Events | Scope::Opens | Scope::Endpoints | Scope::Landings | Scope::Messages => &[],
        Scope::Consents => &[Operator],
        Scope::Settings | Scope::People | Scope::Keys | Scope::Audit | Scope::Erase | Scope::Import => &[],
        Scope::MailingsRead | Scope::Statistics => &[Marketer, Viewer],
        Scope::Mailings | Scope::Launch | Scope::Export => &[Marketer],
        Scope::GuestsRead => &[Marketer, Operator, Viewer],
        Scope::Guests => &[Operator],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_the_rights_of_the_product() {
        let names = |role: Role| role.rights().into_iter().map(Scope::name).collect::<Vec<_>>();
        assert_eq!(Role::Administrator.rights(), Scope::ALL);
        assert_eq!(
            names(Role::Marketer),
            [
                "mailings_read",
                "mailings",
                "launch",
                "statistics",
                "guests_read",
                "export"
            ]
        );
        assert_eq!(names(Role::Operator), ["consents", "guests_read", "guests"]);
        assert_eq!(names(Role::Viewer), ["mailings_read", "statistics", "guests_read"]);
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(role));
            assert_eq!(Role::from_code(role.code()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
    }
}
