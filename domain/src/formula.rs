//! Texts in tables that people open with a spreadsheet.

/// A text that a spreadsheet would compute when it opens a CSV is shown as text (OWASP, "CSV injection"). A number with its
/// sign, above all a phone, is computed to itself and stays.
pub fn no_formula(text: &str) -> String {
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let rest = text.strip_prefix(['+', '-']).unwrap_or_default();
    let is_number = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    match begins && !is_number {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_compute_is_text() {
        for (given, written) in [
            ("=1+1", "'=1+1"),
            ("+79990001122", "+79990001122"),
            ("-5", "-5"),
            ("+7 999", "'+7 999"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("+", "'+"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("\n=1", "'\n=1"),
            ("Anna = Eva", "Anna = Eva"),
            ("", ""),
        ] {
            assert_eq!(no_formula(given), written);
        }
    }
}
