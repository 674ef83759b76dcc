//! Counting an audience in one pass.

use super::sql::Writer;
use bellhop_domain::Channel;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::segment::AudienceCount;
use std::collections::BTreeMap;

/// All marketing channels' bits.
const CHANNELS: i64 = 0b1111;
/// Groups of guests who are excluded whatever others there are, in the order in which the reasons apply.
const EXCLUDED: [(i64, Exclusion); 3] = [
    (-1, Exclusion::Blacklisted),
    (-2, Exclusion::NoConsent),
    (-3, Exclusion::NoLiveEndpoint),
];

/// Guests alike: how they are excluded or where they are reached, and the first address if they share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    /// A code of [`EXCLUDED`], or the mask of channels with consent and a live endpoint.
    pub reach: i64,
    /// The endpoint of the first channel in the default order, where another card has it too.
    pub shared: Option<i64>,
    pub first_customer: i64,
    pub guests: i64,
}

/// `SELECT reach, shared, MIN(customer_id), COUNT(*) FROM customer_facts f WHERE <filter> GROUP BY 1, 2`, but for
/// the filter.
pub(super) fn select(w: &mut Writer) {
    w.with(
        "SELECT CASE WHEN f.blacklisted THEN ? WHEN (f.consent_mask & ?) = 0 THEN ? \
         WHEN (f.consent_mask & f.live_mask & ?) = 0 THEN ? ELSE f.consent_mask & f.live_mask & ? END AS reach, ",
        [
            EXCLUDED[0].0,
            CHANNELS,
            EXCLUDED[1].0,
            CHANNELS,
            EXCLUDED[2].0,
            CHANNELS,
        ],
    );
    w.put("CASE WHEN f.shares_endpoint AND NOT f.blacklisted THEN ");
    first_endpoint(w);
    w.put(" END AS shared, MIN(f.customer_id), COUNT(*) FROM customer_facts f WHERE ");
}

/// The endpoint of the first channel, in the default order, with consent and a live endpoint; NULL without any.
pub(super) fn first_endpoint(w: &mut Writer) {
    w.put("CASE");
    for (channel, column) in [
        (Channel::Push, "f.push_endpoint"),
        (Channel::WebPush, "f.web_push_endpoint"),
        (Channel::WhatsApp, "f.whatsapp_endpoint"),
        (Channel::Sms, "f.phone_endpoint"),
    ] {
        w.with(" WHEN (f.consent_mask & f.live_mask & ?) <> 0 THEN ", [channel.bit()])
            .put(column);
    }
    w.put(" END");
}

/// Adds the groups up. Of the guests with one first address, the first gets the message.
pub(super) fn add_up(mut answer: AudienceCount, groups: &[Group]) -> AudienceCount {
    let mut sharing: BTreeMap<i64, Vec<&Group>> = BTreeMap::new();
    for group in groups {
        let guests = group.guests.unsigned_abs();
        match (EXCLUDED.iter().find(|(code, _)| *code == group.reach), group.shared) {
            (Some((_, reason)), _) => answer.exclude(*reason, guests),
            (None, None) => answer.reach(channels(group.reach), guests),
            (None, Some(endpoint)) => sharing.entry(endpoint).or_default().push(group),
        }
    }
    for sharers in sharing.into_values() {
        let guests: u64 = sharers.iter().map(|g| g.guests.unsigned_abs()).sum();
        if let Some(first) = sharers.iter().min_by_key(|g| g.first_customer) {
            answer.reach(channels(first.reach), 1);
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

    #[test]
    fn the_first_of_those_who_share_an_address_is_reached() {
        let group = |reach, shared, first_customer, guests| Group {
            reach,
            shared,
            first_customer,
            guests,
        };
        let groups = [
            group(-1, None, 1, 2),
            group(-3, None, 3, 1),
            group(1, None, 10, 100),
            group(9, None, 11, 10),
            group(8, Some(5), 20, 3),
            group(9, Some(5), 19, 1),
            group(8, Some(6), 30, 1),
        ];
        let answer = add_up(AudienceCount::empty(Timestamp(0)), &groups);
        assert_eq!((answer.count, answer.reachable), (118, 112));
        assert_eq!(answer.excluded[&Exclusion::DuplicateEndpoint], 3);
        assert_eq!(answer.excluded[&Exclusion::Blacklisted], 2);
        assert_eq!(answer.by_channel[&Channel::Push], 111);
        assert_eq!(answer.by_channel[&Channel::Sms], 12);
    }
}
