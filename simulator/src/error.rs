//! Why a simulator does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::faults::InvalidFaults;

/// Why the simulator could not start. Each message names the place and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("simulator: cannot listen on {addr}: {source}; is the port taken?")]
    Listen { addr: SocketAddr, source: io::Error },
    #[error("simulator: cannot write {}: {source}", path.display())]
    WriteFile { path: PathBuf, source: io::Error },
    #[error("simulator: cannot read {}: {source}", path.display())]
    ReadFile { path: PathBuf, source: io::Error },
    #[error("simulator: {} is not a service account: {source}; delete it to have a new one made", path.display())]
    ServiceAccount { path: PathBuf, source: serde_json::Error },
    #[error("simulator: the service account's public key is not an RSA key in PEM: {0}")]
    PublicKey(jsonwebtoken::errors::Error),
    #[error("simulator: cannot make a key or certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("simulator: cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    #[error("simulator: cannot make an HTTP client: {0}")]
    HttpClient(#[from] reqwest::Error),
    #[error("simulator.{section}: {what}")]
    Section { section: &'static str, what: String },
    #[error("simulator: {0}")]
    Faults(#[from] InvalidFaults),
    #[error("simulator: people.time_scale is {0}, give a number above 0")]
    TimeScale(f64),
    #[error("simulator: there are guests already; start another simulator for others")]
    GuestsThere,
}
