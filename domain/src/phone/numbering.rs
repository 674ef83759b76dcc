//! The world's numbering plans (Google's metadata), asked about whole numbers only: we decide ourselves which digits
//! those are.

use phonenumber::metadata::{DATABASE, Descriptor, Metadata};

/// What kind of line a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Mobile,
    /// The caller pays for more than the connection.
    Premium,
    Other,
}

/// The country code at the beginning of the digits, and its length. No code is the beginning of another.
pub(super) fn code(digits: &str) -> Option<(u16, usize)> {
    (1..=3).find_map(|length| {
        let code: u16 = digits.get(..length)?.parse().ok()?;
        let exists = !digits.starts_with('0') && DATABASE.region(&code).is_some();
        exists.then_some((code, length))
    })
}

/// The plans of the countries that share a code.
pub(super) fn plans(code: u16) -> Vec<&'static Metadata> {
    DATABASE.by_code(&code).unwrap_or_default()
}

/// The plan of a country: ISO 3166-1 alpha-2.
pub(super) fn plan(region: &str) -> Option<&'static Metadata> {
    DATABASE.by_id(region)
}

/// The kind of line of a number given without its country code; `None` if there is no such number.
pub(super) fn line(code: u16, national: &str) -> Option<Line> {
    plans(code).into_iter().find_map(|plan| of(plan, national))
}

fn of(plan: &Metadata, national: &str) -> Option<Line> {
    let kinds = plan.descriptors();
    if !kinds.general().is_match(national) {
        return None;
    }
    let is = |kind: Option<&Descriptor>| kind.is_some_and(|kind| kind.is_match(national));
    if is(kinds.premium_rate()) {
        return Some(Line::Premium);
    }
    if is(kinds.mobile()) {
        return Some(Line::Mobile);
    }
    let others = [
        kinds.fixed_line(),
        kinds.toll_free(),
        kinds.shared_cost(),
        kinds.voip(),
        kinds.personal_number(),
        kinds.pager(),
        kinds.uan(),
        kinds.voicemail(),
    ];
    others.into_iter().any(is).then_some(Line::Other)
}

/// Whether a mobile number is complete, so that letters beside it cannot be misread digits of it.
pub(super) fn is_full(code: u16, national: &str) -> bool {
    plans(code).into_iter().any(|plan| {
        plan.descriptors().mobile().is_some_and(|mobile| {
            let longest = mobile.possible_length().iter().max();
            mobile.is_match(national) && longest.is_some_and(|longest| usize::from(*longest) == national.len())
        })
    })
}

/// How many digits at the beginning may be a prefix that is dialled within the country: a trunk prefix, with or
/// without a carrier code.
pub(super) fn trunks(plan: &Metadata, digits: &str) -> Vec<usize> {
    let mut found = Vec::new();
    if let Some(prefix) = plan.national_prefix()
        && digits.starts_with(prefix)
    {
        found.push(prefix.len());
    }
    let pattern = plan.national_prefix_for_parsing();
    let Some(groups) = pattern.and_then(|pattern| pattern.captures(digits)) else {
        return found;
    };
    let Some(all) = groups.get(0).filter(|all| all.start() == 0 && all.end() > 0) else {
        return found;
    };
    let kept = match plan.national_prefix_transform_rule() {
        None => Some(all.end()),
        // A rule that inserts digits of its own would make a number that does not stand in the text.
        Some(rule) => match rule.strip_prefix('$').and_then(|group| group.parse().ok()) {
            Some(group) => Some(groups.get(group).map_or(all.end(), |group| group.start())),
            None => groups.get(1).is_none().then_some(all.end()),
        },
    };
    found.extend(kept);
    found.sort_unstable();
    found.dedup();
    found
}

/// How many digits at the beginning may be an international prefix: `00` everywhere, and whatever the country's plan
/// says.
pub(super) fn ways_out(plan: Option<&Metadata>, digits: &str) -> Vec<usize> {
    let own = plan.and_then(Metadata::international_prefix);
    let own = own
        .and_then(|pattern| pattern.find(digits))
        .filter(|found| found.start() == 0);
    let mut found: Vec<usize> = own.map(|found| found.end()).into_iter().collect();
    if digits.starts_with("00") {
        found.push(2);
    }
    found.sort_unstable();
    found.dedup();
    found
}
