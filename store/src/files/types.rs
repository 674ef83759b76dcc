//! Uploads, mappings and the work that is done on files, as they are kept.

use bellhop_domain::{OrgId, Timestamp};
use std::collections::BTreeMap;

/// What a file that is imported holds. The numbers and names are stored and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Guests,
    Orders,
    Consents,
    PromoCodes,
}

impl Holds {
    pub const ALL: [Holds; 4] = [Holds::Guests, Holds::Orders, Holds::Consents, Holds::PromoCodes];

    pub const fn name(self) -> &'static str {
        match self {
            Holds::Guests => "guests",
            Holds::Orders => "orders",
            Holds::Consents => "consents",
            Holds::PromoCodes => "promo_codes",
        }
    }

    pub const fn code(self) -> i16 {
        match self {
            Holds::Guests => 1,
            Holds::Orders => 2,
            Holds::Consents => 3,
            Holds::PromoCodes => 4,
        }
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// What is done in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    Import,
    Export,
}

impl JobKind {
    pub const ALL: [JobKind; 2] = [JobKind::Import, JobKind::Export];

    pub const fn name(self) -> &'static str {
        match self {
            JobKind::Import => "import",
            JobKind::Export => "export",
        }
    }

    pub const fn code(self) -> i16 {
        match self {
            JobKind::Import => 1,
            JobKind::Export => 2,
        }
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    Waiting,
    Running,
    Done,
    /// What it came to says why.
    Failed,
    /// An export after which a guest was erased.
    Erased,
}

impl JobState {
    pub const ALL: [JobState; 5] = [
        JobState::Waiting,
        JobState::Running,
        JobState::Done,
        JobState::Failed,
        JobState::Erased,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            JobState::Waiting => "waiting",
            JobState::Running => "running",
            JobState::Done => "done",
            JobState::Failed => "failed",
            JobState::Erased => "erased",
        }
    }

    pub const fn code(self) -> i16 {
        match self {
            JobState::Waiting => 1,
            JobState::Running => 2,
            JobState::Done => 3,
            JobState::Failed => 4,
            JobState::Erased => 5,
        }
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// A file that was sent, or is being sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub id: i64,
    pub name: String,
    /// As many as were declared.
    pub bytes: u64,
    /// The name of its file.
    pub place: String,
    pub made_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, Copy)]
pub struct NewUpload<'a> {
    pub name: &'a str,
    pub bytes: u64,
    pub place: &'a str,
    pub expires_at: Timestamp,
    /// As many bytes may all uploads of the organisation have been declared with.
    pub together: u64,
}

/// From which headings columns are read.
pub type ColumnMapping = BTreeMap<String, Option<String>>;

/// A mapping under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMapping {
    pub name: String,
    pub holds: Holds,
    pub mapping: ColumnMapping,
    pub version: i64,
    pub changed_at: Timestamp,
}

#[derive(Debug, Clone, Copy)]
pub struct NewJob<'a> {
    pub kind: JobKind,
    /// What it is, as it is shown, JSON.
    pub about: &'a str,
    /// What is to be done, JSON.
    pub asked: &'a str,
    pub place: &'a str,
    /// As many of its kind may wait and run in an organisation.
    pub most: u64,
}

/// An import or export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileJob {
    pub id: i64,
    pub org: OrgId,
    pub kind: JobKind,
    pub state: JobState,
    pub about: String,
    pub asked: String,
    /// The name of the file that it writes; `None` if it is there no more.
    pub place: Option<String>,
    pub made_by: String,
    pub progress: JobProgress,
    /// What it came to, or why it failed, JSON.
    pub told: Option<String>,
    pub tries: u32,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}

/// How far a job has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobProgress {
    pub rows: u64,
    pub refused: u64,
    pub bytes: u64,
    pub of_bytes: u64,
}

/// The end of a job.
#[derive(Debug, Clone, Copy)]
pub struct JobEnd<'a> {
    pub state: JobState,
    pub told: &'a str,
    pub expires_at: Timestamp,
}

/// A file whose time is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverFile {
    pub of: OverOf,
    pub place: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverOf {
    Upload(i64),
    Job(i64),
}
