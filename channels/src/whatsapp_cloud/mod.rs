//! WhatsApp by Meta's Cloud API: sends through the Graph API and receives signed webhooks (PROVIDERS.md §5.1 to
//! §5.7).

mod account;
mod address;
mod call;
mod client;
mod codes;
mod config;
mod content;
mod doctor;
mod inbound;
mod media;
mod media_rules;
mod outcome;
mod payload;
mod preferences;
mod statuses;
mod webhook;

#[cfg(test)]
mod tests;

pub use client::WINDOW_CLOSED;
pub(crate) use client::build;
