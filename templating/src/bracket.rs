//! The short forms that marketers know: `{link}`, `[bonus_amount]`, `{name|гость}`.

/// A bracket of the text that is a short form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ShortForm<'s> {
    pub name: &'s str,
    pub fallback: Option<&'s str>,
    /// Bytes of the source it takes, brackets included.
    pub length: usize,
}

/// The short form that `rest` starts with, if its first bracket opens one.
///
/// Only a lower-case name of `a-z`, `0-9` and `_` that starts with a letter makes one, and in braces the path of a value of
/// an event; any other bracket is plain text.
pub(crate) fn short_form(rest: &str) -> Option<ShortForm<'_>> {
    let close = match rest.chars().next()? {
        '{' => '}',
        '[' => ']',
        _ => return None,
    };
    let end = rest.find([close, '\n'])?;
    if !rest[end..].starts_with(close) {
        return None;
    }
    let (name, fallback) = match rest[1..end].split_once('|') {
        Some((name, fallback)) => (name.trim(), Some(fallback.trim())),
        None => (rest[1..end].trim(), None),
    };
    let fallback_fits = fallback.is_none_or(|text| !text.is_empty() && !text.contains(['|', '{', '[']));
    // `[brand.example]` is text, as it always was.
    let fits = is_name(name) || (close == '}' && is_path(name));
    (fits && fallback_fits).then_some(ShortForm {
        name,
        fallback,
        length: end + 1,
    })
}

/// Whether `word` can be the key of a variable or attribute.
pub(crate) fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// How many bytes of `text`, from its beginning, are the path of a value: a name, or a part of it (`cart.items[0].dish`).
pub(crate) fn path_length(text: &str) -> usize {
    let mut length = name_length(text);
    while length > 0 {
        let rest = &text[length..];
        let more = rest
            .strip_prefix('.')
            .map(|part| (name_length(part), 1))
            .or_else(|| rest.strip_prefix('[').map(|part| (index_length(part), 2)));
        match more {
            Some((part, around)) if part > 0 => length += part + around,
            _ => break,
        }
    }
    length
}

/// Whether `word` is a name or a path.
pub(crate) fn is_path(word: &str) -> bool {
    !word.is_empty() && path_length(word) == word.len()
}

fn name_length(text: &str) -> usize {
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return 0;
    }
    text.bytes()
        .take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_')
        .count()
}

/// The digits before a closing bracket.
fn index_length(text: &str) -> usize {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if text[digits..].starts_with(']') { digits } else { 0 }
}

/// Whether the text continues with the word 'дней': `[valid_to] дней` means a number of days (PRODUCT.md §6).
pub(crate) fn counts_days(after: &str) -> bool {
    let word = after.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let mut letters = word.chars();
    "дней".chars().all(|c| letters.next() == Some(c)) && !letters.next().is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::{ShortForm, counts_days, is_path, path_length, short_form};

    #[test]
    fn only_lower_case_names_are_short_forms() {
        for (source, name, fallback, length) in [
            ("{link}", "link", None, 6),
            ("[bonus_amount] бонусов", "bonus_amount", None, 14),
            ("{ name }", "name", None, 8),
            (
                "{name|дорогой гость}!",
                "name",
                Some("дорогой гость"),
                "{name|дорогой гость}".len(),
            ),
            ("[x1]", "x1", None, 4),
            ("{order.number}", "order.number", None, 14),
            (
                "{cart.items[0].dish|ужин}",
                "cart.items[0].dish",
                Some("ужин"),
                "{cart.items[0].dish|ужин}".len(),
            ),
        ] {
            assert_eq!(short_form(source), Some(ShortForm { name, fallback, length }));
        }
        for plain in [
            "[акция]",
            "[1]",
            "{",
            "[",
            "{}",
            "{a b}",
            "{Name}",
            "{link",
            "{link\n}",
            "[link}",
            "{name|}",
            "{a|b|c}",
            "x",
            "[brand.example]",
            "{a.}",
            "{a.B}",
            "{a[b]}",
        ] {
            assert_eq!(short_form(plain), None, "{plain}");
        }
    }

    #[test]
    fn a_path_is_a_name_and_parts_of_it() {
        for path in ["name", "order.number", "cart.items[0].dish", "a[0][12]", "a_1.b_2"] {
            assert!(is_path(path), "{path}");
        }
        for (text, length) in [
            ("", 0),
            ("Name", 0),
            (".a", 0),
            ("[0]", 0),
            ("a.", 1),
            ("a..b", 1),
            ("a[]", 1),
            ("a[-1]", 1),
            ("a[1", 1),
            ("a.b.C", 3),
            ("a[1]b", 4),
            ("a.b | money", 3),
        ] {
            assert_eq!(path_length(text), length, "{text}");
            assert!(!is_path(text), "{text}");
        }
    }

    #[test]
    fn days_are_counted_only_right_before_the_word() {
        for yes in [" дней", "дней", "\u{a0}дней!", "  дней."] {
            assert!(counts_days(yes), "{yes}");
        }
        for no in ["", " дня", " днейка", " осталось дней", "\nдней"] {
            assert!(!counts_days(no), "{no}");
        }
    }
}
