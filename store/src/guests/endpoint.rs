//! Registering addresses.

use bellhop_domain::EndpointKind;

/// The numbers are stored; never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum EndpointState {
    Active = 1,
    /// The permission is off: counts as none.
    Muted = 2,
    /// The provider says that it is no more.
    Dead = 3,
}

impl EndpointState {
    pub const fn code(self) -> i16 {
        self as i16
    }
}

/// What an app, a browser or a login tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointRegistration {
    pub kind: EndpointKind,
    /// The token, the subscription as JSON, or the phone in E.164.
    pub address: String,
    /// The external id of the guest who is logged in; an unknown one is created.
    pub customer: Option<String>,
    pub muted: bool,
}
