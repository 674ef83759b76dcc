//! The octets of a guest's text, before anybody has taken them for letters.

use crate::WebhookRequest;
use crate::gsm7::{read_ucs2, read_wide};
use crate::legible::{Form, Octets};
use encoding_rs::Encoding;

/// The octets of a parameter of the form or the query; `None` if it is not there, or the body is JSON.
pub(super) fn octets(request: &WebhookRequest<'_>, name: &str) -> Option<Vec<u8>> {
    let body = request.body;
    let in_body = !body.trim_ascii_start().starts_with(b"{");
    let body = if in_body { body } else { b"" };
    let found = |pairs: &[u8]| {
        let pairs = pairs.split(|octet| *octet == b'&').rev();
        pairs.map(pair).find(|(key, _)| key == name.as_bytes())
    };
    found(body)
        .or_else(|| found(request.query.as_bytes()))
        .map(|(_, value)| value)
}

fn pair(text: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut parts = text.splitn(2, |octet| *octet == b'=');
    let mut part = || decoded(parts.next().unwrap_or_default());
    (part(), part())
}

/// Percent-decoded, as forms are.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        let escaped = behind.first_chunk::<2>().filter(|_| *first == b'%');
        let escaped = escaped.and_then(|digits| Some(digit(digits[0])? << 4 | digit(digits[1])?));
        match escaped {
            Some(octet) => {
                octets.push(octet);
                rest = &behind[2..];
            }
            None if *first == b'+' => octets.push(b' '),
            None => octets.push(*first),
        }
    }
    octets
}

fn digit(character: u8) -> Option<u8> {
    char::from(character)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// The text in octets: in the charset that the gateway names, in UTF-8 if it names none that we know, or in what it
/// plainly is.
pub(super) fn letters(octets: &[u8], charset: Option<&str>) -> String {
    let (declared, form) = declared(octets, charset.unwrap_or_default());
    let told = Octets {
        octets,
        declared: declared.as_deref(),
        form,
    };
    told.reread()
        .or(declared)
        .unwrap_or_else(|| String::from_utf8_lossy(octets).into_owned())
}

fn declared(octets: &[u8], charset: &str) -> (Option<String>, Form) {
    let name: String = charset.chars().filter(char::is_ascii_alphanumeric).collect();
    match name.to_ascii_lowercase().as_str() {
        "utf16be" => (Some(read_ucs2(octets)), Form::Wide),
        "utf16" | "ucs2" | "iso10646ucs2" => (Some(read_wide(octets)), Form::Wide),
        "" | "utf8" => (utf8(octets), Form::Other),
        // Kannel's `GSM` and `binary` are none.
        _ => match Encoding::for_label(charset.as_bytes()) {
            Some(encoding) => {
                let (text, _) = encoding.decode_without_bom_handling(octets);
                let form = if encoding.is_single_byte() {
                    Form::Octets
                } else {
                    Form::Other
                };
                (Some(text.into_owned()), form)
            }
            None => (utf8(octets), Form::Other),
        },
    }
}

fn utf8(octets: &[u8]) -> Option<String> {
    std::str::from_utf8(octets).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    #[test]
    fn the_octets_of_a_parameter() {
        let headers = HeaderMap::new();
        for (query, body, expected) in [
            ("text=%04%21%04%22", "", Some(&b"\x04\x21\x04\x22"[..])),
            ("a=1&text=a+b%2Bc&b", "", Some(b"a b+c")),
            ("text=old", "text=new", Some(b"new")),
            ("text=1&text=2", "", Some(b"2")),
            ("text=old", "{\"text\": \"new\"}", Some(b"old")),
            ("t%65xt=%D1%zz%", "", Some(b"\xD1%zz%")),
            ("text", "", Some(b"")),
            ("other=1", "", None),
        ] {
            let request = WebhookRequest {
                url: "",
                query,
                headers: &headers,
                body: body.as_bytes(),
            };
            assert_eq!(octets(&request, "text").as_deref(), expected, "{query} {body}");
        }
    }

    #[test]
    fn letters_in_every_charset() {
        let wide: Vec<u8> = "СТОП!".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = "СТОП!".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let cp1251 = b"\xD1\xD2\xCE\xCF!";
        let koi8 = b"\xF3\xF4\xEF\xF0!";
        for charset in [
            None,
            Some("UTF-16BE"),
            Some("utf-8"),
            Some("UCS-2"),
            Some("GSM"),
            Some("binary"),
            Some("WINDOWS-1252"),
            Some("ISO-8859-1"),
            Some("windows-1251"),
            Some("koi8-r"),
            Some("nonsense"),
        ] {
            for octets in [&wide[..], &little, cp1251, koi8, "СТОП!".as_bytes()] {
                assert_eq!(letters(octets, charset), "СТОП!", "{charset:?} {octets:x?}");
            }
            assert_eq!(letters(b"STOP", charset), "STOP", "{charset:?}");
        }
        // Somebody on the way has taken the octets for another alphabet.
        for text in ["РЎРўРћРџ!", "ÑÒÎÏ!", "Ð¡Ð¢Ð\u{9e}Ð\u{9f}!"] {
            assert_eq!(letters(text.as_bytes(), None), "СТОП!", "{text}");
        }
        assert_eq!(letters("где мой заказ?".as_bytes(), None), "где мой заказ?");
        assert_eq!(letters("Café, 50%".as_bytes(), None), "Café, 50%");
        assert_eq!(letters(b"caf\xE9", Some("ISO-8859-1")), "café");
    }
}
