//! Makes other people's words fit for logs and reasons: whatever may be a phone, a token or a password is masked.

/// The longest text by somebody else that goes into a reason, in characters.
const LONGEST_WORDS: usize = 200;
/// A phone has at least this many digits; providers' codes have six at most.
const PHONE_DIGITS: usize = 7;
/// With dots between its groups, at least this many.
const DOTTED_DIGITS: usize = 10;
/// Device tokens, access tokens and ids given by providers have at least this many characters; hardly any word does.
const TOKEN_CHARS: usize = 20;
/// The paths of personal links and of a site's notifications; a token follows, which is shorter than others are.
const PERSONAL_PATHS: [&str; 2] = ["/l/", "/p/"];
const LINK_TOKEN_CHARS: usize = 11;
const COVER: &str = "…";

/// A provider's words made fit for a reason and a log: short, without tokens, and without phones in whatever
/// notation.
pub fn words(text: &str) -> String {
    let mut covered = String::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        if let Some((path, end)) = personal_link(rest) {
            covered.push_str(path);
            covered.push_str(COVER);
            rest = &rest[end..];
            continue;
        }
        let phone = phone(rest);
        let word = rest.find(|c| !is_of_token(c)).unwrap_or(rest.len());
        if is_token(&rest[..word]) {
            covered.push_str(COVER);
            rest = &rest[word..];
        } else if phone > 0 {
            covered.push_str(COVER);
            rest = &rest[phone..];
        } else if word > 0 {
            // A phone may begin in the middle of a word, as in `to79991234567`.
            let next = rest[..word]
                .find(|c: char| c.is_ascii_digit())
                .filter(|at| *at > 0)
                .unwrap_or(word);
            let digits = rest[..next].bytes().take_while(u8::is_ascii_digit).count();
            let next = if digits > 0 { digits } else { next };
            covered.push_str(&rest[..next]);
            rest = &rest[next..];
        } else {
            covered.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    covered.truncate(covered.floor_char_boundary(LONGEST_WORDS));
    covered
}

/// Where a guest's personal link begins here: its path, and where its token ends. Whoever has the token is the guest.
fn personal_link(text: &str) -> Option<(&'static str, usize)> {
    let path = PERSONAL_PATHS.into_iter().find(|path| text.starts_with(path))?;
    let token = text[path.len()..].bytes().take_while(u8::is_ascii_alphanumeric).count();
    (token >= LINK_TOKEN_CHARS).then_some((path, path.len() + token))
}

/// How many bytes at the beginning of the text form a number that may be a phone.
fn phone(text: &str) -> usize {
    let dotted = run(text, |c| matches!(c, '.' | '/'));
    if dotted.digits >= DOTTED_DIGITS && !is_host(text) {
        return dotted.end;
    }
    let plain = run(text, |_| false);
    if plain.digits >= PHONE_DIGITS { plain.end } else { 0 }
}

/// Digits at the beginning of a text, and where the last of them ends.
struct Run {
    digits: usize,
    end: usize,
}

/// With at most two signs between any two of the digits; which signs may be there besides the usual ones is told.
fn run(text: &str, sign: fn(char) -> bool) -> Run {
    let (mut found, mut between) = (Run { digits: 0, end: 0 }, 0);
    for (at, c) in text.char_indices() {
        let is_sign = sign(c) || matches!(c, ' ' | '-' | '(' | ')' | '\u{a0}');
        if c.is_ascii_digit() {
            (found.digits, found.end, between) = (found.digits + 1, at + 1, 0);
        } else if found.digits > 0 && between < 2 && is_sign || at == 0 && c == '+' {
            between += 1;
        } else {
            break;
        }
    }
    found
}

/// Whether the text begins with an address on the Internet, as `10.0.0.7:9000` does.
fn is_host(text: &str) -> bool {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    text[..end].parse::<std::net::Ipv4Addr>().is_ok()
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '=')
}

fn is_token(word: &str) -> bool {
    word.len() >= TOKEN_CHARS
        && word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_alphabetic())
}

/// A URL that may be shown: without user, password and query. A text that is not a URL is shown up to its first
/// colon.
pub fn url(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme);
        let scheme = scheme.filter(|s| !s.is_empty() && s.len() <= 12 && s.bytes().all(|b| b.is_ascii_alphabetic()));
        return scheme.map_or_else(|| COVER.to_owned(), |scheme| format!("{scheme}:{COVER}"));
    };
    // A password may contain any character unescaped, so the host begins after the last @.
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let (told, hidden) = host.find(['?', '#']).map_or((host, ""), |at| host.split_at(at));
    let user = if host.len() < rest.len() { "…@" } else { "" };
    let query = if hidden.is_empty() { "" } else { "?…" };
    format!("{scheme}://{user}{told}{query}")
}

/// Whether a text is one URL, and no sentence with one in it.
pub fn is_url(text: &str) -> bool {
    text.contains("://") && !text.contains(char::is_whitespace)
}

/// Whether a URL has a user, or a user and a password, before its host.
pub fn has_user(url: &str) -> bool {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    authority.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn phones_and_tokens_in_words_are_covered() {
        let token = "cX1vAbC_d-9:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx";
        for (text, shown) in [
            (" no LID for 79991234567@c.us ", "no LID for …@c.us"),
            ("server returned error 463", "server returned error 463"),
            ("131026 Message undeliverable", "131026 Message undeliverable"),
            ("3 chats: 12345678901@c.us,12345678910@c.us", "3 chats: …@c.us,…@c.us"),
            ("to +7 (999) 123-45-67: no route", "to …: no route"),
            ("to79991234567!", "to…!"),
            (
                "Invalid OAuth access token EAAG1234567890abcdefghi",
                "Invalid OAuth access token …",
            ),
            ("bot 123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "bot …:…"),
            ("registration-token-not-registered", "registration-token-not-registered"),
            ("HTTP 503 at 10.0.0.7:9000", "HTTP 503 at 10.0.0.7:9000"),
            ("to 8.916.123.45.67, busy", "to …, busy"),
            ("+7/916/1234567", "…"),
            ("at 192.168.10.21: 30.11.2026", "at 192.168.10.21: 30.11.2026"),
            ("Номер 8 999 123 45 67 недоступен", "Номер … недоступен"),
            (
                "refused: https://b.example/l/JbrAQmsVA6W, see /l/10",
                "refused: https://b.example/l/…, see /l/10",
            ),
            ("", ""),
        ] {
            assert_eq!(words(text), shown, "{text}");
        }
        assert!(!words(token).contains("APA91b"));
        assert_eq!(words(&"я".repeat(300)).len(), LONGEST_WORDS);
    }

    #[test]
    fn urls_are_told_without_what_opens_them() {
        for (text, told) in [
            ("postgres://bellhop:hunter2@db/bellhop", "postgres://…@db/bellhop"),
            ("postgres://bellhop:hun@ter/2@db/bellhop", "postgres://…@db/bellhop"),
            ("postgres://db/bellhop?password=hunter2", "postgres://db/bellhop?…"),
            ("amqp://mq", "amqp://mq"),
            ("https://b.example", "https://b.example"),
            ("postgres:bellhop:hunter2@db", "postgres:…"),
            ("hunter2", "…"),
            ("", "…"),
        ] {
            assert_eq!(url(text), told, "{text}");
        }
    }

    #[test]
    fn a_user_stands_before_the_host_alone() {
        for (text, expected) in [
            ("https://anna:hunter2@gate.example/sms", true),
            ("https://anna@gate.example", true),
            ("https://@gate.example", true),
            ("https://gate.example/@anna", false),
            ("https://gate.example?mail=a@b.example", false),
            ("https://gate.example:8080", false),
            ("mailto:push@brand.example", false),
            ("", false),
        ] {
            assert_eq!(has_user(text), expected, "{text}");
        }
        assert!(is_url("https://gate.example") && !is_url("Look at https://pizza.example") && !is_url("off"));
    }

    proptest! {
        #[test]
        fn no_phone_is_ever_told(before in "[a-z .]{0,5}", digits in "[1-9][0-9]{6,14}", after in "[a-z!]{0,5}") {
            let told = words(&format!("{before}{digits}{after}"));
            prop_assert!(!told.contains(&digits[..7]), "{}", told);
        }

        #[test]
        fn no_password_is_ever_told(password in "[0-9!#/:?@]{4,12}") {
            let told = url(&format!("amqp://user:{password}@mq.example/vhost"));
            prop_assert_eq!(told, "amqp://…@mq.example/vhost");
        }
    }
}
