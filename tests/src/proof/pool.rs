//! Three numbers of one gateway as a pool, and what the simulator saw of each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Report, Scale};
use crate::fleet::Settings;
use crate::simulator::Book;

/// The numbers, as the simulator sees them.
pub(super) const NUMBERS: [&str; 3] = ["north", "south", "harbour"];

/// The limits of each number: this many messages in any span of this many ms.
const LIMITS: [(usize, i64); 2] = [(10, 10_000), (100, 100_000)];
pub(super) const RATE: &str = "10/10s,100/100s";

pub(super) fn settings(scale: Scale) -> Settings {
    Settings {
        seed: scale.seed,
        page: 1_000,
        push_rate: String::new(),
        sms_rate: RATE.to_owned(),
        push_faults: json!({}),
        sms_faults: json!({ "latency_ms": [20, 200] }),
        settlement_seconds: 60.0,
        own_calls: false,
    }
}

/// Turns the sender `sms` into three, one for each number, in one pool.
pub(super) fn of_three(config: &mut Value) {
    let Some(senders) = config["sender"].as_array_mut() else {
        return;
    };
    let Some(place) = senders.iter().position(|sender| sender["name"] == "sms") else {
        return;
    };
    let model = senders.remove(place);
    let numbers = NUMBERS.iter().map(|number| {
        let mut sender = model.clone();
        sender["name"] = json!(number);
        sender["pool"] = json!("sms");
        sender["settings"]["values"]["sender"] = json!(number);
        sender
    });
    senders.extend(numbers);
    // Reports come to one of them, because all share one account.
    config["simulator"]["sms"]["reports"]["url"] = json!(
        config["simulator"]["sms"]["reports"]["url"]
            .as_str()
            .unwrap_or_default()
            .replace("/default/sms", &format!("/default/{}", NUMBERS[0]))
    );
}

/// The mailing: an SMS to everybody.
pub(super) fn mailing(name: &str) -> Value {
    json!({
        "name": name,
        "audience": { "all": [] },
        "contents": { "sms": { "text": "Two pizzas for the price of one until Sunday" } },
        "waterfall": [{ "channel": "sms" }],
        "expires_after_minutes": 600,
    })
}

/// When each number's messages arrived, ms UTC, in order.
pub(super) fn arrivals(book: &Book) -> BTreeMap<String, Vec<i64>> {
    let mut arrivals: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for taken in &book.0 {
        arrivals.entry(taken.sender.clone()).or_default().extend(&taken.times);
    }
    for times in arrivals.values_mut() {
        times.sort_unstable();
    }
    arrivals
}

/// The most that any half-open window of `span` ms held, wherever it starts.
fn most_within(times: &[i64], span: i64) -> usize {
    let mut most = 0;
    let mut first = 0;
    for (last, at) in times.iter().enumerate() {
        while times[first] <= at - span {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

/// Reports how full a number's windows were; returns how many of its limits were broken.
pub(super) fn tell_windows(report: &mut Report, number: &str, times: &[i64]) -> usize {
    let mut broken = 0;
    let most: Vec<String> = (LIMITS.iter())
        .map(|(permits, span)| {
            let most = most_within(times, *span);
            broken += usize::from(most > *permits);
            format!("{most} of {permits} in any {} s", span / 1_000)
        })
        .collect();
    report.line(format!(
        "{number}: {} messages, at most {}",
        times.len(),
        most.join(", ")
    ));
    report.figure(&format!("share_{number}"), times.len());
    broken
}

#[cfg(test)]
mod tests {
    use super::most_within;

    #[test]
    fn a_window_slides_and_its_end_is_not_in_it() {
        assert_eq!(most_within(&[], 10), 0);
        assert_eq!(most_within(&[0, 5, 9, 10, 11], 10), 4);
        assert_eq!(most_within(&[0, 10, 20], 10), 1);
    }
}
