//! The evidence of one guest: every word about marketing and notifications, what it answered, and what was sent after it.

use super::codes::ATTEMPT_MAY_BE_OUT;
use crate::Result;
use crate::consent::{ConsentLedger, Said};
use crate::db::SqlStore;
use crate::sql::{Session, sql};
use async_trait::async_trait;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::*;
use serde::Serialize;

/// The latest attempts that are looked at.
const ATTEMPTS: i64 = 5_000;
/// Of those after a word, so many are told one by one.
const TOLD: usize = 100;

/// A pack of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The brand's own id.
    pub customer: String,
    pub made_at: Timestamp,
    /// In the order in which they came.
    pub words: Vec<Evident>,
}

/// A word, with what was sent to the guest around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evident {
    #[serde(flatten)]
    pub said: Said,
    /// The message before it on its channel: what it answered, if it was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<SentMessage>,
    /// What was sent after it on its channel and for its purpose, until the next such word, the first of them.
    pub sent_after: Vec<SentMessage>,
    /// How many these were.
    pub sent_after_count: usize,
}

/// A message that went out, or may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentMessage {
    pub message: MessageId,
    pub mailing: MailingId,
    pub mailing_name: String,
    pub channel: Channel,
    pub purpose: Purpose,
    pub started_at: Timestamp,
    pub state: AttemptState,
}

/// Packs evidence.
#[async_trait]
pub trait Evidencing: Send + Sync {
    /// Of a guest by the brand's own id.
    async fn evidence(&self, org: OrgId, customer: &str, now: Timestamp) -> Result<Evidence>;
}

#[async_trait]
impl Evidencing for SqlStore {
    async fn evidence(&self, org: OrgId, customer: &str, now: Timestamp) -> Result<Evidence> {
        let words = self.words_of_customer(org, customer).await?;
        let sent = sent(&mut Session::read(&self.db).await?, org, customer).await?;
        Ok(Evidence {
            customer: customer.to_owned(),
            made_at: now,
            words: evident(words, &sent),
        })
    }
}

/// The attempts of the guest's messages, the earliest first. There is no index for a question that is asked once in a while.
async fn sent(session: &mut Session, org: OrgId, customer: &str) -> Result<Vec<SentMessage>> {
    let text = format!(
        "SELECT m.id, a.kind, a.started_at, a.state, runs.purpose, runs.mailing_id, mailings.name
         FROM customers c JOIN messages m ON m.customer_id = c.id JOIN attempts a ON a.message_id = m.id
         JOIN runs ON runs.id = m.run_id JOIN mailings ON mailings.id = runs.mailing_id
         WHERE c.org_id = $1 AND c.external_id = $2 AND a.state IN {ATTEMPT_MAY_BE_OUT}
         ORDER BY a.started_at DESC, m.id DESC LIMIT {ATTEMPTS}"
    );
    let rows = session.fetch(sql(text).int(i64::from(org.0)).text(customer)).await?;
    let sent = rows.iter().rev().map(|row| {
        let c = row.columns();
        Ok(SentMessage {
            message: c.message("id")?,
            mailing: MailingId(c.int("mailing_id")?),
            mailing_name: c.text("name")?,
            channel: c.code("kind", "endpoint kind", EndpointKind::from_code)?.channel(),
            purpose: c.code("purpose", "purpose", Purpose::from_code)?,
            started_at: Timestamp(c.int("started_at")?),
            state: c.code("state", "state of an attempt", AttemptState::from_code)?,
        })
    });
    sent.collect()
}

fn evident(words: Vec<Said>, sent: &[SentMessage]) -> Vec<Evident> {
    let of_channel = |said: &Said, channel| said.channel.is_none_or(|own| own == channel);
    let next = |said: &Said| {
        let later = words.iter().filter(|it| it.at > said.at && it.purpose == said.purpose);
        let later = later.filter(|it| it.channel == said.channel || it.channel.is_none());
        later.map(|it| it.at).min()
    };
    let each = words.iter().map(|said| {
        let until = next(said);
        let before = sent
            .iter()
            .rfind(|it| of_channel(said, it.channel) && it.started_at <= said.at);
        let after = sent.iter().filter(|it| {
            of_channel(said, it.channel)
                && it.purpose == said.purpose
                && it.started_at > said.at
                && until.is_none_or(|until| it.started_at <= until)
        });
        let after: Vec<_> = after.collect();
        Evident {
            said: said.clone(),
            // A word about a card answers nothing.
            answered: said.address.as_ref().and(before).cloned(),
            sent_after_count: after.len(),
            sent_after: after.into_iter().take(TOLD).cloned().collect(),
        }
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::consent::{Word, WordSource};

    fn said(at: i64, channel: Option<Channel>, address: Option<&str>) -> Said {
        Said {
            at: Timestamp(at),
            came_at: Timestamp(at),
            word: Word::Withdrawn,
            purpose: Purpose::Marketing,
            channel,
            source: WordSource::Guest,
            how: "sms:STOP".to_owned(),
            text_version: None,
            address: address.map(str::to_owned),
            customer: None,
        }
    }

    fn message(at: i64, channel: Channel, purpose: Purpose) -> SentMessage {
        SentMessage {
            message: MessageId(at as u64),
            mailing: MailingId(1),
            mailing_name: "m".to_owned(),
            channel,
            purpose,
            started_at: Timestamp(at),
            state: AttemptState::Accepted,
        }
    }

    #[test]
    fn a_word_stands_between_what_it_answered_and_what_came_after() {
        let (sms, marketing) = (Channel::Sms, Purpose::Marketing);
        let sent = [
            message(1, sms, marketing),
            message(2, Channel::Push, marketing),
            message(5, sms, Purpose::Notification),
            message(6, sms, marketing),
            message(9, sms, marketing),
        ];
        let words = vec![
            said(3, Some(sms), Some("+7")),
            said(8, Some(sms), Some("+7")),
            said(7, None, None),
        ];
        let found = evident(words, &sent);
        let answered: Vec<_> = found
            .iter()
            .map(|it| it.answered.as_ref().map(|it| it.started_at.0))
            .collect();
        assert_eq!(answered, [Some(1), Some(6), None]);
        let after: Vec<Vec<i64>> = found
            .iter()
            .map(|it| it.sent_after.iter().map(|it| it.started_at.0).collect())
            .collect();
        assert_eq!(after, [vec![6], vec![9], vec![9]]);
    }
}
