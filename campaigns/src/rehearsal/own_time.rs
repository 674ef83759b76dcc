//! Starts at each guest's own time, and guests who have had a recurring mailing lately.

use super::fates::Going;
use super::starts::Starting;
use super::{PAGE, Stage};
use crate::{Brand, MailingPlanner, Result};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::frequency_cap::Verdict;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{CustomerId, MailingId, Timestamp, Zone};
use bellhop_store::ledger::{Choice, Moment, PlanGuest, Planner};
use std::collections::{HashMap, HashSet};

/// What earlier starts of the same rehearsal did to the guests of a page.
#[derive(Default)]
pub(super) struct Earlier {
    /// For which start the mailing was last planned for them.
    planned: HashMap<CustomerId, Timestamp>,
    /// When their marketing goes.
    marketing: HashMap<CustomerId, Vec<Timestamp>>,
}

impl Stage<'_> {
    /// Leaves out who rests.
    pub(super) async fn rested(
        &mut self,
        mailing: Option<MailingId>,
        going: Vec<Going>,
        earlier: &mut Earlier,
    ) -> Result<Vec<Going>> {
        let (Some(rest), Some(mailing)) = (self.starting.rest, mailing) else {
            return Ok(going);
        };
        let start = self.starting.start;
        let customers: Vec<_> = going.iter().filter_map(Going::customer).collect();
        let since = start.minus(rest);
        let mut resting: HashSet<CustomerId> = self.brand.store.rested(mailing, &customers, since, start).await?;
        let lately = |at: &Timestamp| *at > since && *at < start;
        resting.extend(
            earlier
                .planned
                .iter()
                .filter(|(_, at)| lately(at))
                .map(|(customer, _)| *customer),
        );
        let (left, going): (Vec<_>, Vec<_>) = going
            .into_iter()
            .partition(|one| one.customer().is_some_and(|customer| resting.contains(&customer)));
        left.iter().for_each(|one| self.leave_out(one, Exclusion::Resting));
        earlier.planned.extend(
            going
                .iter()
                .filter_map(Going::customer)
                .map(|customer| (customer, start)),
        );
        Ok(going)
    }

    /// Finds when each guest's time comes, and leaves out whose time is past if such guests are skipped.
    pub(super) async fn timed(&mut self, going: Vec<Going>) -> Result<Vec<Going>> {
        if self.starting.own_time.is_none() {
            return Ok(going);
        }
        let customers: Vec<_> = going.iter().filter_map(Going::customer).collect();
        let zones = self.brand.store.zones(self.brand.organisation.id, &customers).await?;
        let default = self.brand.organisation.timezone.clone();
        let mut stay = Vec::with_capacity(going.len());
        for mut one in going {
            let own = one.customer().and_then(|customer| zones.get(&customer));
            let zone = own
                .and_then(|name| Zone::named(name).ok())
                .unwrap_or_else(|| default.clone());
            if self
                .starting
                .own_time
                .is_some_and(|own| own.is_past(&zone, self.starting.at))
            {
                self.rehearsed.past_own_time += 1;
            }
            one.at = match self.planner.moment(&zone, self.starting.at) {
                Moment::Now => self.starting.at,
                Moment::At(at) => at.max(self.starting.at),
                Moment::Never => {
                    self.leave_out(&one, Exclusion::OwnTimePast);
                    continue;
                }
            };
            self.rehearsed.last_moment = self.rehearsed.last_moment.max(Some(one.at));
            stay.push(one);
        }
        Ok(stay)
    }

    /// Leaves out to whom it would be one marketing message too many, also by what earlier starts of the rehearsal send.
    pub(super) async fn capped(&mut self, mut going: Vec<Going>, earlier: &mut Earlier) -> Result<Vec<Going>> {
        if !self.spec.purpose().obeys_caps() {
            return Ok(going);
        }
        let (store, organisation) = (self.brand.store, self.brand.organisation);
        let customers: Vec<_> = going.iter().filter_map(Going::customer).collect();
        let capped = store.capped(organisation.id, &customers, self.starting.at).await?;
        let known = match self.is_one_of_several {
            true => store.marketing_of(&customers).await?,
            false => HashMap::new(),
        };
        let mut over = Vec::new();
        going.retain(|one| {
            let Some(customer) = one.customer() else { return true };
            let mut is_over = capped.contains(&customer);
            if self.is_one_of_several {
                let own = earlier.marketing.entry(customer).or_default();
                let before = known.get(&customer).into_iter().flatten().chain(own.iter()).copied();
                let before: Vec<Timestamp> = before.filter(|at| *at <= one.at).collect();
                is_over |= organisation.settings.frequency_cap.verdict(&before, one.at) != Verdict::Free;
                if !is_over {
                    own.push(one.at);
                }
            }
            if is_over {
                over.push(customer);
            }
            !is_over
        });
        for customer in over {
            self.rehearsed.fails(Exclusion::FrequencyCap.name(), None);
            self.tell(Some(customer), None, Some(Exclusion::FrequencyCap.name()));
        }
        Ok(going)
    }
}

/// How many guests of the audience would get a start by their own clocks and find it past when it begins.
pub(crate) async fn past_own_time(brand: &Brand<'_>, spec: &MailingSpec<Segment>, starting: &Starting) -> Result<u64> {
    let (Some(own_time), Some(audience)) = (starting.own_time, spec.audience.as_ref()) else {
        return Ok(0);
    };
    // As long as it has come nowhere on earth, nobody needs to be asked.
    if starting.at <= starting.start {
        return Ok(0);
    }
    let planner = MailingPlanner::new(spec, &brand.kinds(), false);
    let (store, organisation) = (brand.store, brand.organisation);
    let (mut past, mut after) = (0, Some(CustomerId(0)));
    while let Some(from) = after {
        let page = store
            .rehearse(organisation.id, audience, starting.at, from, PAGE)
            .await?;
        let goes = |guest: &PlanGuest| matches!(planner.choose(guest), Choice::Send { .. });
        let customers: Vec<_> = page.guests.iter().filter(|it| goes(it)).map(|it| it.customer).collect();
        let zones = store.zones(organisation.id, &customers).await?;
        let is_past = |customer: &&CustomerId| {
            let own = zones.get(customer).and_then(|name| Zone::named(name).ok());
            own_time.is_past(own.as_ref().unwrap_or(&organisation.timezone), starting.at)
        };
        past += customers.iter().filter(is_past).count() as u64;
        after = page.upto;
    }
    Ok(past)
}
