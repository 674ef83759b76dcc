//! Mistakes in a text and where they are reported, the limits of a text, and the variables that it uses.

use crate::guest::anna;
use bellhop_templating::{Surface, Template};

#[test]
fn mistakes_are_told_with_their_place() {
    for (source, line, column, message) in [
        ("Привет, {{ name", 1, 9, "`{{` is never closed"),
        ("Привет,\nдо {{ name or «гость» }}", 2, 15, "`«` means nothing here"),
        ("{{ name | shout }}", 1, 11, "there is no filter `shout`"),
        ("{{ name|гость }}", 1, 9, "there is no filter `гость`"),
        ("{{ Name }}", 1, 4, "`Name` is not a name"),
        (
            "{{ comment }}",
            1,
            4,
            "`comment` is for the staff only and never goes into a text",
        ),
        (
            "ох {comment}",
            1,
            4,
            "`comment` is for the staff only and never goes into a text",
        ),
        ("{{ }}", 1, 1, "the tag is empty"),
        (
            "{{- name }}",
            1,
            1,
            "white space control (`-` at a tag's edge) is not supported",
        ),
        ("{{ name.First }}", 1, 8, "`.` means nothing here"),
        ("{{ items[first] }}", 1, 9, "`[` means nothing here"),
        ("{{ name * 99 }}", 1, 9, "`*` means nothing here"),
        ("{{ range(5) }}", 1, 4, "there is no function `range`"),
        (
            "{{ vary(\"один\") }}",
            1,
            1,
            "vary takes two or more texts in quotes, with commas between",
        ),
        (
            "{{ vary(name, \"a\") }}",
            1,
            9,
            "vary takes two or more texts in quotes, with commas between",
        ),
        ("{{ vary(\"{{ x\", \"a\") }}", 1, 9, "`{{` is never closed"),
        ("{% for x in y %}", 1, 1, "`{% for x in y %}` means nothing"),
        ("{% if name %}x", 1, 1, "this condition is never closed"),
        ("{% if %}x{% endif %}", 1, 1, "the condition is empty"),
        ("{% if name = 1 %}x{% endif %}", 1, 12, "`=` means nothing here"),
        ("x{% endif %}", 1, 2, "`endif` is outside of a condition"),
        (
            "{% if a %}{% else %}{% else %}{% endif %}",
            1,
            21,
            "`else` comes after `else`",
        ),
        ("{{ \"a }}", 1, 1, "`{{` is never closed"),
    ] {
        let error = Template::compile(source, Surface::Push).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{source}");
        let told = error.why.to_string();
        let advice = told.strip_prefix(message).and_then(|rest| rest.strip_prefix("; "));
        assert!(advice.is_some_and(|advice| !advice.is_empty()), "{source}: {told}");
    }
    let unreadable = Template::compile("{{ name or or }}", Surface::Push).unwrap_err();
    let told = unreadable.to_string();
    assert!(
        told.starts_with("line 1, column 1: the expression cannot be read"),
        "{told}"
    );
}

fn refusal(source: &str) -> String {
    Template::compile(source, Surface::Sms).unwrap_err().to_string()
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = format!("{}{}", "{% if a %}".repeat(17), "{% endif %}".repeat(17));
    assert!(refusal(&nested).contains("16 conditions"));
    assert!(refusal(&"я".repeat(20_000)).contains("longer than"));
    for (open, close) in [("1 + ", ""), ("(", ")"), ("not ", ""), ("- ", ""), ("1 if 1 else ", "")] {
        let long = format!("{{{{ {}1{} }}}}", open.repeat(300), close.repeat(300));
        assert!(refusal(&long).contains("too long"));
        let _ = Template::compile(
            &format!("{{{{ {}1{} }}}}", open.repeat(66), close.repeat(66)),
            Surface::Sms,
        )
        .map(|template| anna().renders(&template));
    }
}

#[test]
fn variables_of_all_parts_are_listed() {
    let source =
        "{% if a and b > 1 %}{c}{% else %}{{ vary(\"{link}\", \"{{ d | upper }}\") }}{% endif %} [valid_to] дней";
    let template = Template::compile(source, Surface::Sms).unwrap();
    let names: Vec<&str> = template.variables().iter().map(String::as_str).collect();
    assert_eq!(names, ["a", "b", "c", "d", "days_left", "link"]);
    assert_eq!(template.attributes().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert!(template.uses_link());
    assert!(!Template::compile("link", Surface::Sms).unwrap().uses_link());
}
