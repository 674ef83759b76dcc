//! Transliteration: Russian in Latin letters, so that an SMS costs 160 characters a part and not 70.

/// `text` with Cyrillic letters and typographic signs in characters of GSM-7.
///
/// The letters are those of BGN/PCGN's Russian table without its diacritics and apostrophes, as Russian senders write it:
///
/// | | | | | | |
/// | --- | --- | --- | --- | --- | --- |
/// | а a | б b | в v | г g | д d | е e |
/// | ё yo | ж zh | з z | и i | й y | к k |
/// | л l | м m | н n | о o | п p | р r |
/// | с s | т t | у u | ф f | х kh | ц ts |
/// | ч ch | ш sh | щ shch | ъ – | ы y | ь – |
/// | э e | ю yu | я ya | і i | ї yi | є ye |
/// | ґ g | ў u | | | | |
///
/// A capital becomes a capital letter followed by small ones (`Щука` → `Shchuka`), all capitals inside a word of
/// capitals (`БОРЩ` → `BORSHCH`). «quotes» become `"`, dashes `-`, `…` three dots, `№` `No.`, `₽` `rub.`, a no-break
/// space or tab a space. Anything else, emoji too, stays as it is and still forces UCS-2.
pub fn transliterate(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let small = c.to_lowercase().next().unwrap_or(c);
        match (latin(small), sign(c)) {
            (Some(latin), _) if small == c => out.push_str(latin),
            (Some(latin), _) => {
                let loud = [before, chars.peek().copied()]
                    .into_iter()
                    .flatten()
                    .any(char::is_uppercase)
                    && !chars.peek().is_some_and(|next| next.is_lowercase());
                push_capital(&mut out, latin, loud);
            }
            (None, Some(sign)) => out.push_str(sign),
            (None, None) => out.push(c),
        }
        before = Some(c);
    }
    out
}

fn push_capital(out: &mut String, latin: &str, loud: bool) {
    for (place, letter) in latin.chars().enumerate() {
        out.push(if place == 0 || loud {
            letter.to_ascii_uppercase()
        } else {
            letter
        });
    }
}

fn latin(small: char) -> Option<&'static str> {
    Some(match small {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'д' => "d",
        'е' => "e",
        'ё' => "yo",
        'ж' => "zh",
        'з' => "z",
        'и' => "i",
        'й' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ы' => "y",
        'э' => "e",
        'ю' => "yu",
        'я' => "ya",
        'і' => "i",
        'ї' => "yi",
        'є' => "ye",
        'ґ' => "g",
        'ў' => "u",
        _ => return None,
    })
}

fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '«' | '»' | '“' | '”' | '„' => "\"",
        '‘' | '’' | '`' | '´' => "'",
        '–' | '—' | '−' | '‑' => "-",
        '…' => "...",
        '№' => "No.",
        '₽' => "rub.",
        '\u{a0}' | '\u{202f}' | '\t' => " ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::transliterate;
    use crate::sms::{Encoding, parts};

    #[test]
    fn reads_as_russian_senders_write() {
        for (russian, latin) in [
            ("Щука, борщ и БОРЩ", "Shchuka, borshch i BORSHCH"),
            ("Ещё чай? Юля, Ярослав", "Eshchyo chay? Yulya, Yaroslav"),
            ("объём — «съешь»…", "obyom - \"sesh\"..."),
            ("Я и Ю", "Ya i Yu"),
            ("ЩИ", "SHCHI"),
            ("№5: 1\u{a0}200\u{a0}₽", "No.5: 1 200 rub."),
            ("https://b.example/aZ9", "https://b.example/aZ9"),
        ] {
            assert_eq!(transliterate(russian), latin);
        }
    }

    #[test]
    fn the_whole_alphabet_fits_gsm7() {
        let alphabet = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў";
        let both = format!("{alphabet}{}", alphabet.to_uppercase());
        assert_eq!(parts(&transliterate(&both)).encoding, Encoding::Gsm7);
        assert_eq!(parts(&transliterate("Ура 🎉")).forced_by, Some('🎉'));
    }
}
