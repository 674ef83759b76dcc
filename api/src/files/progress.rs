//! What those who work on a job and those who keep it say to each other.

use bellhop_store::files::{JobProgress, JobState};
use std::sync::{Arc, Mutex, PoisonError};

/// A job that was begun so often and never came to its end is given up.
pub(super) const MOST_TRIES: u32 = 3;

/// How far a job has come, as those who work on it say.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<Mutex<JobProgress>>);

impl Progress {
    pub fn say(&self, progress: JobProgress) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    }

    pub fn now(&self) -> JobProgress {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a job came to its end.
pub(super) struct Ended {
    pub state: JobState,
    pub told: String,
}
