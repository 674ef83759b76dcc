//! What `mailing check` says about the texts of a mailing.

use bellhop_domain::fault::{Found, Severity};
use bellhop_domain::mailing::{Contents, PushContent, SmsContent};
use bellhop_templating::check::check;
use std::collections::BTreeSet;

const LINK: Option<&str> = Some("https://resto.example/menu");

fn keys() -> BTreeSet<String> {
    ["favourite_place", "Odd Key", "valid_to", "last_dish"]
        .map(str::to_owned)
        .into()
}

fn sms(text: &str, link: Option<&str>) -> Vec<Found> {
    let text = text.to_owned();
    let contents = Contents {
        sms: Some(SmsContent { text }),
        ..Contents::default()
    };
    check(&contents, link, &keys())
}

fn push(title: &str, body: &str) -> Vec<Found> {
    let push = PushContent {
        title: title.to_owned(),
        body: body.to_owned(),
        image: None,
        link: None,
    };
    let contents = Contents {
        push: Some(push),
        ..Contents::default()
    };
    check(&contents, LINK, &keys())
}

fn one(problems: Vec<Found>) -> Found {
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().unwrap()
}

#[test]
fn good_texts_have_no_problems() {
    assert_eq!(
        sms(
            "{greeting}, {name|гость}! Столик у {favourite_place} ждёт: {link}",
            LINK
        ),
        []
    );
    assert_eq!(sms("Заказ у двери", None), []);
    assert_eq!(
        push("Скучаем 🍕", "{{ name or \"Гость\" }}, [акция] до {{ valid_to }}"),
        []
    );
    assert_eq!(check(&Contents::default(), None, &keys()), []);
}

#[test]
fn a_variable_that_nobodys_data_fill_is_an_error_and_a_shadowed_attribute_a_warning() {
    for (text, severity, words) in [
        (
            "Ваш код {{ promo_code }}",
            Some(Severity::Error),
            "nothing fills `promo_code`",
        ),
        (
            "{{ bonus_amount or 0 }} бонусов",
            Some(Severity::Error),
            "attr.bonus_amount",
        ),
        ("До {{ valid_to }}", None, ""),
        ("Осталось {{ days_left }}", None, ""),
        ("Снова {{ last_dish }}", Some(Severity::Warning), "attr.own_last_dish"),
        ("Привет, {{ name }}", None, ""),
    ] {
        let problems = sms(text, None);
        let told = problems.first().map(|problem| problem.severity);
        assert_eq!(
            (told, problems.len()),
            (severity, usize::from(severity.is_some())),
            "{text}: {problems:?}"
        );
        let said = problems.first().map(|it| it.fault.why.to_string());
        assert!(said.unwrap_or_default().contains(words), "{text}: {problems:?}");
    }
}

#[test]
fn each_problem_is_told_once_with_its_place() {
    use Severity::{Error, Warning};
    let long = "я".repeat(67 * 10 + 1);
    let costly = "я".repeat(67 * 3 + 1);
    let table = [
        (sms("  ", None), Error, "contents.sms.text", "the text is empty"),
        (push("", "x"), Error, "contents.push.title", "the text is empty"),
        (
            push("x", "{{ name"),
            Error,
            "contents.push.body",
            "line 1, column 1: `{{` is never closed",
        ),
        (
            sms("Привет, {nmae}", None),
            Error,
            "contents.sms.text",
            "unknown variable `nmae`",
        ),
        (
            sms("{% if vip %}да{% endif %}", None),
            Error,
            "contents.sms.text",
            "unknown variable `vip`",
        ),
        (
            push("x", "Меню: {link}"),
            Error,
            "contents.push.body",
            "a push has no link in its text",
        ),
        (
            push("x", "Меню: HTTPS://resto.example"),
            Error,
            "contents.push.body",
            "a push has no link in its text",
        ),
        (
            sms("Меню: {link}", None),
            Error,
            "contents.sms.text",
            "the text uses `{link}` but the mailing has no link",
        ),
        (
            sms("Меню", LINK),
            Warning,
            "contents.sms.text",
            "the mailing has a link but the text does not use `{link}`",
        ),
        (
            sms(&long, None),
            Error,
            "contents.sms.text",
            "the SMS is 11 parts long before its variables are filled in",
        ),
        (
            sms(&costly, None),
            Warning,
            "contents.sms.text",
            "the SMS is 4 parts long before its variables are filled in",
        ),
        (
            sms("Pizza – 5 EUR", None),
            Warning,
            "contents.sms.text",
            "because of `–` the whole SMS is UCS-2: 70 characters fit a part and not 160",
        ),
        (
            sms("Привет, {Name}!", None),
            Error,
            "contents.sms.text",
            "guests will read `{Name}` as it stands",
        ),
        (
            sms("{Привет|Ура}!", None),
            Error,
            "contents.sms.text",
            "guests will read `{Привет|Ура}` as it stands",
        ),
    ];
    for (problems, severity, place, message) in table {
        let problem = one(problems);
        assert_eq!((problem.severity, problem.fault.place.as_str()), (severity, place));
        let told = problem.fault.why.to_string();
        let advice = told.strip_prefix(message).and_then(|rest| rest.strip_prefix("; "));
        assert!(advice.is_some_and(|advice| !advice.is_empty()), "{message}: {told}");
    }
}

#[test]
fn the_advice_lists_what_can_be_used() {
    let told = one(sms("{nmae}", None)).fault.why.to_string();
    assert!(told.contains(
        "; use one of: name, link, promo_code, bonus_amount, valid_to, days_left, last_dish, favourite_dish, \
         favourite_category, orders_count, average_check, days_since_order, restaurant_name, restaurant_phone, \
         restaurant_address, greeting, favourite_place;"
    ));
    assert!(
        told.ends_with("for brackets that are plain text write {{ \"[nmae]\" }}"),
        "{told}"
    );
    assert!(!told.contains("Odd Key"));
}

#[test]
fn contents_of_sites_and_whatsapp() {
    use bellhop_domain::mailing::{WebPushContent, WhatsAppContent};
    let web_push: WebPushContent = serde_json::from_value(serde_json::json!({
        "title": "{{ nmae }}", "body": "{link}", "actions": [{"title": " ", "link": "https://b.example"}]
    }))
    .unwrap();
    let whatsapp: WhatsAppContent = serde_json::from_value(serde_json::json!({
        "text": "{link}",
        "media": {"kind": "image", "url": "https://b.example", "caption": "{{ name"},
        "template": {"name": "a", "language": "ru", "header": {"text": ""}, "parameters": ["{{ name }}", "a\nb"],
                     "buttons": [{"index": 0, "kind": "url"}, {"index": 1, "kind": "url", "parameter": "{{ x }}"}]}
    }))
    .unwrap();
    let contents = Contents {
        web_push: Some(web_push),
        whatsapp: Some(whatsapp),
        ..Contents::default()
    };
    let found = check(&contents, None, &keys());
    assert!(found.iter().all(|p| p.severity == Severity::Error), "{found:?}");
    let places: Vec<_> = found.iter().map(|p| p.fault.place.as_str()).collect();
    assert_eq!(
        places,
        [
            "contents.web_push.title",
            "contents.web_push.body",
            "contents.web_push.actions[0].title",
            "contents.whatsapp.text",
            "contents.whatsapp.media.caption",
            "contents.whatsapp.template.header.text",
            "contents.whatsapp.template.parameters[1]",
            "contents.whatsapp.template.buttons[1].parameter",
        ]
    );
}

/// Leftovers of a copied text or of another service's template are reported together with the remedy.
#[test]
fn what_editors_and_other_services_leave_is_told_with_the_remedy() {
    for (text, told, remedy) in [
        (
            "{{ name | default(“гость”) }}",
            "`“` means nothing here",
            "straight quotes",
        ),
        (
            "{{ name | default(&quot;гость&quot;) }}",
            "`&quot;` means nothing here",
            "write \"",
        ),
        (
            "{% if bonus_amount &gt; 5 %}да{% endif %}",
            "`&gt;` means nothing here",
            "write >",
        ),
        (
            "{{ name | default: \"гость\" }}",
            "`:` means nothing here",
            "default(\"",
        ),
        (
            "{{ na\u{200b}me }}",
            "a zero width space (U+200B), which means nothing",
            "delete it",
        ),
        ("{{{name}}}", "`{` means nothing here", "two braces"),
        ("{{1}}, ждём", "would go out as 1", "{name}"),
        ("{имя}, ждём", "guests will read `{имя}`", "[name]"),
        ("{ {name} }, ждём", "guests will read `{ … }`", "remove the brackets"),
        ("%name%, ждём", "guests will read `%name%`", "[name]"),
        (
            "{% if name %}Привет{% else %}*|FNAME|*{% endif %}",
            "guests will read `*|FNAME|*`",
            "[name]",
        ),
        ("Пицца&nbsp;дня", "guests will read `&nbsp;`", "a space"),
    ] {
        let problem = one(sms(text, None));
        let words = problem.fault.why.to_string();
        assert!(words.contains(told) && words.contains(remedy), "{text}: {words}");
    }
    assert_eq!(sms("{{\u{a0}name\u{a0}or\u{a0}\"гость\"\u{a0}}}, ждём", None), []);
}

#[test]
fn the_characters_that_cost_are_all_named() {
    let text = |odd: &str| {
        format!(
            "Hello, your table is ready and every pizza is 20{odd}% off until Sunday evening. Show the code BACK20 to the waiter. We are open from 10 to 23."
        )
    };
    for (odd, told, remedy) in [
        ("\u{a0}", "because of a no-break space (U+00A0) the", "a plain space"),
        ("’", "because of `’` the", "' for `’`"),
        ("… —", "because of `—`, `…` the", "- for `—`, ... for `…`"),
        ("\t", "because of a tab (U+0009) the", "a plain space"),
        ("ç", "because of `ç` the", "c for `ç`"),
        ("С", "because of `С` (Cyrillic) the", "the Latin C"),
    ] {
        let problem = one(sms(&text(odd), None));
        let words = problem.fault.why.to_string();
        assert!(words.contains(told) && words.contains(remedy), "{words}");
        assert!(words.contains("3 parts and not 1; write "), "{words}");
    }
    assert_eq!(sms(&text("Ç"), None), []);
    assert_eq!(sms("Столик готов — ждём «гостей»… до вечера", None), []);
}
