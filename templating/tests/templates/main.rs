//! The template language, the SMS cutter and the check, seen from outside.

#![allow(clippy::unwrap_used, reason = "a test says what it expects with unwrap")]

mod check;
mod examples;
mod guest;
mod mistakes;
mod properties;
mod rendering;
mod sms;
mod speed;
