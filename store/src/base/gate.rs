//! Whether a program and a schema fit: a function of their numbers.

/// The schema of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Schema {
    /// The number of the last migration; none of an empty database.
    pub number: Option<i64>,
    /// What that migration says about older programs.
    pub mark: Option<Mark>,
}

/// What a migration says about older programs. It is stored in the database, because those programs cannot know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Whether it only adds, so that everything older programs read and write stays as they know it.
    pub additive: bool,
    /// Programs that know this migration, and none older, may work beside it.
    pub works_with: i64,
}

/// Why a program does not work with a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    #[error("the database is empty; `bellhop migrate` makes its tables (this program's schema is number {own})")]
    Empty { own: i64 },
    #[error(
        "the database's schema is number {found} and this program's {own}; `bellhop migrate` brings it up to date, after a backup"
    )]
    Older { own: i64, found: i64 },
    #[error(
        "the database's schema is number {found} and this program's only {own}, and it may not work with one so much newer; run the \
         version of Bellhop that migrated it"
    )]
    Newer { own: i64, found: i64 },
}

/// A program works with its own schema, and with one that is newer by a single step that only adds, so that a fleet can be
/// brought to a new version process by process.
pub fn fits(own: i64, there: Schema) -> Result<(), Misfit> {
    let Some(found) = there.number else {
        return Err(Misfit::Empty { own });
    };
    let allowed = || there.mark.is_some_and(|mark| mark.additive && mark.works_with <= own);
    if found == own || found == own + 1 && allowed() {
        Ok(())
    } else if found < own {
        Err(Misfit::Older { own, found })
    } else {
        Err(Misfit::Newer { own, found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_newer_that_only_adds_and_nothing_beyond() {
        let mark = |additive, works_with| Some(Mark { additive, works_with });
        let (older, newer) = (
            |found| Err(Misfit::Older { own: 21, found }),
            |found| Err(Misfit::Newer { own: 21, found }),
        );
        for (number, mark, expected) in [
            (None, None, Err(Misfit::Empty { own: 21 })),
            (Some(20), None, older(20)),
            (Some(1), None, older(1)),
            (Some(21), mark(false, 21), Ok(())),
            (Some(21), None, Ok(())),
            (Some(22), mark(true, 21), Ok(())),
            (Some(22), mark(true, 20), Ok(())),
            (Some(22), mark(true, 22), newer(22)),
            (Some(22), mark(false, 21), newer(22)),
            (Some(22), None, newer(22)),
            (Some(23), mark(true, 21), newer(23)),
        ] {
            assert_eq!(fits(21, Schema { number, mark }), expected, "{number:?} {mark:?}");
        }
    }

    #[test]
    fn a_misfit_says_both_numbers_and_what_to_run() {
        let told = Misfit::Older { own: 21, found: 20 }.to_string();
        assert!(
            told.contains("20") && told.contains("21") && told.contains("bellhop migrate"),
            "{told}"
        );
        let told = Misfit::Newer { own: 21, found: 23 }.to_string();
        assert!(told.contains("21") && told.contains("23"), "{told}");
    }
}
