//! What the guest wrote themselves: without quoted messages, signatures and phone numbers below.

/// A signature begins with one of these; what follows is not part of the message.
const SIGNATURES: [&str; 29] = [
    "sent from",
    "sent via",
    "get outlook",
    "отправлено с",
    "отправлено из",
    "надіслано з",
    "адпраўлена з",
    "envoyé de",
    "enviado desde",
    "enviado do",
    "enviado de",
    "von meinem",
    "gesendet von",
    "inviato da",
    "wysłane z",
    "с уважением",
    "с ув",
    "с наилучшими",
    "з повагою",
    "best regards",
    "best,",
    "cheers,",
    "kind regards",
    "regards,",
    "sincerely",
    "yours ",
    "mit freundlichen",
    "cordialement",
    "atenciosamente",
];

/// The end of a line above a quoted message: `On Monday … wrote:`.
const QUOTE_HEADS: [&str; 9] = [
    "wrote:",
    "пишет:",
    "написал:",
    "написала:",
    "написал(а):",
    "писал(а):",
    "schrieb:",
    "escribió:",
    "a écrit :",
];

/// Cuts line by line. If nothing would be left, as of `> STOP`, the whole text counts.
pub(super) fn own_words(text: &str) -> String {
    let mut own = String::new();
    for line in text.lines().map(str::trim) {
        if ends_message(line) && !own.is_empty() {
            break;
        }
        if line.is_empty() || line.starts_with('>') || is_phone(line) || ends_message(line) {
            continue;
        }
        own.push_str(line);
        own.push('\n');
    }
    if own.is_empty() { text.to_owned() } else { own }
}

fn ends_message(line: &str) -> bool {
    let rule = line.starts_with("-----")
        || line.chars().count() >= 2 && line.chars().all(|c| matches!(c, '-' | '–' | '—' | '_' | '=' | ' '));
    // Signatures and heads are short, so a long line is not lower-cased as a whole.
    let short: String = line.chars().take(120).flat_map(char::to_lowercase).collect();
    rule || SIGNATURES.iter().any(|s| short.starts_with(s)) || QUOTE_HEADS.iter().any(|s| short.ends_with(s))
}

/// `+7 916 123-45-67`, `тел.: 8 (916) 1234567`: seven digits or more and no word.
fn is_phone(line: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_alphabetic() || matches!(c, '.' | ':' | ' '));
    let label = line[..line.len() - number.len()].to_lowercase();
    line.len() <= 80
        && number.chars().filter(char::is_ascii_digit).count() >= 7
        && !number.chars().any(char::is_alphabetic)
        && (label.is_empty()
            || ["тел", "т.", "моб", "tel", "phone", "mob", "ph"]
                .iter()
                .any(|l| label.starts_with(l)))
}

#[cfg(test)]
mod tests {
    use super::own_words;

    #[test]
    fn signatures_quotes_and_phones_are_cut() {
        for below in [
            "--\nAnna",
            "Sent from my iPhone",
            "Отправлено с iPhone",
            "С уважением,\nАнна",
            "> Summer sale! Reply YES",
            "On Monday, Shop wrote:\n> hello",
            "-----Original Message-----\nwhere",
            "+7 916 123-45-67",
            "тел. 8 (916) 123-45-67",
        ] {
            assert_eq!(own_words(&format!("first\n\n{below}")), "first\n", "{below}");
        }
    }

    #[test]
    fn where_nothing_would_be_left_everything_counts() {
        for text in ["> stop", "--\n> stop", "+7 916 123-45-67", ""] {
            assert_eq!(own_words(text), text);
        }
    }
}
