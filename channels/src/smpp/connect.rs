//! The connection beneath a session: TCP, with TLS where the operator has it.

use crate::config::{Unusable, read_bytes, shown_path};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long connecting may take, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The key `tls` of the section; an empty table trusts the system's authorities.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TlsSection {
    /// A PEM file of the only certificate authorities to trust.
    pub ca_file: Option<PathBuf>,
}

/// Where the operator listens.
pub(super) struct Peer {
    pub host: String,
    pub port: u16,
    pub tls: Option<Tls>,
}

pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Tls {
    /// # Errors
    /// [`Unusable::NotHere`] if the file of authorities cannot be read on this machine.
    pub fn new(host: &str, section: &TlsSection) -> Result<Self, Unusable> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| format!("tls: {e}"))?;
        let config = match &section.ca_file {
            Some(path) => versions.with_root_certificates(authorities(path).map_err(|why| why.at("tls.ca_file"))?),
            None => versions.with_platform_verifier().map_err(|e| format!("tls: {e}"))?,
        };
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| format!("host = {host:?} cannot be a name for TLS"))?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config.with_no_client_auth())),
            name,
        })
    }
}

/// The certificates in a PEM file. A file that is on this machine and contains none is wrong wherever it is read.
fn authorities(path: &Path) -> Result<RootCertStore, Unusable> {
    let none = |why: &dyn std::fmt::Display| {
        Unusable::Wrong(format!("{} contains no PEM certificate ({why})", shown_path(path)))
    };
    let pem = read_bytes(path)?;
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|e| none(&e))?;
        store.add(certificate).map_err(|e| none(&e))?;
    }
    if store.is_empty() {
        return Err(none(&"there is no BEGIN CERTIFICATE in it"));
    }
    Ok(store)
}

impl Peer {
    pub async fn connect(&self) -> Result<Box<dyn Stream>, String> {
        match tokio::time::timeout(CONNECT_TIMEOUT, self.try_connect()).await {
            Ok(connected) => connected,
            Err(_) => Err(format!("{self} does not answer within {} s", CONNECT_TIMEOUT.as_secs())),
        }
    }

    async fn try_connect(&self) -> Result<Box<dyn Stream>, String> {
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|e| format!("{self}: {e}"))?;
        // Answers of a few dozen octets must not wait for each other.
        stream.set_nodelay(true).map_err(|e| format!("{self}: {e}"))?;
        let Some(tls) = &self.tls else {
            return Ok(Box::new(stream));
        };
        let stream = tls
            .connector
            .connect(tls.name.clone(), stream)
            .await
            .map_err(|e| format!("{self}: TLS: {e}"))?;
        Ok(Box::new(stream))
    }

    /// Whether it is on this machine, so that nobody else can read what is sent there.
    pub fn is_own(&self) -> bool {
        self.host == "localhost" || self.host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
