//! Marketing consent by a guest's own word: a keyword in a message, or a choice made at the provider (PRODUCT.md §10).

use super::{ID_BYTES, Source, storable};
use crate::db::{on_both, writing};
use crate::guests::{Purpose, Settling};
use crate::sql::{Session, sql};
use crate::{Result, SqlStore};
use bellhop_domain::incoming::Preference;
use bellhop_domain::{CustomerId, EndpointId, Timestamp};
use sqlx::Row;

/// What a guest wants from now on.
pub(super) struct Word<'a> {
    pub address: &'a str,
    pub given: bool,
    pub at: Timestamp,
    /// How it was said, for the proof.
    pub how: &'a str,
}

/// Takes a guest's word, inside a transaction.
pub(super) trait TakeWord {
    /// Records it for every customer with that address, on the source's channel. A later word that is known stands.
    async fn take_word(&mut self, source: &Source<'_>, word: &Word<'_>, now: Timestamp) -> Result<()>;
}

pub(super) async fn obey(store: &SqlStore, source: &Source<'_>, preference: &Preference, now: Timestamp) -> Result<()> {
    let (address, how) = (
        storable(&preference.address, ID_BYTES),
        storable(&preference.how, ID_BYTES),
    );
    let word = Word {
        address: &address,
        given: preference.given,
        at: preference.at.min(now),
        how: &how,
    };
    writing!(&store.db, tx => tx.take_word(source, &word, now).await?);
    Ok(())
}

/// Withdraws the consent of whoever has the address, in the transaction of an outcome that says so.
pub(crate) async fn withdraw(
    tx: &mut Session,
    source: &Source<'_>,
    endpoint: EndpointId,
    at: Timestamp,
    why: &str,
    now: Timestamp,
) -> Result<()> {
    let address = tx
        .first(sql("SELECT address FROM endpoints WHERE id = $1").int(endpoint.0))
        .await?;
    let Some(address) = address.map(|row| row.cells().text()).transpose()? else {
        return Ok(());
    };
    let how = format!("opted out at the provider: {why}");
    let word = Word {
        address: &address,
        given: false,
        at: at.min(now),
        how: &storable(&how, ID_BYTES),
    };
    match tx {
        Session::Sqlite(tx) => tx.take_word(source, &word, now).await,
        Session::Postgres(tx) => tx.take_word(source, &word, now).await,
        Session::Autocommit(connection) => connection.take_word(source, &word, now).await,
    }
}

/// A phone and a WhatsApp number that are the same are one guest's, whichever of them is on the card.
const WHOSE: &str = "SELECT DISTINCT l.customer_id FROM endpoints e JOIN customer_endpoints l ON l.endpoint_id = e.id
    WHERE e.org_id = $1 AND e.kind IN (4, 5) AND e.address = $2 ORDER BY l.customer_id";

const SAY: &str = "INSERT INTO consents (org_id, customer_id, channel, purpose, given, at, how)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (customer_id, channel, purpose)
    DO UPDATE SET given = excluded.given, at = excluded.at, how = excluded.how
    WHERE consents.at <= excluded.at";

on_both! {
    impl TakeWord for Conn {
        async fn take_word(&mut self, source: &Source<'_>, word: &Word<'_>, now: Timestamp) -> Result<()> {
            let rows = sqlx::query(WHOSE).bind(source.org.0).bind(word.address).fetch_all(&mut *self).await?;
            let customers = rows.iter().map(|row| row.try_get(0).map(CustomerId)).collect::<Result<Vec<_>, _>>()?;
            self.mark_stale(source.org, &customers).await?;
            for customer in &customers {
                let done = sqlx::query(SAY)
                    .bind(source.org.0)
                    .bind(customer.0)
                    .bind(source.kind.channel() as i16)
                    .bind(Purpose::Marketing as i16)
                    .bind(word.given)
                    .bind(word.at.0)
                    .bind(word.how)
                    .execute(&mut *self)
                    .await?;
                if done.rows_affected() == 0 {
                    continue;
                }
                // As a bigint, like the ledger's same text: a connection keeps one prepared statement for a text.
                sqlx::query("INSERT INTO audit_log (org_id, at, who, action, object, detail) VALUES ($1, $2, $3, $4, $5, $6)")
                    .bind(i64::from(source.org.0))
                    .bind(now.0)
                    .bind("guest")
                    .bind(if word.given { "consent.give" } else { "consent.withdraw" })
                    .bind(format!("customer {customer}"))
                    .bind(word.how)
                    .execute(&mut *self)
                    .await?;
            }
            // At once: claims and starts read the facts as they are.
            self.compute(source.org, &customers).await
        }
    }
}
