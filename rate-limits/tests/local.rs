//! The limiter of one process.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod conformance;

use std::sync::Arc;

use anyhow::Result;
use bellhop_rate_limits::{Limiter, Local};

async fn fresh() -> Result<Arc<dyn Limiter>> {
    Ok(Arc::new(Local::new()))
}

conformance!(fresh);
