//! Apple Push Notification service (PROVIDERS.md §2): pushes to iOS, iPadOS, macOS and watchOS apps by device token.

mod address;
mod client;
mod config;
mod connections;
mod outcome;
mod payload;
mod request;
mod standing;
mod token;

#[cfg(test)]
mod tests;

pub(crate) use client::build;
