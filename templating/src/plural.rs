//! '1 бонус, 2 бонуса, 5 бонусов': a number with the form of the word that CLDR's rules require.

use icu_plurals::{PluralCategory, PluralOperands, PluralRules, PluralRulesPreferences};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::str::FromStr;

use crate::locale::{Locale, is_cyrillic};

/// The most languages whose rules a thread keeps: more than the guests of a fleet speak, yet a bound if a file is
/// full of odd tags.
const KEPT_LANGUAGES: usize = 64;

thread_local! {
    // Building the rules of a language costs some microseconds, asking them some nanoseconds. Per thread, because
    // ICU4X's rules are not `Sync`.
    static RULES: RefCell<HashMap<PluralRulesPreferences, Option<Rc<Rules>>>> = RefCell::default();
}

fn rules(locale: Locale) -> Option<Rc<Rules>> {
    RULES.with_borrow_mut(|kept| {
        if kept.len() >= KEPT_LANGUAGES && !kept.contains_key(&locale.plurals) {
            kept.clear();
        }
        kept.entry(locale.plurals)
            .or_insert_with(|| Rules::of(locale).map(Rc::new))
            .clone()
    })
}

/// CLDR's rules of one language, and the categories it has.
struct Rules {
    cldr: PluralRules,
    /// All categories, in CLDR's order: zero, one, two, few, many, other.
    all: Vec<PluralCategory>,
    /// Those that whole numbers fall into, in the same order; Russian keeps `other` for fractions.
    whole: Vec<PluralCategory>,
}

impl Rules {
    fn of(locale: Locale) -> Option<Self> {
        let cldr = PluralRules::try_new_cardinal(locale.plurals).ok()?;
        let all: Vec<_> = cldr.categories().collect();
        // 0..=200 meets every rule on the last two digits; a million is `many` in Spanish, French and Portuguese,
        // where marketers know two forms.
        let met: Vec<_> = (0_u32..=200).map(|n| cldr.category_for(n)).collect();
        let whole = all.iter().copied().filter(|category| met.contains(category)).collect();
        Some(Self { cldr, all, whole })
    }

    /// The categories that a list of `count` forms is for.
    fn named_by(&self, count: usize) -> Option<&[PluralCategory]> {
        [&self.whole, &self.all]
            .into_iter()
            .find(|list| list.len() == count)
            .map(Vec::as_slice)
    }
}

/// The form of a word that fits `number`.
///
/// Forms are given in CLDR's order of the categories that the language has, either for whole numbers (Russian: three)
/// or for all (Russian: four). A fraction without a form of its own takes `few`: '1,5 бонуса'. Two forms without
/// Cyrillic letters are taken for an English pair if the guest's language does not have exactly two forms.
///
/// # Errors
/// Tells the author of the template what is wrong with the forms.
pub(crate) fn form(number: Decimal, forms: &[String], locale: Locale) -> Result<&str, String> {
    let english_pair = forms.len() == 2 && !forms.iter().any(|form| is_cyrillic(form));
    let own = rules(locale).filter(|own| !english_pair || own.named_by(2).is_some());
    let rules = match own {
        None if english_pair => rules(Locale::english()),
        own => own,
    }
    .ok_or("no plural rules are known for this language")?;
    let categories = rules.named_by(forms.len()).ok_or_else(|| {
        let needed = rules.whole.len();
        format!(
            "plural needs {needed} forms of the word in this language, got {}",
            forms.len()
        )
    })?;
    let place = |wanted| categories.iter().position(|category| *category == wanted);
    let place = place(rules.cldr.category_for(operands(number)))
        .or_else(|| place(PluralCategory::Few))
        .unwrap_or(forms.len() - 1);
    Ok(&forms[place])
}

fn operands(number: Decimal) -> PluralOperands {
    let number = number.normalize();
    if number.scale() == 0
        && let Some(whole) = number.to_i64()
    {
        return whole.into();
    }
    fixed_decimal::Decimal::from_str(&number.to_string())
        .map_or_else(|_| PluralOperands::from(0_u8), |decimal| (&decimal).into())
}

#[cfg(test)]
mod tests {
    use super::form;
    use crate::locale::Locale;
    use rust_decimal::Decimal;

    fn forms(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    /// The rule as Russian school books teach it, written independently of CLDR.
    fn school_rule(n: i64) -> &'static str {
        match (n % 10, n % 100) {
            (_, 11..=14) => "бонусов",
            (1, _) => "бонус",
            (2..=4, _) => "бонуса",
            _ => "бонусов",
        }
    }

    #[test]
    fn russian_follows_the_school_rule() {
        let words = forms(&["бонус", "бонуса", "бонусов"]);
        for n in (0..=200).chain([1_001, 1_011, 22_222, 1_000_000]) {
            assert_eq!(form(n.into(), &words, Locale::russian()), Ok(school_rule(n)), "{n}");
        }
    }

    #[test]
    fn each_language_counts_by_its_own_rules() {
        let table = [
            ("en", "1", &["bonus", "bonuses"][..], "bonus"),
            ("en", "0", &["bonus", "bonuses"], "bonuses"),
            ("en", "21", &["bonus", "bonuses"], "bonuses"),
            ("ru", "21", &["bonus", "bonuses"], "bonuses"),
            ("ru", "21", &["bonus", "bonusa", "bonusov"], "bonus"),
            ("ru", "1.5", &["бонус", "бонуса", "бонусов"], "бонуса"),
            (
                "ru",
                "1.5",
                &["бонус", "бонуса", "бонусов", "с половиной"],
                "с половиной",
            ),
            ("ru", "-3", &["бонус", "бонуса", "бонусов"], "бонуса"),
            ("uk", "3", &["бонус", "бонуси", "бонусів"], "бонуси"),
            ("pl", "22", &["bonus", "bonusy", "bonusów"], "bonusy"),
            ("kk", "5", &["бонус", "бонустар"], "бонустар"),
            ("de", "2", &["Bonus", "Boni"], "Boni"),
            ("ja", "2", &["ポイント"], "ポイント"),
            ("ar", "2", &["zero", "one", "two", "few", "many", "other"], "two"),
        ];
        for (locale, number, words, expected) in table {
            let number: Decimal = number.parse().unwrap();
            let locale = Locale::parse(locale).unwrap();
            assert_eq!(form(number, &forms(words), locale), Ok(expected), "{locale:?} {number}");
        }
    }

    #[test]
    fn a_wrong_number_of_forms_is_told() {
        let error = form(5.into(), &forms(&["бонус", "бонусов"]), Locale::russian()).unwrap_err();
        assert_eq!(error, "plural needs 3 forms of the word in this language, got 2");
    }
}
