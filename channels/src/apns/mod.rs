//! Apple Push Notification service (PROVIDERS.md §2): pushes to iOS, iPadOS, macOS and watchOS apps by device token.

mod address;
mod client;
mod config;
mod connections;
mod outcome;
mod payload;
mod request;
mod token;
mod trust;

#[cfg(test)]
mod tests;

pub(crate) use client::build;
