//! When messages may not leave: the quiet hours of each time zone, and the release after them.

use crate::Result;
use crate::rehearsal::ByZone;
use bellhop_domain::quiet_hours::QuietHours;
use bellhop_domain::{EndpointKind, Timestamp, Zone};
use bellhop_rate_limits::forecast::Part;
use bellhop_store::guests::Organisation;
use std::collections::BTreeMap;
use std::time::Duration;

/// No wait is foreseen beyond this.
const FORESEEN: Duration = Duration::from_secs(366 * 24 * 3600);
/// The most steps into which a release is divided in the computation.
const STEPS: u64 = 10;

type Stretches = Vec<(Timestamp, Timestamp)>;

/// The quiet hours of each time zone, from the launch to the end of the messages' lives.
pub struct Nights<'a> {
    organisation: &'a Organisation,
    from: Timestamp,
    expires: Timestamp,
    known: BTreeMap<String, Stretches>,
}

impl<'a> Nights<'a> {
    pub fn new(organisation: &'a Organisation, from: Timestamp, expires: Timestamp) -> Self {
        Self {
            organisation,
            from,
            expires: expires.min(from.plus(FORESEEN)),
            known: BTreeMap::new(),
        }
    }

    /// The messages of one kind of address, by when they may not leave.
    pub fn parts(&mut self, kind: EndpointKind, messages: [&ByZone; 2]) -> Result<Vec<Part>> {
        let mut all = ByZone::new();
        for (zone, messages) in messages.into_iter().flatten() {
            *all.entry(zone.clone()).or_default() += messages;
        }
        let mut parts = Vec::new();
        for (zone, messages) in all {
            match (zone, self.organisation.settings.quiet_hours) {
                (Some(zone), Some(quiet)) => {
                    let closed = self.of(&zone, quiet)?;
                    parts.extend(self.released(kind, messages, &closed));
                }
                _ => parts.push(Part {
                    messages,
                    closed: Vec::new(),
                }),
            }
        }
        Ok(parts)
    }

    /// Held messages leave gradually, each batch at its place in the release (`bellhop_domain::held`).
    fn released(&self, kind: EndpointKind, messages: u64, closed: &Stretches) -> Vec<Part> {
        let steps = messages.div_ceil(u64::from(kind.batch_size())).clamp(1, STEPS);
        let of_step = |step: u64| {
            let closed = closed.iter().enumerate().map(|(i, (from, until))| {
                let closes = closed.get(i + 1).map_or(self.expires, |next| next.0.min(self.expires));
                let span = self.release().min(closes.since(*until) / 2);
                (*from, until.plus(span * (step as u32 + 1) / steps as u32))
            });
            Part {
                // Rounded so that the steps add up to the whole.
                messages: messages * (step + 1) / steps - messages * step / steps,
                closed: closed.collect(),
            }
        };
        (0..steps).map(of_step).collect()
    }

    fn release(&self) -> Duration {
        let holding = self.organisation.settings.holding();
        holding.map_or(Duration::ZERO, |holding| holding.release)
    }

    /// A zone that this version does not know has the organisation's nights, as it has where messages are held.
    fn of(&mut self, name: &str, quiet: QuietHours) -> Result<Stretches> {
        if let Some(known) = self.known.get(name) {
            return Ok(known.clone());
        }
        let zone = Zone::named(name).unwrap_or_else(|_| self.organisation.timezone.clone());
        let mut closed = quiet.stretches(&zone, self.from, self.expires)?;
        if let Some(last) = closed.last_mut().filter(|last| last.1 == self.expires) {
            // The night goes on beyond the end of the messages' lives.
            last.1 = quiet.next_open(&zone, last.0)?;
        }
        self.known.insert(name.to_owned(), closed.clone());
        Ok(closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::OrgId;
    use bellhop_store::guests::Settings;

    const ZONE: &str = "Europe/Moscow";

    fn organisation() -> Organisation {
        Organisation {
            id: OrgId(1),
            slug: "o".into(),
            name: "O".into(),
            currency: "RUB".into(),
            timezone: Zone::named(ZONE).unwrap(),
            settings: Settings::default(),
        }
    }

    fn at(text: &str) -> Timestamp {
        Zone::named(ZONE).unwrap().parse(text).unwrap()
    }

    #[test]
    fn what_a_night_held_leaves_over_the_release() {
        let organisation = organisation();
        let mut nights = Nights::new(&organisation, at("2026-03-02T23:00:00"), at("2026-03-03T23:00:00"));
        let messages = ByZone::from([(Some(ZONE.to_owned()), 250), (None, 7)]);
        let parts = nights.parts(EndpointKind::Phone, [&messages, &ByZone::new()]).unwrap();
        let told: Vec<_> = parts
            .iter()
            .map(|part| (part.messages, part.closed.first().copied()))
            .collect();
        let night = |until: &str| Some((at("2026-03-02T23:00:00"), at(until)));
        assert_eq!(
            told,
            [
                (7, None),
                (83, night("2026-03-03T09:10:00")),
                (83, night("2026-03-03T09:20:00")),
                (84, night("2026-03-03T09:30:00"))
            ]
        );
    }

    #[test]
    fn a_night_longer_than_the_life_lets_nothing_leave_and_a_short_morning_half_of_it() {
        let organisation = organisation();
        for (expires, until) in [
            ("2026-03-03T07:00:00", "2026-03-03T09:00:00"),
            ("2026-03-03T09:20:00", "2026-03-03T09:10:00"),
        ] {
            let mut nights = Nights::new(&organisation, at("2026-03-02T23:00:00"), at(expires));
            let messages = ByZone::from([(Some(ZONE.to_owned()), 5)]);
            let parts = nights.parts(EndpointKind::Phone, [&messages, &ByZone::new()]).unwrap();
            assert_eq!(parts[0].closed, [(at("2026-03-02T23:00:00"), at(until))], "{expires}");
        }
    }
}
