//! The simulator's section `green_api`.

use std::net::{Ipv4Addr, SocketAddr};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::callbacks::CallbackConfig;
use crate::linked_phone::LinkedPhoneConfig;

/// Green-API with one instance.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GreenApiConfig {
    /// Port 0 takes a free one.
    pub addr: SocketAddr,
    pub instance: u64,
    pub token: SecretString,
    /// The instance's state at the start.
    pub state: GreenApiState,
    /// The Webhook URL Token: sent as `Authorization: Bearer …`.
    pub webhook_token: SecretString,
    pub webhook: CallbackConfig,
    pub guests: LinkedPhoneConfig,
}

impl Default for GreenApiConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            instance: 1_101_000_001,
            token: "simgreentoken".into(),
            state: GreenApiState::Authorized,
            webhook_token: "secret".into(),
            webhook: CallbackConfig::default(),
            guests: LinkedPhoneConfig::default(),
        }
    }
}

/// The states of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GreenApiState {
    NotAuthorized,
    Authorized,
    Blocked,
    SleepMode,
    Starting,
    YellowCard,
    Suspended,
}
