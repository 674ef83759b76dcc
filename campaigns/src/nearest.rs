//! Guesses what was meant by a name that does not exist.

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
pub fn hints(unknown: &[UnknownName]) -> Vec<String> {
    let mut hints: Vec<_> = unknown.iter().take(HINTS).map(hint).collect();
    if unknown.len() > HINTS {
        hints.push(format!(
            "there are {} more names that nothing has",
            unknown.len() - HINTS
        ));
    }
    hints
}

/// Says that a filter finds nobody by this name, and what to write instead.
fn hint(unknown: &UnknownName) -> String {
    let (what, name) = (unknown.what, &unknown.name);
    let near = nearest(name, &unknown.known);
    let advice = match (near.is_empty(), unknown.known.is_empty()) {
        (false, _) => format!(
            "is it {}?",
            near.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>().join(" or ")
        ),
        (true, true) => format!("no {what} was imported yet"),
        (true, false) => format!("there are {} others, none like it", unknown.known.len()),
    };
    format!("there is no {what} {name:?}, so nobody is found by it; {advice}")
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
            hint(&unknown),
            "there is no dish \"Борщь\", so nobody is found by it; is it \"Борщ\"?"
        );
    }
}
