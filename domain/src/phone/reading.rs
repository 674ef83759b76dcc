//! Decides which number the digits of a text are: always a part that reaches to their end, with nothing before it but
//! an international prefix, a country code and a trunk prefix.

use super::notation::Written;
use super::numbering::{self, Line};
use super::{PhoneError, Region, forms};
use phonenumber::Metadata;

/// More digits than this cannot be a number with prefixes: E.164 allows 15.
const MOST: usize = 17;
const FEWEST: usize = 5;

/// A number without its country code, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading<'a> {
    pub code: u16,
    pub national: &'a str,
}

impl Reading<'_> {
    /// The number in E.164, in the form that is dialled today.
    pub fn e164(&self) -> String {
        match forms::present(self.code, self.national) {
            Some(present) => format!("+{}{present}", self.code),
            None => format!("+{}{}", self.code, self.national),
        }
    }

    fn line(&self) -> Option<Line> {
        match forms::present(self.code, self.national) {
            Some(_) => Some(Line::Mobile),
            None => numbering::line(self.code, self.national),
        }
    }

    fn is_full(&self) -> bool {
        let present = forms::present(self.code, self.national);
        numbering::is_full(self.code, present.as_deref().unwrap_or(self.national))
    }
}

/// The number of a text; without a country code it belongs to that region.
pub(super) fn number(written: &Written, region: Region) -> Result<Reading<'_>, PhoneError> {
    let readings = if written.plus {
        international(written, region)?
    } else {
        all(written, region)
    };
    let Some(reading) = readings.first() else {
        return Err(nothing(written, region));
    };
    if readings.iter().any(|other| other.e164() != reading.e164()) {
        return Err(PhoneError::Ambiguous);
    }
    if reading.line() == Some(Line::Premium) {
        return Err(PhoneError::Premium);
    }
    Ok(*reading)
}

pub(super) fn is_of_a_possible_length(written: &Written) -> Result<(), PhoneError> {
    match written.digits.len() {
        few if few < FEWEST => Err(PhoneError::Short(few)),
        many if many > MOST => Err(PhoneError::Long(many)),
        _ => Ok(()),
    }
}

fn nothing(written: &Written, region: Region) -> PhoneError {
    match is_of_a_possible_length(written) {
        _ if written.named => PhoneError::Word,
        Err(error) => error,
        Ok(()) if written.plus => PhoneError::Invalid,
        Ok(()) => PhoneError::InvalidIn(region.code().to_owned()),
    }
}

/// The readings of digits after a `+`.
fn international(written: &Written, region: Region) -> Result<Vec<Reading<'_>>, PhoneError> {
    let start = if written.digits.starts_with("00") { 2 } else { 0 };
    let digits = &written.digits[start..];
    match numbering::code(digits) {
        // `+8 495 …` is Russia's trunk prefix with a plus, not a number of +84.
        Some(_) if digits.starts_with('8') && written.is_group(start, 1) => Err(PhoneError::Country),
        Some((code, length)) => Ok(national(written, code, start + length, &numbering::plans(code))),
        // No country code begins like this: it is a trunk prefix with a plus, as some gateways write it.
        None if start == 0
            && digits.starts_with('8')
            && numbering::plan(region.code()).is_some_and(|p| p.country_code() == 7) =>
        {
            Ok(national(written, 7, 0, &numbering::plans(7)))
        }
        None => Err(PhoneError::Country),
    }
}

/// The readings of digits without a `+`.
fn all(written: &Written, region: Region) -> Vec<Reading<'_>> {
    let plan = numbering::plan(region.code());
    let mut found = Vec::new();
    if let Some(plan) = plan {
        let code = plan.country_code();
        found.extend(national(written, code, 0, &[plan]));
        let text = code.to_string();
        if written.digits.starts_with(&text) {
            found.extend(national(written, code, text.len(), &numbering::plans(code)));
        }
    }
    for out in numbering::ways_out(plan, &written.digits) {
        if let Some((code, length)) = numbering::code(&written.digits[out..]) {
            found.extend(national(written, code, out + length, &numbering::plans(code)));
        }
    }
    found
}

/// The readings of what follows a country code: as it is, else without a trunk prefix.
fn national<'a>(written: &'a Written, code: u16, from: usize, plans: &[&Metadata]) -> Vec<Reading<'a>> {
    let digits = &written.digits[from..];
    let exists = |reading: &Reading<'_>| reading.line().is_some() && (!written.named || reading.is_full());
    let whole = Reading { code, national: digits };
    let prefix = plans.first().and_then(|plan| plan.national_prefix());
    let alone = prefix.is_some_and(|prefix| digits.starts_with(prefix) && written.is_group(from, prefix.len()));
    if !alone && exists(&whole) {
        return vec![whole];
    }
    let mut trunks: Vec<usize> = plans.iter().flat_map(|plan| numbering::trunks(plan, digits)).collect();
    trunks.extend(forms::trunks(code, digits));
    trunks.extend((written.bracketed_zero == Some(from)).then_some(1));
    trunks.sort_unstable();
    trunks.dedup();
    let behind = trunks.into_iter().map(|length| Reading {
        code,
        national: &digits[length..],
    });
    behind.filter(exists).collect()
}
