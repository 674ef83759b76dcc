//! Resolves names without private addresses, so that a name on the list of hosts cannot be made to point into our
//! network, neither when it is registered nor when it is sent to.

use super::guard::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;

/// The system's resolver behind a filter.
pub(super) struct PublicOnly {
    /// Names of test hosts, which may resolve to any address.
    pub exempt: Vec<String>,
}

/// No address of a name is public.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no public address here")]
pub(super) struct NoPublicAddress(String);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let exempt = self.exempt.contains(&host);
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|found| exempt || is_public(found.ip())).collect();
            if public.is_empty() {
                return Err(NoPublicAddress(host).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether a request failed because of [`NoPublicAddress`].
pub(super) fn has_no_public_address(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<NoPublicAddress>() {
            return true;
        }
        cause = error.source();
    }
    false
}
