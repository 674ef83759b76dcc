//! Calls of the brand's own systems, by Standard Webhooks (<https://www.standardwebhooks.com>): who calls is proven by a
//! signature, and a call into our own network is refused. It is told by the status whether a call was taken; when it is made
//! again, others decide.

mod client;
mod signature;
#[cfg(test)]
mod tests;

pub use client::{Answer, Call, UnfitUrl, WebhookCaller};
pub use signature::{NotASecret, SECRET_PREFIX, Signer, new_secret};
