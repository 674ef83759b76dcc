//! Registering addresses.

use bellhop_domain::{EndpointId, EndpointKind};

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

/// How much a guest may register with a key that is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceBounds {
    /// The most live devices of a kind. Beyond that, the one that was not heard of for longest goes: an app that is
    /// installed again has a new address each time, and the phone in the guest's hand must not be the one that is refused.
    pub live: u32,
    /// The most devices of a kind heard of within a day.
    pub a_day: u32,
    /// Whether an address that nobody has registered yet is taken at all at present.
    pub new: bool,
}

/// What became of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// It was registered before.
    Known(EndpointId),
    New(EndpointId),
    /// This guest has registered too many within a day; nothing was written.
    TooMany,
    /// It would be new, which is not wanted at present; nothing was written.
    NotNow,
}
