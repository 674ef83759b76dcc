//! Sends a mailing to a few guests outside the statistics, and tells what became of each message and why.

use crate::brand::known;
use crate::{Brand, CampaignError, CampaignStore, MailingPlanner, Result, spec_of};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::Why;
use bellhop_domain::launching::Meant;
use bellhop_domain::message::MessageState;
use bellhop_domain::segment::Segment;
use bellhop_domain::{CustomerId, MailingId, Origin, RunId, Timestamp};
use bellhop_store::ledger::{Choice, Launch, ListedMessage, Once, Planner};
use serde::Serialize;
use std::collections::HashSet;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(250);
/// How many guests are read at a time.
const PAGE: u32 = 5_000;
/// The most messages that are listed.
const LISTED: u32 = 10_000;

/// The result of a test.
#[derive(Debug, Serialize)]
pub struct Tested {
    pub mailing: MailingId,
    pub run: RunId,
    pub state: TestState,
    pub messages: Vec<ListedMessage>,
    pub excluded: Vec<Excluded>,
}

/// Whether more is to be expected soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TestState {
    Finished,
    Running,
}

/// A guest who gets no test message, and why.
#[derive(Debug, Serialize)]
pub struct Excluded {
    /// By the brand's own id.
    pub customer: String,
    pub reason: Exclusion,
}

/// Sends a mailing to these customers, and waits up to `wait` for every message to reach a result. The same request again
/// sends nothing more. `who` goes to the audit log.
///
/// # Errors
/// When a customer does not exist, the mailing is on demand, a run conflicts, or the store cannot answer.
pub async fn test_send(
    brand: &Brand<'_>,
    id: MailingId,
    customers: &[String],
    wait: Duration,
    once: Option<&Once<'_>>,
    who: &str,
    now: Timestamp,
) -> Result<Tested> {
    let (store, org) = (brand.store, brand.organisation.id);
    let mut ids = Vec::new();
    for customer in customers {
        ids.push(known(store, brand.organisation, customer).await?);
    }
    let mailing = store.mailing(org, id).await?;
    let mut spec = spec_of(&mailing)?;
    if spec.on_demand.is_some() {
        return Err(CampaignError::Refused(Why::NoTestOnDemand { mailing: id.0 }));
    }
    let planner = MailingPlanner::new(&spec, &brand.kinds(), false);
    let audience = Segment::parse(&serde_json::json!({ "customers": customers }))?;
    let excluded = excluded(brand, &audience, &planner, &ids, customers, now).await?;
    let unreadable = |source| CampaignError::Unreadable { mailing: id, source };
    spec.audience = Some(audience);
    let launch = Launch {
        mailing: id,
        start_at: now,
        purpose: spec.purpose(),
        origin: Origin::Audience,
        test: true,
        spec: serde_json::to_string(&spec).map_err(unreadable)?,
    };
    let run = store.launch_once(org, launch, Meant::default(), once, who, now).await?;
    let messages = become_of(store, run, customers.len() - excluded.len(), wait).await?;
    let over = messages.len() + excluded.len() >= customers.len() && messages.iter().all(settled);
    Ok(Tested {
        mailing: id,
        run,
        state: if over { TestState::Finished } else { TestState::Running },
        messages,
        excluded,
    })
}

/// Which of the named guests get no message, by the planner's own choice.
async fn excluded(
    brand: &Brand<'_>,
    audience: &Segment,
    planner: &MailingPlanner,
    known: &[CustomerId],
    customers: &[String],
    now: Timestamp,
) -> Result<Vec<Excluded>> {
    let (mut excluded, mut after, mut taken) = (Vec::new(), CustomerId(0), HashSet::new());
    let (store, org) = (brand.store, brand.organisation.id);
    loop {
        let page = store.rehearse(org, audience, now, after, PAGE).await?;
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
    message.state.is_final() || (message.state == MessageState::Waiting && message.reason.is_none())
}

/// Waits until every message has a result, or until the time is up.
async fn become_of(
    store: &dyn CampaignStore,
    run: RunId,
    expected: usize,
    wait: Duration,
) -> Result<Vec<ListedMessage>> {
    let begun = Instant::now();
    loop {
        let messages = store.messages(&store.run(run).await?, None, LISTED).await?;
        let done = messages.len() >= expected && messages.iter().all(settled);
        if done || begun.elapsed() >= wait {
            return Ok(messages);
        }
        tokio::time::sleep(POLL).await;
    }
}
