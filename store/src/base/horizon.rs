//! On PostgreSQL: up to which number no row of the outbox can appear any more.

/// What one look at the server finds, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// The last number given out.
    pub last: i64,
    /// The id of the looking transaction. It was given out after that number, and so after the ids of all
    /// transactions with numbers.
    pub own: i64,
    /// The smallest id of a transaction that has not ended.
    pub oldest: i64,
}

/// The numbers given out before a transaction got its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    last: i64,
    own: i64,
}

/// What a process knows of it. It begins with nothing, and needs no memory beyond the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Horizon {
    /// Rows with these numbers are committed, or never will be.
    pub(crate) safe: i64,
    /// What is safe once all transactions that were open at that time have ended.
    next: Option<Mark>,
}

impl Horizon {
    /// Every transaction that had a number when the mark was made has an id below the mark's. So the mark's numbers
    /// are safe once the oldest open transaction is no longer below it.
    #[must_use]
    pub(crate) fn after(self, look: Look) -> Self {
        let mark = Mark {
            last: look.last,
            own: look.own,
        };
        if look.oldest >= look.own {
            return Horizon {
                safe: look.last,
                next: None,
            };
        }
        // Numbers or ids that the server has not given out yet are another server's, or were before a backup was restored.
        let safe = if self.safe <= look.last { self.safe } else { 0 };
        match self.next.filter(|next| next.last <= look.last && next.own <= look.own) {
            Some(next) if next.own <= look.oldest => Horizon {
                safe: next.last,
                next: Some(mark),
            },
            Some(next) => Horizon { safe, next: Some(next) },
            None => Horizon { safe, next: Some(mark) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(last: i64, own: i64, oldest: i64) -> Look {
        Look { last, own, oldest }
    }

    /// Where the horizon is after each of these looks.
    fn safe(looks: &[Look]) -> Vec<i64> {
        let mut horizon = Horizon::default();
        let mut moved = |look: &Look| {
            horizon = horizon.after(*look);
            horizon.safe
        };
        looks.iter().map(&mut moved).collect()
    }

    #[test]
    fn a_number_is_safe_when_all_who_were_under_way_have_ended() {
        // Nobody is under way.
        assert_eq!(safe(&[look(7, 100, 100)]), [7]);
        // 95 is, and may have any number up to 7.
        assert_eq!(
            safe(&[look(7, 100, 95), look(7, 101, 95), look(7, 102, 102)]),
            [0, 0, 7]
        );
        // Others begin all the time: the mark does not wait for them.
        let busy = [
            look(7, 100, 95),
            look(9, 110, 99),
            look(12, 120, 105),
            look(15, 130, 125),
        ];
        assert_eq!(safe(&busy), [0, 0, 7, 12]);
        // One that began before the mark holds up whatever ends beside it.
        assert_eq!(
            safe(&[look(7, 100, 95), look(9, 110, 95), look(90, 200, 95)]),
            [0, 0, 0]
        );
    }

    #[test]
    fn what_a_restored_backup_has_not_given_out_yet_is_forgotten() {
        let restored = [look(90, 1_000, 1_000), look(5, 50, 40), look(6, 60, 55)];
        assert_eq!(safe(&restored), [90, 0, 5]);
        let restored = [look(90, 1_000, 900), look(5, 50, 40), look(6, 60, 55)];
        assert_eq!(safe(&restored), [0, 0, 5]);
    }
}
