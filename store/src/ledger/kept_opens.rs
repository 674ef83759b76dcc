//! How many opens of a message are kept. Whoever has a link or a key inside an app may open without end; the ledger does
//! not grow without end.

use super::types::OpenClass;
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::{MessageId, Timestamp};

/// A message's opens by people, of each class: more than any guest makes. The first of them are kept one by one, for an order
/// is credited to the open that it follows.
const PEOPLE: i64 = 100;
/// The same for robots, who come again and again and whom nobody counts.
const ROBOTS: i64 = 10;
/// Up to here further opens are counted; after that they write nothing at all.
const REPEATS: i64 = 1_000;
/// Characters of a user agent: more than any browser has.
const AGENT: usize = 300;

/// What a message has of opens of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct KeptOpens {
    rows: i64,
    /// The latest row.
    latest: Option<i64>,
    latest_repeats: i64,
    /// The latest row of the same user agent.
    same: Option<i64>,
    same_repeats: i64,
}

/// What is done with one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    Row,
    /// It is counted at the row with this id.
    Repeat(i64),
    Nothing,
}

/// The rule. A robot that comes again is the same one; what goes beyond the rows is counted at the latest.
pub(super) fn keeping(class: OpenClass, kept: &KeptOpens) -> Keeping {
    let most = if class.by_a_person() { PEOPLE } else { ROBOTS };
    let row = match kept.same.filter(|_| !class.by_a_person()) {
        Some(same) => Some((same, kept.same_repeats)),
        None if kept.rows < most => None,
        None => kept.latest.map(|latest| (latest, kept.latest_repeats)),
    };
    match row {
        None => Keeping::Row,
        Some((_, repeats)) if repeats >= REPEATS => Keeping::Nothing,
        Some((row, _)) => Keeping::Repeat(row),
    }
}

impl KeptOpens {
    /// One more row of a person's; later ones come later.
    pub(super) fn add(&mut self, row: i64, repeats: i64) {
        self.rows += 1;
        (self.latest, self.latest_repeats) = (Some(row), repeats);
    }
}

/// A row to be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewOpen {
    pub at: Timestamp,
    pub repeats: i64,
}

/// What is done with opens by people that come together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub rows: Vec<NewOpen>,
    /// A row that is there, and how many are counted at it.
    pub repeated: Option<(i64, i64)>,
}

/// No row has this id: it stands for the latest of the rows to be written.
const NEW: i64 = 0;

/// The same rule for several of one message and class, in the order of their times.
pub(super) fn take(class: OpenClass, mut kept: KeptOpens, times: &[Timestamp]) -> Taken {
    let mut taken = Taken::default();
    for at in times {
        match keeping(class, &kept) {
            Keeping::Row => {
                taken.rows.push(NewOpen { at: *at, repeats: 0 });
                kept.add(NEW, 0);
                continue;
            }
            Keeping::Repeat(NEW) => {
                if let Some(latest) = taken.rows.last_mut() {
                    latest.repeats += 1;
                }
            }
            Keeping::Repeat(row) => taken.repeated = Some((row, taken.repeated.map_or(1, |(_, more)| more + 1))),
            Keeping::Nothing => break,
        }
        kept.latest_repeats += 1;
    }
    taken
}

/// The beginning of a user agent.
pub(super) fn shortened(agent: &str) -> &str {
    agent.char_indices().nth(AGENT).map_or(agent, |(end, _)| &agent[..end])
}

pub(super) async fn kept(
    session: &mut Session,
    message: MessageId,
    class: OpenClass,
    agent: Option<&str>,
) -> Result<KeptOpens> {
    let text = "SELECT id, repeats, COALESCE(user_agent, '') = COALESCE($3, '') AS same_agent
                FROM opens WHERE message_id = $1 AND class = $2 ORDER BY id";
    let statement = sql(text).message(message).int(i64::from(class.code())).text(agent);
    let mut kept = KeptOpens::default();
    for row in session.fetch(statement).await? {
        let c = row.columns();
        let (id, repeats, same) = (c.int("id")?, c.int("repeats")?, c.flag("same_agent")?);
        kept.add(id, repeats);
        if same {
            (kept.same, kept.same_repeats) = (Some(id), repeats);
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn of(rows: i64, latest_repeats: i64, same: Option<i64>, same_repeats: i64) -> KeptOpens {
        KeptOpens {
            rows,
            latest: if rows > 0 { Some(9) } else { None },
            latest_repeats,
            same,
            same_repeats,
        }
    }

    #[test]
    fn people_are_kept_one_by_one_and_robots_once_each_up_to_a_bound() {
        use OpenClass::{Link, Prefetch, Preview, Read, Tap};
        for (class, kept, expected) in [
            (Tap, of(0, 0, None, 0), Keeping::Row),
            // A guest who opens again with the same phone.
            (Link, of(1, 0, Some(9), 0), Keeping::Row),
            (Link, of(99, 0, Some(9), 0), Keeping::Row),
            (Link, of(100, 0, None, 0), Keeping::Repeat(9)),
            (Link, of(100, 999, Some(9), 999), Keeping::Repeat(9)),
            (Read, of(100, 1_000, Some(9), 1_000), Keeping::Nothing),
            (Preview, of(0, 0, None, 0), Keeping::Row),
            (Preview, of(9, 0, None, 0), Keeping::Row),
            (Preview, of(3, 0, Some(5), 7), Keeping::Repeat(5)),
            (Preview, of(3, 0, Some(5), 1_000), Keeping::Nothing),
            (Prefetch, of(10, 3, None, 0), Keeping::Repeat(9)),
            (Prefetch, of(10, 1_000, None, 0), Keeping::Nothing),
        ] {
            assert_eq!(keeping(class, &kept), expected, "{class:?} {kept:?}");
        }
    }

    #[test]
    fn opens_that_come_together_are_kept_as_one_after_the_other() {
        let times = |count: i64| (0..count).map(Timestamp).collect::<Vec<_>>();
        let rows = |count: i64, repeats: i64| -> Vec<NewOpen> {
            let repeats = |at| if at == count - 1 { repeats } else { 0 };
            (0..count)
                .map(|at| NewOpen {
                    at: Timestamp(at),
                    repeats: repeats(at),
                })
                .collect()
        };
        for (kept, come, expected, repeated) in [
            (of(0, 0, None, 0), 2, rows(2, 0), None),
            (of(98, 5, None, 0), 2, rows(2, 0), None),
            // The bound is reached among them: what goes beyond it is counted at the latest.
            (of(98, 5, None, 0), 4, rows(2, 2), None),
            (of(0, 0, None, 0), 2_000, rows(100, 1_000), None),
            (of(100, 3, None, 0), 4, rows(0, 0), Some((9, 4))),
            (of(100, 998, None, 0), 4, rows(0, 0), Some((9, 2))),
            (of(100, 1_000, None, 0), 4, rows(0, 0), None),
        ] {
            let taken = take(OpenClass::Tap, kept, &times(come));
            assert_eq!(
                taken,
                Taken {
                    rows: expected,
                    repeated
                },
                "{kept:?} {come}"
            );
        }
    }

    #[test]
    fn an_agent_is_cut_between_characters() {
        assert_eq!(shortened("Mozilla/5.0"), "Mozilla/5.0");
        assert_eq!(shortened(&"я".repeat(5_000)), "я".repeat(300));
        assert_eq!(shortened(&"a".repeat(300)).len(), 300);
    }
}
