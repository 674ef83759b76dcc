use super::NOW;
use crate::web_push::history::ServiceHistory;
use crate::web_push::outcome::{Meaning, Trust};
use bellhop_domain::Timestamp;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn after(answers: &[(usize, Meaning)]) -> ServiceHistory {
    let mut history = ServiceHistory::default();
    for (times, meaning) in answers {
        (0..*times).for_each(|_| history.note(*meaning, HOUR, NOW));
    }
    history
}

#[test]
fn a_refused_key_is_blamed_on_the_subscription_only_where_it_is_nearly_always_taken() {
    use Meaning::{Gone, OtherKey, Taken};
    for (answers, trust) in [
        // our own wrong key
        (&[(1, OtherKey)][..], Trust::Unproven),
        (&[(500, OtherKey)], Trust::Unproven),
        // a wrong key that a few testers subscribed with
        (&[(3, Taken), (1, OtherKey)], Trust::Unproven),
        (&[(9, Taken), (1, OtherKey)], Trust::Unproven),
        // one old subscription among others
        (&[(10, Taken), (1, OtherKey)], Trust::Proven),
        (&[(100, Taken), (2, OtherKey)], Trust::Proven),
        // dead subscriptions say nothing about the key
        (&[(100, Taken), (50, Gone), (1, OtherKey)], Trust::Proven),
        // all of a sudden it is refused everywhere
        (&[(1000, Taken), (3, OtherKey)], Trust::Unproven),
        // a key that was changed and whose new subscriptions do not yet far outnumber the old ones
        (
            &[
                (50, Taken),
                (2, OtherKey),
                (50, Taken),
                (2, OtherKey),
                (1, Taken),
                (7, Gone),
            ],
            Trust::Proven,
        ),
        (&[(5, Taken), (1, OtherKey), (5, Taken), (1, OtherKey)], Trust::Unproven),
    ] {
        assert_eq!(after(answers).key(), trust, "{answers:?}");
    }
}

#[test]
fn old_evidence_fades() {
    let mut history = after(&[(100_000, Meaning::Taken)]);
    let mut given_up = 0;
    for _ in 0..5_000 {
        history.note(Meaning::OtherKey, HOUR, NOW);
        given_up += usize::from(history.key() == Trust::Proven);
        history.note(Meaning::Taken, HOUR, NOW);
    }
    assert!(given_up < 1_500, "{given_up}");
}

#[test]
fn a_complaint_about_a_message_is_about_all_where_none_passes() {
    use Meaning::{Malformed, Taken};
    for (answers, passes) in [
        (&[(1, Malformed)][..], false),
        (&[(1, Taken), (2, Malformed)], true),
        (&[(1, Taken), (3, Malformed)], false),
        (&[(1, Taken), (3, Malformed), (1, Taken)], true),
    ] {
        assert_eq!(after(answers).content_passes(), passes, "{answers:?}");
    }
}

#[test]
fn a_service_is_left_alone_as_long_as_it_asks() {
    let left = |history: ServiceHistory, ms| history.pause_left(Timestamp(NOW.0 + ms));
    let blocked = after(&[(1, Meaning::Blocked)]);
    assert_eq!(left(blocked, 0), Some(HOUR));
    assert_eq!(left(blocked, 3_599_999), Some(Duration::from_millis(1)));
    assert_eq!(left(blocked, 3_600_000), None);
    assert_eq!(
        after(&[(9, Meaning::Busy)]).pause_left(NOW),
        None,
        "one subscription after another"
    );
    assert_eq!(
        after(&[(9, Meaning::Busy), (1, Meaning::Taken), (9, Meaning::Busy)]).pause_left(NOW),
        None
    );
    assert_eq!(
        after(&[(10, Meaning::Busy)]).pause_left(NOW),
        Some(HOUR),
        "the whole service"
    );
    let mut history = ServiceHistory::default();
    history.note(Meaning::Blocked, Duration::MAX, NOW);
    assert_eq!(history.pause_left(NOW), Some(24 * HOUR));
}
