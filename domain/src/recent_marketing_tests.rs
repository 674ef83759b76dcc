use super::*;
use proptest::prelude::*;

const NOW: i64 = 1_764_000_000_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const NEW: MessageKey = MessageKey(i64::MAX);

fn now() -> Timestamp {
    Timestamp(NOW)
}

/// Messages 1, 2, … that were about to go at these offsets from now.
fn recent(ats: &[i64]) -> RecentMarketing {
    let entries = (1..).zip(ats).map(|(id, at)| (MessageKey(id), Timestamp(NOW + at)));
    RecentMarketing(entries.collect())
}

fn judged(ats: &[i64], fates: &[(i64, Fate)]) -> Verdict {
    let fates = fates.iter().map(|(id, fate)| (MessageKey(*id), *fate)).collect();
    recent(ats).verdict(&FrequencyCap::default(), NEW, &fates, now())
}

#[test]
fn messages_count_from_when_they_went_and_only_if_they_may_have_gone() {
    let until = |at: i64| Verdict::CappedUntil(Timestamp(NOW + at));
    let sent = |at: i64| Fate::Sent(Timestamp(NOW + at));
    for (ats, fates, expected) in [
        (&[][..], &[][..], Verdict::Free),
        (&[-HOUR], &[], until(DAY - HOUR)),
        (&[-HOUR], &[(1, Fate::UnderWay)], until(DAY - HOUR)),
        (&[-HOUR], &[(1, Fate::Never)], Verdict::Free),
        (&[-HOUR], &[(1, sent(-50 * MINUTE))], until(DAY - 50 * MINUTE)),
        // It was accepted in the same second.
        (&[-DAY - MINUTE], &[(1, sent(-DAY))], Verdict::Free),
        (&[-DAY - MINUTE], &[(1, sent(1 - DAY))], until(1)),
        // A delivery report that came a day late does not say when it went.
        (&[-DAY - 2 * HOUR], &[(1, sent(-HOUR))], Verdict::Free),
        // The week's third.
        (&[-2 * DAY, -3 * DAY, -4 * DAY], &[], until(3 * DAY)),
        (&[-2 * DAY, -3 * DAY, -4 * DAY], &[(2, Fate::Never)], Verdict::Free),
    ] {
        assert_eq!(judged(ats, fates), expected, "{ats:?} {fates:?}");
    }
}

#[test]
fn a_message_is_never_in_its_own_way_and_counts_once() {
    let (cap, own) = (FrequencyCap::default(), MessageKey(1));
    let before = recent(&[-HOUR]);
    assert_eq!(before.verdict(&cap, own, &HashMap::new(), now()), Verdict::Free);
    assert_eq!(before.doubts(&cap, own, now()), []);
    assert_eq!(before.with(own, now()), recent(&[0]));
}

#[test]
fn what_no_cap_looks_back_to_is_dropped() {
    let kept = recent(&[-8 * DAY, -7 * DAY, -HOUR]).with(NEW, now());
    assert_eq!(kept.0.len(), 3);
    assert_eq!(RecentMarketing::from_json(&kept.to_json()), Some(kept));
    assert_eq!(RecentMarketing::from_json("[]"), Some(RecentMarketing::default()));
    assert_eq!(RecentMarketing::from_json("{}"), None);
}

fn fate() -> impl Strategy<Value = (i64, Fate)> {
    // What is known of one message: when it was about to go, and what became of it within the hour.
    (-9 * DAY..=0, 0..HOUR, 0..4u8).prop_map(|(at, later, kind)| {
        let fate = match kind {
            0 => Fate::Never,
            1 => Fate::UnderWay,
            _ => Fate::Sent(Timestamp((NOW + at + later).min(NOW))),
        };
        (at, fate)
    })
}

proptest! {
    /// If no fate needs to be known, knowing the fates would not change the answer.
    #[test]
    fn who_may_go_at_a_glance_may_go(
        past in prop::collection::vec(fate(), 0..6), per_day in 0..4u32, per_week in 0..5u32,
    ) {
        let cap = FrequencyCap { per_day: Some(per_day), per_week: Some(per_week) };
        let recent = recent(&past.iter().map(|(at, _)| *at).collect::<Vec<_>>());
        let fates = (1..).zip(&past).map(|(id, (_, fate))| (MessageKey(id), *fate)).collect();
        let judged = recent.verdict(&cap, NEW, &fates, now());
        if per_day > 0 && per_week > 0 && recent.doubts(&cap, NEW, now()).is_empty() {
            prop_assert_eq!(judged, Verdict::Free);
        }
        prop_assert_eq!(judged == Verdict::Never, per_day == 0 || per_week == 0);
    }
}
