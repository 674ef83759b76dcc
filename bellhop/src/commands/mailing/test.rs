//! `bellhop mailing test ID --customer C`: sends outside the statistics, and says what became of each message and why.

use super::spec_of;
use crate::commands::{Context, clock, message, print_json, who};
use crate::wiring;
use anyhow::{Context as _, Result, bail};
use bellhop_campaigns::MailingPlanner;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::segment::Segment;
use bellhop_domain::{CustomerId, Lane, MailingId, MessageId, RunId, Timestamp};
use bellhop_store::Ledger;
use bellhop_store::guests::{GuestBase, Organisation};
use bellhop_store::ledger::{Choice, Launch, ListedMessage, Listing, Planner, Rehearsal};
use serde::Serialize;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(250);

#[derive(Debug, Serialize)]
struct Told {
    mailing: i64,
    run: RunId,
    state: &'static str,
    messages: Vec<ListedMessage>,
    excluded: Vec<Excluded>,
}

/// Somebody who gets no test, and why.
#[derive(Debug, Serialize)]
struct Excluded {
    customer: String,
    reason: Exclusion,
}

pub async fn run(context: &Context, id: i64, customers: &[String], wait: Duration, json: bool) -> Result<()> {
    let (parts, organisation) = context.open().await?;
    let mut known = Vec::new();
    for customer in customers {
        let found = parts.store.customer_id(organisation.id, customer).await?;
        known.push(found.with_context(|| format!("there is no customer {customer:?} in {}", organisation.slug))?);
    }
    let mailing = parts.store.mailing(organisation.id, MailingId(id)).await?;
    if spec_of(&mailing)?.transactional.is_some() {
        bail!(
            "mailing {id} is transactional: to test it, launch it and ask for a message to yourself by POST /v1/messages"
        );
    }
    let audience = serde_json::json!({ "customers": customers });
    let mut spec: serde_json::Value = serde_json::from_str(&mailing.spec)?;
    spec["audience"] = audience.clone();
    let now = Timestamp::now();
    let launch = Launch {
        mailing: mailing.id,
        start_at: now,
        lane: Lane::Marketing,
        test: true,
        spec: spec.to_string(),
    };
    let senders = wiring::senders(&context.config, &parts.organisations)?;
    let kinds = super::rehearsal::kinds(&senders, organisation.id);
    let planner = MailingPlanner::new(&spec_of(&mailing)?, &kinds, false, || MessageId(0));
    let segment = Segment::parse(&audience)?;
    let excluded = excluded(&parts, &organisation, &segment, &planner, &known, customers).await?;
    let run = parts.store.launch(organisation.id, launch, &who(), now).await?;
    let messages = become_of(&parts.store, run, customers.len() - excluded.len(), wait).await?;
    let over = messages.len() + excluded.len() >= customers.len() && messages.iter().all(settled);
    let told = Told {
        mailing: id,
        run,
        state: if over { "finished" } else { "running" },
        messages,
        excluded,
    };
    if json {
        print_json(&told)
    } else {
        told.print(&organisation)
    }
}

/// Who of those named gets no message, by the planner's own choice.
async fn excluded(
    parts: &wiring::Parts,
    organisation: &Organisation,
    segment: &Segment,
    planner: &MailingPlanner,
    known: &[CustomerId],
    customers: &[String],
) -> Result<Vec<Excluded>> {
    let (mut excluded, mut after, mut taken) = (Vec::new(), CustomerId(0), std::collections::HashSet::new());
    loop {
        let page = parts
            .store
            .rehearse(organisation.id, segment, Timestamp::now(), after, 5_000)
            .await?;
        for guest in &page.guests {
            let reason = match planner.choose(guest) {
                Choice::Send { endpoint, .. } if taken.insert(endpoint) => continue,
                Choice::Send { .. } => Exclusion::DuplicateEndpoint,
                Choice::Exclude(reason) => reason,
            };
            let name = known
                .iter()
                .position(|id| *id == guest.customer)
                .and_then(|i| customers.get(i));
            excluded.extend(name.map(|customer| Excluded {
                customer: customer.clone(),
                reason,
            }));
        }
        let Some(upto) = page.upto else { return Ok(excluded) };
        after = upto;
    }
}

/// Whether nothing more is to be expected soon: a later step may wait for an open for hours.
fn settled(message: &ListedMessage) -> bool {
    message.state.is_final()
        || (message.state == bellhop_domain::message::MessageState::Waiting && message.reason.is_none())
}

/// Waits until every message has come to something, or for so long.
async fn become_of(
    store: &bellhop_store::SqlStore,
    run: RunId,
    expected: usize,
    wait: Duration,
) -> Result<Vec<ListedMessage>> {
    let begun = Instant::now();
    loop {
        let messages = store.messages(&store.run(run).await?, None, 10_000).await?;
        let done = messages.len() >= expected && messages.iter().all(settled);
        if done || begun.elapsed() >= wait {
            return Ok(messages);
        }
        tokio::time::sleep(POLL).await;
    }
}

impl Told {
    fn print(&self, organisation: &Organisation) -> Result<()> {
        println!("Mailing {}: test run {}.", self.mailing, self.run);
        message::print_list(&self.messages, organisation)?;
        for it in &self.excluded {
            println!("{} gets none: {}", it.customer, it.reason.name().replace('_', " "));
        }
        if self.state == "running" {
            eprintln!(
                "Not all have come to something at {}. Is a process at work on this database (`bellhop up`)? \
                 Look again: bellhop message list --mailing {} --test",
                clock(&organisation.timezone, Timestamp::now()),
                self.mailing
            );
        }
        Ok(())
    }
}
