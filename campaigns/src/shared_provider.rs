//! A provider and those who send through it.

use bellhop_channels::Provider;
use std::ops::Deref;
use std::sync::Arc;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A provider that may be shared by successive versions of a sender: a sender whose rate changes keeps its provider.
/// When nobody holds it any more, its sessions may end.
#[derive(Clone)]
pub struct SharedProvider {
    provider: Arc<dyn Provider>,
    gone: CancellationToken,
    _user: Arc<DropGuard>,
}

/// A reference for whoever is to end the provider; it does not count as use.
#[derive(Clone)]
pub struct Aside {
    provider: Arc<dyn Provider>,
    gone: CancellationToken,
}

impl SharedProvider {
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        let gone = CancellationToken::new();
        Self {
            provider,
            _user: Arc::new(gone.clone().drop_guard()),
            gone,
        }
    }

    pub fn is(&self, other: &SharedProvider) -> bool {
        Arc::ptr_eq(&self.provider, &other.provider)
    }

    /// A reference that does not count as use.
    pub fn aside(&self) -> Aside {
        Aside {
            provider: self.provider.clone(),
            gone: self.gone.clone(),
        }
    }
}

impl Aside {
    pub fn is(&self, other: &SharedProvider) -> bool {
        Arc::ptr_eq(&self.provider, &other.provider)
    }

    /// Resolves when nobody sends through it any more.
    pub async fn unused(&self) {
        self.gone.cancelled().await;
    }

    /// Ends its sessions.
    pub async fn close(&self) {
        self.provider.close().await;
    }
}

impl Deref for SharedProvider {
    type Target = dyn Provider;

    fn deref(&self) -> &Self::Target {
        self.provider.as_ref()
    }
}

impl<P: Provider + 'static> From<Arc<P>> for SharedProvider {
    fn from(provider: Arc<P>) -> Self {
        Self::new(provider)
    }
}
