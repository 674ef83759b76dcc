//! How many parts an SMS has (PROVIDERS §4.5: 3GPP TS 23.038, 23.040 with an 8-bit reference).

/// The basic table without its escape; each costs one septet.
pub(crate) const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The extension table; each costs an escape and a septet.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

struct Encoding {
    alone: usize,
    part: usize,
}

const GSM_7: Encoding = Encoding { alone: 160, part: 153 };
const UCS_2: Encoding = Encoding { alone: 70, part: 67 };

/// Parts of a text; an empty text has none.
pub(super) fn count(text: &str) -> usize {
    match text.chars().map(septets).collect::<Option<Vec<usize>>>() {
        Some(widths) => GSM_7.parts(&widths),
        None => UCS_2.parts(&text.chars().map(char::len_utf16).collect::<Vec<usize>>()),
    }
}

fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

impl Encoding {
    /// Fills part after part without splitting a character.
    fn parts(&self, widths: &[usize]) -> usize {
        let total: usize = widths.iter().sum();
        if total <= self.alone {
            return usize::from(total > 0);
        }
        let mut parts = 1;
        let mut used = 0;
        for width in widths {
            if used + width > self.part {
                parts += 1;
                used = 0;
            }
            used += width;
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_counts() {
        let cases = [
            (String::new(), 0),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(159) + "€", 2),
            ("я".repeat(70), 1),
            ("я".repeat(71), 2),
            ("я".repeat(134), 2),
            ("я".repeat(135), 3),
            ("😀".repeat(35), 1),
            ("😀".repeat(36), 2),
            ("a".repeat(152) + "€" + &"a".repeat(152), 3),
            ("😀".repeat(67), 3),
            ("`".to_owned() + &"a".repeat(69), 1),
            ("`".to_owned() + &"a".repeat(70), 2),
        ];
        for (text, parts) in cases {
            assert_eq!(
                count(&text),
                parts,
                "{} characters of {:?}",
                text.chars().count(),
                text.chars().next()
            );
        }
    }
}
