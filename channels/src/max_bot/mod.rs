//! MAX by a bot: the Bot API over HTTP.

mod attachments;
mod client;
mod config;
mod doctor;
mod inbound;
mod outcome;
mod payload;
mod update;
mod webhook;

#[cfg(test)]
mod tests;

pub(crate) use client::build;
