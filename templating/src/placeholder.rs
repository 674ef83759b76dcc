//! Placeholders of other services' templates, and brackets that the author surely meant as a variable. They would go
//! out as they stand: `Hello {First Name}`, `%name%`, `*|FNAME|*`.

use crate::values::VARIABLES;
use bellhop_domain::fault::{Term, Why};

/// The longest text inside a placeholder; a longer one is a sentence.
const LONGEST: usize = 40;
/// Stands in the searched text for a value that the template fills in.
pub(crate) const FILLED_IN: char = '\u{fffc}';

/// A placeholder as a guest would read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placeholder {
    /// As it stands in the text.
    pub text: String,
    /// What to write.
    pub why: Why,
    /// Whether it can be nothing else. If not, it is only a warning.
    pub sure: bool,
}

/// How other services write a placeholder: its beginning, its end, and whether nothing else looks like it.
const FORMS: [(&str, &str, bool); 12] = [
    ("*|", "|*", true),
    ("<%", "%>", true),
    ("${", "}", true),
    ("@{", "}", true),
    ("#{", "}", true),
    ("[[", "]]", true),
    ("%%", "%%", true),
    ("%{", "}", true),
    ("<<", ">>", false),
    ("%", "%", false),
    ("#", "#", false),
    ("{", "}", true),
];

/// Entities of HTML that editors leave in a copied text.
const ENTITIES: [(&str, &str); 12] = [
    ("&nbsp;", "a space"),
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&amp;", "&"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&laquo;", "«"),
    ("&raquo;", "»"),
    ("&mdash;", "—"),
    ("&ndash;", "–"),
];

/// The entity that the text begins with, and what it stands for.
pub(crate) fn entity(text: &str) -> Option<(&'static str, &'static str)> {
    ENTITIES.into_iter().find(|(entity, _)| text.starts_with(entity))
}

/// All placeholders in a text, in order; `text` has [`FILLED_IN`] where a value will stand.
pub(crate) fn find(text: &str) -> Vec<Placeholder> {
    let mut found: Vec<Placeholder> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let before = text[..at].chars().next_back();
        match one(rest, before) {
            Some(place) => {
                at += place.text.len();
                if found.iter().all(|known| known.text != place.text) {
                    found.push(place);
                }
            }
            None => at += c.len_utf8(),
        }
    }
    found
}

fn one(rest: &str, before: Option<char>) -> Option<Placeholder> {
    if let Some((entity, meant)) = entity(rest) {
        return Some(Placeholder {
            text: entity.to_owned(),
            why: Why::EntityLeft {
                entity: entity.to_owned(),
                meant: Term(meant),
            },
            sure: false,
        });
    }
    FORMS.into_iter().find_map(|form| place(rest, before, form))
}

fn place(rest: &str, before: Option<char>, (open, close, sure): (&str, &str, bool)) -> Option<Placeholder> {
    let inside = rest.strip_prefix(open)?;
    let length = inside.find(close).filter(|length| *length > 0)?;
    let (text, inside) = (&rest[..open.len() + length + close.len()], &inside[..length]);
    let alone = before.is_none_or(|c| !c.is_alphanumeric());
    // Percentages and hashtags are common, so these placeholders must be a single word that touches nothing else.
    let fits = match open {
        "%" | "#" => alone && is_word(inside) && !follows_word(&rest[text.len()..]),
        "{" => is_bracket_name(inside),
        _ => is_wordy(inside),
    };
    if !fits {
        return None;
    }
    let text = text.replace(FILLED_IN, "…");
    let left = text.clone();
    let why = if inside.contains(FILLED_IN) {
        Why::PlaceholderAroundValue { text: left }
    } else if open == "{" && inside.contains('|') {
        Why::PlaceholderOfChoice { text: left }
    } else {
        meant(left, inside)
    };
    Some(Placeholder { text, why, sure })
}

/// Whether it is letters and characters that join them, beginning with a letter.
fn is_word(inside: &str) -> bool {
    inside.chars().count() <= LONGEST
        && inside.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && inside
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn follows_word(after: &str) -> bool {
    after.starts_with(char::is_alphanumeric)
}

/// Whether it is a short text on one line with a letter, a digit or a value in it.
fn is_wordy(inside: &str) -> bool {
    inside.chars().count() <= LONGEST
        && !inside.contains('\n')
        && inside.contains(|c: char| c.is_alphanumeric() || c == FILLED_IN)
}

/// Whether the text in single braces is a name in any script, a choice, or a value.
fn is_bracket_name(inside: &str) -> bool {
    let edge = |c: char| c.is_alphanumeric() || matches!(c, FILLED_IN | '_' | '!' | '?' | '.');
    let trimmed = inside.trim();
    is_wordy(inside) && !inside.contains(['{', '}']) && trimmed.starts_with(edge) && trimmed.ends_with(edge)
}

/// What to say of a placeholder that holds a name.
fn meant(text: String, inside: &str) -> Why {
    let words = inside.trim().to_lowercase().replace([' ', '-'], "_");
    let known = match words.trim_matches(['=', '_']) {
        "имя" | "fname" | "first_name" | "firstname" | "username" | "имя_клиента" | "имя_гостя" | "client_name" => {
            Some("name")
        }
        "ссылка" | "url" | "link_url" => Some("link"),
        "промокод" | "код" | "code" | "promo" | "promocode" | "coupon" => Some("promo_code"),
        "бонусы" | "баллы" | "сумма_бонусов" | "points" | "bonus" => Some("bonus_amount"),
        "блюдо" | "последнее_блюдо" => Some("last_dish"),
        word => VARIABLES.into_iter().find(|variable| *variable == word),
    };
    match known {
        Some(name) => Why::PlaceholderOfVariable {
            text,
            name: name.to_owned(),
        },
        None => Why::PlaceholderLeft {
            text,
            known: VARIABLES.join(", "),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        find(text).into_iter().map(|place| place.text).collect()
    }

    #[test]
    fn places_of_other_services() {
        for (text, expected) in [
            ("{Name}, ждём!", "{Name}"),
            ("{имя}, ждём!", "{имя}"),
            ("{First Name}, ждём!", "{First Name}"),
            ("{1}, ждём!", "{1}"),
            ("%name%, ждём!", "%name%"),
            ("%FIRST_NAME% ждём", "%FIRST_NAME%"),
            ("Hi *|FNAME|*!", "*|FNAME|*"),
            ("Hi @{name}!", "@{name}"),
            ("Hi ${user.name}!", "${user.name}"),
            ("Hi #{name}!", "#{name}"),
            ("Hi #name#!", "#name#"),
            ("Hi [[name]]!", "[[name]]"),
            ("Hi %%name%%!", "%%name%%"),
            ("Hi <%= name %>!", "<%= name %>"),
            ("Hi <<name>>!", "<<name>>"),
            ("Пицца&nbsp;дня", "&nbsp;"),
            ("{ \u{fffc} }, ждём!", "{ … }"),
            ("{Привет|Ура}!", "{Привет|Ура}"),
        ] {
            assert_eq!(texts(text), [expected], "{text}");
        }
    }

    #[test]
    fn ordinary_texts_hold_none() {
        for text in [
            "Скидка 20% и ещё 30% на всё",
            "20%-50% на пиццу",
            "100%вкусно, 50%дешевле",
            "#пицца #обед",
            "[АКЦИЯ] до воскресенья",
            "№ 1 & Co",
            "a < b > c",
            "смайл :{ и :}",
            "{",
            "{}",
            "2 * 3 | 4 * 5",
            "Пицца ~ {очень длинное предложение в скобках, которого никто не примет за имя переменной}",
        ] {
            assert_eq!(texts(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_advice_names_the_variable_that_was_meant() {
        for (text, variable) in [
            ("{имя}", "[name]"),
            ("{First Name}", "[name]"),
            ("*|FNAME|*", "[name]"),
            ("{ПРОМОКОД}", "[promo_code]"),
            ("%valid_to%", "[valid_to]"),
        ] {
            let found = find(text);
            let told = found[0].why.to_string();
            assert!(told.contains(variable), "{text}: {told}");
        }
    }
}
