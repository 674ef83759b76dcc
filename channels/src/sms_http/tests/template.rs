use crate::sms_http::template::{Settings, Template};
use proptest::prelude::*;
use secrecy::SecretString;

fn settings() -> Settings {
    Settings {
        values: [("login".to_owned(), "brand".to_owned())].into(),
        secrets: [("password".to_owned(), SecretString::from("hidden"))].into(),
    }
}

fn rendered(text: &str) -> Result<Option<String>, String> {
    let template = Template::parse(text, &settings(), &["phone"])?;
    Ok(template.map(|template| template.render(&|place| format!("<{place}>"))))
}

#[test]
fn places_are_filled() {
    for (text, expected) in [
        ("plain", Some("plain")),
        ("{phone}", Some("<phone>")),
        ("{login}:{password}@{phone}!", Some("brand:hidden@<phone>!")),
        ("{phone?}", Some("<phone>")),
        ("x{sender?}", None),
        ("", None),
        ("a } b", Some("a } b")),
    ] {
        assert_eq!(rendered(text), Ok(expected.map(str::to_owned)), "{text}");
    }
}

#[test]
fn mistakes_are_named() {
    assert!(rendered("{fone}").unwrap_err().contains("{fone} is not set"));
    assert!(rendered("{phone").unwrap_err().contains("without its }"));
}

#[test]
fn debug_shows_no_secret() {
    let template = Template::parse("{password}", &settings(), &[]).unwrap();
    assert!(!format!("{template:?}").contains("hidden"));
}

proptest! {
    #[test]
    fn text_without_places_is_itself(text in "[^{]{1,50}") {
        prop_assert_eq!(rendered(&text), Ok(Some(text)));
    }

    #[test]
    fn parsing_never_panics(text in ".{0,50}") {
        let _ = rendered(&text);
    }
}
