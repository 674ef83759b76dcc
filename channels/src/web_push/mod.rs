//! Web push (RFC 8030, 8291, 8292; PROVIDERS.md §3): notifications from a site, through the push service of each
//! guest's browser.

mod client;
mod config;
mod encrypt;
mod guard;
mod history;
mod key;
mod outcome;
mod payload;
mod services;
mod subscription;
mod vapid;

#[cfg(test)]
mod tests;

pub(crate) use client::build;
pub use client::web_push_body;
pub use key::VapidKey;
