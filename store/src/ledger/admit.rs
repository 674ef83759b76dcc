//! Messages of a program, admitted in bulk: what a request does for one guest, for some hundred in one transaction.

use super::day_run;
use super::known::{KnownRun, KnownRuns};
use super::plan::{self, Addressee};
use super::quiet::Quiet;
use super::requests::KEPT_AFTER_LIFE;
use super::{message_numbers, months};
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore};
use bellhop_domain::message::MessageState;
use bellhop_domain::*;
use std::collections::HashMap;
use std::sync::Arc;

/// A message to a guest, by the step that was chosen for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Admission {
    pub customer: CustomerId,
    pub step: u16,
    pub kind: EndpointKind,
    pub endpoint: EndpointId,
    /// What it is asked for by: the same one is never asked for twice.
    pub request: String,
    /// JSON: what its texts say beside what is known of the guest.
    pub given: Option<String>,
}

/// What admits the messages of one version of a program today.
pub(crate) struct Gate {
    mailing: MailingId,
    run: Arc<KnownRun>,
}

/// The time zones that these guests live by: their own, else their home restaurant's.
pub(crate) async fn zones(
    session: &mut Session,
    org: OrgId,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, String>> {
    match Quiet::of_organisation(session, org).await? {
        Some(quiet) => quiet.zones(session, customers.iter().copied()).await,
        None => Ok(HashMap::new()),
    }
}

impl Gate {
    /// The run of a version's mailing that is open now, or is opened until this instant.
    pub async fn open(
        store: &SqlStore,
        tx: &mut Session,
        (org, mailing): (OrgId, MailingId),
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Self> {
        let known = store.memory.of::<KnownRuns>();
        let run = day_run::open(tx, &known, org, mailing, until, now).await?;
        Ok(Self { mailing, run })
    }

    /// Writes the messages, and returns their keys in the same order. Each has a life that counts from now. There must be
    /// room for the messages of now ([`SqlStore::make_room`]).
    pub async fn admit(&self, tx: &mut Session, all: &[Admission], now: Timestamp) -> Result<Vec<MessageKey>> {
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let (run, era) = (&*self.run, Era::of(now));
        let expires = now.plus(run.spec.life());
        let to = |it: &Admission| Addressee {
            customer: Some(it.customer),
            kind: it.kind,
            endpoint: it.endpoint,
            expires: Some(expires),
            era,
        };
        let addressees: Vec<_> = all.iter().map(to).collect();
        let batches = plan::deal(tx, run, &addressees, now).await?;
        let keys = message_numbers::in_batches(tx, era, &batches).await?;
        let table = Table::default()
            .ints("message", keys.iter().map(|key| key.0))
            .ints("batch", batches.iter().map(|batch| batch.0))
            .ints("customer", all.iter().map(|it| it.customer.0))
            .ints("endpoint", all.iter().map(|it| it.endpoint.0))
            .ints("place", all.iter().map(|it| i64::from(it.step)))
            .folded();
        let text = format!(
            "INSERT INTO {} (id, org_id, run_id, batch_id, customer_id, endpoint_id, step, state, expires_at, once_per_address,
                             made_at)
             SELECT r.message, $1, $2, r.batch, r.customer, r.endpoint, r.place, $3, $4, $5, $6 FROM {{rows}} WHERE TRUE",
            months::part(tx.dialect(), "messages", era)
        );
        let statement = sql(text)
            .int(i64::from(run.org.0))
            .int(run.id.0)
            .int(i64::from(MessageState::Pending.code()))
            .int(expires.0)
            .flag(run.origin.is_once_per_address())
            .int(now.0);
        tx.execute(statement.rows(table)).await?;
        self.give(tx, all, &keys, expires).await?;
        Ok(keys)
    }

    /// Keeps what the texts say, for as long as they may be rendered.
    async fn give(&self, tx: &mut Session, all: &[Admission], keys: &[MessageKey], expires: Timestamp) -> Result<()> {
        let given: Vec<_> = all.iter().zip(keys).filter(|(it, _)| it.given.is_some()).collect();
        if given.is_empty() {
            return Ok(());
        }
        let recipients: Vec<String> = given.iter().map(|(it, _)| format!("guest {}", it.customer)).collect();
        let table = Table::default()
            .ints("message", given.iter().map(|(_, key)| key.0))
            .texts("request", given.iter().map(|(it, _)| it.request.as_str()))
            .texts("recipient", recipients.iter().map(String::as_str))
            .texts("given", given.iter().map(|(it, _)| it.given.as_deref()));
        let text =
            "INSERT INTO message_requests (message_id, org_id, mailing_id, request_id, recipient, given, forget_at)
                    SELECT r.message, $1, $2, r.request, r.recipient, r.given, $3 FROM {rows} WHERE TRUE";
        let statement = sql(text)
            .int(i64::from(self.run.org.0))
            .int(self.mailing.0)
            .int(expires.plus(KEPT_AFTER_LIFE).0);
        tx.execute(statement.rows(table)).await?;
        Ok(())
    }
}
