//! A fresh store with one organisation.

use bellhop_domain::{CustomerId, Timestamp, Zone};
use bellhop_store::guests::{GuestBase, GuestFacts, Organisation, OrganisationSpec, OrganisationsOfTests, Settings};
use bellhop_store::import::{ImportError, ImportOptions, ImportSummary};
use bellhop_store::{SqlStore, postgres, sqlite};
use bellhop_test_services::{FILE, Home, folder, prepared_database, prepared_folder};
use std::path::Path;
use tempfile::TempDir;

pub struct Database {
    pub store: SqlStore,
    pub org: Organisation,
    /// Of the SQLite file, and for a test's own files.
    pub folder: TempDir,
    _home: Option<Home>,
}

pub const NOW: Timestamp = Timestamp(1_790_000_000_000);

pub fn spec(slug: &str) -> OrganisationSpec {
    OrganisationSpec {
        slug: slug.to_owned(),
        name: "Pizza Nord".to_owned(),
        currency: "RUB".to_owned(),
        timezone: Zone::named("Europe/Moscow").unwrap(),
        settings: Settings::default(),
    }
}

async fn with(store: SqlStore, folder: TempDir, home: Option<Home>) -> Database {
    let org = store.put_organisation(&spec("nord")).await.unwrap();
    Database {
        store,
        org,
        folder,
        _home: home,
    }
}

pub async fn on_sqlite() -> Database {
    let folder = prepared_folder().await.unwrap();
    let store = sqlite::open(&folder.path().join(FILE)).await.unwrap();
    with(store, folder, None).await
}

pub async fn on_postgres() -> Database {
    let database = prepared_database().await.unwrap();
    let store = postgres::open(database.url(), 4).await.unwrap();
    with(store, folder().unwrap(), Some(Home::Database(database))).await
}

impl Database {
    /// Another organisation of the same database.
    pub async fn another(&self) -> Database {
        Database {
            store: self.store.clone(),
            org: self.store.put_organisation(&spec("sued")).await.unwrap(),
            folder: folder().unwrap(),
            _home: None,
        }
    }

    pub async fn id(&self, external_id: &str) -> CustomerId {
        let found = self.store.customer_id(self.org.id, external_id).await.unwrap();
        found.unwrap_or_else(|| panic!("no customer {external_id}"))
    }

    pub async fn facts(&self, external_id: &str) -> GuestFacts {
        self.store.facts(self.org.id, self.id(external_id).await).await.unwrap()
    }

    pub async fn import_orders(&self, file: &Path) -> Result<ImportSummary, ImportError> {
        self.store.import_orders(&self.org, file, quietly(false), NOW).await
    }

    pub async fn import_customers(&self, file: &Path) -> Result<ImportSummary, ImportError> {
        self.store.import_customers(&self.org, file, quietly(false), NOW).await
    }

    /// Writes a file into the test's folder.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> std::path::PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

pub fn quietly(dry_run: bool) -> ImportOptions<'static> {
    ImportOptions {
        by_hand: Default::default(),
        dry_run,
        errors: None,
        language: bellhop_domain::words::Language::En,
        progress: &|_| {},
    }
}

/// Makes each function a test on SQLite and a test on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::database::on_sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::database::on_postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both_databases;
