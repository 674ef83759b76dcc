//! SMS over SMPP 3.4, to an operator or an aggregator: sessions that stay bound, several messages under way on each.
//!
//! `rusmpp` encodes and decodes PDUs; when to send which PDU is decided here.

mod bind;
mod client;
mod coding;
mod config;
mod connect;
mod deliver;
mod outcome;
mod parts;
mod receipt;
mod segments;
mod session;
mod submit;
mod told;
mod wire;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use client::build;
