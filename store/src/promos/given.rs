//! The codes of a list that messages have.

use crate::base::row::Columns;
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::{MailingId, MessageId, Timestamp};

/// A code that a message has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenPromoCode {
    /// Where the next page begins.
    pub id: i64,
    pub code: String,
    pub given_at: Timestamp,
    pub message: MessageId,
    /// `None` once its run is forgotten.
    pub mailing: Option<MailingId>,
    /// By external id; `None` if the guest or the message is gone.
    pub customer: Option<String>,
    /// When an order first used it.
    pub used_at: Option<Timestamp>,
}

/// Those below a place, the latest of the list first: by the index of the given ones.
pub(super) async fn page(store: &SqlStore, list: i64, before: Option<i64>, limit: u32) -> Result<Vec<GivenPromoCode>> {
    let text = format!(
        "SELECT p.id, p.code, p.given_at, p.message_id, r.mailing_id, c.external_id,
            (SELECT MIN(o.placed_at) FROM orders o WHERE o.org_id = p.org_id AND o.promo = p.code
                AND o.placed_at >= p.given_at) AS used_at
         FROM promo_codes p LEFT JOIN runs r ON r.id = p.run_id LEFT JOIN messages m ON m.id = p.message_id
         LEFT JOIN customers c ON c.id = m.customer_id
         WHERE p.list_id = $1 AND p.message_id IS NOT NULL AND p.id < $2 ORDER BY p.id DESC LIMIT {limit}"
    );
    let statement = sql(text).int(list).int(before.unwrap_or(i64::MAX));
    let rows = Session::read(&store.db).await?.fetch(statement).await?;
    rows.iter().map(|row| read(&row.columns())).collect()
}

fn read(c: &Columns<'_>) -> Result<GivenPromoCode> {
    Ok(GivenPromoCode {
        id: c.int("id")?,
        code: c.text("code")?,
        given_at: Timestamp(c.opt_int("given_at")?.unwrap_or_default()),
        message: c.message("message_id")?,
        mailing: c.opt_int("mailing_id")?.map(MailingId),
        customer: c.opt_text("external_id")?,
        used_at: c.opt_int("used_at")?.map(Timestamp),
    })
}
