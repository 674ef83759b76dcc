//! Reads the token of a personal link as chats and mail programs mangle it: they include the full stop behind it,
//! append parameters of their own, and break it at the end of a line.

use crate::MessageId;

/// The length of a token, in letters and digits.
const LENGTH: usize = 11;

/// The message that a link belongs to. `rest` is the path after `/l/`, percent-encoded as it came.
///
/// The token stands at the front and must be whole; anything may have been added after it. Inside it only the
/// characters that programs insert to break a line are allowed, and then nothing may follow it. A token that was cut
/// off belongs to nobody: what follows is never taken for its end.
pub fn token(rest: &str) -> Option<MessageId> {
    let rest = decoded(rest);
    let rest = rest.trim_start_matches(|c: char| c == '/' || breaks(c) || is_opening(c));
    let front = rest
        .split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    if front.len() >= LENGTH {
        return front.get(..LENGTH)?.parse().ok();
    }
    let joined: String = rest
        .replace("=\r\n", "")
        .replace("=\n", "")
        .chars()
        .filter(|c| !breaks(*c))
        .collect();
    let joined = joined.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    joined.parse().ok()
}

/// Characters that end a line or mark where one may end, and invisible ones.
fn breaks(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

fn is_opening(c: char) -> bool {
    "<([{\"'«“*_".contains(c)
}

/// Percent-decodes; a letter that was cut in the middle is dropped.
fn decoded(text: &str) -> String {
    let octets = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(octets.len()), 0);
    while at < octets.len() {
        let hex = octets.get(at + 1..at + 3).filter(|_| octets[at] == b'%');
        let octet = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        decoded.push(octet.unwrap_or(octets[at]));
        at += if octet.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOKEN: &str = "3kTMd8aZ01x";

    #[test]
    fn a_whole_token_is_found_whatever_was_added() {
        for rest in [
            TOKEN,
            "3kTMd8aZ01x.",
            "3kTMd8aZ01x,",
            "3kTMd8aZ01x)",
            "3kTMd8aZ01x%29",
            "3kTMd8aZ01x%5D",
            "3kTMd8aZ01x%3E",
            "3kTMd8aZ01x%22",
            "3kTMd8aZ01x%C2%BB",
            "3kTMd8aZ01x%E2%80%A6",
            "3kTMd8aZ01x!!!",
            "3kTMd8aZ01x;",
            "3kTMd8aZ01x:",
            "3kTMd8aZ01x*",
            "3kTMd8aZ01x_",
            "3kTMd8aZ01x%20",
            "3kTMd8aZ01x%0A",
            "3kTMd8aZ01x%C2%A0",
            "3kTMd8aZ01x%E2%80%8B",
            "3kTMd8aZ01x/",
            "3kTMd8aZ01x//",
            "3kTMd8aZ01x&fbclid=IwAR0abc",
            "3kTMd8aZ01x&amp;utm_source=mail",
            "3kTMd8aZ01x%3Futm_source=mail",
            "3kTMd8aZ01x/?utm_source=mail",
            "3kTMd8aZ01x%20Menu",
            "3kTMd8aZ01x%D0%96%D0%B4%D1%91%D0%BC",
            // Cut in the middle of a letter.
            "3kTMd8aZ01x%D0",
            "3kTMd8aZ01x%",
            "3kTMd8aZ01x%2",
            // Two texts without a space between.
            "3kTMd8aZ01xMenu",
            // Percent-encoded.
            "%33kTMd8aZ01x",
            "%203kTMd8aZ01x",
            "/3kTMd8aZ01x",
            "%3C3kTMd8aZ01x%3E",
            "%283kTMd8aZ01x%29.",
            // Broken where a line ended.
            "3kTMd%0A8aZ01x",
            "3kTMd%0D%0A8aZ01x.",
            "3kTMd%208aZ01x",
            "3kTMd=%0D%0A8aZ01x",
            "3kTMd%C2%AD8aZ01x",
            "3kTMd%E2%80%8B8aZ01x",
            "3kTMd8%0A%20aZ01x",
        ] {
            assert_eq!(token(rest).map(|id| id.to_string()).as_deref(), Some(TOKEN), "{rest}");
        }
    }

    #[test]
    fn a_token_that_was_cut_is_nobodys() {
        for rest in [
            "",
            "3",
            "3kTMd8aZ01",
            "3kTMd8aZ01.",
            "3kTMd8aZ01...",
            "3kTMd8aZ01%E2%80%A6",
            "3kTMd8aZ01&fbclid=x",
            "3kTMd8aZ01?utm=x",
            "3kTMd8aZ0/x",
            "3kTMd8aZ0-x1",
            "3kTMd8aZ%20Menu",
            "3kTMd8aZ%D0%96%D0%B4",
            "%D0%96%D0%B43kTMd8aZ01x",
            "zzzzzzzzzzz",
            "%00%00%00%00%00%00%00%00%00%00%00",
            "................",
        ] {
            assert_eq!(token(rest), None, "{rest}");
        }
    }

    proptest! {
        #[test]
        fn what_is_added_changes_nobody(id: u64, added in "(|[^0-9A-Za-z%].{0,20})") {
            let rest = format!("{}{added}", MessageId(id));
            prop_assert_eq!(token(&rest), Some(MessageId(id)));
        }

        #[test]
        fn a_cut_token_is_nobodys(id: u64, left in 0usize..LENGTH, added in "(|[.,;:!?)…]{1,3}|[&?/#-][a-z=]{0,12})") {
            let rest = format!("{}{added}", &MessageId(id).to_string()[..left]);
            prop_assert_eq!(token(&rest), None);
        }

        #[test]
        fn nothing_breaks_it(rest in "\\PC{0,60}|(%[0-9A-F]{2}|[0-9A-Za-z]|%|=){0,30}") {
            token(&rest);
        }
    }
}
