//! WhatsApp from a number connected to a WAHA server, which holds the phone's session and speaks HTTP.

mod call;
mod client;
mod config;
mod content;
mod inbound;
mod outcome;
mod payload;
mod people;
mod session;
mod webhook;

#[cfg(test)]
mod tests;

pub(crate) use client::build;
