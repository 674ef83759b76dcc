//! Why planned messages would not be sent, as codes.

use bellhop_channels::WINDOW_CLOSED;
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::fault::Why;
use bellhop_domain::message::LIFE_ENDED;
use bellhop_store::ledger::COUNTRY_CLOSED;

/// What to say of so many of the planned messages, which have this reason in the statistics.
pub(crate) fn unsent(reason: &str, messages: u64, planned: u64) -> Why {
    if let Some(name) = variable_without_value(reason) {
        let name = name.to_owned();
        return Why::MessagesLackValue {
            messages,
            planned,
            name,
        };
    }
    match reason {
        LIFE_ENDED => Why::MessagesExpire { messages, planned },
        COUNTRY_CLOSED => Why::MessagesToClosedCountries { messages, planned },
        WINDOW_CLOSED => Why::MessagesOutsideWindow { messages, planned },
        reason if reason == Exclusion::FrequencyCap.name() => Why::MessagesCapped { messages, planned },
        reason => Why::MessagesUnsent {
            messages,
            planned,
            reason: reason.replace('_', " "),
        },
    }
}

/// The variable of a [`bellhop_templating::RenderError::Missing`].
fn variable_without_value(reason: &str) -> Option<&str> {
    let name = reason.strip_prefix('`')?;
    name.strip_suffix("` has no value for this recipient")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::statistics::reason_code;
    use bellhop_templating::RenderError;

    #[test]
    fn each_reason_has_its_code() {
        let missing = RenderError::Missing { name: "city".into() };
        for (reason, code) in [
            (reason_code(&missing.to_string()), "messages_lack_value"),
            (reason_code(LIFE_ENDED), "messages_expire"),
            (reason_code(COUNTRY_CLOSED), "messages_to_closed_countries"),
            (reason_code(WINDOW_CLOSED), "messages_outside_window"),
            (Exclusion::FrequencyCap.name().to_owned(), "messages_capped"),
            ("status 20".to_owned(), "messages_unsent"),
        ] {
            assert_eq!(unsent(&reason, 1, 2).code(), code, "{reason}");
        }
    }
}
