//! Files that come and go over HTTP: uploads, mappings of columns under their names, and imports and exports that a process does in
//! the background. Here is what is known of them; their bytes are in the API's folder.
//!
//! A job is in the hand of one process at a time, by a lease. If the process dies, another takes the job after the lease and begins
//! it again, which is right for whatever may be done twice.

mod jobs;
mod mappings;
mod types;
mod uploads;

pub use types::*;

use crate::base::crossed::again_if_crossed;
use crate::base::once::Once;
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::{OrgId, Timestamp};

/// The API's: what there is of uploads, mappings, imports and exports. `who` goes to the audit log.
#[async_trait]
pub trait FilesBook: Send + Sync {
    /// Declares an upload; or returns the one that was declared by the same request before. A conflict if the organisation would
    /// have more than it may.
    async fn declare_upload(
        &self,
        org: OrgId,
        new: &NewUpload<'_>,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<i64>;
    /// One whose time is not over.
    async fn upload(&self, org: OrgId, id: i64, now: Timestamp) -> Result<Upload>;
    /// Those before an id, the latest first.
    async fn uploads(&self, org: OrgId, before: Option<i64>, limit: u32, now: Timestamp) -> Result<Vec<Upload>>;
    /// Its time is over at once.
    async fn end_upload(&self, org: OrgId, id: i64, now: Timestamp) -> Result<()>;

    async fn mappings(&self, org: OrgId) -> Result<Vec<KeptMapping>>;
    async fn mapping(&self, org: OrgId, name: &str) -> Result<KeptMapping>;
    /// Keeps a mapping under its name, new or in place of what is there.
    async fn keep_mapping(
        &self,
        org: OrgId,
        name: &str,
        holds: Holds,
        mapping: &ColumnMapping,
        who: &str,
        now: Timestamp,
    ) -> Result<()>;
    async fn remove_mapping(&self, org: OrgId, name: &str, who: &str, now: Timestamp) -> Result<()>;

    /// Asks for a job; or returns the one that was asked for by the same request before. A conflict if as many as may be wait.
    async fn ask_job(
        &self,
        org: OrgId,
        new: &NewJob<'_>,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<i64>;
    async fn file_job(&self, org: OrgId, kind: JobKind, id: i64) -> Result<FileJob>;
    /// An export of any organisation, for whoever has its link.
    async fn export_of_link(&self, id: i64) -> Result<Option<FileJob>>;
    /// Those before an id, the latest first.
    async fn file_jobs(&self, org: OrgId, kind: JobKind, before: Option<i64>, limit: u32) -> Result<Vec<FileJob>>;
    /// Takes the next job of a kind, of any organisation, for as long as the lease lasts.
    async fn take_job(&self, kind: JobKind, until: Timestamp, now: Timestamp) -> Result<Option<FileJob>>;
    /// Says how far a job has come, and keeps it longer; `false` if it is in this process's hand no more.
    async fn keep_job(&self, id: i64, tries: u32, progress: &JobProgress, until: Timestamp) -> Result<bool>;
    /// Ends a job; `false` if it is in this process's hand no more, or a guest was erased meanwhile.
    async fn end_job(&self, id: i64, tries: u32, end: &JobEnd<'_>, now: Timestamp) -> Result<bool>;

    /// Some files whose time is over.
    async fn files_over(&self, limit: u32, now: Timestamp) -> Result<Vec<OverFile>>;
    /// They are gone.
    async fn forget_files(&self, over: &[OverFile], now: Timestamp) -> Result<()>;
}

#[async_trait]
impl FilesBook for SqlStore {
    async fn declare_upload(
        &self,
        org: OrgId,
        new: &NewUpload<'_>,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<i64> {
        again_if_crossed!(uploads::declare(&self.db, org, new, once, who, now))
    }

    async fn upload(&self, org: OrgId, id: i64, now: Timestamp) -> Result<Upload> {
        uploads::one(&self.db, org, id, now).await
    }

    async fn uploads(&self, org: OrgId, before: Option<i64>, limit: u32, now: Timestamp) -> Result<Vec<Upload>> {
        uploads::page(&self.db, org, before, limit, now).await
    }

    async fn end_upload(&self, org: OrgId, id: i64, now: Timestamp) -> Result<()> {
        uploads::end(&self.db, org, id, now).await
    }

    async fn mappings(&self, org: OrgId) -> Result<Vec<KeptMapping>> {
        mappings::all(&self.db, org).await
    }

    async fn mapping(&self, org: OrgId, name: &str) -> Result<KeptMapping> {
        mappings::one(&self.db, org, name).await
    }

    async fn keep_mapping(
        &self,
        org: OrgId,
        name: &str,
        holds: Holds,
        mapping: &ColumnMapping,
        who: &str,
        now: Timestamp,
    ) -> Result<()> {
        again_if_crossed!(mappings::keep(&self.db, org, (name, holds, mapping), who, now))
    }

    async fn remove_mapping(&self, org: OrgId, name: &str, who: &str, now: Timestamp) -> Result<()> {
        mappings::remove(&self.db, org, name, who, now).await
    }

    async fn ask_job(
        &self,
        org: OrgId,
        new: &NewJob<'_>,
        once: Option<&Once<'_>>,
        who: &str,
        now: Timestamp,
    ) -> Result<i64> {
        again_if_crossed!(jobs::ask(&self.db, org, new, once, who, now))
    }

    async fn file_job(&self, org: OrgId, kind: JobKind, id: i64) -> Result<FileJob> {
        jobs::one(&self.db, org, kind, id).await
    }

    async fn export_of_link(&self, id: i64) -> Result<Option<FileJob>> {
        jobs::export_of_link(&self.db, id).await
    }

    async fn file_jobs(&self, org: OrgId, kind: JobKind, before: Option<i64>, limit: u32) -> Result<Vec<FileJob>> {
        jobs::page(&self.db, org, kind, before, limit).await
    }

    async fn take_job(&self, kind: JobKind, until: Timestamp, now: Timestamp) -> Result<Option<FileJob>> {
        jobs::take(&self.db, kind, until, now).await
    }

    async fn keep_job(&self, id: i64, tries: u32, progress: &JobProgress, until: Timestamp) -> Result<bool> {
        jobs::keep(&self.db, id, tries, progress, until).await
    }

    async fn end_job(&self, id: i64, tries: u32, end: &JobEnd<'_>, now: Timestamp) -> Result<bool> {
        jobs::end(&self.db, id, tries, end, now).await
    }

    async fn files_over(&self, limit: u32, now: Timestamp) -> Result<Vec<OverFile>> {
        uploads::over(&self.db, limit, now).await
    }

    async fn forget_files(&self, over: &[OverFile], now: Timestamp) -> Result<()> {
        uploads::forget(&self.db, over, now).await
    }
}
