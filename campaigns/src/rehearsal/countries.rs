//! Countries that providers have closed to all numbers that a message could go out from (PRODUCT.md §8).

use super::Stage;
use crate::{Brand, Result};
use bellhop_domain::phone::Region;
use bellhop_domain::{EndpointId, EndpointKind};
use std::collections::{BTreeSet, HashMap, HashSet};

/// For each kind of address, the countries that none of its numbers may send to.
#[derive(Default)]
pub(super) struct Countries(HashMap<EndpointKind, BTreeSet<String>>);

impl Countries {
    /// A paused number does not count, because it takes over no messages.
    pub async fn of(brand: &Brand<'_>) -> Result<Self> {
        let org = brand.organisation.id;
        let mut closed: HashMap<String, BTreeSet<String>> = HashMap::new();
        for it in brand.store.stopped_countries().await? {
            if it.org == org {
                closed.entry(it.sender).or_default().insert(it.country);
            }
        }
        if closed.is_empty() {
            return Ok(Self::default());
        }
        let paused = brand.store.paused_senders().await?;
        let paused: HashSet<&str> = paused
            .iter()
            .filter(|(of, ..)| *of == org)
            .map(|(_, sender, ..)| sender.as_str())
            .collect();
        let open = BTreeSet::new();
        let closed_to_all = brand.kinds().into_iter().map(|kind| {
            let pool = brand.senders.pool(org, kind);
            let able = pool.iter().filter(|sender| !paused.contains(sender.name.as_str()));
            let each = able.map(|sender| closed.get(&sender.name).unwrap_or(&open));
            (kind, in_all(each))
        });
        Ok(Self(
            closed_to_all.filter(|(_, countries)| !countries.is_empty()).collect(),
        ))
    }
}

impl Countries {
    /// Whether no country is closed.
    pub fn are_open(&self) -> bool {
        self.0.is_empty()
    }
}

/// What all of the sets have in common; nothing if there are no sets.
fn in_all<'s>(sets: impl Iterator<Item = &'s BTreeSet<String>>) -> BTreeSet<String> {
    sets.cloned()
        .reduce(|all, one| all.intersection(&one).cloned().collect())
        .unwrap_or_default()
}

impl Stage<'_> {
    /// The endpoints whose address is in a closed country.
    pub(super) async fn abroad(&self, here: &[(EndpointId, EndpointKind)]) -> Result<HashSet<EndpointId>> {
        let concerned: HashMap<EndpointId, &BTreeSet<String>> = here
            .iter()
            .filter_map(|(endpoint, kind)| Some((*endpoint, self.countries.0.get(kind)?)))
            .collect();
        if concerned.is_empty() {
            return Ok(HashSet::new());
        }
        let endpoints: Vec<_> = concerned.keys().copied().collect();
        let addresses = self.brand.store.addresses(&endpoints).await?;
        let closed = |(endpoint, address): (EndpointId, String)| {
            let region = Region::of(&address)?;
            concerned.get(&endpoint)?.contains(region.code()).then_some(endpoint)
        };
        Ok(addresses.into_iter().filter_map(closed).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::in_all;
    use std::collections::BTreeSet;

    fn set(countries: &[&str]) -> BTreeSet<String> {
        countries.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn a_country_is_closed_where_no_number_is_open() {
        for (pool, closed) in [
            (vec![], set(&[])),
            (vec![set(&["KZ", "BY"])], set(&["BY", "KZ"])),
            (vec![set(&["KZ", "BY"]), set(&["KZ"])], set(&["KZ"])),
            (vec![set(&["KZ"]), set(&[])], set(&[])),
        ] {
            assert_eq!(in_all(pool.iter()), closed, "{pool:?}");
        }
    }
}
