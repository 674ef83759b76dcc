//! Asking a gateway what became of an attempt whose reply was lost.

use super::config::{Exchange, LookUpReply, Status};
use super::outcome::{body, pointer, scalar};
use super::payload::{LOOK_UP_PLACES, Requests, fill_look_up};
use super::receipts::{Statuses, status, unix_seconds};
use super::template::{Settings, Template};
use crate::http::{self, Answer, describe};
use crate::{AttemptKey, LookUp, LookUpAnswer, Receipt, ReceiptFor};
use async_trait::async_trait;
use bellhop_domain::Timestamp;
use reqwest::Client;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) struct Questions {
    client: Client,
    interval: Duration,
    requests: Requests,
    reply: LookUpReply,
    pointers: Pointers,
    statuses: Statuses,
    /// How long to wait after an error's code.
    waits: BTreeMap<String, Duration>,
}

struct Pointers {
    status: Option<Template>,
    at: Option<Template>,
    error: Option<Template>,
    error_text: Option<Template>,
}

impl Questions {
    pub fn new(
        client: Client,
        base_url: &str,
        exchange: Exchange<LookUpReply>,
        interval: Duration,
        settings: &Settings,
        statuses: Statuses,
        waits: BTreeMap<String, Duration>,
    ) -> Result<Self, String> {
        let reply = &exchange.reply;
        let at = |text: Option<&str>| pointer(text, settings, LOOK_UP_PLACES);
        Ok(Self {
            client,
            interval,
            requests: Requests::new(base_url, &exchange, settings, LOOK_UP_PLACES)?,
            pointers: Pointers {
                status: at(Some(&reply.status))?,
                at: at(reply.at.as_deref())?,
                error: at(Some(&reply.error))?,
                error_text: at(reply.error_text.as_deref())?,
            },
            reply: exchange.reply,
            statuses,
            waits,
        })
    }

    async fn ask(&self, attempt: AttemptKey, phone: &str, now: Timestamp) -> Result<Answer, String> {
        let fill = |place: &str| fill_look_up(attempt, phone, place);
        let request = self.requests.request(&self.client, &fill).map_err(describe)?;
        http::ask(self.client.execute(request), now).await
    }

    fn read(&self, answer: &Answer, attempt: AttemptKey, phone: &str) -> LookUpAnswer {
        let body = body(self.reply.format, &answer.body);
        let fill = |place: &str| fill_look_up(attempt, phone, place);
        let at = |pointer: &Option<Template>| scalar(&body, pointer.as_ref(), &fill);
        let no_answer = |why: String, after| LookUpAnswer::NoAnswer {
            after: answer.retry_after.or(after),
            why,
        };
        if let Some(code) = at(&self.pointers.error) {
            let words = at(&self.pointers.error_text).unwrap_or_default();
            return no_answer(format!("error {code}: {words}"), self.waits.get(&code).copied());
        }
        let Some(code) = at(&self.pointers.status) else {
            return no_answer(format!("HTTP {} without a status", answer.status), None);
        };
        if self
            .statuses
            .get(&code)
            .is_some_and(|rule| rule.status == Status::NotFound)
        {
            return LookUpAnswer::NotFound;
        }
        match status(&self.statuses, &code) {
            Some(status) => LookUpAnswer::Found(Receipt {
                attempt: ReceiptFor::Ours(attempt),
                status,
                at: at(&self.pointers.at).and_then(|at| unix_seconds(&at)),
                cost: None,
            }),
            None => no_answer(format!("status {code} is not in the table"), None),
        }
    }
}

#[async_trait]
impl LookUp for Questions {
    fn interval(&self) -> Duration {
        self.interval
    }

    async fn look_up(&self, attempt: AttemptKey, address: &str, now: Timestamp) -> LookUpAnswer {
        match self.ask(attempt, address, now).await {
            Ok(answer) => self.read(&answer, attempt, address),
            Err(why) => LookUpAnswer::NoAnswer { after: None, why },
        }
    }
}
