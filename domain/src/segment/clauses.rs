//! How many guests each clause of a filter lets in, and how many it keeps out.
//!
//! Guests are alike for a filter if each of its conditions says the same of them. So it is enough to count the guests of each
//! combination once: every clause of the tree is judged on these groups, without the guests.

use super::Segment;
use serde::Serialize;

/// More conditions than these are not counted one by one: there could be as many groups as guests.
pub const MOST_CONDITIONS: usize = 16;

/// Guests of whom each condition says the same: bit *n* is set if the filter's *n*-th condition, from left to right, holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alike {
    pub holds: u32,
    pub guests: u64,
}

/// What one clause does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClauseCount {
    /// Guests for whom it holds, whatever the rest of the filter says.
    pub holds: u64,
    /// Guests who are kept out by it: they would be let in if it were not there.
    pub keeps_out: u64,
    /// Those of a clause that combines others, in their order; of a negation, the one that it negates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ClauseCount>,
}

/// A clause, its conditions replaced by their places.
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Leaf(u32),
}

impl Node {
    fn of(segment: &Segment, next: &mut u32) -> Self {
        match segment {
            Segment::All(parts) => Node::All(parts.iter().map(|part| Node::of(part, next)).collect()),
            Segment::Any(parts) => Node::Any(parts.iter().map(|part| Node::of(part, next)).collect()),
            Segment::Not(part) => Node::Not(Box::new(Node::of(part, next))),
            Segment::Leaf(_) => {
                *next += 1;
                Node::Leaf(*next - 1)
            }
        }
    }

    /// Whether it holds if the clause `without` is not there; `None` if nothing is left of it.
    fn holds(&self, of: u32, without: Option<&Node>) -> Option<bool> {
        if without.is_some_and(|it| std::ptr::eq(it, self)) {
            return None;
        }
        match self {
            Node::All(parts) => Some(parts.iter().all(|part| part.holds(of, without).unwrap_or(true))),
            Node::Any(parts) => {
                let mut left = parts.iter().filter_map(|part| part.holds(of, without)).peekable();
                Some(left.peek().is_none() || left.any(|holds| holds))
            }
            Node::Not(part) => part.holds(of, without).map(|holds| !holds),
            Node::Leaf(place) => Some(of & (1 << place) != 0),
        }
    }

    fn parts(&self) -> &[Node] {
        match self {
            Node::All(parts) | Node::Any(parts) => parts,
            Node::Not(part) => std::slice::from_ref(part),
            Node::Leaf(_) => &[],
        }
    }

    fn count(&self, whole: &Node, groups: &[Alike]) -> ClauseCount {
        let (mut holds, mut keeps_out) = (0, 0);
        for group in groups {
            if self.holds(group.holds, None) == Some(true) {
                holds += group.guests;
            }
            // Where nothing is left of the filter, it restricts nothing.
            let with_it = whole.holds(group.holds, None).unwrap_or(true);
            if !with_it && whole.holds(group.holds, Some(self)).unwrap_or(true) {
                keeps_out += group.guests;
            }
        }
        ClauseCount {
            holds,
            keeps_out,
            parts: self.parts().iter().map(|part| part.count(whole, groups)).collect(),
        }
    }
}

impl Segment {
    /// What the filter and each of its clauses does, by all guests of the organisation in groups.
    pub fn clause_counts(&self, groups: &[Alike]) -> ClauseCount {
        let whole = Node::of(self, &mut 0);
        whole.count(&whole, groups)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(filter: &str, groups: &[(u32, u64)]) -> ClauseCount {
        let groups: Vec<_> = groups.iter().map(|&(holds, guests)| Alike { holds, guests }).collect();
        filter.parse::<Segment>().unwrap().clause_counts(&groups)
    }

    /// Holds and keeps out.
    fn figures(it: &ClauseCount) -> (u64, u64) {
        (it.holds, it.keeps_out)
    }

    const TWO: [(u32, u64); 4] = [(0b00, 1), (0b01, 10), (0b10, 100), (0b11, 1_000)];

    #[test]
    fn a_part_of_all_keeps_out_who_pass_the_others() {
        let it = counted(r#"{"all":[{"retention":["lost"]},{"has":["app"]}]}"#, &TWO);
        assert_eq!(figures(&it), (1_000, 111));
        assert_eq!(
            it.parts.iter().map(figures).collect::<Vec<_>>(),
            [(1_010, 100), (1_100, 10)]
        );
    }

    #[test]
    fn a_part_of_any_keeps_nobody_out() {
        let it = counted(r#"{"any":[{"retention":["lost"]},{"has":["app"]}]}"#, &TWO);
        assert_eq!(figures(&it), (1_110, 1));
        assert_eq!(
            it.parts.iter().map(figures).collect::<Vec<_>>(),
            [(1_010, 0), (1_100, 0)]
        );
    }

    #[test]
    fn without_its_only_part_a_clause_restricts_nothing() {
        let one = [(0, 5), (1, 7)];
        let alone = counted(r#"{"has":["app"]}"#, &one);
        assert_eq!(figures(&alone), (7, 5));
        for filter in [r#"{"any":[{"has":["app"]}]}"#, r#"{"all":[{"has":["app"]}]}"#] {
            let it = counted(filter, &one);
            assert_eq!((figures(&it), figures(&it.parts[0])), ((7, 5), (7, 5)), "{filter}");
        }
        let not = counted(r#"{"not":{"has":["app"]}}"#, &one);
        assert_eq!((figures(&not), figures(&not.parts[0])), ((5, 7), (7, 7)));
    }

    #[test]
    fn conditions_are_numbered_from_left_to_right() {
        let filter = r#"{"all":[{"not":{"has":["app"]}},{"any":[{"has":["sms"]},{"blacklisted":false}]}]}"#;
        let it = counted(filter, &[(0b010, 1), (0b100, 10), (0b111, 100), (0b000, 1_000)]);
        assert_eq!(figures(&it), (11, 1_100));
        assert_eq!(figures(&it.parts[0]), (1_011, 100));
        assert_eq!(figures(&it.parts[1]), (111, 1_000));
        assert_eq!(
            it.parts[1].parts.iter().map(figures).collect::<Vec<_>>(),
            [(101, 0), (110, 0)]
        );
    }
}
