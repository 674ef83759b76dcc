//! Rehearses a mailing: whom a launch would plan, whom it would leave out, and what would become of each planned
//! message, by the same rules that planner, ledger and worker apply. Nothing is written.
//!
//! Both `check` and `forecast` take their figures from here, so that they cannot differ. As in a real run, a message
//! that its first step cannot send goes on to the next.

mod countries;
mod fates;
mod widened;
mod windows;

use crate::{Brand, CampaignError, MailingPlanner, Rendering, Result, RunContents, promo};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::Why;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{Channel, CustomerId, EndpointId, EndpointKind, Timestamp};
use bellhop_store::ledger::{Choice, MessagePromo, PlanGuest, Planner};
use countries::Countries;
use fates::Going;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
pub use widened::Widened;

/// How many guests are read at a time.
const PAGE: u32 = 5_000;
/// How many guests are named per reason.
const EXAMPLES: usize = 3;

/// Messages by the time zone whose quiet hours hold them; `None` if no quiet hours apply.
pub type ByZone = BTreeMap<Option<String>, u64>;

/// What a launch would do.
#[derive(Debug, Default)]
pub struct Rehearsed {
    /// Messages that would be planned.
    pub planned: u64,
    /// Guests whom the plan leaves out.
    pub excluded: BTreeMap<Exclusion, u64>,
    /// Planned messages by the channel of their first step.
    pub first_step: BTreeMap<Channel, u64>,
    /// Planned messages that would be sent, by the kind of address that gets them.
    pub leaving: BTreeMap<EndpointKind, ByZone>,
    /// Planned messages that would not be sent on any step, by the reason under which the statistics would count
    /// them.
    pub not_sent: BTreeMap<String, NotSent>,
    /// SMS that would be sent, by their number of parts.
    pub sms_parts: BTreeMap<usize, u64>,
    /// Those of these SMS that become UCS-2 because of a guest's values, although the text itself is GSM 7-bit.
    pub widened: Widened,
}

#[derive(Debug, Default, Clone, Serialize)]
pub struct NotSent {
    pub messages: u64,
    /// Some of the guests, by external id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

impl Rehearsed {
    pub fn leaving(&self) -> u64 {
        self.leaving.values().flat_map(BTreeMap::values).sum()
    }

    fn fails(&mut self, reason: &str, guest: Option<&str>) {
        let failing = self.not_sent.entry(reason.to_owned()).or_default();
        failing.messages += 1;
        if failing.examples.len() < EXAMPLES {
            failing.examples.extend(guest.map(str::to_owned));
        }
    }
}

/// Rehearses a mailing as if it began at `at`.
///
/// # Errors
/// When the mailing has no audience, a text is not valid in the template language, or the store cannot answer.
pub async fn rehearse(
    brand: &Brand<'_>,
    rendering: &Rendering,
    spec: &MailingSpec<Segment>,
    at: Timestamp,
) -> Result<Rehearsed> {
    let audience = spec
        .audience
        .as_ref()
        .ok_or(CampaignError::Refused(Why::AudienceOfNothing))?;
    let everybody = audience.is_everybody();
    let mut stage = Stage {
        brand: *brand,
        rendering,
        contents: RunContents::compile(spec)?,
        planner: MailingPlanner::new(spec, &brand.kinds(), everybody),
        at,
        spec,
        countries: Countries::of(brand).await?,
        promo: promo::checked(brand.store, brand.organisation.id, spec, at)
            .await?
            .sample(),
        taken: HashSet::new(),
        rehearsed: Rehearsed::default(),
    };
    stage.guests(audience).await?;
    stage.unattached().await?;
    Ok(stage.rehearsed)
}

/// The state of a rehearsal.
struct Stage<'a> {
    brand: Brand<'a>,
    rendering: &'a Rendering,
    contents: RunContents,
    planner: MailingPlanner,
    at: Timestamp,
    spec: &'a MailingSpec<Segment>,
    countries: Countries,
    /// What stands for a promo code.
    promo: Option<MessagePromo>,
    /// Addresses that already have a message.
    taken: HashSet<EndpointId>,
    rehearsed: Rehearsed,
}

impl Stage<'_> {
    async fn guests(&mut self, audience: &Segment) -> Result<()> {
        let (store, org) = (self.brand.store, self.brand.organisation.id);
        let mut after = CustomerId(0);
        loop {
            let page = store.rehearse(org, audience, self.at, after, PAGE).await?;
            let mut going: Vec<Going> = page.guests.into_iter().filter_map(|g| self.choose(g)).collect();
            let ids: Vec<_> = going.iter().filter_map(Going::customer).collect();
            let capped = match self.spec.purpose().obeys_caps() {
                true => store.capped(org, &ids, self.at).await?,
                false => HashSet::new(),
            };
            going.retain(|one| {
                let over = one.customer().is_some_and(|id| capped.contains(&id));
                if over {
                    self.rehearsed.fails(Exclusion::FrequencyCap.name(), None);
                }
                !over
            });
            self.go(going).await?;
            let Some(upto) = page.upto else { return Ok(()) };
            after = upto;
        }
    }

    /// Apps and sites that nobody has logged in to come after all guests.
    async fn unattached(&mut self) -> Result<()> {
        let reached = |kind: &EndpointKind| self.planner.unattached(*kind).is_some();
        let kinds: Vec<_> = EndpointKind::ALL.into_iter().filter(reached).collect();
        let mut after = EndpointId(0);
        loop {
            let (store, org) = (self.brand.store, self.brand.organisation.id);
            let page = store.unattached(org, &kinds, after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            let going = page.into_iter().map(|(endpoint, kind)| Going {
                guest: None,
                // Only kinds that have a step were asked for.
                step: usize::from(self.planner.unattached(kind).unwrap_or_default()),
                kind,
                endpoint,
            });
            let going: Vec<_> = going.collect();
            going.iter().for_each(|one| self.planned(one.step));
            self.go(going).await?;
        }
    }

    fn choose(&mut self, guest: PlanGuest) -> Option<Going> {
        let reason = match self.planner.choose(&guest) {
            Choice::Send { step, kind, endpoint } if self.taken.insert(endpoint) => {
                self.planned(usize::from(step));
                return Some(Going {
                    guest: Some(guest),
                    step: usize::from(step),
                    kind,
                    endpoint,
                });
            }
            Choice::Send { .. } => Exclusion::DuplicateEndpoint,
            Choice::Exclude(reason) => reason,
        };
        *self.rehearsed.excluded.entry(reason).or_default() += 1;
        None
    }

    fn planned(&mut self, step: usize) {
        self.rehearsed.planned += 1;
        if let Some(step) = self.spec.waterfall.get(step) {
            *self.rehearsed.first_step.entry(step.channel).or_default() += 1;
        }
    }
}
