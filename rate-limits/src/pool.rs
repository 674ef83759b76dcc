//! Which number of a pool a message goes out from (PRODUCT.md §8). Pure.

use bellhop_domain::Timestamp;
use bellhop_domain::incoming::HealthState;

/// The present state of a number in the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolNumber {
    pub health: HealthState,
    /// How many messages it may still send today.
    pub remaining_today: u32,
    /// When it may send next, as its limiter last said; an instant that has passed means now.
    pub earliest: Timestamp,
}

/// Which number a message goes out from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolChoice {
    /// From this number, by its index in the pool.
    Now(usize),
    /// From this number, at the instant from which it may send.
    At(usize, Timestamp),
    /// No number may send today: all are stopped or have sent what they may.
    Nobody,
}

/// Chooses a number for one guest. `known` is the number that the guest has a conversation with: they stay with it as
/// long as it is not stopped, however long it takes, so that nobody hears from two numbers in one conversation.
/// Everybody else gets one of the healthiest numbers: one of those that may send now, drawn in proportion to what each
/// may still send today, or the one that may send first if none may now. `chance` is uniform in [0, 1).
pub fn choose(numbers: &[PoolNumber], known: Option<usize>, now: Timestamp, chance: f64) -> PoolChoice {
    if let Some((place, number)) = known.and_then(|place| Some((place, numbers.get(place)?)))
        && number.health != HealthState::Stopped
    {
        return at(place, number, now);
    }
    let able = || {
        let numbers = numbers.iter().enumerate();
        numbers.filter(|(_, number)| number.health != HealthState::Stopped && number.remaining_today > 0)
    };
    let Some(best) = able().map(|(_, number)| number.health.code()).min() else {
        return PoolChoice::Nobody;
    };
    let healthy = || able().filter(move |(_, number)| number.health.code() == best);
    let ready: Vec<(usize, &PoolNumber)> = healthy().filter(|(_, number)| number.earliest <= now).collect();
    if let Some(place) = drawn(&ready, chance) {
        return PoolChoice::Now(place);
    }
    let first = healthy().min_by_key(|(_, number)| (number.earliest, u32::MAX - number.remaining_today));
    first.map_or(PoolChoice::Nobody, |(place, number)| at(place, number, now))
}

fn at(place: usize, number: &PoolNumber, now: Timestamp) -> PoolChoice {
    if number.earliest <= now {
        PoolChoice::Now(place)
    } else {
        PoolChoice::At(place, number.earliest)
    }
}

/// Draws one of them, weighted by what each may still send.
fn drawn(ready: &[(usize, &PoolNumber)], chance: f64) -> Option<usize> {
    let total: f64 = ready.iter().map(|(_, number)| f64::from(number.remaining_today)).sum();
    let mut left = chance.clamp(0.0, 1.0) * total;
    for (place, number) in ready {
        left -= f64::from(number.remaining_today);
        if left < 0.0 {
            return Some(*place);
        }
    }
    ready.last().map(|(place, _)| *place)
}

#[cfg(test)]
mod tests {
    use HealthState::{Degraded, Stopped, Working};
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_764_000_000_000);

    fn number(health: HealthState, remaining_today: u32, in_seconds: i64) -> PoolNumber {
        PoolNumber {
            health,
            remaining_today,
            earliest: Timestamp(NOW.0 + in_seconds * 1000),
        }
    }

    #[test]
    fn one_guest_one_number() {
        let at = |place, in_seconds: i64| PoolChoice::At(place, Timestamp(NOW.0 + in_seconds * 1000));
        let table: [(&str, Vec<PoolNumber>, Option<usize>, PoolChoice); 8] = [
            (
                "known and free",
                vec![number(Working, 5, 0), number(Degraded, 5, 0)],
                Some(1),
                PoolChoice::Now(1),
            ),
            (
                "known and busy",
                vec![number(Working, 5, 0), number(Working, 5, 30)],
                Some(1),
                at(1, 30),
            ),
            (
                "known and stopped",
                vec![number(Working, 5, 0), number(Stopped, 5, 0)],
                Some(1),
                PoolChoice::Now(0),
            ),
            (
                "the healthiest, though later",
                vec![number(Degraded, 500, 0), number(Working, 5, 9)],
                None,
                at(1, 9),
            ),
            (
                "the earliest slot",
                vec![number(Working, 5, 9), number(Working, 5, 8)],
                None,
                at(1, 8),
            ),
            (
                "nothing left today",
                vec![number(Working, 0, 0), number(Degraded, 1, 0)],
                None,
                PoolChoice::Now(1),
            ),
            ("all stopped", vec![number(Stopped, 5, 0)], None, PoolChoice::Nobody),
            (
                "a number that is gone",
                vec![number(Working, 5, 0)],
                Some(7),
                PoolChoice::Now(0),
            ),
        ];
        for (case, numbers, known, expected) in table {
            assert_eq!(choose(&numbers, known, NOW, 0.0), expected, "{case}");
        }
    }

    #[test]
    fn load_spreads_in_proportion_to_what_is_left_today() {
        let numbers = [
            number(Working, 900, 0),
            number(Working, 100, -60),
            number(Working, 0, 0),
        ];
        let mut counts = [0; 3];
        for draw in 0..10_000 {
            if let PoolChoice::Now(place) = choose(&numbers, None, NOW, f64::from(draw) / 10_000.0) {
                counts[place] += 1;
            }
        }
        assert_eq!(counts, [9_000, 1_000, 0]);
    }

    fn any_number() -> impl Strategy<Value = PoolNumber> {
        let health = prop::sample::select(HealthState::ALL.to_vec());
        (health, 0..20u32, -30..30i64).prop_map(|(health, left, slot)| number(health, left, slot))
    }

    proptest! {
        #[test]
        fn never_a_stopped_number_and_always_some_number_that_is_able(
            numbers in prop::collection::vec(any_number(), 0..6), known in prop::option::of(0..6usize), chance in 0.0..1.0f64,
        ) {
            let able = |number: &PoolNumber| number.health != Stopped && number.remaining_today > 0;
            match choose(&numbers, known, NOW, chance) {
                PoolChoice::Nobody => prop_assert!(!numbers.iter().any(able)),
                PoolChoice::Now(place) => {
                    prop_assert!(numbers[place].health != Stopped && numbers[place].earliest <= NOW);
                    prop_assert!(known == Some(place) || able(&numbers[place]));
                }
                PoolChoice::At(place, at) => {
                    prop_assert!(numbers[place].health != Stopped && numbers[place].earliest == at && at > NOW);
                }
            }
        }
    }
}
