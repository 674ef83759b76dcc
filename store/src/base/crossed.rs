//! Writes that another transaction has crossed.

use crate::StoreError;

/// How often a write that conflicted with another one is retried before the error is reported.
pub(crate) const TRIES: u32 = 4;

/// Whether another transaction interfered, so that a retry will see it and succeed.
pub(crate) fn was_crossed(error: &StoreError) -> bool {
    let StoreError::Database(sqlx::Error::Database(error)) = error else {
        return false;
    };
    // 40P01 deadlock detected, 40001 could not serialise: PostgreSQL's manual, appendix A.
    error.is_unique_violation() || matches!(error.code().as_deref(), Some("40P01" | "40001"))
}

/// Retries a write while others conflict with it.
macro_rules! again_if_crossed {
    ($write:expr) => {{
        let mut tries = 1;
        loop {
            match $write.await {
                Err(error) if tries < $crate::base::crossed::TRIES && $crate::base::crossed::was_crossed(&error) => {
                    tries += 1
                }
                end => break end,
            }
        }
    }};
}

pub(crate) use again_if_crossed;
