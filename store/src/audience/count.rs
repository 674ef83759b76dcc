//! Counting an audience in one pass.

use crate::Result;
use crate::sql::Row;
use bellhop_domain::Channel;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::segment::AudienceCount;
use std::collections::{BTreeMap, HashMap};

/// Guests who are excluded whatever others there are.
const EXCLUDED: [Exclusion; 3] = [Exclusion::Blacklisted, Exclusion::NoConsent, Exclusion::NoLiveEndpoint];

/// Why guests with this `customer_facts.reach` are excluded: below zero it is the reason's code, above it a mask.
fn excluded(reach: i64) -> Option<Exclusion> {
    EXCLUDED.into_iter().find(|reason| i64::from(-reason.code()) == reach)
}

/// Guests who are alike: excluded for the same reason or reached on the same channels and, if they share their first
/// address, with the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    /// Why they are [`excluded`], or the mask of channels with consent and a live endpoint.
    pub reach: i64,
    /// The endpoint of the first channel in the default order, where another card has it too.
    pub shared: Option<i64>,
    pub first_customer: i64,
    pub guests: i64,
}

/// The columns of a [`Group`]; tables and a filter follow, and [`GROUPED`].
pub(super) const GROUPED_BY: &str = "SELECT CAST(f.reach AS BIGINT) AS reach, f.shared_endpoint, \
     MIN(f.customer_id) AS first_customer, COUNT(*) AS guests";

pub(super) const GROUPED: &str = " GROUP BY f.reach, f.shared_endpoint";

/// Reads the columns of [`GROUPED_BY`].
pub(super) fn read(row: &Row) -> Result<Group> {
    let c = row.columns();
    Ok(Group {
        reach: c.int("reach")?,
        shared: c.opt_int("shared_endpoint")?,
        first_customer: c.int("first_customer")?,
        guests: c.int("guests")?,
    })
}

/// Adds the groups up. Of the guests with the same first address, the first gets the message. `capped` are the same
/// groups with only those guests whose frequency cap is reached. It was read a moment later, so it may have a guest
/// too many.
pub(super) fn add_up(mut answer: AudienceCount, groups: &[Group], capped: &[Group]) -> AudienceCount {
    let capped: HashMap<_, _> = capped.iter().map(|g| ((g.reach, g.shared), g)).collect();
    let mut sharing: BTreeMap<i64, Vec<&Group>> = BTreeMap::new();
    for group in groups {
        let guests = group.guests.unsigned_abs();
        match (excluded(group.reach), group.shared) {
            (Some(reason), _) => answer.exclude(reason, guests),
            (None, None) => {
                let capped = capped.get(&(group.reach, None)).map_or(0, |g| g.guests.unsigned_abs());
                let capped = capped.min(guests);
                answer.exclude(Exclusion::FrequencyCap, capped);
                answer.reach(channels(group.reach), guests - capped);
            }
            (None, Some(endpoint)) => sharing.entry(endpoint).or_default().push(group),
        }
    }
    for sharers in sharing.into_values() {
        let guests: u64 = sharers.iter().map(|g| g.guests.unsigned_abs()).sum();
        if let Some(first) = sharers.iter().min_by_key(|g| g.first_customer) {
            let capped = capped.get(&(first.reach, first.shared));
            // The first of all is the first of those whose cap is reached, if it is one of them.
            if capped.is_some_and(|g| g.first_customer == first.first_customer) {
                answer.exclude(Exclusion::FrequencyCap, 1);
            } else {
                answer.reach(channels(first.reach), 1);
            }
            answer.exclude(Exclusion::DuplicateEndpoint, guests - 1);
        }
    }
    answer
}

fn channels(mask: i64) -> impl Iterator<Item = Channel> {
    Channel::ALL.into_iter().filter(move |c| mask & c.bit() != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::Timestamp;

    fn group(reach: i64, shared: Option<i64>, first_customer: i64, guests: i64) -> Group {
        Group {
            reach,
            shared,
            first_customer,
            guests,
        }
    }

    fn groups() -> [Group; 7] {
        [
            group(-1, None, 1, 2),
            group(-3, None, 3, 1),
            group(1, None, 10, 100),
            group(9, None, 11, 10),
            group(8, Some(5), 20, 3),
            group(9, Some(5), 19, 1),
            group(8, Some(6), 30, 1),
        ]
    }

    #[test]
    fn the_first_of_those_who_share_an_address_is_reached() {
        let answer = add_up(AudienceCount::empty(Timestamp(0)), &groups(), &[]);
        assert_eq!((answer.count, answer.reachable), (118, 112));
        assert_eq!(answer.excluded[&Exclusion::DuplicateEndpoint], 3);
        assert_eq!(answer.excluded[&Exclusion::Blacklisted], 2);
        assert_eq!(answer.excluded[&Exclusion::FrequencyCap], 0);
        assert_eq!(answer.by_channel[&Channel::Push], 111);
        assert_eq!(answer.by_channel[&Channel::Sms], 12);
    }

    #[test]
    fn a_cap_is_the_last_reason() {
        // 30 of the hundred; of those who share endpoint 5 only duplicates; the one of endpoint 6.
        let capped = [
            group(1, None, 50, 30),
            group(8, Some(5), 21, 2),
            group(8, Some(6), 30, 1),
        ];
        let answer = add_up(AudienceCount::empty(Timestamp(0)), &groups(), &capped);
        assert_eq!((answer.count, answer.reachable), (118, 81));
        assert_eq!(answer.excluded[&Exclusion::FrequencyCap], 31);
        assert_eq!(answer.excluded[&Exclusion::DuplicateEndpoint], 3);
        assert_eq!(answer.by_channel[&Channel::Push], 81);
    }
}
