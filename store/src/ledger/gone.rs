//! Messages that have had their time (PRODUCT.md §18): their months are frozen, and their rows are gone or about to go.

use crate::sql::{Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::fault::Why;
use bellhop_domain::{Era, MessageId, MessageKey};

/// The first number of a message that is not frozen, if any is.
pub(crate) async fn frozen_before(session: &mut Session) -> Result<Option<i64>> {
    let row = session
        .first(sql("SELECT before FROM frozen_messages WHERE one = 1"))
        .await?;
    row.map(|row| row.columns().int("before")).transpose()
}

/// What is said of a message that is not there: that it has had its time, or that there is none.
pub(super) async fn absent(session: &mut Session, message: MessageId) -> Result<StoreError> {
    let absent = super::commands::absent("message", message);
    let Some(MessageKey(number)) = session.message_ids()?.key(message) else {
        return Ok(absent);
    };
    let frozen = frozen_before(session).await?;
    Ok(match frozen.is_some_and(|before| number < before) {
        true => StoreError::Outlived(Why::MessageOutlived {
            id: message.to_string(),
            month: Era::of_key(MessageKey(number)).to_string(),
        }),
        false => absent,
    })
}
