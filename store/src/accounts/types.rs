//! People as they are kept.

use bellhop_domain::role::Role;
use bellhop_domain::{OrgId, PersonId, SessionId, Timestamp};
use serde::Serialize;

/// Somebody of the brand's staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    pub id: PersonId,
    pub org: OrgId,
    /// In small letters.
    pub email: String,
    /// Empty as long as they are only invited.
    pub name: String,
    pub locale: String,
    pub role: Role,
    /// The only restaurants that they may see; `None` for all.
    pub restaurants: Option<Vec<String>>,
    pub state: PersonState,
    /// Whether logging in asks for a second factor.
    pub totp: bool,
    pub created_at: Timestamp,
    pub login_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonState {
    /// Their link waits.
    Invited,
    Active,
    /// They cannot log in.
    Disabled,
}

impl PersonState {
    pub const ALL: [PersonState; 3] = [PersonState::Invited, PersonState::Active, PersonState::Disabled];

    pub const fn name(self) -> &'static str {
        match self {
            PersonState::Invited => "invited",
            PersonState::Active => "active",
            PersonState::Disabled => "disabled",
        }
    }
}

/// What is to be different of a person; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonChange {
    pub name: Option<String>,
    pub locale: Option<String>,
    pub role: Option<Role>,
    /// The inner `None` is: all restaurants.
    pub restaurants: Option<Option<Vec<String>>>,
    pub disabled: Option<bool>,
}

/// What a login is checked against.
#[derive(Clone)]
pub struct Credentials {
    pub person: Person,
    /// As it was stored; `None` as long as their link waits.
    pub password: Option<String>,
    /// Sealed.
    pub totp_secret: Option<String>,
}

/// Who has an open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    pub session: SessionId,
    pub person: Person,
}
