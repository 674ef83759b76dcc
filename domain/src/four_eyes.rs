//! Four eyes: above a number of guests, who launches is not the only one who has looked.

use crate::PersonId;

/// Whether enough people have looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approved {
    Enough,
    /// Who launches has approved it, and nobody else.
    ByOneself,
    ByNobody,
}

/// `by` have approved this very version. `launching` is the person who launches, or none if a program does.
pub fn may_launch(guests: u64, most: u64, by: &[PersonId], launching: Option<PersonId>) -> Approved {
    let another = by.iter().any(|it| Some(*it) != launching);
    match (guests > most, another, by.is_empty()) {
        (false, ..) | (true, true, _) => Approved::Enough,
        (true, false, false) => Approved::ByOneself,
        (true, false, true) => Approved::ByNobody,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_person_looks_at_what_goes_to_many() {
        let (anna, boris) = (PersonId(1), PersonId(2));
        for (guests, by, launching, expected) in [
            (1_000, &[][..], Some(anna), Approved::Enough),
            (1_001, &[], Some(anna), Approved::ByNobody),
            (1_001, &[anna], Some(anna), Approved::ByOneself),
            (1_001, &[boris], Some(anna), Approved::Enough),
            (1_001, &[anna, boris], Some(anna), Approved::Enough),
            (1_001, &[], None, Approved::ByNobody),
            (1_001, &[anna], None, Approved::Enough),
        ] {
            assert_eq!(may_launch(guests, 1_000, by, launching), expected, "{guests} {by:?}");
        }
    }
}
