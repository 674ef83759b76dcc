//! What a run keeps of its schedule: at what time by each guest's own clock its messages go.

use super::schedule::Past;
use super::starts::Start;
use bellhop_domain::{Timestamp, Zone};
use jiff::civil::DateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `{"clock": "2026-12-01T10:00:00", "past": "skip"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnTime {
    #[serde(serialize_with = "write", deserialize_with = "read")]
    clock: DateTime,
    past: Past,
}

impl OwnTime {
    /// `None` of a start that is one instant for everybody.
    pub fn of(start: &Start, past: Past) -> Option<Self> {
        start.local.map(|clock| Self { clock, past })
    }

    /// When the message of a guest in this zone goes; `None` if their time is past and they are skipped. `now` is when that is
    /// decided.
    pub fn moment(&self, zone: &Zone, now: Timestamp) -> Option<Timestamp> {
        let start = Start {
            at: now,
            last: now,
            local: Some(self.clock),
        };
        start.moment(self.past, zone, now)
    }

    /// Whether that time is over in this zone.
    pub fn is_past(&self, zone: &Zone, now: Timestamp) -> bool {
        zone.first_at(self.clock).is_ok_and(|own| own < now)
    }

    /// Whether some guests may have to wait for another day.
    pub fn may_take_another_day(&self) -> bool {
        self.past == Past::NextDay
    }
}

fn write<S: Serializer>(clock: &DateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(clock)
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written() {
        let text = r#"{"clock":"2026-12-01T10:00:00","past":"skip"}"#;
        let read: OwnTime = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        let zone = Zone::named("Asia/Almaty").unwrap();
        let at = zone.parse("2026-12-01T10:00:00").unwrap();
        assert_eq!(read.moment(&zone, Timestamp(at.0 - 1)), Some(at));
        assert_eq!(read.moment(&zone, Timestamp(at.0 + 1)), None);
    }
}
