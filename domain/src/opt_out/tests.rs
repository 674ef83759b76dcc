use super::grammar::{CLASSES, GRAMMAR, Kind, SENTENCES, WORDS, Weight, kind_of, rows, weight_of};
use super::*;
use std::collections::BTreeSet;

#[test]
fn every_row_of_the_tables_is_well_formed() {
    for table in [WORDS, CLASSES, SENTENCES] {
        for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            assert_eq!(
                line.split('\t').filter(|column| !column.trim().is_empty()).count(),
                3,
                "{line}"
            );
        }
    }
    for [weight, language, _] in rows(WORDS) {
        assert!(
            weight_of(weight).is_some() && language.len() == 2,
            "{weight} {language}"
        );
    }
    for [name, typos, _] in rows(CLASSES) {
        assert!(matches!(typos, "typos" | "-" | "exact"), "{name}: {typos}");
    }
}

#[test]
fn every_pattern_names_kinds_and_classes_that_exist_and_words_that_are_not_left_out() {
    let defined: BTreeSet<&str> = rows(CLASSES).map(|[name, ..]| name).collect();
    let filler = GRAMMAR.classes.filler;
    for [kind, by, pattern] in rows(SENTENCES) {
        assert!(kind_of(kind).is_some(), "{kind}");
        let words = pattern
            .split_whitespace()
            .filter(|element| !matches!(*element, "^" | "$" | ">" | ".." | "..."));
        let required: Vec<_> = words.clone().filter(|element| !element.starts_with('?')).collect();
        assert!(!required.is_empty(), "{by}: fits everywhere");
        for element in words {
            for name in element
                .split('|')
                .filter_map(|word| word.trim_start_matches('?').strip_prefix('@'))
            {
                assert!(defined.contains(name), "{by}: @{name}");
            }
        }
        for element in required {
            if matches!(kind_of(kind), Some(Kind::Asked | Kind::Told)) {
                // They are read before anything is left out.
                continue;
            }
            let said =
                |word: &str| word.starts_with('@') || !GRAMMAR.lexicon.classes(&fold::word(word)).contains(&filler);
            assert!(element.split('|').any(said), "{by}: {element} is never seen");
        }
    }
}

#[test]
fn every_word_of_the_table_is_heard_alone() {
    for phrase in GRAMMAR.phrases() {
        let reading = read(phrase.by);
        let heard = match phrase.weight {
            Weight::Stop | Weight::StopAlone => matches!(reading, Reading::Sure { wish: Wish::Stop, .. }),
            Weight::Doubt => {
                reading != Reading::Ordinary && !matches!(reading, Reading::Sure { wish: Wish::Start, .. })
            }
        };
        assert!(heard, "{}: {reading:?}", phrase.by);
    }
}

#[test]
fn a_stop_outranks_a_doubt_outranks_a_start() {
    let (stop, start) = (
        Reading::stop("a"),
        Reading::Sure {
            wish: Wish::Start,
            by: "b",
        },
    );
    let doubt = Reading::Doubtful { by: "c" };
    for (one, other, strongest) in [(start, stop, stop), (start, doubt, doubt), (doubt, stop, stop)] {
        assert_eq!(one.stronger(other), strongest);
        assert_eq!(other.stronger(one), strongest);
        assert_eq!(one.stronger(Reading::Ordinary), one);
    }
}
