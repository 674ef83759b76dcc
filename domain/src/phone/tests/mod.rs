//! Phones as people, address books, spreadsheets and gateways write them: the right number, or a refusal with its cause.

mod table;

use super::*;
use proptest::prelude::*;

fn region(code: &str) -> Region {
    code.parse().unwrap()
}

fn e164(text: &str, code: &str) -> Result<String, PhoneError> {
    Phone::parse(text, region(code)).map(|phone| phone.e164().to_owned())
}

#[test]
fn a_number_in_any_notation() {
    let mut wrong = Vec::new();
    for &(code, text, number) in table::TAKEN {
        if e164(text, code) != Ok(number.to_owned()) {
            wrong.push(format!("{code} {text:?}: {:?}", e164(text, code)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_no_number_is_refused_with_its_cause() {
    let mut wrong = Vec::new();
    for &(code, text, words) in table::REFUSED {
        let found = e164(text, code);
        let said = found.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let digits = text.chars().filter(char::is_ascii_digit).collect::<String>();
        if !said.contains(words) || digits.len() >= 7 && said.contains(&digits) {
            wrong.push(format!("{code} {text:?}: {found:?} {said}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_field_of_several_numbers() {
    let two = ["+79162234515", "+79162234516"];
    for text in [
        "8 916 223-45-15; 8 916 223-45-16",
        "8 916 223-45-15, 8 916 223-45-16,",
        "8 916 223-45-15 / 8 916 223-45-16",
        "8 916 223-45-15/8 916 223-45-16",
        "8 916 223-45-15\r\n8 916 223-45-16\n",
        "8 916 223-45-15\u{2028}8 916 223-45-16",
        "8 916 223-45-15 и 8 916 223-45-16",
        "+79162234515 or +79162234516",
        "+79162234515|+79162234516",
        "'+79162234515 ; '+79162234516",
        "8 916 223-45-15; +7 916 223-45-16; 9162234515",
        "8 916 223-45-15 (Маша); 8 916 223-45-16 (Петя)",
    ] {
        let phones = Phone::parse_all(text, Region::RU).unwrap_or_else(|e| panic!("{text:?} {e}"));
        assert_eq!(phones.iter().map(Phone::e164).collect::<Vec<_>>(), two, "{text:?}");
    }
    for (text, words) in [
        ("+79991234567;call me", "of which number 2 is not a phone number"),
        ("8 916 223-45-15/16", "of which number 2 has only 2 digits"),
        ("8 916 223-45-15 8 916 223-45-16", "put ; between them"),
        ("+79162234515+79162234516", "put ; between them"),
        ("7,9161E+10", "the spreadsheet turned it into a number"),
        ("79,161,234,567", "the spreadsheet turned it into a number"),
        ("8 916 223-45-15; 7,9161E+10", "the spreadsheet turned it into a number"),
        ("+7 495 223-45-12, доб. 123", "an extension cannot get an SMS"),
        ("tel:+74952234512;ext=123", "an extension cannot get an SMS"),
    ] {
        let refused = Phone::parse_all(text, Region::RU).expect_err(text).to_string();
        assert!(refused.contains(words), "{text:?}: {refused}");
    }
    assert_eq!(Phone::parse_all(" ; ,", Region::RU), Ok(Vec::new()));
    let german = Phone::parse_all("030/1234567", region("DE")).unwrap();
    assert_eq!(german[0].e164(), "+49301234567");
}

#[test]
fn numbers_that_are_written_in_several_ways() {
    for forms in table::SPELLINGS {
        for form in *forms {
            let mut found = spellings(form);
            assert_eq!(found[0], forms[0], "the first of {form}");
            found[1..].sort();
            let mut all: Vec<_> = forms.to_vec();
            all[1..].sort_unstable();
            assert_eq!(found, all, "all of {form}");
            assert_eq!(e164(form, "RU").as_deref(), Ok(forms[0]), "{form}");
        }
    }
}

#[test]
fn a_numbers_country() {
    for (number, country) in [
        ("+79991234567", Some("RU")),
        ("+77012345678", Some("KZ")),
        ("+14155552671", Some("US")),
        ("+14165552671", Some("CA")),
        ("+442079460123", Some("GB")),
        ("RU.13491208655302741918", None),
        ("", None),
    ] {
        assert_eq!(Region::of(number).as_ref().map(Region::code), country, "{number}");
    }
    assert!("Russia".parse::<Region>().is_err());
}

const REGIONS: &[&str] = &[
    "RU", "KZ", "BY", "UA", "DE", "AT", "IT", "US", "BR", "MX", "AR", "CI", "BJ", "GA", "VN", "CN", "HU",
];

/// Whether this may stand before a number: an international prefix, a country code, a trunk prefix, in this order.
fn is_prefix(before: &str, code: &str) -> bool {
    let trunk = |text: &str| {
        let known = ["", "0", "8", "80", "1", "06", "01", "044", "045", "90"].contains(&text);
        let brazilian = code == "55" && (text.starts_with('0') || text.starts_with("90")) && text.len() <= 4;
        known || brazilian || code == "86" && text.starts_with('1') && text.len() == 5
    };
    let outs = ["", "00", "810", "011"]
        .into_iter()
        .filter_map(|out| before.strip_prefix(out));
    let brazilian = before.starts_with("00").then(|| before.get(4..)).flatten();
    trunk(before)
        || outs
            .chain(brazilian)
            .any(|rest| rest.strip_prefix(code).is_some_and(trunk))
}

/// Whether a text contains the digits of a number, in one of its spellings, as its last digits and with nothing but
/// prefixes before them.
fn stands_in(number: &str, text: &str) -> bool {
    let plain = characters::plain(text).replace("%2B", "+");
    let mut ways = spellings(number);
    if let Some(mixed) = ways
        .last()
        .and_then(|home| home.strip_prefix("+54"))
        .filter(|home| home.len() == 12)
    {
        ways.push(format!("+549{mixed}"));
    }
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    ways.iter().any(|way| {
        let Some((code, length)) = numbering::code(&way[1..]) else {
            return false;
        };
        let before = digits.strip_suffix(&way[1 + length..]);
        before.is_some_and(|before| is_prefix(before, &code.to_string()))
    })
}

const PIECES: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "5",
    "7",
    "8",
    "9",
    "15",
    "55",
    "11",
    "916",
    "495",
    "123",
    "4567",
    "+",
    "00",
    "+7",
    "+49",
    "+55",
    "+54 9",
    "+52 1",
    "+39",
    "810",
    "011",
    "(0)",
    "(8)",
    " ",
    " ",
    "-",
    "(",
    ")",
    ".",
    ",",
    "/",
    ";",
    "\n",
    ".0",
    "E+10",
    "e9",
    "O",
    "О",
    "l",
    "x",
    "доб.",
    "#",
    "\u{202F}",
    "\u{200B}",
    "٣",
    "７",
    "tel:",
    " Маша ",
    " и ",
    "'",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 1..14).prop_map(|pieces| pieces.concat())
}

fn letter() -> impl Strategy<Value = char> {
    let usual = prop::sample::select(('a'..='z').chain('A'..='Z').chain('А'..='я').collect::<Vec<_>>());
    let any = any::<char>().prop_filter("a letter", |c| c.is_alphanumeric() && characters::digit(*c).is_none());
    prop_oneof![usual, any]
}

/// A number that is accepted, with one character replaced or inserted.
fn spoilt() -> impl Strategy<Value = (String, &'static str)> {
    let letters = prop::sample::select(('a'..='z').chain('A'..='Z').chain('А'..='я').collect::<Vec<_>>());
    let anything = prop_oneof![
        any::<char>(),
        letters,
        prop::sample::select(vec!['.', ',', '/', '0', '8', '+', ' '])
    ];
    (
        prop::sample::select(table::TAKEN),
        any::<prop::sample::Index>(),
        anything,
        any::<bool>(),
    )
        .prop_map(|((region, text, _), at, c, instead)| {
            let mut chars: Vec<char> = text.chars().collect();
            let at = at.index(chars.len());
            match instead {
                true => chars[at] = c,
                false => chars.insert(at, c),
            }
            (chars.into_iter().collect(), region)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_number_stands_in_its_text(text in pieces(), region in prop::sample::select(REGIONS)) {
        if let Ok(number) = e164(&text, region) {
            prop_assert!(stands_in(&number, &text), "{region} {text:?} {number}");
        }
        for phone in Phone::parse_all(&text, super::tests::region(region)).unwrap_or_default() {
            let digits: String = characters::plain(&text).chars().filter(char::is_ascii_digit).collect();
            let stands = |way: &String| numbering::code(&way[1..]).is_some_and(|(_, length)| digits.contains(&way[1 + length..]));
            prop_assert!(spellings(phone.e164()).iter().any(stands), "{text:?}");
        }
    }

    #[test]
    fn a_number_stands_in_its_spoilt_text((text, region) in spoilt()) {
        if let Ok(number) = e164(&text, region) {
            prop_assert!(stands_in(&number, &text), "{region} {text:?} {number}");
        }
    }

    #[test]
    fn no_letter_is_a_digit(row in prop::sample::select(table::TAKEN), at in any::<prop::sample::Index>(), letter in letter()) {
        let (region, text, _) = row;
        let mut chars: Vec<char> = text.chars().collect();
        let digits: Vec<usize> = (0..chars.len()).filter(|i| characters::digit(chars[*i]).is_some()).collect();
        chars[*at.get(&digits)] = letter;
        let text: String = chars.into_iter().collect();
        prop_assert!(e164(&text, region).is_err(), "{region} {text:?}");
    }

    #[test]
    fn a_taken_number_is_its_own_notation(row in prop::sample::select(table::TAKEN), region in prop::sample::select(REGIONS)) {
        prop_assert_eq!(e164(row.2, region), Ok(row.2.to_owned()));
    }

    #[test]
    fn spellings_of_any_spelling_are_the_same(national in "[0-9]{6,12}", code in prop::sample::select(vec!["54", "55", "52", "225", "229", "241", "84", "7", "49", "1"])) {
        let number = format!("+{code}{national}");
        let mut all = spellings(&number);
        prop_assert!(all.contains(&number) || spellings(&all[0]) == all);
        let first = all[0].clone();
        all.sort();
        for one in &all {
            let mut again = spellings(one);
            prop_assert_eq!(&again[0], &first);
            again.sort();
            prop_assert_eq!(&again, &all);
        }
    }
}
