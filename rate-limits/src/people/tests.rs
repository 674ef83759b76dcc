use super::rule::{AdmitAnswer, Ceiling, RestoreAnswer, RollMemory, RollParameters, Visit, admit, restore};
use super::*;
use crate::rule::Epoch;

const START: i64 = 1_764_000_000_000_000;
const SECOND: i64 = 1_000_000;
const DAY_US: i64 = 86_400 * SECOND;
const EPOCH: Epoch = Epoch {
    since: START,
    shared: false,
};
const REPLY: usize = 0;
const TRANSACTIONAL: usize = 1;
const MARKETING: usize = 2;

pub(super) fn ceiling(people: u32, reserve_percent: u8) -> RollParameters {
    let portfolio = Portfolio {
        name: "p".to_owned(),
        people: NonZeroU32::new(people).unwrap(),
        reserve_percent,
    };
    RollParameters::ceiling(DAY, &portfolio)
}

/// A Cloud number: one message in six seconds to a guest, five guests a day, one of them reserved for what is not
/// marketing.
struct Number {
    all_parameters: [RollParameters; 2],
    memories: [Option<RollMemory>; 2],
    now: i64,
}

impl Number {
    fn new() -> Self {
        let all_parameters = [RollParameters::apart(Duration::from_secs(6)), ceiling(5, 20)];
        let mut memories = [None, None];
        for (parameters, memory) in all_parameters.iter().zip(&mut memories) {
            assert_eq!(restore(memory, parameters, &[], START, EPOCH), RestoreAnswer::Open);
        }
        Self {
            all_parameters,
            memories,
            now: START,
        }
    }

    #[allow(clippy::type_complexity)]
    fn ask(&mut self, rank: usize, people: &[(i64, bool)]) -> (Vec<Option<(i64, usize)>>, (i64, i64)) {
        let visits: Vec<Visit> = people
            .iter()
            .map(|(person, counts)| Visit {
                person: *person,
                counts: *counts,
            })
            .collect();
        match admit(&self.all_parameters, &mut self.memories, &visits, rank, self.now, EPOCH) {
            AdmitAnswer::Told { waits, room } => (waits, room.unwrap()),
            AdmitAnswer::Lost { .. } => panic!("lost without a loss"),
        }
    }

    /// `None` if one message may go, otherwise how long it waits and for which roll.
    fn one(&mut self, rank: usize, person: i64, counts: bool) -> Option<(i64, usize)> {
        self.ask(rank, &[(person, counts)]).0[0]
    }
}

#[test]
fn a_guest_gets_the_next_message_after_the_span_and_others_do_not_wait() {
    let mut number = Number::new();
    assert_eq!(number.one(TRANSACTIONAL, 1, false), None);
    assert_eq!(number.one(TRANSACTIONAL, 1, false), Some((7 * SECOND, 0)));
    assert_eq!(number.one(TRANSACTIONAL, 2, false), None);
    number.now += 7 * SECOND - 1;
    assert_eq!(number.one(TRANSACTIONAL, 1, false), Some((1, 0)));
    number.now += 1;
    assert_eq!(number.one(TRANSACTIONAL, 1, false), None);
}

#[test]
fn replies_go_before_transactional_messages_and_these_before_marketing() {
    let mut number = Number::new();
    assert_eq!(number.one(MARKETING, 1, false), None);
    assert!(number.one(TRANSACTIONAL, 1, false).is_some());
    assert!(number.one(REPLY, 1, false).is_some());
    number.now += 7 * SECOND;
    assert_eq!(number.one(MARKETING, 2, false), None, "nobody else stands aside");
    assert!(
        number.one(MARKETING, 1, false).is_some(),
        "a mailing took a reply's place"
    );
    assert!(
        number.one(TRANSACTIONAL, 1, false).is_some(),
        "a code took a reply's place"
    );
    assert_eq!(number.one(REPLY, 1, false), None);
    number.now += 7 * SECOND;
    assert!(
        number.one(MARKETING, 1, false).is_some(),
        "a mailing took a code's place"
    );
    assert_eq!(number.one(TRANSACTIONAL, 1, false), None);
    // Marketing does not wait for somebody who does not come back.
    number.now += 7 * SECOND;
    assert_eq!(number.one(MARKETING, 1, false), None);
}

#[test]
fn a_ceiling_counts_guests_and_not_messages() {
    let mut number = Number::new();
    // An open window costs nothing.
    assert_eq!(number.one(MARKETING, 9, false), None);
    let all: Vec<(i64, bool)> = (1..=6).map(|person| (person, true)).collect();
    let (waits, room) = number.ask(MARKETING, &all);
    assert_eq!(waits[..4], [None; 4], "four of five are marketing's");
    assert_eq!(waits[4..], [Some((DAY_US + SECOND, 1)); 2]);
    assert_eq!(room, (0, DAY_US + SECOND));
    number.now += 3600 * SECOND;
    assert_eq!(number.one(MARKETING, 4, true), None, "who is counted costs nothing");
    assert_eq!(number.one(TRANSACTIONAL, 5, true), None, "the reserve");
    assert_eq!(
        number.one(TRANSACTIONAL, 6, true),
        Some((23 * 3600 * SECOND + SECOND, 1))
    );
    assert_eq!(number.one(TRANSACTIONAL, 6, false), None, "their window is open");
    // A day after the first message: three guests are forgotten, but not the one who was written to again, nor the
    // one with the code.
    number.now = START + DAY_US + SECOND;
    assert_eq!(number.one(TRANSACTIONAL, 6, true), None);
    let (waits, _) = number.ask(MARKETING, &[(11, true), (12, true)]);
    assert_eq!(waits[0], None);
    // The next two leave an hour later.
    assert_eq!(waits[1], Some((3600 * SECOND, 1)));
}

#[test]
fn the_room_is_told_without_taking_of_it() {
    let mut number = Number::new();
    assert_eq!(number.ask(MARKETING, &[]).1, (4, 0));
    assert_eq!(number.ask(TRANSACTIONAL, &[]).1, (5, 0));
    assert_eq!(number.ask(MARKETING, &[(1, true)]).1, (3, 0));
}

#[test]
fn who_is_refused_by_one_roll_is_counted_by_none() {
    let mut number = Number::new();
    number.ask(TRANSACTIONAL, &[(1, false), (2, true), (3, true), (4, true)]);
    assert_eq!(number.one(MARKETING, 1, true), Some((7 * SECOND, 0)), "by the pair");
    assert_eq!(number.ask(MARKETING, &[]).1, (1, 0), "and not counted");
    assert_eq!(number.ask(TRANSACTIONAL, &[(5, true), (6, true)]).0, [None, None]);
    assert!(number.one(MARKETING, 7, true).is_some());
    assert_eq!(
        number.one(MARKETING, 7, false),
        None,
        "refused by the ceiling, seen by no pair"
    );
}

#[test]
fn what_is_restored_counts_once_a_guest_and_the_least_ceiling_lets_marketing_in() {
    let parameters = ceiling(1, 10);
    assert_eq!(parameters.ceiling, Some(Ceiling { all: 1, marketing: 1 }));
    let mut number = Number::new();
    number.memories[1] = None;
    let lost = admit(
        &number.all_parameters,
        &mut number.memories,
        &[],
        MARKETING,
        START,
        EPOCH,
    );
    assert_eq!(
        lost,
        AdmitAnswer::Lost {
            rolls: vec![1],
            wait: 0
        }
    );
    let past = [(1, 10), (1, 7200), (2, 3600), (3, 25 * 3600)].map(|(person, seconds)| rule::PastVisit {
        person,
        age: seconds * SECOND,
    });
    let _ = restore(&mut number.memories[1], &number.all_parameters[1], &past, START, EPOCH);
    assert_eq!(number.ask(MARKETING, &[]).1, (2, 0), "two of four");
    assert_eq!(number.one(MARKETING, 2, true), None);
}

#[test]
fn nobody_reads_a_phone_from_a_person() {
    let (one, other) = (PersonId::of("+79991234567"), PersonId::of("+79991234568"));
    assert_ne!(one, other);
    assert_eq!(one, PersonId::of("+79991234567"));
    assert!(!one.0.to_string().contains("9991234567"));
}
