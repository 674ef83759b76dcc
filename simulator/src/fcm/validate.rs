//! The rules that FCM checks before it looks at the recipient (PROVIDERS §1.2, §1.3).

use super::message::{Android, FcmOptions, Message};
use super::replies::Refusal;

/// Bytes of keys and values; half of it for topics.
const PAYLOAD_CAP: usize = 4096;
const LONGEST_TTL_S: f64 = 2_419_200.0;
const LONGEST_COLLAPSE_ID: usize = 64;
const LONGEST_LABEL: usize = 50;
/// Google's own tokens have more than a hundred characters; those of simulated phones are short, but a word is not a
/// token.
const SHORTEST_TOKEN: usize = 7;

/// Returns the recipient of a message that FCM would accept, or else FCM's refusal.
pub(super) fn recipient<'m>(message: &'m Message<'_>) -> Result<&'m str, Refusal> {
    let targets = [&message.token, &message.fid, &message.topic, &message.condition];
    let mut given = targets.into_iter().flatten();
    let (Some(target), None) = (given.next(), given.next()) else {
        return Err(Refusal::invalid(
            "message",
            "Exactly one of token, fid, topic or condition is required",
        ));
    };
    device(message, &target.0)?;
    topic(message)?;
    content(message)?;
    android(&message.android)?;
    if message.apns.headers.collapse_id.len() > LONGEST_COLLAPSE_ID {
        return Err(Refusal::invalid(
            "message.apns.headers[apns-collapse-id]",
            "Collapse id is over 64 bytes",
        ));
    }
    Ok(&target.0)
}

fn device(message: &Message<'_>, target: &str) -> Result<(), Refusal> {
    let field = match (&message.token, &message.fid) {
        (Some(_), _) => "message.token",
        (_, Some(_)) => "message.fid",
        _ => return Ok(()),
    };
    let in_form =
        target.len() >= SHORTEST_TOKEN && target.chars().all(|c| c.is_ascii_alphanumeric() || "-_:.".contains(c));
    if !in_form {
        return Err(Refusal::invalid(
            field,
            "The registration token is not a valid FCM registration token",
        ));
    }
    Ok(())
}

fn topic(message: &Message<'_>) -> Result<(), Refusal> {
    match &message.topic {
        Some(topic) if topic.0.is_empty() || !topic.0.chars().all(is_label_char) => {
            Err(Refusal::invalid("message.topic", "Invalid topic name"))
        }
        _ => Ok(()),
    }
}

fn content(message: &Message<'_>) -> Result<(), Refusal> {
    if let Some(key) = message
        .data
        .reserved_key
        .as_ref()
        .or(message.android.data.reserved_key.as_ref())
    {
        return Err(Refusal::invalid(
            "message.data",
            &format!("Invalid data payload key: {key}"),
        ));
    }
    let notification = &message.notification;
    let size = [&notification.title, &notification.body, &notification.image]
        .map(|text| text.0.len())
        .iter()
        .sum::<usize>()
        + message.data.size.max(message.android.data.size);
    let cap = if message.topic.is_some() || message.condition.is_some() {
        PAYLOAD_CAP / 2
    } else {
        PAYLOAD_CAP
    };
    if size > cap {
        let message = format!("Android message is too big: {size} bytes, at most {cap} are allowed");
        return Err(Refusal::malformed(message).code("INVALID_ARGUMENT"));
    }
    let link = &message.webpush.fcm_options.link.0;
    if !link.is_empty() && !link.starts_with("https://") {
        return Err(Refusal::invalid(
            "message.webpush.fcm_options.link",
            "Link must be an HTTPS URL",
        ));
    }
    let labelled = [
        &message.fcm_options,
        &message.android.fcm_options,
        &message.apns.fcm_options,
        &message.webpush.fcm_options,
    ];
    labelled.into_iter().try_for_each(label)
}

fn label(options: &FcmOptions<'_>) -> Result<(), Refusal> {
    match &options.analytics_label {
        Some(label) if !(1..=LONGEST_LABEL).contains(&label.0.len()) || !label.0.chars().all(is_label_char) => Err(
            Refusal::invalid("message.fcm_options.analytics_label", "Invalid analytics label"),
        ),
        _ => Ok(()),
    }
}

fn android(android: &Android<'_>) -> Result<(), Refusal> {
    if let Some(ttl) = &android.ttl
        && !is_ttl(&ttl.0)
    {
        return Err(Refusal::invalid(
            "message.android.ttl",
            "Invalid duration, give seconds such as \"3.5s\" up to 4 weeks",
        ));
    }
    match &android.priority {
        Some(priority)
            if !["normal", "high"]
                .iter()
                .any(|known| priority.0.eq_ignore_ascii_case(known)) =>
        {
            Err(Refusal::invalid(
                "message.android.priority",
                "Priority must be NORMAL or HIGH",
            ))
        }
        _ => Ok(()),
    }
}

/// A protobuf duration in JSON: decimal seconds with at most nine places, then `s`.
fn is_ttl(text: &str) -> bool {
    let Some(seconds) = text.strip_suffix('s') else {
        return false;
    };
    let (whole, places) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(places)
        && places.len() <= 9
        && seconds.parse().is_ok_and(|seconds: f64| seconds <= LONGEST_TTL_S)
}

fn is_label_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.~%".contains(c)
}

#[cfg(test)]
mod tests {
    use super::is_ttl;

    #[test]
    fn a_ttl_is_decimal_seconds_up_to_four_weeks() {
        for good in ["0s", "3600s", "3.5s", "2419200s", "0.000000001s"] {
            assert!(is_ttl(good), "{good}");
        }
        for bad in [
            "",
            "s",
            "3600",
            "-1s",
            "2419201s",
            "1e3s",
            "1.s",
            ".5s",
            "0.0000000001s",
            "1m",
        ] {
            assert!(!is_ttl(bad), "{bad}");
        }
    }
}
