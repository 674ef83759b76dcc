//! What happened: events are read from the outbox, and what programs make of them is stored before they are acknowledged. So
//! each is read at least once, and what it has done is not done twice (`store/src/programs`).

use super::STILL_AT_IT;
use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_campaigns::programs::{Asked, LiveProgram, asked};
use bellhop_domain::event::Event;
use bellhop_domain::{CustomerId, OrgId, ProgramId, Timestamp, Zone};
use bellhop_programs::engine::on_event;
use bellhop_store::base::outbox::{More, Notice, What};
use bellhop_store::programs::Change;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The most rows of the outbox in one turn.
const AT_ONCE: u32 = 1_000;

/// An event, and when it was stored.
type Heard<'a> = (&'a Event, Timestamp);

impl Dispatcher {
    pub(crate) async fn follow_events(&self) -> Result<Turn, Trouble> {
        let reader = &self.programs.reader;
        let handed = self.ledger.hand_over(reader, AT_ONCE, self.now()).await?;
        if let Some(upto) = handed.upto {
            self.still_reading(self.hear_all(&handed.notices)).await?;
            self.ledger.acknowledge(reader, upto).await?;
        }
        // Where there are events there will be more: those of a moment are heard together, and guests wait no longer than that.
        Ok(match (handed.more, handed.upto) {
            (More::Now, _) => Turn::Busy,
            (More::Soon, _) | (More::No, Some(_)) => Turn::Soon,
            (More::No, None) => Turn::Idle,
        })
    }

    /// Does the work, and says meanwhile that this process lives: others take over soon after it has died, and not because a
    /// thousand carts take long.
    async fn still_reading(&self, work: impl Future<Output = Result<(), Trouble>>) -> Result<(), Trouble> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(STILL_AT_IT) => self.ledger.keep_turn(&self.programs.reader, self.now()).await?,
            }
        }
    }

    async fn hear_all(&self, notices: &[Notice]) -> Result<(), Trouble> {
        let mut heard: BTreeMap<OrgId, Vec<Heard<'_>>> = BTreeMap::new();
        for notice in notices {
            if let Some(event) = event_of(notice) {
                heard.entry(notice.org).or_default().push((event, notice.at));
            }
        }
        if heard.is_empty() {
            return Ok(());
        }
        // Asked after the events, so that each meets every program that was on when it was stored.
        let live = self.live_programs().await?;
        for (org, events) in &heard {
            self.hear(*org, events, live.get(org).map_or(&[], Vec::as_slice))
                .await?;
        }
        Ok(())
    }

    async fn live_programs(&self) -> Result<HashMap<OrgId, Vec<LiveProgram>>, Trouble> {
        let mut live: HashMap<OrgId, Vec<LiveProgram>> = HashMap::new();
        for program in self.ledger.live_programs().await? {
            let known = self.programs.known.of(program.id, program.version, &program.definition);
            if let Some(known) = known {
                live.entry(program.org)
                    .or_default()
                    .push(LiveProgram { program, known });
            }
        }
        Ok(live)
    }

    async fn hear(&self, org: OrgId, events: &[Heard<'_>], live: &[LiveProgram]) -> Result<(), Trouble> {
        let default = self.zone_of(org).await?;
        // Most events are of no program's; where their guests live is not asked.
        let concerns = |(event, _): &&Heard<'_>| {
            live.iter()
                .any(|it| !on_event(&it.known.definition, event, &default).is_empty())
        };
        let events: Vec<Heard<'_>> = events.iter().filter(concerns).copied().collect();
        if events.is_empty() {
            return Ok(());
        }
        let zones = self.zones_of(org, &events).await?;
        let zone = |customer: CustomerId| zones.get(&customer).unwrap_or(&default);
        let asked: Vec<Asked<'_>> = events
            .iter()
            .flat_map(|(event, stored_at)| asked(event, *stored_at, zone(event.customer), live))
            .collect();
        let outside = self.outside(org, &asked).await?;
        let inside = asked
            .iter()
            .filter(|it| !outside.contains(&(it.live.program.id, it.event.customer)) || it.cancels());
        let changes: Vec<Change> = inside.map(|it| it.change(zone(it.event.customer))).collect();
        let done = self.ledger.change_firings(org, &changes, self.now()).await?;
        for (what, firings) in [
            ("fired", done.fired),
            ("restarted", done.restarted),
            ("cancelled", done.cancelled),
        ] {
            metrics::counter!("bellhop_firings_total", "what" => what).increment(firings);
        }
        if done.fired > 0 {
            self.programs.due.notify_one();
        }
        Ok(())
    }

    /// Who of those whom a program is to fire for is not in its audience.
    async fn outside(&self, org: OrgId, asked: &[Asked<'_>]) -> Result<HashSet<(ProgramId, CustomerId)>, Trouble> {
        let mut guests: BTreeMap<ProgramId, (&LiveProgram, BTreeSet<CustomerId>)> = BTreeMap::new();
        for it in asked
            .iter()
            .filter(|it| !it.cancels() && it.live.known.definition.audience.is_some())
        {
            let (_, of) = guests.entry(it.live.program.id).or_insert((it.live, BTreeSet::new()));
            of.insert(it.event.customer);
        }
        let mut outside = HashSet::new();
        for (program, (live, customers)) in guests {
            let Some(audience) = &live.known.definition.audience else {
                continue;
            };
            let customers: Vec<CustomerId> = customers.into_iter().collect();
            let inside = self.ledger.those_in(org, audience, &customers, self.now()).await?;
            let left = customers.into_iter().filter(|customer| !inside.contains(customer));
            outside.extend(left.map(|customer| (program, customer)));
        }
        Ok(outside)
    }

    async fn zones_of(&self, org: OrgId, events: &[Heard<'_>]) -> Result<HashMap<CustomerId, Zone>, Trouble> {
        let customers: BTreeSet<CustomerId> = events.iter().map(|(event, _)| event.customer).collect();
        let customers: Vec<CustomerId> = customers.into_iter().collect();
        let names = self.ledger.local_zones(org, &customers).await?;
        let zones = names
            .into_iter()
            .filter_map(|(customer, name)| Some((customer, Zone::named(&name).ok()?)));
        Ok(zones.collect())
    }

    /// By which clock guests live who have no time zone of their own.
    pub(super) async fn zone_of(&self, org: OrgId) -> Result<Zone, Trouble> {
        if let Some(defaults) = self.live.now().defaults(org) {
            return Ok(defaults.zone.clone());
        }
        Ok(self.ledger.organisation_by_id(org).await?.timezone)
    }
}

fn event_of(notice: &Notice) -> Option<&Event> {
    match &notice.what {
        What::Happened(event) => Some(event),
        _ => None,
    }
}
