//! Outgoing webhooks: what is told of whom, and that it is delivered in order, once recorded, by several dispatchers.

mod delivering;
mod desk;
mod rules;
mod told;
