//! A person, identified by all the addresses that a provider tells together.

use bellhop_domain::phone::spellings;

/// The addresses as endpoints spell them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// The phone if there is one, else a provider's own id.
    pub address: String,
    /// The other addresses.
    pub also: Vec<String>,
}

impl Person {
    /// The person with these addresses; `None` if there are none.
    pub fn of(addresses: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut all: Vec<String> = Vec::new();
        for address in addresses {
            if !all.contains(&address) {
                all.push(address);
            }
        }
        // Keeps the order among phones and among ids.
        all.sort_by_key(|address| !is_phone(address));
        let mut all = all.into_iter();
        Some(Self {
            address: all.next()?,
            also: all.collect(),
        })
    }

    /// Whether both are the same person, because they share an address, or a number in any spelling. `None` if what
    /// is known about both does not decide it.
    pub fn is(&self, other: &Self) -> Option<bool> {
        let shared = [true, false].map(|phones| {
            let of = |person: &Self| -> Vec<String> {
                let kind = person.each().filter(|address| is_phone(address) == phones);
                kind.flat_map(|address| spellings(address)).collect()
            };
            let (ours, theirs) = (of(self), of(other));
            let both = !ours.is_empty() && !theirs.is_empty();
            both.then(|| ours.iter().any(|address| theirs.contains(address)))
        });
        shared.into_iter().flatten().max()
    }

    fn each(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.address).chain(&self.also)
    }

    /// All the addresses, the first one first.
    pub fn all(self) -> impl Iterator<Item = String> {
        std::iter::once(self.address).chain(self.also)
    }
}

fn is_phone(address: &str) -> bool {
    address.starts_with('+')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(addresses: &[&str]) -> Person {
        Person::of(addresses.iter().map(|one| (*one).to_owned())).unwrap()
    }

    #[test]
    fn a_phone_comes_first_and_nothing_twice() {
        let told = person(&["1@lid", "+79991234567", "1@lid", "2@lid"]);
        assert_eq!(told.address, "+79991234567");
        assert_eq!(told.also, ["1@lid", "2@lid"]);
        assert_eq!(Person::of([]), None);
    }

    #[test]
    fn one_shared_address_makes_one_person() {
        for (one, other, same) in [
            (&["+79991234567"][..], &["+79991234567", "RU.1"][..], Some(true)),
            (&["+79991234567", "RU.1"], &["+79991234568", "RU.1"], Some(true)),
            (&["+79991234567"], &["+79991234568", "RU.1"], Some(false)),
            (&["RU.1"], &["RU.2"], Some(false)),
            (&["+79991234567"], &["RU.1"], None),
        ] {
            assert_eq!(person(one).is(&person(other)), same, "{one:?} {other:?}");
        }
    }
}
