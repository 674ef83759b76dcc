//! What a stranger may cost.

use std::time::Duration;

/// The bounds of one listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// The most connections at once. Beyond that, the connection that has waited longest for a request is closed.
    pub connections: usize,
    /// The same for one address (of IPv6, one /64 network); `None` for no limit of its own.
    pub connections_per_address: Option<usize>,
    /// How long a connection may take until a request header is complete, before the first request and between two.
    pub idle: Duration,
    /// How long a body may take to come.
    pub body: Duration,
    /// The longest header, with its request line.
    pub header_bytes: usize,
    /// The longest path with its query.
    pub url_bytes: usize,
    /// The memory for bodies in hand, in bytes: this much for callers with a key, and a quarter of it for providers'
    /// calls.
    pub body_memory: usize,
    /// How many devices that nobody knows yet an app's key may register at once; a hundredth of it comes back each second.
    pub new_devices: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 800,
            connections_per_address: None,
            idle: Duration::from_secs(20),
            body: Duration::from_secs(15),
            header_bytes: 16 << 10,
            url_bytes: 4 << 10,
            body_memory: 32 << 20,
            new_devices: 1_000,
        }
    }
}
