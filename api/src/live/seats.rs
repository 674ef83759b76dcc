//! How many streams are open: of one caller, and in all. A stream holds a connection for as long as its client likes.

use bellhop_domain::{OrgId, PersonId};
use bellhop_store::guests::ApiCaller;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most of one key, or of one person in all their browsers.
pub(crate) const OF_ONE: usize = 10;

/// Whose stream it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Whose {
    Person(PersonId),
    Key(OrgId, String),
}

/// The streams that are open in a process.
#[derive(Debug, Default)]
pub(super) struct Seats {
    taken: Mutex<HashMap<Whose, usize>>,
    most: usize,
}

/// One open stream; it ends with this.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    whose: Whose,
}

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// The caller has as many as one may have.
    OfOne,
    OfAll,
}

impl Seats {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    pub fn take(self: &Arc<Self>, caller: &ApiCaller) -> Result<Seat, Full> {
        let whose = match caller.person {
            Some(person) => Whose::Person(person),
            None => Whose::Key(caller.org, caller.name.clone()),
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.values().sum::<usize>() >= self.most {
            return Err(Full::OfAll);
        }
        let own = taken.entry(whose.clone()).or_default();
        if *own >= OF_ONE {
            return Err(Full::OfOne);
        }
        *own += 1;
        let seats = Arc::clone(self);
        Ok(Seat { seats, whose })
    }

    pub fn are_empty(&self) -> bool {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.whose) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_store::guests::KeyKind;

    fn key(name: &str) -> ApiCaller {
        ApiCaller {
            org: OrgId(1),
            name: name.to_owned(),
            kind: KeyKind::Backend,
            scopes: Vec::new(),
            person: None,
            restaurants: None,
            per_minute: None,
        }
    }

    #[test]
    fn one_caller_has_few_and_all_together_not_too_many() {
        let seats = Arc::new(Seats::new(OF_ONE + 2));
        let mut own: Vec<_> = (0..OF_ONE).map(|_| seats.take(&key("a")).unwrap()).collect();
        assert_eq!(seats.take(&key("a")).unwrap_err(), Full::OfOne);
        let others = [seats.take(&key("b")).unwrap(), seats.take(&key("c")).unwrap()];
        assert_eq!(seats.take(&key("d")).unwrap_err(), Full::OfAll);
        own.pop();
        let again = seats.take(&key("d")).unwrap();
        drop((own, others, again));
        assert!(seats.are_empty());
    }
}
