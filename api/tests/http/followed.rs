//! The settings that the world's server follows. It hears of the next ones as soon as somebody asks which the database
//! has, so that no test waits.

use async_trait::async_trait;
use bellhop_api::Served;
use bellhop_campaigns::Live;
use bellhop_domain::setting::SettingsVersion;
use bellhop_store::SqlStore;
use bellhop_store::settings::{Changes, PastChange, PastOf, SettingsBook, Snapshot};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

type Result<T> = std::result::Result<T, bellhop_store::StoreError>;

pub struct Followed {
    store: SqlStore,
    live: Live<Served>,
    next: Mutex<Option<Served>>,
    asked: AtomicUsize,
}

impl Followed {
    pub fn new(store: SqlStore, live: Live<Served>) -> Self {
        Self {
            store,
            live,
            next: Mutex::default(),
            asked: AtomicUsize::new(0),
        }
    }

    /// Serves by these settings from now on.
    pub fn put(&self, now: Served) {
        self.live.put(now);
    }

    /// Hears of these settings when somebody asks which the database has.
    pub fn will_hear(&self, next: Served) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
    }

    /// How often the server has asked which settings the database has.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl SettingsBook for Followed {
    async fn settings_version(&self) -> Result<SettingsVersion> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let version = self.store.settings_version().await;
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(next) = next {
            self.live.put(next);
        }
        version
    }

    async fn load_settings(&self) -> Result<Snapshot> {
        self.store.load_settings().await
    }

    async fn change_settings(&self, changes: Changes<'_>) -> Result<SettingsVersion> {
        self.store.change_settings(changes).await
    }

    async fn settings_history(&self, of: PastOf<'_>, most: u32) -> Result<Vec<PastChange>> {
        self.store.settings_history(of, most).await
    }
}
