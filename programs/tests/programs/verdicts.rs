//! What becomes of a firing that is due.

use super::{at, firing, program};
use bellhop_domain::Timestamp;
use bellhop_programs::engine::{Circumstances, FiringState, Reason, Verdict, let_go};
use std::collections::BTreeSet;

const GOOD: Circumstances = Circumstances {
    on: true,
    guard: true,
    cancelled: false,
    last_sent: None,
};

#[test]
fn a_firing_goes_when_it_is_due_and_everything_holds() {
    let program =
        program(r#""trigger":{"event":{"kind":"app.opened"}},"late":{"minutes":60},"again":{"rest":{"days":2}}"#);
    let due = at("2026-12-01T10:00:00Z");
    let firing = firing("event:1", FiringState::Waiting, due, 1);
    let last = |text: &str| Circumstances {
        last_sent: Some(at(text)),
        ..GOOD
    };
    for (now, known, verdict) in [
        ("2026-12-01T09:59:59.999Z", GOOD, Verdict::Wait(due)),
        ("2026-12-01T10:00:00Z", GOOD, Verdict::Send),
        ("2026-12-01T11:00:00Z", GOOD, Verdict::Send),
        ("2026-12-01T11:00:00.001Z", GOOD, Verdict::Skip(Reason::Late)),
        (
            "2026-12-01T10:00:00Z",
            Circumstances { on: false, ..GOOD },
            Verdict::Skip(Reason::SwitchedOff),
        ),
        (
            "2026-12-01T09:00:00Z",
            Circumstances { on: false, ..GOOD },
            Verdict::Skip(Reason::SwitchedOff),
        ),
        (
            "2026-12-01T10:00:00Z",
            Circumstances { guard: false, ..GOOD },
            Verdict::Skip(Reason::Guard),
        ),
        (
            "2026-12-01T09:00:00Z",
            Circumstances { guard: false, ..GOOD },
            Verdict::Wait(due),
        ),
        (
            "2026-12-01T10:00:00Z",
            Circumstances {
                cancelled: true,
                ..GOOD
            },
            Verdict::Skip(Reason::CancelledByEvent),
        ),
        (
            "2026-12-01T10:00:00Z",
            last("2026-11-29T10:00:00.001Z"),
            Verdict::Skip(Reason::ReEntry),
        ),
        ("2026-12-01T10:00:00Z", last("2026-11-29T10:00:00Z"), Verdict::Send),
    ] {
        assert_eq!(let_go(&program, &firing, at(now), known), verdict, "{now} {known:?}");
    }
}

#[test]
fn what_does_not_rest_asks_for_no_rest() {
    let program = program(r#""trigger":{"event":{"kind":"app.opened"}}"#);
    let firing = firing("event:1", FiringState::Waiting, Timestamp(0), 1);
    let known = Circumstances {
        last_sent: Some(Timestamp(0)),
        ..GOOD
    };
    assert_eq!(let_go(&program, &firing, Timestamp(1), known), Verdict::Send);
}

#[test]
fn stored_numbers_and_names_are_each_ones_own() {
    let stored = Reason::ALL.map(|it| (it.code(), it.name()));
    assert_eq!(
        stored,
        [
            (1, "guard"),
            (2, "no_consent"),
            (3, "cap"),
            (4, "quiet_life_ended"),
            (5, "no_address"),
            (6, "switched_off"),
            (7, "re_entry"),
            (8, "late"),
            (9, "cancelled_by_event"),
            (10, "blacklisted"),
            (11, "erased"),
            (12, "replanned"),
        ]
    );
    assert!(Reason::ALL.iter().all(|it| Reason::from_code(it.code()) == Some(*it)));
    let states = FiringState::ALL.map(|it| (it.code(), it.name()));
    assert_eq!(states, [(1, "waiting"), (2, "sent"), (3, "skipped"), (4, "cancelled")]);
    assert!(
        FiringState::ALL
            .iter()
            .all(|it| FiringState::from_code(it.code()) == Some(*it))
    );
    assert_eq!((Reason::from_code(0), FiringState::from_code(0)), (None, None));
    assert_eq!(Reason::ALL.iter().collect::<BTreeSet<_>>().len(), Reason::ALL.len());
}
