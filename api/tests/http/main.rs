//! The HTTP side as callers see it: a real server on a free port, over SQLite.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a fixture that cannot be set up is a failed test"
)]

mod answers;
mod app_keys;
mod approvals;
mod asking;
mod attacks;
mod attacks_by_address;
mod attacks_on_rights;
mod brand;
mod clicks;
mod consents;
mod documentation;
mod endpoints;
mod events;
mod exports;
mod files;
mod followed;
mod guests;
mod imports;
mod incoming;
mod just_added;
mod keys;
mod landings;
mod languages;
mod launches;
mod links;
mod mailings;
mod matrix;
mod messages;
mod oidc;
mod on_demand;
mod opens;
mod operations;
mod orders;
mod outgoing;
mod pages;
mod people;
mod people_world;
mod permissions;
mod program;
mod programs;
mod promos;
mod rates;
mod rehearsed;
mod reports;
mod roles;
mod sampling;
mod searched;
mod second_factor;
mod segments;
mod senders;
mod settings;
mod settings_caller;
mod settings_restaurants;
mod settings_secrets;
mod strangers;
mod stream;
mod tag_rules;
mod uploads;
mod webhooks;
mod world;
