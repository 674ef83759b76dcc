//! SMS through any gateway with an HTTP interface. The form of requests and answers is configuration.
//!
//! A gateway is a preset, `presets/<name>.toml`, that the brand's section completes with its account. The same keys
//! in a section can describe a gateway that has no preset.

mod address;
mod answers;
mod calls;
mod client;
mod config;
mod look_up;
mod outcome;
mod payload;
mod raw;
mod receipts;
mod signature;
mod template;

#[cfg(test)]
mod tests;

pub(crate) use client::build;
