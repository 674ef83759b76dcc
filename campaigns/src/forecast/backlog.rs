//! How many messages of planned runs are still to be sent: those of the mailing, and those of others.

use crate::rehearsal::ByZone;
use bellhop_domain::{EndpointKind, RunId};
use bellhop_store::ledger::Unsent;
use std::collections::BTreeMap;

/// What a planned run still has to send.
pub fn of_run(unsent: &[Unsent], run: RunId) -> BTreeMap<EndpointKind, ByZone> {
    let mut kinds: BTreeMap<EndpointKind, ByZone> = BTreeMap::new();
    for it in unsent.iter().filter(|it| it.run == run) {
        let of_kind = kinds.entry(it.kind).or_default();
        *of_kind.entry(it.zone.clone()).or_default() += it.messages;
    }
    kinds
}

/// The messages that other runs send meanwhile. Runs that share a sender get equal shares of it, so until this run
/// ends each of the others sends as many messages as this one, or all it has, in proportion from each of its time
/// zones.
pub fn beside(unsent: &[Unsent], own: Option<RunId>, kind: EndpointKind, messages: u64) -> ByZone {
    let others = || (unsent.iter()).filter(|it| it.running && it.kind == kind && Some(it.run) != own);
    let mut totals: BTreeMap<RunId, u64> = BTreeMap::new();
    for it in others() {
        *totals.entry(it.run).or_default() += it.messages;
    }
    let (mut beside, mut dealt) = (ByZone::new(), BTreeMap::<RunId, (u64, u64)>::new());
    for it in others() {
        let (total, (passed, counted)) = (totals[&it.run], dealt.entry(it.run).or_default());
        *passed += it.messages;
        // Rounded so that the zones of a run add up to its total.
        let upto = u128::from(total.min(messages)) * u128::from(*passed) / u128::from(total.max(1));
        let share = upto as u64 - *counted;
        *counted += share;
        *beside.entry(it.zone.clone()).or_default() += share;
    }
    beside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsent(run: i64, running: bool, kind: EndpointKind, zone: &str, messages: u64) -> Unsent {
        Unsent {
            run: RunId(run),
            running,
            kind,
            zone: Some(zone.to_owned()),
            messages,
        }
    }

    fn by_zone<const N: usize>(of: [(&str, u64); N]) -> ByZone {
        of.map(|(zone, messages)| (Some(zone.to_owned()), messages)).into()
    }

    #[test]
    fn what_is_unsent_of_others_takes_turns_and_counts_as_far_as_it_goes() {
        let unsent = [
            unsent(1, true, EndpointKind::Phone, "A", 400),
            unsent(1, true, EndpointKind::Phone, "B", 100),
            unsent(2, true, EndpointKind::Phone, "A", 40),
            unsent(3, true, EndpointKind::Phone, "A", 60_000),
            unsent(3, true, EndpointKind::Phone, "B", 30_001),
            unsent(4, false, EndpointKind::Phone, "A", 70),
            unsent(5, true, EndpointKind::Fcm, "A", 70),
        ];
        let found = beside(&unsent, Some(RunId(1)), EndpointKind::Phone, 500);
        assert_eq!(found, by_zone([("A", 40 + 333), ("B", 167)]));
        let found = beside(&unsent, None, EndpointKind::Phone, 10);
        assert_eq!(found, by_zone([("A", 8 + 10 + 6), ("B", 2 + 4)]));
        let own = BTreeMap::from([(EndpointKind::Phone, by_zone([("A", 400), ("B", 100)]))]);
        assert_eq!(of_run(&unsent, RunId(1)), own);
    }
}
