//! The limiter of one process.

mod conformance;

use std::sync::Arc;

use anyhow::Result;
use bellhop_rate_limits::{Limiter, Local};

async fn fresh() -> Result<Arc<dyn Limiter>> {
    Ok(Arc::new(Local::new()))
}

conformance!(fresh);
