//! Guesses what was meant by a name that does not exist.

use bellhop_domain::fault::{Term, Why};
use bellhop_store::audience::UnknownName;

/// The most names shown.
const SHOWN: usize = 3;
/// How similar two names must be, from 0 to 1.
const ALIKE: f64 = 0.6;

/// The most similar names, the nearest first, ignoring case.
pub fn nearest<'a>(name: &str, known: &'a [String]) -> Vec<&'a str> {
    let wanted = name.trim().to_lowercase();
    let mut ranked: Vec<_> = known
        .iter()
        .map(|it| {
            (
                strsim::normalized_damerau_levenshtein(&wanted, &it.to_lowercase()),
                it.as_str(),
            )
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    ranked.into_iter().take(SHOWN).map(|(_, it)| it).collect()
}

/// The most hints shown.
const HINTS: usize = 10;

/// A hint for each name; if there are many, only the first ones and how many more there are.
pub fn hints(unknown: &[UnknownName]) -> Vec<Why> {
    let mut hints: Vec<_> = unknown.iter().take(HINTS).map(hint).collect();
    if unknown.len() > HINTS {
        let more = unknown.len() - HINTS;
        hints.push(Why::MoreNamesOfNothing { more });
    }
    hints
}

/// Says that a filter finds nobody by this name, and what to write instead.
fn hint(unknown: &UnknownName) -> Why {
    let (what, name) = (Term(unknown.what), unknown.name.clone());
    let near: Vec<_> = nearest(&name, &unknown.known).into_iter().map(str::to_owned).collect();
    match (near.is_empty(), unknown.known.len()) {
        (false, _) => Why::NameMistyped { what, name, near },
        (true, 0) => Why::NameOfNothingYet { what, name },
        (true, others) => Why::NameUnlikeOthers { what, name, others },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_what_was_meant() {
        let known = ["Маргарита", "Пепперони", "Борщ", "Margherita"].map(str::to_owned);
        for (name, expected) in [
            ("Маргарта", &["Маргарита"][..]),
            ("пеперони", &["Пепперони"]),
            ("БОРЩ ", &["Борщ"]),
            ("Margerita", &["Margherita"]),
            ("Суши", &[]),
        ] {
            assert_eq!(nearest(name, &known), expected, "{name}");
        }
        let unknown = UnknownName {
            what: "dish",
            name: "Борщь".into(),
            known: known.to_vec(),
        };
        assert_eq!(
            hint(&unknown).to_string(),
            "there is no dish \"Борщь\", so nobody is found by it; is it \"Борщ\"?"
        );
    }
}
