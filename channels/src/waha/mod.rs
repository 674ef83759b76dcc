//! WhatsApp from a number connected to a WAHA server: it holds the phone's session and speaks HTTP.

mod client;
mod config;
mod inbound;
mod outcome;
mod payload;
mod session;
mod webhook;

#[cfg(test)]
mod tests;

pub(crate) use client::build;
