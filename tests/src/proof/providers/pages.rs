//! The rows of PROVIDERS.md, copied with their sections: what the proof must not leave out.

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fact {
    pub provider: &'static str,
    /// The section of PROVIDERS.md.
    pub section: &'static str,
    pub code: &'static str,
    /// `UNVERIFIED` or `2nd`, as the page marks it; empty if it does not.
    pub mark: &'static str,
    /// What it requires; see [`asked`](super::asked).
    pub asks: &'static str,
    /// The words of the page.
    pub words: &'static str,
}

const FILE: &str = include_str!("../../../data/provider-errors.tsv");

/// All rows, in the file's order.
pub(super) fn rows() -> Vec<Fact> {
    let fact = |line: &'static str| {
        let mut cells = line.split('\t');
        let mut next = || cells.next().unwrap_or_default();
        Fact {
            provider: next(),
            section: next(),
            code: next(),
            mark: next(),
            asks: next(),
            words: next(),
        }
    };
    FILE.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(fact)
        .collect()
}

/// The row for a provider's code.
pub(super) fn find(provider: &str, code: &str) -> Option<Fact> {
    rows()
        .into_iter()
        .find(|fact| fact.provider == provider && fact.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_its_cells_and_stands_once() {
        let rows = rows();
        for (place, fact) in rows.iter().enumerate() {
            assert!(fact.section.starts_with('§') && !fact.code.is_empty(), "{fact:?}");
            assert!(["", "2nd", "UNVERIFIED"].contains(&fact.mark), "{fact:?}");
            let again = rows[..place]
                .iter()
                .any(|other| (other.provider, other.code) == (fact.provider, fact.code));
            assert!(!again, "{fact:?}");
        }
    }
}
