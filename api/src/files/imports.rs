//! An import in the background.

use super::folder::Place;
use super::progress::{Ended, MOST_TRIES, Progress};
use super::told::{kept, of_store, refused};
use crate::Api;
use bellhop_domain::fault::Why;
use bellhop_domain::words::Language;
use bellhop_store::files::{ColumnMapping, FileJob, Holds, JobProgress, JobState};
use bellhop_store::import::{self, ByHand, FileKind, ImportOptions, ImportProgress};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// What is to be done.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ImportAsked {
    pub upload: i64,
    pub holds: String,
    pub sheet: Option<String>,
    pub encoding: Option<String>,
    pub delimiter: Option<String>,
    #[serde(default)]
    pub header: Option<u64>,
    pub columns: ColumnMapping,
    /// Of promo codes.
    pub list: Option<String>,
    pub dry_run: bool,
    pub language: String,
}

/// The file of guests, orders or consents that something is; `None` for promo codes.
pub(crate) const fn kind_of(holds: Holds) -> Option<FileKind> {
    match holds {
        Holds::Guests => Some(FileKind::Customers),
        Holds::Orders => Some(FileKind::Orders),
        Holds::Consents => Some(FileKind::Words),
        Holds::PromoCodes => None,
    }
}

impl ImportAsked {
    pub fn holds(&self) -> Option<Holds> {
        Holds::ALL.into_iter().find(|it| it.name() == self.holds)
    }

    fn language(&self) -> Language {
        let all = Language::ALL.into_iter();
        all.clone().find(|it| it.tag() == self.language).unwrap_or_default()
    }

    /// What was said of the file.
    ///
    /// # Errors
    /// With the key that cannot be used.
    pub fn by_hand(&self, kind: Option<FileKind>) -> Result<ByHand, (&'static str, Why)> {
        let encoding = self.encoding.as_deref().map(import::encoding).transpose();
        let delimiter = self.delimiter.as_deref().map(import::delimiter).transpose();
        let mapping = kind.map(|kind| import::mapping(kind, &self.columns)).transpose();
        Ok(ByHand {
            sheet: self.sheet.clone(),
            encoding: encoding.map_err(|why| ("encoding", why))?,
            delimiter: delimiter.map_err(|why| ("delimiter", why))?,
            header: self.header,
            mapping: mapping.map_err(|why| ("columns", why))?.unwrap_or_default(),
        })
    }
}

pub(super) async fn run(api: &Api, job: &FileJob, progress: &Progress) -> Ended {
    match imported(api, job, progress).await {
        Ok(told) => Ended {
            state: JobState::Done,
            told,
        },
        Err(why) => Ended {
            state: JobState::Failed,
            told: kept(&why),
        },
    }
}

/// Imports a file that may have been begun before: rows that are in already change nothing, but codes would be refused as taken.
async fn imported(api: &Api, job: &FileJob, progress: &Progress) -> Result<String, Why> {
    let asked: ImportAsked = serde_json::from_str(&job.asked).map_err(|_| Why::StoredUnreadable)?;
    let holds = asked.holds().ok_or(Why::StoredUnreadable)?;
    if job.tries > MOST_TRIES {
        let tries = u64::from(MOST_TRIES);
        return Err(Why::FileJobGivenUp { tries });
    }
    if job.tries > 1 && holds == Holds::PromoCodes {
        return Err(Why::FileJobInterrupted);
    }
    let (file, report) = (path(api, job, asked.upload).await?, report(api, job)?);
    let say = |it: ImportProgress| {
        progress.say(JobProgress {
            rows: it.rows,
            refused: it.refused,
            bytes: it.bytes,
            of_bytes: it.of_bytes,
        })
    };
    let options = ImportOptions {
        dry_run: asked.dry_run,
        by_hand: asked.by_hand(kind_of(holds)).map_err(|(_, why)| why)?,
        errors: Some(report),
        language: asked.language(),
        progress: &say,
    };
    let (rows, bad, summary) = match kind_of(holds) {
        Some(kind) => rows(api, job, kind, &file, options).await?,
        None => codes(api, job, &asked, &file, options).await?,
    };
    let bytes = progress.now().of_bytes;
    progress.say(JobProgress {
        rows,
        refused: bad,
        bytes,
        of_bytes: bytes,
    });
    Ok(summary)
}

async fn rows(
    api: &Api,
    job: &FileJob,
    kind: FileKind,
    file: &Path,
    options: ImportOptions<'_>,
) -> Result<(u64, u64, String), Why> {
    let org = api.organisations.organisation_by_id(job.org).await;
    let org = org.map_err(|error| of_store(&error))?;
    let done = api.store.import_file(&org, kind, file, options, api.now()).await;
    let done = done.map_err(|error| refused(&error))?;
    Ok((done.rows, done.errors, summary(&done)?))
}

/// Without the first errors: what stands in cells is guests', and the file of refused rows alone has it, for a time.
fn summary<T: Serialize>(done: &T) -> Result<String, Why> {
    let mut summary = serde_json::to_value(done).map_err(|_| Why::Defect)?;
    if let Some(object) = summary.as_object_mut() {
        object.remove("first_errors");
    }
    Ok(summary.to_string())
}

async fn codes(
    api: &Api,
    job: &FileJob,
    asked: &ImportAsked,
    file: &Path,
    options: ImportOptions<'_>,
) -> Result<(u64, u64, String), Why> {
    let list = asked.list.as_deref().ok_or(Why::PromoImportLacksList)?;
    let done = api.store.import_code_file(job.org, list, file, options).await;
    let done = done.map_err(|error| refused(&error))?;
    Ok((done.rows, done.errors, summary(&done)?))
}

/// The uploaded file, if this server has it.
async fn path(api: &Api, job: &FileJob, upload: i64) -> Result<PathBuf, Why> {
    let upload = api.store.upload(job.org, upload, api.now()).await;
    let upload = upload.map_err(|error| of_store(&error))?;
    let place = Place::kept(&upload.place).ok_or(Why::StoredUnreadable)?;
    match api.files.length(&place) {
        Ok(length) if length == upload.bytes => Ok(api.files.path(&place)),
        Ok(_) => Err(Why::FileNotHere),
        Err(_) => Err(Why::FilesUnwritable),
    }
}

/// Where refused rows go.
fn report(api: &Api, job: &FileJob) -> Result<Box<dyn Write + Send>, Why> {
    let place = job
        .place
        .as_deref()
        .and_then(Place::kept)
        .ok_or(Why::StoredUnreadable)?;
    let file = api.files.make().and_then(|()| File::create(api.files.path(&place)));
    let file = file.map_err(|_| Why::FilesUnwritable)?;
    Ok(Box::new(BufWriter::new(file)))
}
