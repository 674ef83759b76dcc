//! Files that come over HTTP: the same imports, for callers who know the kind of file when they run.

use super::by_hand::{ByHand, Mapping};
use super::look::{SheetLook, look};
use super::schema::Kind;
use super::source::open;
use super::{ImportError, ImportOptions, ImportSummary};
use crate::SqlStore;
use crate::guests::Organisation;
use async_trait::async_trait;
use bellhop_domain::Timestamp;
use bellhop_domain::fault::Why;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

pub use super::schema::Kind as FileKind;

/// A mapping for a kind of file.
///
/// # Errors
/// When it names a column that such a file does not have.
pub fn mapping(kind: FileKind, said: &BTreeMap<String, Option<String>>) -> Result<Mapping, Why> {
    Mapping::checked(said, kind.schema())
}

/// Whoever imports files that others have sent.
#[async_trait]
pub trait FileImports: Send + Sync {
    /// What a file is taken for; nothing is written.
    async fn look_at_file(
        &self,
        org: &Organisation,
        file: &Path,
        by_hand: &ByHand,
        kind: Option<FileKind>,
    ) -> Result<SheetLook, ImportError>;
    /// Refuses what an import would refuse as a whole; nothing is written.
    async fn check_file(
        &self,
        org: &Organisation,
        file: &Path,
        by_hand: &ByHand,
        kind: FileKind,
    ) -> Result<(), ImportError>;
    /// Imports a file of this kind. The facts are true when it returns.
    async fn import_file(
        &self,
        org: &Organisation,
        kind: FileKind,
        file: &Path,
        options: ImportOptions<'_>,
        now: Timestamp,
    ) -> Result<ImportSummary, ImportError>;
}

#[async_trait]
impl FileImports for SqlStore {
    async fn look_at_file(
        &self,
        org: &Organisation,
        file: &Path,
        by_hand: &ByHand,
        kind: Option<FileKind>,
    ) -> Result<SheetLook, ImportError> {
        let (path, by_hand) = (file.to_owned(), by_hand.clone());
        let country = org.settings.phone_region.code().to_owned();
        read(file, move || look(&path, &country, &by_hand, kind)).await
    }

    async fn check_file(
        &self,
        org: &Organisation,
        file: &Path,
        by_hand: &ByHand,
        kind: FileKind,
    ) -> Result<(), ImportError> {
        let (path, by_hand) = (file.to_owned(), by_hand.clone());
        let country = org.settings.phone_region.code().to_owned();
        read(file, move || open(&path, kind.schema(), &country, &by_hand).map(drop)).await
    }

    async fn import_file(
        &self,
        org: &Organisation,
        kind: FileKind,
        file: &Path,
        options: ImportOptions<'_>,
        now: Timestamp,
    ) -> Result<ImportSummary, ImportError> {
        match kind {
            Kind::Customers => self.import_customers(org, file, options, now).await,
            Kind::Orders => self.import_orders(org, file, options, now).await,
            Kind::Words => self.import_words(org, file, options, now).await,
        }
    }
}

async fn read<T: Send + 'static>(
    file: &Path,
    reading: impl FnOnce() -> Result<T, ImportError> + Send + 'static,
) -> Result<T, ImportError> {
    let read = tokio::task::spawn_blocking(reading).await;
    read.map_err(|panic| ImportError::Unreadable {
        file: file.display().to_string(),
        error: io::Error::other(panic),
    })?
}
