//! Asks guests whose answer may have been a no what they meant: with a notification on the channel that they wrote
//! on, from the number that they wrote to if there are several. Each hold is asked about once.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_campaigns::Brand;
use bellhop_campaigns::check::CheckReport;
use bellhop_campaigns::launch::{LaunchAnswer, gate, launch};
use bellhop_domain::fault::{Severity, Why};
use bellhop_domain::launching::Meant;
use bellhop_domain::message::RunState;
use bellhop_domain::{Channel, MailingId, OrgId};
use bellhop_store::StoreError;
use bellhop_store::consent::Question;
use bellhop_store::ledger::{MessageRequest, Requested, To};
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
                Asker::Mailing(mailing) => self.ledger.choose(question.id, mailing).await?,
                Asker::OfAnother => return Ok(false),
                Asker::Faulty(why) => {
                    warn!(organisation = %question.org, problem = %why, "guests cannot be asked what a doubtful answer meant");
                    return self
                        .close(question, Some("the mailing that asks cannot be launched"))
                        .await;
                }
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

    /// The mailing with this text, created and launched if there is none.
    async fn mailing_that_asks(&self, org: OrgId, channel: Channel, text: &str) -> Result<Asker, Trouble> {
        let (before, spec) = (self.ledger.question_mailing(org, channel).await?, spec(channel, text));
        if let Some(mailing) = before
            && self.ledger.mailing(org, mailing).await?.spec == spec
            && self.is_alive(org, mailing).await?
        {
            return Ok(Asker::Mailing(mailing));
        }
        let organisation = self.ledger.organisation_by_id(org).await?;
        let in_force = self.live.now();
        let brand = Brand {
            store: &*self.ledger,
            organisation: &organisation,
            senders: &in_force.senders,
        };
        // Before it is created: at each turn there would be another one that cannot be launched.
        if let Some(why) = self.stopped_at_the_gate(&brand, &spec).await? {
            return Ok(Asker::Faulty(why));
        }
        let now = self.now();
        let name = format!("Consent: what a doubtful answer meant ({channel})");
        let mailing = self.ledger.create_mailing(org, &name, &spec, WHO, now).await?;
        if !self.ledger.ask_by(org, channel, before, mailing).await? {
            return Ok(Asker::OfAnother);
        }
        match launch(&brand, mailing, now, Meant::default(), WHO, now).await? {
            LaunchAnswer::Launched(_) => Ok(Asker::Mailing(mailing)),
            LaunchAnswer::Refused(report) => Ok(Asker::Faulty(first_error(&report).unwrap_or_default())),
        }
    }

    /// What keeps the mailing from being launched, if anything does.
    async fn stopped_at_the_gate(&self, brand: &Brand<'_>, spec: &str) -> Result<Option<String>, Trouble> {
        let read = serde_json::from_str(spec).map_err(|e| StoreError::Corrupt {
            what: "mailing",
            id: "that asks".to_owned(),
            problem: e.to_string(),
        })?;
        Ok(first_error(&gate(brand, &read, self.now()).await?))
    }
}

/// What asks on a channel.
enum Asker {
    Mailing(MailingId),
    /// Another dispatcher was faster; its mailing is there at the next turn.
    OfAnother,
    /// It cannot be launched, and why.
    Faulty(String),
}

fn first_error(report: &CheckReport) -> Option<String> {
    let error = report.problems.iter().find(|it| it.severity == Severity::Error)?;
    Some(error.fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::mailing::MailingSpec;
    use bellhop_domain::{Origin, Purpose};

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
