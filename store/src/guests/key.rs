//! API keys: what they are worth and what is kept of them.

use bellhop_domain::OrgId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a key may do. The names are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Post orders.
    Orders,
    /// Report opens.
    Opens,
    /// Register endpoints.
    Endpoints,
    /// Send transactional messages.
    Messages,
}

impl Scope {
    pub const ALL: [Scope; 4] = [Scope::Orders, Scope::Opens, Scope::Endpoints, Scope::Messages];

    pub fn name(self) -> &'static str {
        match self {
            Scope::Orders => "orders",
            Scope::Opens => "opens",
            Scope::Endpoints => "endpoints",
            Scope::Messages => "messages",
        }
    }

    pub(super) fn join(scopes: &[Scope]) -> String {
        scopes.iter().map(|s| s.name()).collect::<Vec<_>>().join(",")
    }

    /// A scope of a later version is not understood and grants nothing.
    pub(super) fn split(text: &str) -> Vec<Scope> {
        Self::ALL
            .into_iter()
            .filter(|scope| text.split(',').any(|name| name == scope.name()))
            .collect()
    }
}

/// Who calls the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiCaller {
    pub org: OrgId,
    /// The key's name, for logs and the audit log.
    pub name: String,
    pub scopes: Vec<Scope>,
}

/// The key's text: recognisable, so that secret scanners find a leaked one.
pub(super) fn key_text(random: [u8; 32]) -> SecretString {
    SecretString::from(format!("bellhop_{}", hex::encode(random)))
}

/// What is stored of a key. A plain hash is enough for 256 random bits.
pub(super) fn key_hash(key: &SecretString) -> String {
    hex::encode(Sha256::digest(key.expose_secret().as_bytes()))
}
