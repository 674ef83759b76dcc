//! The ledger's conformance suite: every scenario runs on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that meets an error fails"
)]

mod accounts;
mod again;
mod aliases;
mod asked;
mod caps;
mod claims;
mod commands;
mod consent;
mod countries;
mod dice;
mod drafts;
mod due;
mod due_at_random;
mod erasure;
mod everything;
mod failing_senders;
mod finding;
mod guest_messages;
mod guests;
mod health;
mod holds;
mod ids;
mod in_vain;
mod incoming;
mod landings;
mod marks;
mod nearby;
mod notifications;
mod opens;
mod outcomes;
mod owners;
mod persons;
mod planning;
mod plans;
mod presence;
mod programs;
mod promo_at_random;
mod promo_codes;
mod purposes;
mod quiet;
mod reach;
mod receipts;
mod recipients;
mod refused_content;
mod requests;
mod schedules;
mod script;
mod segments;
mod shares;
mod silence;
mod simulation;
mod standing;
mod starts;
mod steps;
mod strangers;
mod taps;
mod timeouts;
mod told;
mod unmatched;
mod warm_ups;
mod webhooks;
mod withdrawals;
mod world;

/// Makes a test per backend of each scenario, an `async fn(World)`.
macro_rules! on_both {
    ($($scenario:ident),* $(,)?) => {
        $(mod $scenario {
            #[tokio::test]
            async fn sqlite() {
                super::$scenario($crate::world::World::on_sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$scenario($crate::world::World::on_postgres().await).await;
            }
        })*
    };
}
pub(crate) use on_both;
