//! How organisations and their runs share a queue. Pure.

use bellhop_domain::OrgId;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::hash::Hash;

/// Runs that one transaction takes batches of, at most: each costs a statement. Those left out have the least of the queue
/// the next time, and so are first.
const RUNS_AT_ONCE: usize = 50;

/// How many batches a run with more to publish already has in a queue: published and not done.
#[derive(Debug, Clone, Copy)]
pub(super) struct QueueUse {
    pub org: OrgId,
    /// The same for its whole organisation, including runs that have nothing more to publish.
    pub of_org: usize,
    pub of_run: usize,
}

/// One organisation: what it has, and its runs, who has least first.
struct Share {
    has: usize,
    runs: BinaryHeap<Reverse<(usize, usize)>>,
}

/// How many of the next `limit` batches each run gets. Each batch in turn goes to the organisation that has the least
/// of the queue, and there to the run that has the least, however many runs there are and however large they are.
pub(super) fn shares(runs: &[QueueUse], limit: usize) -> Vec<usize> {
    let mut given = vec![0; runs.len()];
    let mut orgs: BTreeMap<OrgId, Share> = BTreeMap::new();
    for (place, run) in runs.iter().enumerate() {
        let share = orgs.entry(run.org).or_insert_with(|| Share {
            has: run.of_org,
            runs: BinaryHeap::new(),
        });
        share.runs.push(Reverse((run.of_run, place)));
    }
    let mut least: BinaryHeap<_> = orgs.iter().map(|(org, share)| Reverse((share.has, *org))).collect();
    let mut begun = 0;
    for _ in 0..limit {
        let Some(Reverse((has, org))) = least.pop() else {
            break;
        };
        let next = orgs.get_mut(&org).and_then(|share| Some((share.runs.pop()?, share)));
        let Some((Reverse((run_has, place)), share)) = next else {
            continue;
        };
        if given[place] == 0 && begun == RUNS_AT_ONCE {
            break;
        }
        begun += usize::from(given[place] == 0);
        given[place] += 1;
        share.runs.push(Reverse((run_has + 1, place)));
        least.push(Reverse((has + 1, org)));
    }
    given
}

/// In the order of their publishing: organisations in turn, and in an organisation its runs in turn. `of` says whose one is;
/// those of one run keep their order.
pub(super) fn in_turn<T, O: Hash + Eq + Ord + Copy, R: Hash + Eq + Ord + Copy>(
    items: Vec<T>,
    of: impl Fn(&T) -> (O, R),
) -> Vec<T> {
    let mut of_run: HashMap<(O, R), usize> = HashMap::new();
    let mut ranked: Vec<(usize, T)> = (items.into_iter())
        .map(|item| (next(&mut of_run, of(&item)), item))
        .collect();
    ranked.sort_by_key(|(rank, item)| (*rank, of(item)));
    let mut of_org: HashMap<O, usize> = HashMap::new();
    let mut ranked: Vec<(usize, T)> = (ranked.into_iter())
        .map(|(_, item)| (next(&mut of_org, of(&item).0), item))
        .collect();
    ranked.sort_by_key(|(rank, item)| (*rank, of(item).0));
    ranked.into_iter().map(|(_, item)| item).collect()
}

/// Counts from nought.
fn next<K: Hash + Eq>(counts: &mut HashMap<K, usize>, of: K) -> usize {
    let count = counts.entry(of).or_default();
    *count += 1;
    *count - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Runs of these organisations; what the runs have is what their organisations have.
    fn queue_uses(runs: &[(i32, usize)]) -> Vec<QueueUse> {
        let of_org = |org: i32| runs.iter().filter(|run| run.0 == org).map(|run| run.1).sum();
        let queue_use = |(org, has): &(i32, usize)| QueueUse {
            org: OrgId(*org),
            of_org: of_org(*org),
            of_run: *has,
        };
        runs.iter().map(queue_use).collect()
    }

    /// What the organisations' runs have, how many batches there are room for, and who gets how many.
    type Case<'a> = (&'a str, &'a [(i32, usize)], usize, &'a [usize]);

    #[test]
    fn organisations_first_then_their_runs() {
        let table: [Case<'_>; 7] = [
            ("nobody", &[], 10, &[]),
            ("one alone gets all", &[(1, 90)], 10, &[10]),
            ("two of equal rank", &[(1, 0), (2, 0)], 10, &[5, 5]),
            (
                "three runs are not three organisations",
                &[(1, 0), (1, 0), (1, 0), (2, 0)],
                12,
                &[2, 2, 2, 6],
            ),
            (
                "who has much waits for who has little",
                &[(1, 150), (2, 0)],
                100,
                &[0, 100],
            ),
            ("up to the same level", &[(1, 6), (2, 0)], 10, &[2, 8]),
            ("in an organisation too", &[(1, 6), (1, 0)], 5, &[0, 5]),
        ];
        for (case, runs, limit, expected) in table {
            assert_eq!(shares(&queue_uses(runs), limit), expected, "{case}");
        }
    }

    #[test]
    fn hundreds_of_runs_take_turns() {
        let mut runs: Vec<(i32, usize)> = (0..300).map(|_| (1, 0)).collect();
        let mut turns = 0;
        while runs.iter().any(|run| run.1 == 0) {
            let given = shares(&queue_uses(&runs), 200);
            assert!(given.iter().filter(|given| **given > 0).count() <= RUNS_AT_ONCE);
            for (run, given) in runs.iter_mut().zip(given) {
                run.1 += given;
            }
            turns += 1;
        }
        assert_eq!(turns, 300 / RUNS_AT_ONCE);
    }

    #[test]
    fn they_are_published_in_turn() {
        let batches = vec![
            (1, 1, 'a'),
            (1, 1, 'b'),
            (1, 2, 'c'),
            (2, 3, 'd'),
            (2, 3, 'e'),
            (2, 3, 'f'),
        ];
        let order: String = in_turn(batches, |batch| (batch.0, batch.1))
            .iter()
            .map(|batch| batch.2)
            .collect();
        assert_eq!(order, "adcebf");
    }

    proptest! {
        #[test]
        fn nobody_is_raised_above_who_gets_nothing(
            runs in prop::collection::vec((0..5i32, 0..20usize), 1..20), limit in 0..200usize,
        ) {
            let queue_uses = queue_uses(&runs);
            let given = shares(&queue_uses, limit);
            prop_assert_eq!(given.iter().sum::<usize>(), limit);
            let got = |org: OrgId| queue_uses.iter().zip(&given).filter(|(run, _)| run.org == org).map(|(_, given)| given).sum::<usize>();
            for (one, other) in queue_uses.iter().flat_map(|one| queue_uses.iter().map(move |other| (one, other))) {
                if got(one.org) > 0 {
                    prop_assert!(one.of_org + got(one.org) <= other.of_org + got(other.org) + 1);
                }
            }
        }
    }
}
