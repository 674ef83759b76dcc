//! How many messages are still to go, of the mailing and beside it.

use crate::commands::Context;
use crate::commands::mailing::check;
use crate::wiring::{self, Parts};
use anyhow::{Context as _, Result};
use bellhop_dispatcher::MailingPlanner;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{CustomerId, EndpointKind, MessageId, RunId, Timestamp};
use bellhop_store::guests::Organisation;
use bellhop_store::ledger::{Choice, Planner, Rehearsal, Unsent};
use std::collections::{BTreeMap, HashSet};

/// How many guests get their first message at which kind of address.
pub async fn first_kinds(
    context: &Context,
    parts: &Parts,
    organisation: &Organisation,
    spec: &MailingSpec<Segment>,
) -> Result<BTreeMap<EndpointKind, u64>> {
    let senders = wiring::senders(&context.config, &parts.organisations)?;
    let planner = MailingPlanner::new(spec, &check::kinds(&senders, organisation.id), false, || MessageId(0));
    let audience = spec.audience.as_ref().context("the mailing has no audience")?;
    let (mut first, mut taken, mut after) = (BTreeMap::new(), HashSet::new(), CustomerId(0));
    let now = Timestamp::now();
    loop {
        let page = parts
            .store
            .rehearse(organisation.id, audience, now, after, check::PAGE)
            .await?;
        for guest in &page.guests {
            if let Choice::Send { kind, endpoint, .. } = planner.choose(guest)
                && taken.insert(endpoint)
            {
                *first.entry(kind).or_default() += 1;
            }
        }
        let Some(upto) = page.upto else { return Ok(first) };
        after = upto;
    }
}

/// What a planned run has still to send.
pub fn of_run(unsent: &[Unsent], run: RunId) -> BTreeMap<EndpointKind, u64> {
    let own = unsent.iter().filter(|it| it.run == run);
    own.map(|it| (it.kind, it.messages)).collect()
}

/// Runs that share a sender get equal shares of it until they end: until this one ends, each of the others has sent as
/// much as this one, or all it had.
pub fn beside(unsent: &[Unsent], own: Option<RunId>, kind: EndpointKind, messages: u64) -> u64 {
    let others = unsent
        .iter()
        .filter(|it| it.running && it.kind == kind && Some(it.run) != own);
    others.map(|it| it.messages.min(messages)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsent(run: i64, running: bool, kind: EndpointKind, messages: u64) -> Unsent {
        Unsent {
            run: RunId(run),
            running,
            kind,
            messages,
        }
    }

    #[test]
    fn others_take_turns_and_are_counted_as_far_as_they_go() {
        let unsent = [
            unsent(1, true, EndpointKind::Phone, 500),
            unsent(2, true, EndpointKind::Phone, 40),
            unsent(3, true, EndpointKind::Phone, 90_000),
            unsent(4, false, EndpointKind::Phone, 70),
            unsent(5, true, EndpointKind::Fcm, 70),
        ];
        assert_eq!(beside(&unsent, Some(RunId(1)), EndpointKind::Phone, 500), 540);
        assert_eq!(beside(&unsent, None, EndpointKind::Phone, 10), 30);
        assert_eq!(of_run(&unsent, RunId(4)), BTreeMap::from([(EndpointKind::Phone, 70)]));
    }
}
