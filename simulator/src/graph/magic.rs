//! Numbers that name what happens to them, and the Graph form of each fault.

use chrono::Utc;
use hyper::StatusCode;

use super::errors::GraphError;
use crate::faults::{ChannelFaults, Fault};
use crate::refusals::graph::CODES;
use crate::serve::Reply;
use crate::serve::reply::{html, retry_after, with_retry_after};
use crate::world::Magic;

/// The last six digits for faults that are not codes of Meta.
const BELOW: [(&str, Fault); 7] = [
    ("000901", Fault::ResetBefore),
    ("000902", Fault::ResetAfter),
    ("000903", Fault::LostReply),
    ("000904", Fault::Slow),
    ("000905", Fault::BadGateway),
    ("000906", Fault::ReportFirst),
    ("000907", Fault::Unavailable),
];

/// The fault that a number asks for: its last six digits are a code (`131049`, `000190`), and the digit before them
/// tells when: 0 at every try, 1 only at the first try of a message, 2 after it was accepted, by a status `failed`.
pub(super) fn magic(recipient: &str) -> Option<Magic> {
    let (when, last) = parts(recipient)?;
    let below = BELOW
        .iter()
        .find(|(digits, _)| *digits == last)
        .map(|(_, fault)| *fault);
    let fault = below.or_else(|| named(last).map(Fault::Own))?;
    match when {
        b'0' => Some(Magic { fault, once: false }),
        b'1' => Some(Magic { fault, once: true }),
        b'2' if matches!(fault, Fault::Own(_)) => Some(Magic {
            fault: Fault::Undeliverable,
            once: false,
        }),
        _ => None,
    }
}

/// The code by which a message to this number fails after it was accepted.
pub(super) fn fails_later(recipient: &str) -> Option<GraphError> {
    let (b'2', last) = parts(recipient)? else {
        return None;
    };
    named(last).map(of)
}

fn parts(recipient: &str) -> Option<(u8, &str)> {
    let at = recipient.len().checked_sub(7)?;
    let when = *recipient.as_bytes().get(at)?;
    Some((when, recipient.get(at + 1..)?))
}

/// The fault whose code these six digits are.
fn named(digits: &str) -> Option<&'static str> {
    let code: u32 = digits.parse().ok()?;
    CODES
        .iter()
        .find(|(_, known, ..)| *known == code)
        .map(|(name, ..)| *name)
}

fn of(name: &str) -> GraphError {
    GraphError::new(name.parse().unwrap_or_default(), "made to happen by the simulator")
}

/// The error answer of a fault; `None` for faults whose message is accepted or whose request is reset.
pub(super) fn reply(fault: Fault, faults: &ChannelFaults) -> Option<Reply> {
    let code = |code: u32| GraphError::new(code, "made to happen by the simulator").reply();
    let pause = || retry_after(faults.retry_after_s, faults.retry_after_as_date, Utc::now());
    Some(match fault {
        Fault::Own(name) => of(name).reply(),
        Fault::DeadRecipient => code(131_026),
        Fault::InvalidRecipient => code(131_009),
        Fault::RejectedContent => code(132_012),
        Fault::Unauthorized => code(190),
        Fault::NoMoney => code(131_042),
        Fault::Blocked => code(368),
        Fault::Busy => code(131_056),
        Fault::TooManyRequests => with_retry_after(code(130_429), &pause()),
        Fault::Unavailable => code(133_004),
        Fault::UnavailableRetryAfter => with_retry_after(code(133_004), &pause()),
        Fault::Internal => code(131_000),
        Fault::BadGateway => html(StatusCode::BAD_GATEWAY, "The service is not available."),
        Fault::ResetBefore | Fault::ResetAfter | Fault::LostReply | Fault::Slow => return None,
        Fault::Undeliverable | Fault::ReportFirst => return None,
        // These do not exist on this lane.
        Fault::SenderMismatch | Fault::ThirdPartyAuth => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_numbers_name_their_fault() {
        let always = |fault| Some(Magic { fault, once: false });
        assert_eq!(magic("79990131049"), always(Fault::Own("131049")));
        assert_eq!(magic("79990000190"), always(Fault::Own("190")));
        assert_eq!(magic("79990000902"), always(Fault::ResetAfter));
        assert_eq!(
            magic("79991131056"),
            Some(Magic {
                fault: Fault::Own("131056"),
                once: true
            })
        );
        assert_eq!(magic("79992131026"), always(Fault::Undeliverable));
        assert_eq!(fails_later("79992131026").map(|error| error.code), Some(131_026));
        for plain in [
            "",
            "131049",
            "79993131049",
            "79990123456",
            "79992000902",
            "RU.13491208655302741918",
        ] {
            assert_eq!(magic(plain), None, "{plain}");
            assert_eq!(fails_later(plain), None, "{plain}");
        }
    }
}
