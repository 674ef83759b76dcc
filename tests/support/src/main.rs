//! `bellhop-test-services`: [`bellhop_test_services::command`] as a small program that is built in seconds.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    bellhop_test_services::command(None, &arguments).await
}
