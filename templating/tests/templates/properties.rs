//! Properties of any template with any values.

use crate::guest::{Guest, anna};
use bellhop_domain::mailing::{Contents, PushContent, SmsContent};
use bellhop_templating::check::check;
use bellhop_templating::{Locale, RenderError, Surface, Template, Values};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Sources that look like templates: pieces of the language in random order.
fn sources() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(vec![
            "{{ ", " }}", "{% if ", " %}", "{% else %}", "{% elif ", "{% endif %}", "{", "}", "[", "]", "{#", "#}", "name",
            "bonus_amount", "valid_to", "visits", "nothing", "blank", " or ", " and ", "not ", " in ", " is defined", " | ",
            "plural(\"а\",\"б\",\"в\")", "money", "date", "default(", "vary(", "\"гость\"", "'x'", ",", "(", ")", "==", ">",
            "cart.total", "cart.items[0].dish", ".a", "[0]", "+", "-", "~", "5", "1.5", "дней", "\\", "\"",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,5}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn guests() -> impl Strategy<Value = (Option<String>, Option<i64>, Option<i64>, u64)> {
    (
        proptest::option::of("\\PC{0,12}"),
        any::<Option<i64>>(),
        any::<Option<i64>>(),
        any::<u64>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_panics_and_the_same_comes_out_twice(source in sources(), (name, bonus, days, seed) in guests()) {
        let Ok(template) = Template::compile(&source, Surface::Push) else { return Ok(()) };
        let name: Option<&'static str> = name.map(|name| &*name.leak());
        let values = Values { name, bonus_amount: bonus.map(Into::into), days_left: days, ..anna().values };
        for locale in [Locale::russian(), Locale::english()] {
            let guest = Guest { values, locale, seed, ..anna() };
            prop_assert_eq!(guest.renders(&template), guest.renders(&template));
        }
        let keys = BTreeSet::new();
        let push = PushContent { title: source.clone(), body: source.clone(), image: None, link: None };
        let contents = Contents { push: Some(push), sms: Some(SmsContent { text: source }), ..Contents::default() };
        check(&contents, None, &keys);
    }

    #[test]
    fn a_mistake_lies_inside_the_source(source in sources()) {
        if let Err(error) = Template::compile(&source, Surface::Sms) {
            let line = source.split('\n').nth(error.line - 1);
            prop_assert!(line.is_some_and(|line| error.column <= line.chars().count() + 1), "{}", error);
        }
    }

    #[test]
    fn text_without_brackets_comes_out_as_it_went_in(text in "[^{\\[]{0,200}") {
        prop_assert_eq!(anna().reads(&text), Ok(text));
    }

    #[test]
    fn only_listed_variables_can_be_missing(source in sources()) {
        let Ok(template) = Template::compile(&source, Surface::Sms) else { return Ok(()) };
        if let Err(RenderError::Missing { name }) = anna().renders(&template) {
            prop_assert!(template.variables().contains(&name), "{}", name);
        }
    }
}
