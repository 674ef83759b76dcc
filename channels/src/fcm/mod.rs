//! Firebase Cloud Messaging, HTTP v1 (PROVIDERS.md §1): pushes to Android, iOS and web apps by registration token.

mod client;
mod config;
mod outcome;
mod payload;
mod token;

#[cfg(test)]
mod tests;

pub(crate) use client::build;
