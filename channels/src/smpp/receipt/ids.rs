//! Ids of messages as an operator writes them: in one form in its answers, and perhaps in another in its receipts.

use serde::Deserialize;

/// How an operator writes message ids: some answer in hexadecimal and report in decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub(in crate::smpp) enum IdForm {
    /// As it comes, except for leading zeros and the case of hexadecimal digits.
    #[default]
    AsIs,
    Decimal,
    Hex,
}

/// How message ids are written in answers to sends, and in receipts' texts.
#[derive(Debug, Clone, Copy, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::smpp) struct IdForms {
    pub submit: IdForm,
    pub receipt: IdForm,
}

impl IdForm {
    /// The id in the form in which it is stored: a number in decimal without leading zeros. An id that is not a
    /// number, or is longer than 128 bits, stays as it is.
    pub fn normal(self, id: &str) -> String {
        let id = id.trim();
        let number = match self {
            IdForm::AsIs => return one_spelling(id),
            IdForm::Decimal => digits(id, 10),
            IdForm::Hex => digits(without_mark(id), 16),
        };
        number.map_or_else(|| id.to_owned(), |number| number.to_string())
    }
}

impl IdForms {
    /// The ids under which the message of a receipt may be stored, the likeliest first. The TLV
    /// `receipted_message_id` holds the id from the answer (SMPP 3.4 §5.3.2.12), while the text may have it in
    /// another form. If both have the same digits, the operator repeats the form of the text.
    pub fn of_receipt(self, tlv: Option<&str>, text: Option<&str>) -> Vec<String> {
        let by_tlv = tlv.map(|id| (self.submit, id));
        let by_text = text.map(|id| (self.receipt, id));
        let both = if tlv == text {
            [by_text, by_tlv]
        } else {
            [by_tlv, by_text]
        };
        let mut ids: Vec<String> = Vec::new();
        let told = || both.iter().flatten();
        let normal = told().map(|(form, id)| form.normal(id));
        // Earlier versions stored ids as they came.
        let as_kept_before = told()
            .filter(|(form, _)| *form == IdForm::AsIs)
            .map(|(_, id)| id.trim().to_owned());
        for id in normal.chain(as_kept_before) {
            if !id.is_empty() && !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

/// Hexadecimal digits, alone or in the groups of a UUID, in lower case, and without leading zeros if they form one
/// number.
fn one_spelling(id: &str) -> String {
    let bare = without_mark(id);
    if bare.is_empty() || !bare.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
        return id.to_owned();
    }
    let small = bare.to_ascii_lowercase();
    if small.contains('-') {
        return small;
    }
    match small.trim_start_matches('0') {
        "" => "0".to_owned(),
        number => number.to_owned(),
    }
}

fn without_mark(id: &str) -> &str {
    id.strip_prefix("0x").or(id.strip_prefix("0X")).unwrap_or(id)
}

/// Unlike `from_str_radix`, this takes no sign.
fn digits(id: &str, radix: u32) -> Option<u128> {
    id.chars()
        .all(|c| c.is_digit(radix))
        .then(|| u128::from_str_radix(id, radix).ok())
        .flatten()
}
