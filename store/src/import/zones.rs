//! The time zones of restaurants, as a file and the store know them.

use bellhop_domain::Zone;
use bellhop_domain::fault::Why;
use std::collections::HashMap;

/// A restaurant as the store knows it: its name, its zone, whether somebody has said the zone.
pub(crate) type Stored = (String, Zone, bool);

#[derive(Debug, Clone)]
struct RestaurantZone {
    zone: Zone,
    source: Source,
    /// The line of a naive time that was read by this zone, before the file said one.
    assumed: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Whether somebody has said it.
    Store { confirmed: bool },
    /// On this line.
    File(u64),
}

/// The zones in which naive times of a file are.
#[derive(Debug, Clone)]
pub(crate) struct Zones {
    restaurants: HashMap<String, RestaurantZone>,
    /// Of rows that name no restaurant, and of restaurants that the file creates without a zone.
    organisation: Zone,
    /// Said by the file and not yet handed on.
    said: Vec<(String, Zone)>,
    notes: Vec<Why>,
}

impl Zones {
    pub fn new(organisation: Zone, stored: Vec<Stored>) -> Self {
        let known = |(name, zone, confirmed)| {
            let source = Source::Store { confirmed };
            let assumed = None;
            (name, RestaurantZone { zone, source, assumed })
        };
        Self {
            restaurants: stored.into_iter().map(known).collect(),
            organisation,
            said: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The zone of a row: that which it says, else its restaurant's, else the organisation's.
    pub fn of<'a>(&'a self, restaurant: Option<&str>, said: Option<&'a Zone>) -> &'a Zone {
        let known = || restaurant.and_then(|name| self.restaurants.get(name));
        said.or_else(|| known().map(|known| &known.zone))
            .unwrap_or(&self.organisation)
    }

    /// Whether a file may say this zone of a restaurant.
    ///
    /// # Errors
    /// Another line of it says another one.
    pub fn check(&self, restaurant: &str, said: &Zone) -> Result<(), Why> {
        match self.restaurants.get(restaurant) {
            Some(known)
                if known.zone != *said
                    && let Source::File(line) = known.source =>
            {
                let zone = known.zone.name().to_owned();
                Err(Why::ZoneContradicted { zone, line })
            }
            _ => Ok(()),
        }
    }

    /// Takes in what a good row says of its restaurant, which has been checked.
    pub fn learn(&mut self, restaurant: &str, said: Option<&Zone>, line: u64) {
        let Some(said) = said else {
            return self.assume(restaurant, line);
        };
        let before = self.restaurants.get(restaurant);
        if before.is_some_and(|known| matches!(known.source, Source::File(_))) {
            return;
        }
        if let Some(known) = before.filter(|known| known.zone != *said) {
            self.notes.extend(note(restaurant, known, said, line));
        }
        let known = RestaurantZone {
            zone: said.clone(),
            source: Source::File(line),
            assumed: None,
        };
        self.restaurants.insert(restaurant.to_owned(), known);
        self.said.push((restaurant.to_owned(), said.clone()));
    }

    fn assume(&mut self, restaurant: &str, line: u64) {
        if let Some(known) = self.restaurants.get_mut(restaurant) {
            known.assumed.get_or_insert(line);
            return;
        }
        let known = RestaurantZone {
            zone: self.organisation.clone(),
            source: Source::Store { confirmed: false },
            assumed: Some(line),
        };
        self.restaurants.insert(restaurant.to_owned(), known);
    }

    /// What the file has said since this was last asked.
    pub fn take_said(&mut self) -> Vec<(String, Zone)> {
        std::mem::take(&mut self.said)
    }

    pub fn take_notes(&mut self) -> Vec<Why> {
        std::mem::take(&mut self.notes)
    }
}

fn note(restaurant: &str, known: &RestaurantZone, said: &Zone, line: u64) -> Vec<Why> {
    let names = || {
        let (before, now) = (known.zone.name().to_owned(), said.name().to_owned());
        (restaurant.to_owned(), before, now)
    };
    let mut notes = Vec::new();
    if known.source == (Source::Store { confirmed: true }) {
        let (restaurant, before, now) = names();
        notes.push(Why::ZoneReplaced {
            restaurant,
            before,
            now,
            line,
        });
    }
    if let Some(assumed) = known.assumed {
        let (restaurant, before, now) = names();
        notes.push(Why::ZoneAssumed {
            restaurant,
            before,
            now,
            from: assumed,
            to: line - 1,
            line,
        });
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    #[test]
    fn the_first_word_of_a_file_holds_and_another_is_told() {
        let (moscow, omsk) = (zone("Europe/Moscow"), zone("Asia/Omsk"));
        let mut zones = Zones::new(moscow.clone(), vec![("North".to_owned(), moscow.clone(), true)]);
        assert_eq!(zones.of(Some("New"), None), &moscow);
        assert_eq!(zones.of(Some("New"), Some(&omsk)), &omsk);
        zones.learn("New", Some(&omsk), 2);
        zones.learn("New", Some(&omsk), 3);
        assert_eq!(zones.of(Some("New"), None), &omsk);
        assert!(zones.check("New", &omsk).is_ok());
        assert!(
            zones
                .check("New", &moscow)
                .unwrap_err()
                .to_string()
                .contains("Asia/Omsk on line 2")
        );
        assert_eq!(zones.take_said(), [("New".to_owned(), omsk.clone())]);
        assert_eq!(zones.take_said(), []);
        zones.learn("North", None, 4);
        zones.learn("North", Some(&omsk), 6);
        let notes: Vec<_> = zones.take_notes().iter().map(Why::to_string).collect();
        assert!(notes[0].contains("was Europe/Moscow and is Asia/Omsk"), "{notes:?}");
        assert!(
            notes[1].contains("lines 4 to 5 were read in Europe/Moscow"),
            "{notes:?}"
        );
    }
}
