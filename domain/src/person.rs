//! What a person of the brand's staff writes of themselves: e-mail, name, password.

use crate::PersonId;
use crate::fault::Why;
use crate::visible::without_invisible;
use unicode_normalization::UnicodeNormalization;

/// The shortest password, in characters.
pub const PASSWORD_LEAST: usize = 10;
/// The longest, in bytes: enough for any sentence, and little to hash.
pub const PASSWORD_MOST: usize = 512;
const EMAIL_MOST: usize = 254;
const NAME_MOST: usize = 100;

/// What is tried first, as far as it is long enough.
const GUESSED: [&str; 12] = [
    "1234567890",
    "12345678910",
    "0123456789",
    "qwertyuiop",
    "qwerty12345",
    "password123",
    "password1234",
    "passw0rd123",
    "йцукенгшщз",
    "administrator",
    "1q2w3e4r5t",
    "1qaz2wsx3edc",
];

/// An e-mail address, in small letters: by it a person is found, whatever they type.
///
/// # Errors
/// If it can be none.
pub fn email(text: &str) -> Result<String, Why> {
    let text = without_invisible(text).trim().to_lowercase();
    let fits = text.len() <= EMAIL_MOST && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let (name, host) = text.rsplit_once('@').ok_or(Why::EmailUnfit)?;
    let named = !name.is_empty() && host.len() > 2 && !host.starts_with('.') && !host.ends_with('.');
    match fits && named && !name.contains('@') {
        true => Ok(text),
        false => Err(Why::EmailUnfit),
    }
}

/// The name that others see.
///
/// # Errors
/// If it is empty or too long.
pub fn name(text: &str) -> Result<String, Why> {
    let text = without_invisible(text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().filter(|c| !c.is_control()).count() {
        0 => Err(Why::PersonNameEmpty),
        n if n > NAME_MOST => Err(Why::TextTooLong { most: NAME_MOST }),
        _ => Ok(text.chars().filter(|c| !c.is_control()).collect()),
    }
}

/// A password in the one form in which it is hashed: keyboards write the same letter in several ways (NIST SP 800-63B).
pub fn normal(password: &str) -> String {
    password.nfc().collect()
}

/// Whether a new password is one that does not fall to the first guesses.
///
/// # Errors
/// What is wrong with it.
pub fn new_password(password: &str, email: &str) -> Result<String, Why> {
    if password.len() > PASSWORD_MOST {
        return Err(Why::TextTooLong { most: PASSWORD_MOST });
    }
    let password = normal(password);
    if password.chars().count() < PASSWORD_LEAST {
        return Err(Why::PasswordShort { least: PASSWORD_LEAST });
    }
    let small = password.to_lowercase();
    let own = email.split('@').next().unwrap_or_default();
    let repeats = small.chars().all(|c| small.starts_with(c));
    let is_own = small == email || (small.starts_with(own) && small.chars().count() < own.chars().count() + 5);
    match repeats || is_own || GUESSED.contains(&small.as_str()) {
        true => Err(Why::PasswordGuessable),
        false => Ok(password),
    }
}

/// In whose name a person changes something, in the audit log: found by number, whatever they are called later.
pub fn signed(id: PersonId, name: &str) -> String {
    format!("{}{name}", signature(id))
}

/// With what a person's signature begins, and no other's.
pub fn signature(id: PersonId) -> String {
    format!("person {id}: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_one_however_it_is_typed() {
        for text in ["Anna@Brand.Example", " anna@brand.example\u{200b}"] {
            assert_eq!(email(text), Ok("anna@brand.example".to_owned()), "{text}");
        }
        for text in [
            "",
            "anna",
            "@brand.example",
            "anna@",
            "a@b@brand.example",
            "an na@brand.example",
            "anna@.ru.",
        ] {
            assert_eq!(email(text), Err(Why::EmailUnfit), "{text}");
        }
    }

    #[test]
    fn a_password_is_long_and_not_the_first_guess() {
        let tried = |text: &str| new_password(text, "anna.petrova@brand.example").err();
        assert_eq!(tried("kettle on the roof"), None);
        assert_eq!(tried("short"), Some(Why::PasswordShort { least: 10 }));
        for text in [
            "1234567890",
            "QWERTYUIOP",
            "aaaaaaaaaaaa",
            "anna.petrova1",
            "anna.petrova@brand.example",
        ] {
            assert_eq!(tried(text), Some(Why::PasswordGuessable), "{text}");
        }
        assert!(tried(&"long ".repeat(200)).is_some());
        // й as one sign, and as и with a breve.
        assert_eq!(
            new_password("чайник на крыше", ""),
            new_password("чаи\u{306}ник на крыше", "")
        );
    }

    #[test]
    fn nobody_can_sign_as_another() {
        let (seven, seventy) = (signature(PersonId(7)), signed(PersonId(70), "person 7: Eve"));
        assert!(!seventy.starts_with(&seven));
        assert!(signed(PersonId(7), "Anna").starts_with(&seven));
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(name("  Anna\n Petrova\t"), Ok("Anna Petrova".to_owned()));
        assert_eq!(name(" \u{200b} "), Err(Why::PersonNameEmpty));
        assert!(name(&"a".repeat(101)).is_err());
    }
}
