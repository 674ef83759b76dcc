//! The template language, construct by construct: what the guest reads, and what is an error.

use crate::guest::{Guest, anna};
use bellhop_templating::{Locale, RenderError, Surface, Template, Values};

fn rendered(source: &str) -> Result<String, RenderError> {
    anna().reads(source)
}

fn reads(source: &str, expected: &str) {
    assert_eq!(rendered(source).as_deref(), Ok(expected), "{source}");
}

fn missing(source: &str, name: &str) {
    assert_eq!(
        rendered(source),
        Err(RenderError::Missing { name: name.to_owned() }),
        "{source}"
    );
}

#[test]
fn variables_in_every_spelling() {
    for (source, expected) in [
        ("Просто текст", "Просто текст"),
        ("", ""),
        (
            "{{ name }}, {{name}}, {name}, [name], { name }",
            "Анна, Анна, Анна, Анна, Анна",
        ),
        ("Ваш код {{ promo_code }}: {link}", "Ваш код ОСЕНЬ: https://b.example/x"),
        ("Повторите {{ last_dish }}?", "Повторите Пицца?"),
        ("Столик у {{ favourite_place }}", "Столик у окна"),
        ("У вас [bonus_amount] бонусов", "У вас 1 234 бонусов"),
        ("Имя: {{ \"{name}\" }} {{ '{{' }}", "Имя: {name} {{"),
        ("до{# решить: точно ли? #} встречи", "до встречи"),
    ] {
        reads(source, expected);
    }
}

#[test]
fn values_of_events_are_named_by_their_path() {
    for (source, expected) in [
        (
            "{{ cart.total }} {cart.total} { cart.total }",
            "1250.50 1250.50 1250.50",
        ),
        ("{{ cart.total | money }}", "1 250,50 ₽"),
        ("{{cart.items[0].dish}} {cart.items[0].dish|Ужин}", "Борщ Борщ"),
        (
            "{{ cart.items[1].dish or \"Ужин\" }} {cart.items[1].dish|Ужин}",
            "Ужин Ужин",
        ),
        (
            "Заказ {{ order.number }} от {{ order.placed_at | date }}",
            "Заказ 0042 от 28 февраля",
        ),
        (
            "{% if cart.total > 1000 and cart.items[0].dish == \"Борщ\" %}да{% endif %}",
            "да",
        ),
        (
            "{% if cart.items[1].dish is defined %}два{% elif cart.items[0].dish %}одно{% endif %}",
            "одно",
        ),
        ("{{ cart.items[0].dish ~ \" и \" ~ last_dish }}", "Борщ и Пицца"),
        ("{{ cart.total - 50.5 }}", "1 200"),
        ("{{ cart.items[0].dish | upper }}", "БОРЩ"),
        ("{{ vary(\"{cart.items[0].dish}\", \"{cart.items[0].dish}\") }}", "Борщ"),
        ("{{ cart_total }}", "another name"),
        ("[brand.example] [cart.total]", "[brand.example] [cart.total]"),
    ] {
        reads(source, expected);
    }
    missing("{{ cart.items[1].dish }}", "cart.items[1].dish");
    missing("{{ cart.items[1].price | money }}", "cart.items[1].price");
    missing("{% if cart.items[1].price > 5 %}x{% endif %}", "cart.items[1].price");
    let template = Template::compile(
        "{{ cart.total | money }} {{ cart.items[0].dish }} {% if cart.total > 1 %}{% endif %}",
        Surface::Sms,
    );
    let template = template.unwrap();
    assert!(template.attributes().eq(["cart.items[0].dish", "cart.total"]));
    let used: Vec<_> = template.uses().into_iter().map(|it| (it.name, it.filter)).collect();
    assert_eq!(
        used,
        [
            ("cart.total".to_owned(), Some("money")),
            ("cart.items[0].dish".to_owned(), None)
        ]
    );
}

#[test]
fn brackets_that_are_no_short_form_are_text() {
    for plain in [
        "[акция] -20%",
        ":{ и :[",
        "{",
        "]",
        "[1]",
        "{Имя}",
        "{привет|здравствуйте}",
        "a}}b",
        "{#1",
        "{link\n}",
        "100 {%",
    ] {
        let source = plain;
        match plain {
            "100 {%" => assert!(Template::compile(source, Surface::Sms).is_err()),
            _ => reads(source, plain),
        }
    }
}

#[test]
fn a_missing_value_never_goes_out_as_a_hole() {
    for (source, name) in [
        ("Привет, {{ middle_name }}!", "middle_name"),
        ("Привет, {{ blank }}!", "blank"),
        ("{nothing}", "nothing"),
        ("{{ nothing | upper }}", "nothing"),
        ("{{ nothing | plural(\"a\", \"b\", \"c\") }}", "nothing"),
        ("{{ nothing + 1 }}", "nothing"),
        ("{{ \"Привет, \" ~ nothing }}", "nothing"),
        ("{{ nothing or blank }}", "nothing"),
        ("{% if nothing > 100 %}x{% endif %}", "nothing"),
        ("{% if nothing == \"a\" %}x{% endif %}", "nothing"),
        ("{{ \"да\" if nothing }}", "nothing"),
        ("{% if \"да\" in nothing %}x{% endif %}", "nothing"),
        ("{% if nothing in \"да\" %}x{% endif %}", "nothing"),
        ("{% if nothing not in \"да\" %}x{% endif %}", "nothing"),
        ("{{ vary(\"{nothing}\", \"{nothing}\") }}", "nothing"),
    ] {
        missing(source, name);
    }
}

#[test]
fn fallbacks() {
    for (source, expected) in [
        ("{{ name or \"гость\" }}", "Анна"),
        ("{{ nothing or \"гость\" }}", "гость"),
        ("{{ nothing | default(\"гость\") }}", "гость"),
        ("{nothing|дорогой гость}", "дорогой гость"),
        ("[nothing|гость]", "гость"),
        ("{blank|гость}", "гость"),
        ("{{ nothing | default(\"\") }}!", "!"),
        ("{{ zero or \"много\" }} {{ zero | default(\"много\") }}", "0 0"),
        ("{{ nothing or name }}", "Анна"),
        ("{{ nothing or blank or \"гость\" }}", "гость"),
        ("{{ (nothing | default(name)) | upper }}", "АННА"),
        ("{{ nothing or \"кавычка \\\" и \\\\\" }}", "кавычка \" и \\"),
    ] {
        reads(source, expected);
    }
    let broke = Guest {
        values: Values {
            bonus_amount: Some(0.into()),
            ..anna().values
        },
        ..anna()
    };
    assert_eq!(
        broke
            .reads("{{ bonus_amount or \"нет\" }}, {bonus_amount|нет}")
            .as_deref(),
        Ok("нет, 0")
    );
}

#[test]
fn conditions() {
    for (source, expected) in [
        ("{% if promo_code %}Код {promo_code}{% endif %}.", "Код ОСЕНЬ."),
        ("{% if nothing %}x{% endif %}.", "."),
        (
            "{% if nothing %}x{% elif bonus_amount > 100 %}много{% else %}мало{% endif %}",
            "много",
        ),
        ("{% if nothing %}x{% else %}y{% endif %}", "y"),
        ("{% if not nothing and name %}да{% endif %}", "да"),
        ("{% if nothing and nothing > 5 %}x{% else %}y{% endif %}", "y"),
        (
            "{% if name == \"Анна\" %}{% if visits >= 10 %}своя{% endif %}{% endif %}",
            "своя",
        ),
        (
            "{% if visits == \"12\" and visits == 12 and visits != 11 %}да{% endif %}",
            "да",
        ),
        (
            "{% if vip %}x{% else %}y{% endif %} {% if zero %}x{% else %}y{% endif %}",
            "y y",
        ),
        ("{% if vip == \"false\" %}обычный{% endif %}", "обычный"),
        ("{% if \"ок\" in favourite_place %}x{% endif %}", "x"),
        (
            "{% if nothing is defined %}x{% elif name is defined %}y{% endif %}",
            "y",
        ),
        ("{{ \"да\" if name else \"нет\" }}", "да"),
        ("{{ \"да\" if vip else vip }}", "false"),
        ("{% if name == \"%}\" %}x{% endif %}", ""),
    ] {
        reads(source, expected);
    }
}

#[test]
fn plurals_follow_the_language_of_the_text() {
    let bonuses = "{{ visits | plural(\"визит\", \"визита\", \"визитов\") }}";
    reads(bonuses, "12 визитов");
    reads(
        "{{ bonus_amount | plural(\"бонус\", \"бонуса\", \"бонусов\") }}",
        "1 234 бонуса",
    );
    reads(
        "{{ (nothing or 1) | plural(\"бонус\", \"бонуса\", \"бонусов\") }}",
        "1 бонус",
    );
    reads("{{ days_left | plural(\"день\", \"дня\", \"дней\") }}", "4 дня");
    let english = Guest {
        locale: Locale::english(),
        ..anna()
    };
    assert_eq!(english.reads(bonuses).as_deref(), Ok("12 визитов"));
    assert_eq!(
        english.reads("{{ visits | plural(\"visit\", \"visits\") }}").as_deref(),
        Ok("12 visits")
    );
    let kazakh = Guest {
        locale: Locale::parse("kk-KZ").unwrap(),
        ..anna()
    };
    assert_eq!(
        kazakh.reads("{{ visits | plural(\"рет\", \"рет\") }}").as_deref(),
        Ok("12 рет")
    );
}

#[test]
fn dates_money_and_numbers() {
    for (source, expected) in [
        ("Действует до {{ valid_to }}", "Действует до 5 марта"),
        ("{{ valid_to | date }}, {{ since | date }}", "5 марта, 31 декабря 2019"),
        ("{{ average_check | money }} и {{ 500 | money }}", "1 234,50 ₽ и 500 ₽"),
        ("{{ average_check | number }}, {{ average_check }}", "1 234,5, 1 234,5"),
        (
            "{{ average_check | int | number }}, {{ average_check | round }}",
            "1 234, 1 234",
        ),
        ("{{ visits + 2 - 1 }}", "13"),
        (
            "{{ name | length }} {{ name | lower }} {{ \"код \" ~ bonus_amount }}",
            "4 анна код 1 234",
        ),
        ("осталось [valid_to] дней, до [valid_to]", "осталось 4 дней, до 5 марта"),
        ("осталось {days_left} дн.", "осталось 4 дн."),
    ] {
        reads(source, expected);
    }
    let english = Guest {
        locale: Locale::english(),
        ..anna()
    };
    assert_eq!(
        english.reads("{{ valid_to }}, {{ average_check | money }}").as_deref(),
        Ok("March 5, RUB 1,234.50")
    );
}

#[test]
fn days_left_are_whole_local_days_and_end_with_the_date() {
    let last_evening = Guest {
        now: "2026-03-05T18:59:59Z",
        ..anna()
    };
    assert_eq!(last_evening.reads("{days_left}").as_deref(), Ok("0"));
    // 19:00 UTC is midnight in Yekaterinburg.
    let after = Guest {
        now: "2026-03-05T19:00:00Z",
        ..anna()
    };
    assert_eq!(
        after.reads("{days_left}"),
        Err(RenderError::Missing {
            name: "days_left".to_owned()
        })
    );
    let told = Guest {
        values: Values {
            days_left: Some(9),
            ..anna().values
        },
        ..anna()
    };
    assert_eq!(told.reads("{days_left}").as_deref(), Ok("9"));
}

#[test]
fn greetings_change_with_the_guests_clock() {
    for (now, russian, english) in [
        ("2026-03-01T23:59:59Z", "Добрый вечер", "Good evening"),
        ("2026-03-02T00:00:00Z", "Доброе утро", "Good morning"),
        ("2026-03-02T06:59:59Z", "Доброе утро", "Good morning"),
        ("2026-03-02T07:00:00Z", "Добрый день", "Good afternoon"),
        ("2026-03-02T12:59:59Z", "Добрый день", "Good afternoon"),
        ("2026-03-02T13:00:00Z", "Добрый вечер", "Good evening"),
    ] {
        let guest = Guest { now, ..anna() };
        assert_eq!(guest.reads("{greeting}").as_deref(), Ok(russian), "{now}");
        let english_guest = Guest {
            now,
            locale: Locale::english(),
            ..anna()
        };
        assert_eq!(english_guest.reads("{{ greeting }}").as_deref(), Ok(english), "{now}");
        assert_eq!(
            english_guest.reads("{{ greeting }}, гость").unwrap(),
            format!("{russian}, гость")
        );
    }
}

#[test]
fn variation_is_the_guests_own_and_even() {
    let template = Template::compile(
        "{{ vary(\"А {name}\", \"Б\", \"В\") }}{{ vary(\"1\", \"2\") }}",
        Surface::Sms,
    )
    .unwrap();
    let mut counts = std::collections::BTreeMap::new();
    for seed in 0..6_000 {
        let guest = Guest { seed, ..anna() };
        let text = guest.renders(&template).unwrap();
        assert_eq!(guest.renders(&template).as_ref(), Ok(&text));
        *counts.entry(text).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 6, "{counts:?}");
    assert!(counts.values().all(|count| (850..1_150).contains(count)), "{counts:?}");
    assert!(counts.contains_key("А Анна1"));
}

#[test]
fn values_are_never_read_as_templates() {
    let values = Values {
        name: Some("{{ link }} {link} {% if %}"),
        ..anna().values
    };
    let guest = Guest { values, ..anna() };
    assert_eq!(
        guest.reads("{name} <b>&</b>").as_deref(),
        Ok("{{ link }} {link} {% if %} <b>&</b>")
    );
    assert_eq!(
        guest.reads("{{ name | trim }}").as_deref(),
        Ok("{{ link }} {link} {% if %}")
    );
}

#[test]
fn values_that_do_not_fit_are_told_without_being_shown() {
    for source in [
        "{{ name | money }}",
        "{{ name | plural(\"a\", \"b\", \"c\") }}",
        "{{ name | date }}",
        "{{ name + 2 }}",
        "{{ name == name }}",
    ] {
        let error = rendered(source).unwrap_err();
        assert!(
            matches!(error, RenderError::Unsuitable { line: 1, column: 1, .. }),
            "{source}: {error}"
        );
        assert!(!error.to_string().contains("Анна"), "{error}");
    }
}
