//! The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 §6.2.1).

/// The basic table without ASCII letters and digits: one septet each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// The extension table: an escape and a septet each.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// Septets that `c` takes, `None` if the alphabet does not have it.
pub(super) fn septets(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::septets;

    #[test]
    fn the_tables_have_their_sizes() {
        // 128 codes, of which one is the escape; ten extension characters.
        let of_size = |size| {
            (0..=0xffff_u32)
                .filter_map(char::from_u32)
                .filter(|c| septets(*c) == Some(size))
                .count()
        };
        assert_eq!((of_size(1), of_size(2)), (127, 10));
    }

    #[test]
    fn what_is_absent_is_absent() {
        for c in "яЁ`№«»“”–—…\u{a0}\táç😀₽’".chars() {
            assert_eq!(septets(c), None, "{c}");
        }
    }
}
