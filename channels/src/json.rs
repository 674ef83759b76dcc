//! Reads JSON as senders of webhooks really write it: a name that was cut inside an emoji contains half of it (a lone
//! surrogate, RFC 8259 §8.2), which a strict reader refuses together with everything around it.

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::value::RawValue;

/// Reads a body. Only if that fails, it is read again with its broken characters replaced.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(body).or_else(|e| {
        let mended = mended(&String::from_utf8_lossy(body));
        serde_json::from_str(&mended).map_err(|_| e)
    })
}

/// The items of a list, each as raw JSON. A value that should be a list but is not counts as its only item; `null` as
/// no item.
pub(crate) fn items<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<&'de RawValue>, D::Error> {
    let whole = <&RawValue>::deserialize(deserializer)?;
    Ok(match whole.get() {
        "null" => Vec::new(),
        text if text.starts_with('[') => serde_json::from_str(text).map_err(serde::de::Error::custom)?,
        _ => vec![whole],
    })
}

/// The text with every lone half of a surrogate pair replaced by U+FFFD.
fn mended(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        whole.push_str(before);
        let (taken, written) = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, &escape[..12]),
            (Some(0xD800..=0xDFFF), _) => (6, "\\ufffd"),
            _ => {
                let taken = escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end);
                (taken, &escape[..taken])
            }
        };
        whole.push_str(written);
        rest = &escape[taken..];
    }
    whole.push_str(rest);
    whole
}

/// The UTF-16 unit of an escape `\uXXXX` at the beginning.
fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn half_an_emoji_costs_itself_only() {
        for (body, expected) in [
            (
                r#"{"name":"A\ud83c","text":"STOP"}"#,
                json!({"name": "A\u{fffd}", "text": "STOP"}),
            ),
            (r#"["\udf55\ud83c"]"#, json!(["\u{fffd}\u{fffd}"])),
            (r#"["\ud83c\udf55 \ud83c"]"#, json!(["🍕 \u{fffd}"])),
            (r#"["\\ud83c", "\"\ud83c\""]"#, json!(["\\ud83c", "\"\u{fffd}\""])),
            (r#"["\u0416"]"#, json!(["Ж"])),
        ] {
            assert_eq!(read::<Value>(body.as_bytes()).unwrap(), expected, "{body}");
        }
        assert_eq!(read::<Value>(b"[\"\xd0\"]").unwrap(), json!(["\u{fffd}"]));
        for body in ["", "{", r#"["\u12"]"#, r#"["\"#] {
            assert!(read::<Value>(body.as_bytes()).is_err(), "{body}");
        }
    }
}
