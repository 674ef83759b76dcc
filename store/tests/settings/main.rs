//! Settings on both databases: one suite.
#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod database;
mod documents;
mod schema;
mod troubles;

/// Makes a test per backend of each scenario, an `async fn(Database)`.
macro_rules! on_both {
    ($($scenario:ident),* $(,)?) => {
        $(mod $scenario {
            #[tokio::test]
            async fn sqlite() {
                super::$scenario($crate::database::Database::sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$scenario($crate::database::Database::postgres().await).await;
            }
        })*
    };
}
pub(crate) use on_both;
