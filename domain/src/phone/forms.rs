//! Numbers that are written in more than one way: by the networks, by people who remember an older plan, and by
//! WhatsApp, which keeps the form that an account was created with. We store the form that is dialled today.
//!
//! Sources: the countries' numbering plans; for WhatsApp's ids Brazil (no ninth digit in most areas), Mexico (`521`),
//! Argentina (`549`) and Ivory Coast (eight digits). Benin, Gabon and Vietnam changed their plans in the same way.

use super::numbering::{self, Line};

const ARGENTINA: u16 = 54;
const BENIN: u16 = 229;
const BRAZIL: u16 = 55;
const GABON: u16 = 241;
const IVORY_COAST: u16 = 225;
const MEXICO: u16 = 52;
const VIETNAM: u16 = 84;

/// Gabon, 2019: the operator's digit in place of the zero.
const GABONESE: &[(&str, &str)] = &[("02", "62"), ("04", "74"), ("05", "65"), ("06", "66"), ("07", "77")];
/// Vietnam, 2018: eleven digits became ten (both with their trunk zero).
const VIETNAMESE: &[(&str, &str)] = &[
    ("120", "70"),
    ("121", "79"),
    ("122", "77"),
    ("126", "76"),
    ("128", "78"),
    ("123", "83"),
    ("124", "84"),
    ("125", "85"),
    ("127", "81"),
    ("129", "82"),
    ("162", "32"),
    ("163", "33"),
    ("164", "34"),
    ("165", "35"),
    ("166", "36"),
    ("167", "37"),
    ("168", "38"),
    ("169", "39"),
    ("186", "56"),
    ("188", "58"),
    ("199", "59"),
];

/// The form dialled today of a number in an older form; `None` if it is already in today's form or has only one.
pub(super) fn present(code: u16, national: &str) -> Option<String> {
    let found = match code {
        ARGENTINA => argentine(national)?,
        BENIN if national.len() == 8 => format!("01{national}"),
        BRAZIL if national.len() == 10 && is_brazilian_mobile(&national[2..]) => {
            format!("{}9{}", &national[..2], &national[2..])
        }
        GABON if national.len() == 8 => exchanged(national, GABONESE.iter().copied())?,
        GABON if national.len() == 7 => exchanged(&format!("0{national}"), GABONESE.iter().copied())?,
        IVORY_COAST if national.len() == 8 => format!("{}{national}", ivorian(national)?),
        MEXICO if national.len() == 11 => national.strip_prefix('1')?.to_owned(),
        VIETNAM if national.len() == 10 => exchanged(national, VIETNAMESE.iter().copied())?,
        _ => return None,
    };
    (numbering::line(code, &found) == Some(Line::Mobile)).then_some(found)
}

/// The older forms of a number given in today's form.
fn former(code: u16, national: &str) -> Vec<String> {
    let back = |pairs: &'static [(&str, &str)]| exchanged(national, pairs.iter().map(|(old, new)| (*new, *old)));
    match (code, national.len()) {
        (ARGENTINA, 11) => argentine_former(national),
        (BENIN, 10) => national.strip_prefix("01").map(str::to_owned).into_iter().collect(),
        (BRAZIL, 11) if national.as_bytes()[2] == b'9' => vec![format!("{}{}", &national[..2], &national[3..])],
        // With the zero that belonged to it, and without.
        (GABON, 8) => back(GABONESE)
            .into_iter()
            .flat_map(|old| [old.clone(), old[1..].to_owned()])
            .collect(),
        (IVORY_COAST, 10) => vec![national[2..].to_owned()],
        (MEXICO, 10) => vec![format!("1{national}")],
        (VIETNAM, 9) => back(VIETNAMESE).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// All ways to write one number in E.164, the one dialled today first. Whatever is known about one holds for all of
/// them. A text that is not a number has itself as its only spelling.
pub fn spellings(e164: &str) -> Vec<String> {
    let digits = e164
        .strip_prefix('+')
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    let Some((digits, (code, length))) = digits.and_then(|digits| Some((digits, numbering::code(digits)?))) else {
        return vec![e164.to_owned()];
    };
    let written = &digits[length..];
    let first = present(code, written).unwrap_or_else(|| written.to_owned());
    let others = former(code, &first)
        .into_iter()
        .filter(|other| present(code, other).as_ref() == Some(&first));
    let mut found: Vec<String> = others.collect();
    found.insert(0, first);
    found.into_iter().map(|national| format!("+{code}{national}")).collect()
}

/// Trunk prefixes of an abolished plan that people still write: Mexico's, until 2019.
pub(super) fn trunks(code: u16, digits: &str) -> Vec<usize> {
    let old = ["01", "044", "045"]
        .into_iter()
        .filter(|old| code == MEXICO && digits.starts_with(old));
    old.map(str::len).collect()
}

fn exchanged<'a>(national: &str, mut pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    pairs.find_map(|(from, to)| national.strip_prefix(from).map(|rest| format!("{to}{rest}")))
}

/// Mobile numbers began with 6 to 9 before the ninth digit; landlines begin with 2 to 5.
fn is_brazilian_mobile(subscriber: &str) -> bool {
    matches!(subscriber.as_bytes().first(), Some(b'6'..=b'9'))
}

/// Ivory Coast, 2021: a prefix for the operator, which the second digit used to tell, was put in front. Landlines
/// began with 2 and 3.
fn ivorian(national: &str) -> Option<&'static str> {
    match national.as_bytes() {
        [b'2' | b'3', ..] => None,
        [_, b'0'..=b'3', ..] => Some("01"),
        [_, b'4'..=b'6', ..] => Some("05"),
        [_, b'7'..=b'9', ..] => Some("07"),
        _ => None,
    }
}

/// Argentina: a mobile number is dialled with a 9 before its area code from abroad and with a 15 after it at home,
/// and is often written with neither. The ten digits of area and subscriber are the same line in every case.
fn argentine(national: &str) -> Option<String> {
    let bare = match national.len() {
        13 => national.strip_prefix('9')?,
        10 | 12 => national,
        _ => return None,
    };
    match bare.len() {
        10 => Some(format!("9{bare}")),
        _ => {
            let area = argentine_area(bare)?;
            Some(format!("9{}{}", &bare[..area], &bare[area + 2..]))
        }
    }
}

fn argentine_former(national: &str) -> Vec<String> {
    let Some(bare) = national.strip_prefix('9') else {
        return Vec::new();
    };
    let at_home = (2..=4).find_map(|length| {
        let text = format!("{}15{}", &bare[..length], &bare[length..]);
        (argentine_area(&text) == Some(length)).then_some(text)
    });
    std::iter::once(bare.to_owned()).chain(at_home).collect()
}

/// The length of the area code before a 15.
fn argentine_area(digits: &str) -> Option<usize> {
    let plan = numbering::plan("AR")?;
    let groups = plan.national_prefix_for_parsing()?.captures(digits)?;
    groups.get(1).filter(|area| area.start() == 0).map(|area| area.end())
}
