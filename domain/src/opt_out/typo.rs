//! Slips of finger and ear: one wrong letter in a long word, two letters swapped or a neighbour's key in a short one.

/// A Cyrillic word by its sound: unstressed `о` and `а`, `е` and `и` are often written for one another.
pub(super) fn sound(folded: &str) -> Vec<char> {
    let cyrillic = folded.chars().any(|c| ('б'..='я').contains(&c));
    folded
        .chars()
        .map(|c| match c {
            'o' if cyrillic => 'a',
            'e' | 'ы' | 'э' if cyrillic => 'и',
            other => other,
        })
        .collect()
}

/// Whether one slip turns one word into the other: a letter too many, too few or wrong, or two neighbours swapped.
pub(super) fn one_slip(a: &[char], b: &[char]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    match long.len() - short.len() {
        0 => short[same..].len() <= 1 || short[same + 1..] == long[same + 1..] || swapped(short, long),
        1 => short[same..] == long[same + 1..],
        _ => false,
    }
}

/// Whether they differ only by two swapped neighbours: `стпо`.
pub(super) fn swapped(a: &[char], b: &[char]) -> bool {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    a.len() == b.len()
        && a.len() >= same + 2
        && a[same] == b[same + 1]
        && a[same + 1] == b[same]
        && a[same + 2..] == b[same + 2..]
}

const ROWS: [[&str; 3]; 2] = [
    ["qwertyuiop", "asdfghjkl", "zxcvbnm"],
    // Folded, like words.
    ["ицykehгшщзx", "фыbappoлджэ", "ячcmиtбю"],
];

/// Whether they differ by one letter, hit on the key beside it in the same row: `стлп`.
pub(super) fn beside(a: &[char], b: &[char]) -> bool {
    let differ: Vec<_> = a.iter().zip(b).filter(|(x, y)| x != y).collect();
    a.len() == b.len() && matches!(differ[..], [(x, y)] if neighbours(*x, *y))
}

fn neighbours(x: char, y: char) -> bool {
    let mut rows = ROWS.iter().flatten();
    rows.any(|row| {
        row.chars()
            .zip(row.chars().skip(1))
            .any(|pair| pair == (x, y) || pair == (y, x))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fold::word;
    use super::{beside, one_slip, sound, swapped};

    fn letters(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    fn folded(text: &str) -> Vec<char> {
        letters(&word(text))
    }

    #[test]
    fn one_slip_and_no_more() {
        for (typed, slip) in [
            ("unsubscribe", true),
            ("unsubcribe", true),
            ("unsubscrribe", true),
            ("unsubscrieb", true),
            ("unsubscribw", true),
            ("xnsubscribe", true),
            ("subscribe", false),
            ("unsubcrib", false),
        ] {
            assert_eq!(one_slip(&letters(typed), &letters("unsubscribe")), slip, "{typed}");
        }
        assert!(one_slip(&[], &[]));
        assert!(one_slip(&letters("a"), &[]));
    }

    #[test]
    fn swaps_and_neighbours() {
        assert!(swapped(&letters("stpo"), &letters("stop")));
        assert!(!swapped(&letters("stop"), &letters("stop")));
        assert!(!swapped(&letters("sto"), &letters("stop")));
        assert!(beside(&folded("стлп"), &folded("стоп")));
        assert!(beside(&letters("stip"), &letters("stop")));
        assert!(!beside(&folded("стол"), &folded("стоп")));
        assert!(!beside(&letters("step"), &letters("stop")));
    }

    #[test]
    fn sounds() {
        assert_eq!(sound(&word("атпишити")), sound(&word("отпишите")));
        assert_eq!(sound("stop"), letters("stop"));
    }
}
