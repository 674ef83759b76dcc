//! Asking a guest back what a doubtful answer meant, once for each hold: written in the transaction that holds, asked by
//! the dispatcher with a notification on the same channel.

use super::addresses;
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::consent::Space;
use bellhop_domain::{Channel, EndpointId, EndpointKind, MailingId, OrgId, Timestamp};

/// A guest to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The id of the hold.
    pub id: i64,
    pub org: OrgId,
    pub kind: EndpointKind,
    pub endpoint: EndpointId,
    /// The mailing that asks it, once chosen.
    pub mailing: Option<MailingId>,
    /// Whether the answer is still awaited: the guest or a human may have given it meanwhile.
    pub is_open: bool,
}

/// A dispatcher's: guests who are asked back what they meant, each once.
#[async_trait]
pub trait Asking: Send + Sync {
    /// Guests who are to be asked what a doubtful answer meant, the oldest first.
    async fn open_questions(&self, limit: u32) -> Result<Vec<Question>>;
    /// The mailing that asks on this channel.
    async fn question_mailing(&self, org: OrgId, channel: Channel) -> Result<Option<MailingId>>;
    /// Makes another mailing the one that asks, if `before` still is; else `false`.
    async fn ask_by(&self, org: OrgId, channel: Channel, before: Option<MailingId>, by: MailingId) -> Result<bool>;
    /// The mailing that asks this question: the given one, unless another was chosen before.
    async fn choose(&self, question: i64, mailing: MailingId) -> Result<MailingId>;
    /// The question was asked, or why it was not.
    async fn close_question(&self, question: i64, not_asked: Option<&str>, now: Timestamp) -> Result<()>;
}

#[async_trait]
impl Asking for SqlStore {
    async fn open_questions(&self, limit: u32) -> Result<Vec<Question>> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT q.word_id, q.org_id, e.kind, q.endpoint_id, q.mailing_id,
                        COALESCE(s.held, FALSE) AS is_open
                    FROM consent_questions q JOIN endpoints e ON e.id = q.endpoint_id
                    JOIN consent_words w ON w.id = q.word_id
                    LEFT JOIN consent_stands s ON s.org_id = w.org_id AND s.space = w.space AND s.address = w.address
                        AND s.channel = w.channel AND s.purpose = w.purpose
                    WHERE q.closed_at IS NULL ORDER BY q.word_id LIMIT $1";
        let rows = session.fetch(sql(text).int(i64::from(limit))).await?;
        rows.iter()
            .map(|row| {
                let c = row.columns();
                Ok(Question {
                    id: c.int("word_id")?,
                    org: OrgId(c.int("org_id")? as i32),
                    kind: c.code("kind", "endpoint kind", EndpointKind::from_code)?,
                    endpoint: EndpointId(c.int("endpoint_id")?),
                    mailing: c.opt_int("mailing_id")?.map(MailingId),
                    is_open: c.flag("is_open")?,
                })
            })
            .collect()
    }

    async fn question_mailing(&self, org: OrgId, channel: Channel) -> Result<Option<MailingId>> {
        let mut session = Session::read(&self.db).await?;
        let text = "SELECT mailing_id FROM question_mailings WHERE org_id = $1 AND channel = $2";
        let row = session
            .first(sql(text).int(i64::from(org.0)).int(channel as i64))
            .await?;
        row.map(|row| Ok(MailingId(row.columns().int("mailing_id")?)))
            .transpose()
    }

    async fn ask_by(&self, org: OrgId, channel: Channel, before: Option<MailingId>, by: MailingId) -> Result<bool> {
        let mut tx = Session::begin(&self.db).await?;
        let text = match before {
            None => {
                "INSERT INTO question_mailings (org_id, channel, mailing_id) VALUES ($1, $2, $3)
                 ON CONFLICT (org_id, channel) DO NOTHING"
            }
            Some(_) => {
                "UPDATE question_mailings SET mailing_id = $3 WHERE org_id = $1 AND channel = $2 AND mailing_id = $4"
            }
        };
        let mut statement = sql(text).int(i64::from(org.0)).int(channel as i64).int(by.0);
        if let Some(before) = before {
            statement = statement.int(before.0);
        }
        let done = tx.execute(statement).await? > 0;
        tx.commit().await?;
        Ok(done)
    }

    async fn choose(&self, question: i64, mailing: MailingId) -> Result<MailingId> {
        let mut tx = Session::begin(&self.db).await?;
        let text = "UPDATE consent_questions SET mailing_id = COALESCE(mailing_id, $2) WHERE word_id = $1
                    RETURNING mailing_id";
        let row = tx.first(sql(text).int(question).int(mailing.0)).await?;
        let chosen = row.ok_or(sqlx::Error::RowNotFound)?.columns().int("mailing_id")?;
        tx.commit().await?;
        Ok(MailingId(chosen))
    }

    async fn close_question(&self, question: i64, not_asked: Option<&str>, now: Timestamp) -> Result<()> {
        let mut tx = Session::begin(&self.db).await?;
        let text =
            "UPDATE consent_questions SET closed_at = $2, not_asked = $3 WHERE word_id = $1 AND closed_at IS NULL";
        tx.execute(sql(text).int(question).int(now.0).text(not_asked)).await?;
        tx.commit().await
    }
}

/// Whether a guest with one of these addresses gets marketing on the channel. If not, there is nothing to stop and
/// nobody is asked. For a second doubtful answer this is false, because the first has already stopped marketing.
pub(crate) async fn is_worth_asking(
    tx: &mut Session,
    org: OrgId,
    kind: EndpointKind,
    person: &[String],
) -> Result<bool> {
    let owners = addresses::owners(tx, org, Space::of(kind), person).await?;
    let table = Table::default().ints("customer", owners.iter().map(|customer| customer.0));
    let text = "SELECT 1 FROM {rows} JOIN customer_facts f ON f.customer_id = r.customer
                WHERE NOT f.blacklisted AND (f.consent_mask & $1) <> 0 LIMIT 1";
    let statement = sql(text).int(kind.channel().bit()).rows(table);
    Ok(tx.first(statement).await?.is_some())
}

pub(crate) async fn write(tx: &mut Session, org: OrgId, hold: i64, endpoint: EndpointId, now: Timestamp) -> Result<()> {
    let text = "INSERT INTO consent_questions (word_id, org_id, endpoint_id, at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (word_id) DO NOTHING";
    let statement = sql(text).int(hold).int(i64::from(org.0)).int(endpoint.0).int(now.0);
    tx.execute(statement).await?;
    Ok(())
}
