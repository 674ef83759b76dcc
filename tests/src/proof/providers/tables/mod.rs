//! The rows, a file for each page of PROVIDERS.md, and for PROVIDER-MAX.md. What follows is that page's word and PRODUCT.md's, not our channels'.

pub(super) mod apns;
pub(super) mod fcm;
pub(super) mod linked_phones;
pub(super) mod max_bot;
pub(super) mod smpp;
pub(super) mod sms_gateways;
pub(super) mod web_push;
pub(super) mod whatsapp;
