//! Messages that have had their time (PRODUCT.md §18): their months are frozen, and their rows are gone or about to go.

use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::MessageId;
use bellhop_domain::fault::Why;
use bellhop_domain::lifetime::Month;

/// The first number of a message that is not frozen, if any is.
pub(crate) async fn frozen_before(session: &mut Session) -> Result<Option<i64>> {
    let row = session
        .first(sql("SELECT before FROM frozen_messages WHERE one = 1"))
        .await?;
    row.map(|row| row.columns().int("before")).transpose()
}

/// What is said of a message that is not there: that it has had its time, or that there is none.
pub(super) async fn absent(session: &mut Session, message: MessageId) -> Result<StoreError> {
    let number = message.to_sql();
    let is_gone = frozen_before(session)
        .await?
        .is_some_and(|before| (0..before).contains(&number));
    Ok(if is_gone {
        StoreError::Outlived(Why::MessageOutlived {
            id: message.to_string(),
            month: Month::of_number(number).to_string(),
        })
    } else {
        super::commands::absent("message", message)
    })
}
