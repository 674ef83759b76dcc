//! The simulator's section `waha`.

use std::net::{Ipv4Addr, SocketAddr};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::callbacks::CallbackConfig;
use crate::linked_phone::LinkedPhoneConfig;

/// A WAHA server with one session.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WahaConfig {
    /// Port 0 takes a free one.
    pub addr: SocketAddr,
    pub api_key: SecretString,
    pub session: String,
    /// The session's state at the start.
    pub state: WahaState,
    pub engine: WahaEngine,
    /// The key of the webhook's HMAC.
    pub webhook_key: SecretString,
    pub webhook: CallbackConfig,
    pub guests: LinkedPhoneConfig,
}

impl Default for WahaConfig {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            api_key: "sim-waha-key".into(),
            session: "default".to_owned(),
            state: WahaState::Working,
            engine: WahaEngine::Gows,
            webhook_key: "secret".into(),
            webhook: CallbackConfig::default(),
            guests: LinkedPhoneConfig::default(),
        }
    }
}

/// The states of a session; only `WORKING` sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WahaState {
    Stopped,
    Starting,
    ScanQrCode,
    PasskeyRequired,
    PasskeyConfirmationRequired,
    Working,
    Failed,
}

/// The engine with which WAHA drives WhatsApp; each writes the answer to a send in its own form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WahaEngine {
    Webjs,
    Noweb,
    Gows,
}
