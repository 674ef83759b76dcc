//! SMS through any gateway with an HTTP interface: what is asked and where the answer stands is configuration.
//!
//! A gateway is a preset, `presets/<name>.toml`, that the brand's section completes with its account. The same keys
//! in a section describe a gateway of which there is no preset.

mod address;
mod answers;
mod calls;
mod client;
mod config;
mod look_up;
mod outcome;
mod payload;
mod receipts;
mod signature;
mod template;

#[cfg(test)]
mod tests;

pub(crate) use client::build;
