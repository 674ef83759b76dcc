//! `bellhop openapi`

use anyhow::Result;

/// Prints what docs/openapi.json contains.
pub fn run() -> Result<()> {
    print!("{}", bellhop_api::openapi()?);
    Ok(())
}
