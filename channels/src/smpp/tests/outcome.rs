use super::super::outcome::{ErrorRules, describe, needs_a_new_session, partly, refused};
use bellhop_domain::Outcome;
use serde_json::json;
use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(1);

fn class(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Retry { after: None, .. } => "retry",
        Outcome::Retry { after: Some(_), .. } => "retry after a pause",
        Outcome::OnceMore { .. } => "once more",
        Outcome::CountryStopped { .. } => "country stopped",
        Outcome::Throttled { .. } => "throttled",
        Outcome::RecipientGone { .. } => "gone",
        Outcome::Held { .. } => "held",
        Outcome::OptedOut { .. } => "opted out",
        Outcome::Failed { .. } => "failed",
        Outcome::Rejected { .. } => "rejected",
        Outcome::Misconfigured { .. } => "misconfigured",
        Outcome::Unknown { .. } => "unknown",
    }
}

/// PROVIDERS.md §4.2, row by row.
#[test]
fn every_row_of_the_table() {
    let rows: &[(&str, &[(u32, &str)])] = &[
        (
            "rejected",
            &[(0x01, "RINVMSGLEN"), (0x02, "RINVCMDLEN"), (0x03, "RINVCMDID")],
        ),
        ("retry", &[(0x04, "RINVBNDSTS"), (0x05, "RALYBND")]),
        ("rejected", &[(0x06, "RINVPRTFLG"), (0x07, "RINVREGDLVFLG")]),
        ("retry", &[(0x08, "RSYSERR")]),
        ("misconfigured", &[(0x0A, "RINVSRCADR")]),
        ("gone", &[(0x0B, "RINVDSTADR")]),
        (
            "failed",
            &[
                (0x0C, "RINVMSGID"),
                (0x11, "RCANCELFAIL"),
                (0x13, "RREPLACEFAIL"),
                (0x67, "RQUERYFAIL"),
            ],
        ),
        (
            "misconfigured",
            &[
                (0x0D, "RBINDFAIL"),
                (0x0E, "RINVPASWD"),
                (0x0F, "RINVSYSID"),
                (0x53, "RINVSYSTYP"),
            ],
        ),
        ("retry after a pause", &[(0x14, "RMSGQFUL")]),
        (
            "rejected",
            &[
                (0x15, "RINVSERTYP"),
                (0x33, "RINVNUMDESTS"),
                (0x34, "RINVDLNAME"),
                (0x40, "RINVDESTFLAG"),
                (0x42, "RINVSUBREP"),
                (0x43, "RINVESMCLASS"),
                (0x44, "RCNTSUBDL"),
            ],
        ),
        ("retry", &[(0x45, "RSUBMITFAIL")]),
        (
            "rejected",
            &[
                (0x48, "RINVSRCTON"),
                (0x49, "RINVSRCNPI"),
                (0x50, "RINVDSTTON"),
                (0x51, "RINVDSTNPI"),
            ],
        ),
        ("throttled", &[(0x58, "RTHROTTLED")]),
        (
            "rejected",
            &[
                (0x54, "RINVREPFLAG"),
                (0x55, "RINVNUMMSGS"),
                (0x61, "RINVSCHED"),
                (0x62, "RINVEXPIRY"),
                (0x63, "RINVDFTMSGID"),
            ],
        ),
        ("retry", &[(0x64, "RX_T_APPN")]),
        ("failed", &[(0x65, "RX_P_APPN"), (0x66, "RX_R_APPN")]),
        (
            "rejected",
            &[
                (0xC0, "RINVOPTPARSTREAM"),
                (0xC1, "ROPTPARNOTALLWD"),
                (0xC2, "RINVPARLEN"),
                (0xC3, "RMISSINGOPTPARAM"),
                (0xC4, "RINVOPTPARAMVAL"),
            ],
        ),
        ("failed", &[(0xFE, "RDELIVERYFAILURE")]),
        ("retry", &[(0xFF, "RUNKNOWNERR")]),
        (
            "failed",
            &[
                (0x400, "0x00000400"),
                (0x4FF, "0x000004FF"),
                (0x09, "0x00000009"),
                (0x115, "0x00000115"),
                (u32::MAX, "0xFFFFFFFF"),
            ],
        ),
    ];
    for (expected, statuses) in rows {
        for (status, name) in *statuses {
            let outcome = refused(*status, &ErrorRules::new(), PAUSE);
            assert_eq!(class(&outcome), *expected, "{name}: {outcome:?}");
            let why = describe(*status, &ErrorRules::new());
            assert!(why.starts_with(&format!("{name}: ")), "{why}");
            assert!(format!("{outcome:?}").contains(&why));
            assert_eq!(needs_a_new_session(*status), [4, 5].contains(status), "{name}");
        }
    }
}

#[test]
fn a_throttle_is_the_senders_and_lasts_the_pause() {
    let Outcome::Throttled { scope, after, .. } = refused(0x58, &ErrorRules::new(), PAUSE) else {
        panic!();
    };
    assert_eq!((format!("{scope:?}").as_str(), after), ("Sender", Some(PAUSE)));
}

#[test]
fn the_operators_own_table_stands_above() {
    let rules: ErrorRules = [
        (
            0x401,
            json!({"outcome": "opted_out", "meaning": "the subscriber said STOP"}),
        ),
        (0x45, json!({"outcome": "rejected"})),
    ]
    .into_iter()
    .map(|(status, rule)| (status, serde_json::from_value(rule).unwrap()))
    .collect();
    assert_eq!(
        refused(0x401, &rules, PAUSE),
        Outcome::OptedOut {
            why: "0x00000401: the subscriber said STOP".to_owned()
        }
    );
    assert_eq!(
        refused(0x45, &rules, PAUSE),
        Outcome::Rejected {
            why: "RSUBMITFAIL: the submission failed".to_owned()
        }
    );
}

#[test]
fn a_message_of_which_some_went_never_goes_again() {
    for status in [0x08, 0x0B, 0x14, 0x58, 0x0A, 0x01, 0x400] {
        let next = refused(status, &ErrorRules::new(), PAUSE);
        assert_eq!(partly(0, 3, next.clone()), next, "nothing went: the refusal stands");
        let Outcome::Failed { why } = partly(2, 3, next) else {
            panic!("{status}");
        };
        assert!(why.ends_with("(2 of 3 parts went)"), "{why}");
    }
    let lost = Outcome::Unknown { why: "lost".to_owned() };
    assert_eq!(
        partly(1, 2, lost),
        Outcome::Unknown {
            why: "lost (1 of 2 parts went)".to_owned()
        }
    );
}
