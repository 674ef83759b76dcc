//! Delivery receipts: their text, which the specification only recommends, their states, their times, and their ids.

mod done;
mod ids;
mod state;
mod text;

pub(super) use done::instant;
#[cfg(test)]
pub(super) use ids::IdForm;
pub(super) use ids::IdForms;
pub(super) use state::State;
pub(super) use text::ReceiptText;
