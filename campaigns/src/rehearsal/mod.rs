//! Rehearses a mailing: whom a launch would plan, whom it would leave out, and what would become of each planned
//! message, by the same rules that planner, ledger and worker apply. Nothing is written.
//!
//! Both `check` and `forecast` take their figures from here, so that they cannot differ. As in a real run, a message
//! that its first step cannot send goes on to the next.

mod countries;
mod fates;
mod own_time;
mod starts;
mod timed;
mod told;
mod widened;
mod windows;

use crate::{Brand, CampaignError, MailingPlanner, Rendering, Result, RunContents, promo};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::Why;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{Channel, CustomerId, EndpointId, EndpointKind, MailingId, Timestamp};
use bellhop_store::ledger::{Choice, MessagePromo, PlanGuest, Planner, RenderNeeds};
use countries::Countries;
use fates::Going;
use own_time::Earlier;
pub(crate) use own_time::past_own_time;
use serde::Serialize;
pub use starts::{MOST_STARTS, Starting};
pub(crate) use starts::{between as starts_between, next as next_start, rest_of, starting};
use std::collections::{BTreeMap, HashSet};
pub use timed::{MailingRehearsal, StartRehearsed, rehearse_mailing};
pub use told::GuestRow;
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
    /// Of a start at each guest's own time: guests for whom it is past when the run is planned, whatever becomes of them.
    pub past_own_time: u64,
    /// And when the last of its messages goes.
    pub last_moment: Option<Timestamp>,
    /// The first of the guests, as many as were asked for.
    pub rows: Vec<GuestRow>,
    pub rows_left_off: u64,
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

/// Rehearses a start of a mailing.
///
/// # Errors
/// When the mailing has no audience, a text is not valid in the template language, or the store cannot answer.
pub async fn rehearse(
    brand: &Brand<'_>,
    rendering: &Rendering,
    spec: &MailingSpec<Segment>,
    mailing: Option<MailingId>,
    starting: Starting,
) -> Result<Rehearsed> {
    let all = rehearse_all(brand, rendering, spec, mailing, &[starting], 0).await?;
    Ok(all.into_iter().next().unwrap_or_default())
}

/// Rehearses several starts of a mailing, side by side: all starts of a page of guests, then those of the next page, so that what a
/// guest gets of one counts for the next.
async fn rehearse_all(
    brand: &Brand<'_>,
    rendering: &Rendering,
    spec: &MailingSpec<Segment>,
    mailing: Option<MailingId>,
    starts: &[Starting],
    rows: usize,
) -> Result<Vec<Rehearsed>> {
    let audience = spec
        .audience
        .as_ref()
        .ok_or(CampaignError::Refused(Why::AudienceOfNothing))?;
    let everybody = audience.is_everybody();
    let at = starts.first().map_or(Timestamp(0), |starting| starting.at);
    let promo = promo::checked(brand.store, brand.organisation.id, spec, at).await?;
    let promo = promo.sample();
    let mut stages = Vec::with_capacity(starts.len());
    for starting in starts {
        stages.push(Stage {
            brand: *brand,
            rendering,
            contents: RunContents::compile(spec)?,
            planner: MailingPlanner::new(spec, &brand.kinds(), everybody).at_own_time(starting.own_time),
            starting: *starting,
            is_one_of_several: starts.len() > 1,
            spec,
            countries: Countries::of(brand).await?,
            promo: promo.clone(),
            taken: HashSet::new(),
            rehearsed: Rehearsed::default(),
            most: rows,
            told: Vec::new(),
        });
    }
    let mut after = Some(CustomerId(0));
    while let Some(from) = after {
        let mut earlier = Earlier::default();
        // Which page comes next does not depend on the audience.
        let mut next = None;
        for stage in &mut stages {
            next = stage.page(audience, mailing, from, &mut earlier).await?;
        }
        after = next;
    }
    for stage in &mut stages {
        stage.unattached().await?;
    }
    Ok(stages.into_iter().map(|stage| stage.rehearsed).collect())
}

/// What is told of a guest: by which channel and when, or why not.
type Told = (Option<CustomerId>, Option<(Channel, Timestamp)>, Option<String>);

/// The state of a rehearsal.
struct Stage<'a> {
    brand: Brand<'a>,
    rendering: &'a Rendering,
    contents: RunContents,
    planner: MailingPlanner,
    starting: Starting,
    /// Whether other starts of the mailing are rehearsed with it.
    is_one_of_several: bool,
    spec: &'a MailingSpec<Segment>,
    countries: Countries,
    /// What stands for a promo code.
    promo: Option<MessagePromo>,
    /// Addresses that already have a message.
    taken: HashSet<EndpointId>,
    rehearsed: Rehearsed,
    /// The most guests that are told one by one.
    most: usize,
    /// Those of this page.
    told: Vec<Told>,
}

impl Stage<'_> {
    /// A page of guests; where the next begins.
    async fn page(
        &mut self,
        audience: &Segment,
        mailing: Option<MailingId>,
        after: CustomerId,
        earlier: &mut Earlier,
    ) -> Result<Option<CustomerId>> {
        let (store, org) = (self.brand.store, self.brand.organisation.id);
        let page = store.rehearse(org, audience, self.starting.at, after, PAGE).await?;
        let going: Vec<Going> = page.guests.into_iter().filter_map(|g| self.choose(g)).collect();
        let going = self.rested(mailing, going, earlier).await?;
        let going = self.timed(going).await?;
        going.iter().for_each(|one| self.planned(one.step));
        let going = self.capped(going, earlier).await?;
        self.go(going).await?;
        self.name_the_told().await?;
        Ok(page.upto)
    }

    /// Notes what is told of a guest, if it is one of the first.
    fn tell(&mut self, customer: Option<CustomerId>, goes: Option<(Channel, Timestamp)>, reason: Option<&str>) {
        if self.rehearsed.rows.len() + self.told.len() < self.most {
            self.told.push((customer, goes, reason.map(str::to_owned)));
        } else {
            self.rehearsed.rows_left_off += 1;
        }
    }

    /// Gives the guests who are told their names.
    async fn name_the_told(&mut self) -> Result<()> {
        if self.told.is_empty() {
            return Ok(());
        }
        let needs = RenderNeeds {
            profile: true,
            ..RenderNeeds::default()
        };
        let customers: Vec<_> = self.told.iter().filter_map(|(customer, ..)| *customer).collect();
        let mut profiles = self.brand.store.profiles(&customers, &needs, self.starting.at).await?;
        let row = |(customer, goes, reason): Told| GuestRow {
            customer: customer.and_then(|id| profiles.remove(&id)?.external_id),
            channel: goes.map(|(channel, _)| channel),
            at: goes.map(|(_, at)| at),
            reason,
        };
        self.rehearsed.rows.extend(self.told.drain(..).map(row));
        Ok(())
    }

    fn leave_out(&mut self, one: &Going, reason: Exclusion) {
        *self.rehearsed.excluded.entry(reason).or_default() += 1;
        self.tell(one.customer(), None, Some(reason.name()));
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
                at: self.starting.at,
            });
            let going: Vec<_> = going.collect();
            let going = self.timed(going).await?;
            going.iter().for_each(|one| self.planned(one.step));
            self.go(going).await?;
            self.name_the_told().await?;
        }
    }

    fn choose(&mut self, guest: PlanGuest) -> Option<Going> {
        let reason = match self.planner.choose(&guest) {
            Choice::Send { step, kind, endpoint } if self.taken.insert(endpoint) => {
                return Some(Going {
                    guest: Some(guest),
                    step: usize::from(step),
                    kind,
                    endpoint,
                    at: self.starting.at,
                });
            }
            Choice::Send { .. } => Exclusion::DuplicateEndpoint,
            Choice::Exclude(reason) => reason,
        };
        *self.rehearsed.excluded.entry(reason).or_default() += 1;
        self.tell(Some(guest.customer), None, Some(reason.name()));
        None
    }

    fn planned(&mut self, step: usize) {
        self.rehearsed.planned += 1;
        if let Some(step) = self.spec.waterfall.get(step) {
            *self.rehearsed.first_step.entry(step.channel).or_default() += 1;
        }
    }
}
