//! WhatsApp from a number connected to Green-API, who hold the phone's session and rent it out.

mod call;
mod client;
mod config;
mod inbound;
mod instance;
mod outcome;
mod payload;
mod webhook;

#[cfg(test)]
mod tests;

pub(crate) use client::build;
