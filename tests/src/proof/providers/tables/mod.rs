//! The rows, one file for each section of PROVIDERS.md. The expected consequences come from there and from
//! PRODUCT.md, not from our channels.

pub(super) mod apns;
pub(super) mod fcm;
pub(super) mod linked_phones;
pub(super) mod smpp;
pub(super) mod sms_gateways;
pub(super) mod web_push;
pub(super) mod whatsapp;
