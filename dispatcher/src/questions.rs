//! Asks guests whose answer may have been a no what they meant: with a notification on the channel that they wrote
//! on, from the number that they wrote to if there are several. Each hold is asked about once.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_domain::fault::Why;
use bellhop_domain::message::RunState;
use bellhop_domain::{Channel, MailingId, OrgId, Origin, Purpose};
use bellhop_store::StoreError;
use bellhop_store::consent::Question;
use bellhop_store::ledger::{Launch, MessageRequest, Requested, To};
use serde_json::json;
use std::collections::BTreeMap;
use tracing::{info, warn};

/// The most questions in one turn.
const AT_ONCE: u32 = 100;
/// Who asks, in the audit log.
const WHO: &str = "bellhop";
/// A question that could not go out for this long is not asked any more.
const LIFE_MINUTES: u32 = 24 * 60;

/// The file of the mailing that asks on a channel. It must stay as earlier versions wrote it, because with other
/// words it would be another mailing.
pub(crate) fn spec(channel: Channel, text: &str) -> String {
    let contents = match channel {
        Channel::Push | Channel::WebPush => json!({ "title": text, "body": text }),
        _ => json!({ "text": text }),
    };
    json!({
        "name": format!("Consent: what a doubtful answer meant ({channel})"),
        "transactional": {},
        "contents": { channel.name(): contents },
        "waterfall": [{ "channel": channel.name() }],
        "expires_after_minutes": LIFE_MINUTES,
    })
    .to_string()
}

impl Dispatcher {
    pub(crate) async fn ask_back(&self) -> Result<Turn, Trouble> {
        let mut asked = false;
        for question in self.ledger.open_questions(AT_ONCE).await? {
            asked |= self.ask(&question).await?;
        }
        if asked {
            self.announce();
        }
        Ok(Turn::Idle)
    }

    /// Asks one guest; returns whether a message goes out.
    async fn ask(&self, question: &Question) -> Result<bool, Trouble> {
        if !question.is_open {
            return self.close(question, Some("it was answered before it was asked")).await;
        }
        let in_force = self.live.now();
        let text = in_force.question(question.org);
        if text.is_empty() {
            return self.close(question, Some("the organisation sends no questions")).await;
        }
        let mailing = match question.mailing {
            Some(chosen) => chosen,
            None => match self
                .mailing_that_asks(question.org, question.kind.channel(), text)
                .await?
            {
                Some(mailing) => self.ledger.choose(question.id, mailing).await?,
                None => return Ok(false),
            },
        };
        self.request(question, mailing).await
    }

    async fn request(&self, question: &Question, mailing: MailingId) -> Result<bool, Trouble> {
        let in_force = self.live.now();
        let (id, values) = (format!("hold-{}", question.id), BTreeMap::new());
        let request = MessageRequest {
            mailing,
            id: &id,
            to: To::Phone(question.endpoint),
            values: &values,
            kinds: in_force.kinds(question.org),
        };
        match self.ledger.request(question.org, &request, self.now()).await {
            Ok(Requested::Taken(message) | Requested::Known(message)) => {
                info!(%message, "a guest is asked what a doubtful answer meant");
                self.close(question, None).await?;
                Ok(true)
            }
            Ok(Requested::Refused(reason)) => self.close(question, Some(reason.name())).await,
            Err(StoreError::Conflict(why)) => self.not_now(question, mailing, &why).await,
            Err(error) => Err(error.into()),
        }
    }

    /// The mailing may be about to start, or be paused by a human; one that has ended asks nobody any more.
    async fn not_now(&self, question: &Question, mailing: MailingId, why: &Why) -> Result<bool, Trouble> {
        if self.is_alive(question.org, mailing).await? {
            return Ok(false);
        }
        warn!(%mailing, problem = %why, "a guest is not asked what a doubtful answer meant");
        self.close(question, Some("the mailing that asks was cancelled")).await
    }

    async fn close(&self, question: &Question, not_asked: Option<&str>) -> Result<bool, Trouble> {
        self.ledger.close_question(question.id, not_asked, self.now()).await?;
        Ok(false)
    }

    async fn is_alive(&self, org: OrgId, mailing: MailingId) -> Result<bool, Trouble> {
        let runs = self.ledger.runs_of(org, mailing).await?;
        let alive = |state| matches!(state, RunState::Scheduled | RunState::Running | RunState::Paused);
        Ok(runs.iter().any(|run| alive(run.state)))
    }

    /// The mailing with this text, created and launched if there is none; `None` if another dispatcher was faster.
    async fn mailing_that_asks(&self, org: OrgId, channel: Channel, text: &str) -> Result<Option<MailingId>, Trouble> {
        let (before, spec) = (self.ledger.question_mailing(org, channel).await?, spec(channel, text));
        if let Some(mailing) = before
            && self.ledger.mailing(org, mailing).await?.spec == spec
            && self.is_alive(org, mailing).await?
        {
            return Ok(Some(mailing));
        }
        let now = self.now();
        let name = format!("Consent: what a doubtful answer meant ({channel})");
        let mailing = self.ledger.create_mailing(org, &name, &spec, WHO, now).await?;
        if !self.ledger.ask_by(org, channel, before, mailing).await? {
            return Ok(None);
        }
        let launch = Launch {
            mailing,
            start_at: now,
            purpose: Purpose::Notification,
            origin: Origin::Request,
            test: false,
            spec,
        };
        self.ledger.launch(org, launch, WHO, now).await?;
        Ok(Some(mailing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::mailing::MailingSpec;

    #[test]
    fn the_mailing_is_one_that_can_be_launched() {
        for channel in Channel::ALL {
            let text = spec(channel, "Отписать вас? Ответьте STOP или START");
            let read: MailingSpec<serde_json::Value> = serde_json::from_str(&text).unwrap();
            assert_eq!(
                (read.purpose(), read.origin()),
                (Purpose::Notification, Origin::Request)
            );
            assert_eq!(read.problems(), []);
            assert_eq!(read.waterfall[0].channel, channel);
        }
    }
}
