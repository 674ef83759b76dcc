//! Compares what PROVIDERS.md requires with what the proof expects: an expectation that the page does not state is a
//! mistake of the proof, whatever Bellhop does.

use super::then::Then;

/// The page names an outcome and leaves open what to do.
pub(super) const LEFT_OPEN: &str = "–";

/// Whether `then` is one of the required consequences: classes of PROVIDERS.md §0.1 or a page's own words, separated
/// by `|`.
pub(super) fn admits(asks: &str, then: Then) -> bool {
    asks.split('|').any(|one| fulfils(one, then))
}

fn fulfils(class: &str, then: Then) -> bool {
    use Then::*;
    let repeats = matches!(then, Again(_) | Waits(_) | AgainLater(_));
    let lane_waits = matches!(then, LaneWaits(_) | HostWaits(_));
    match class {
        "OK" | "accepted" | "Accepted" => matches!(then, Sent | StaysSent | Delivered),
        "RETRY" | "Retry" => repeats || lane_waits || then == SentAfterRenewal,
        "RA" => repeats || lane_waits,
        "once later" | "RETRY once later" | "delay" => repeats,
        "temporary" | "rebind" | "new connection" => then == Again(0),
        "rate" | "Throttled" => lane_waits,
        "DROP" => then == Dropped,
        "HOLD" => matches!(then, Held | OptedOut | OptedOutLater) || then == Failed,
        "FIX" | "stop campaign" | "stop template" => matches!(then, RunPauses | PausesLater),
        "STOP" => matches!(then, SenderStops | StopsLater | StopsOnly),
        "STOP country" | "HOLD country" => then == CountryStops,
        // Settled by a later report, or sent again where that replaces the first.
        "AMBIG" => matches!(then, InDoubt | SentAgain | Delivered),
        // The address is good elsewhere, or not proven to be bad.
        "keep" | "DROP for this sender type" | "use phone" | "template" | "moved" => then == Failed,
        "permanent" => matches!(then, Failed | RunPauses | SenderStops),
        "record" | "undelivered" => then == Failed,
        "unknown" => matches!(then, Failed | StaysSent),
        "not found" => matches!(then, InDoubt | Sent),
        "opt-out" => matches!(then, OptedOut | OptedOutLater),
        "wait" => then == StaysSent || lane_waits,
        "renew" => then == SentAfterRenewal,
        "delivered" => then == Delivered,
        "read" => matches!(then, Read | Delivered),
        "may send" => then == Delivered,
        "may not send" => then == SenderStops || matches!(then, Waits(_)),
        // MAX's page names the outcomes themselves.
        // The page was written before a stop that is seen at sending counted as a no.
        "Held" => matches!(then, Held | OptedOut),
        "Failed" => then == Failed,
        "Rejected" => then == RunPauses,
        "Misconfigured" => then == SenderStops,
        "Unknown" => then == InDoubt,
        LEFT_OPEN => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::pages;
    use super::*;

    /// Of §0.1.
    const CLASSES: [&str; 8] = ["OK", "RETRY", "RA", "DROP", "HOLD", "FIX", "STOP", "AMBIG"];

    #[test]
    fn what_is_asked_stands_in_the_pages_words() {
        for fact in pages::rows() {
            assert!(!fact.words.is_empty(), "{fact:?}");
            for class in fact.asks.split('|').filter(|class| CLASSES.contains(class)) {
                let words = fact.words.to_uppercase();
                // Compared as a whole word, because `RA` is part of many others.
                let told = words.split(|c: char| !c.is_alphanumeric()).any(|word| word == class);
                assert!(told, "{class}: {fact:?}");
            }
        }
    }

    #[test]
    fn a_class_admits_its_own_consequences_only() {
        for (asks, then, expected) in [
            ("FIX", Then::RunPauses, true),
            ("FIX", Then::PausesLater, true),
            ("FIX", Then::Failed, false),
            ("RETRY", Then::AgainLater(900), true),
            ("RETRY", Then::Failed, false),
            ("STOP", Then::SenderStops, true),
            ("Rejected", Then::RunPauses, true),
            ("Rejected", Then::Failed, false),
            ("Held", Then::Failed, false),
            ("Unknown", Then::Again(0), false),
            ("STOP country", Then::CountryStops, true),
            ("STOP country", Then::SenderStops, false),
            ("DROP", Then::Failed, false),
            ("DROP|keep", Then::Failed, true),
            ("stop campaign", Then::Failed, false),
            ("a word of no page", Then::Failed, false),
            (LEFT_OPEN, Then::Failed, true),
        ] {
            assert_eq!(admits(asks, then), expected, "{asks} {then:?}");
        }
    }
}
