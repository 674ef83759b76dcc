//! Words that a file says were said elsewhere. Each is kept with its own time, proof and author, and what holds follows from all
//! words, whenever they come: the newest counts, an old yes ends no no, and nobody else's yes ends a guest's own.

use super::cards::{EachSaid, say_each};
use super::stands::{self, Counted};
use super::{addresses, lock};
use crate::Result;
use crate::db::SqlStore;
use crate::guests::settle::{CHUNK, compute, mark_stale};
use crate::guests::{Names, Written, again_if_crossed, learn_customers};
use crate::sql::{Session, Table, sql};
use bellhop_domain::consent::{Space, Word, WordSource};
use bellhop_domain::{Channel, CustomerId, OrgId, Purpose, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileWord {
    pub about: About,
    /// `None`: all that there are.
    pub channel: Option<Channel>,
    pub purpose: Purpose,
    pub word: Word,
    pub source: WordSource,
    pub how: String,
    pub text_version: Option<String>,
    pub at: Timestamp,
}

/// Whose word it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// An address's, said on the page of this guest, if it was.
    Address(Space, String, Option<String>),
    /// A card's, by the brand's own id.
    Card(String),
}

/// Rows of one transaction: words of the whole organisation wait for it.
const AT_ONCE: usize = 1_000;

impl SqlStore {
    pub(crate) async fn write_word_batch(&self, org: OrgId, rows: &[FileWord], now: Timestamp) -> Result<Written> {
        let mut written = Written::default();
        for some in rows.chunks(AT_ONCE) {
            written += again_if_crossed!(self.try_words(org, some, now))?;
        }
        Ok(written)
    }

    async fn try_words(&self, org: OrgId, rows: &[FileWord], now: Timestamp) -> Result<Written> {
        let mut tx = Session::begin(&self.db).await?;
        lock::alone(&mut tx, org).await?;
        let (cards, created) = cards(&mut tx, org, rows).await?;
        let spoken = spoken(&mut tx, org, rows, &cards).await?;
        let fresh = keep(&mut tx, org, &spoken, now).await?;
        let counted: Vec<&Spoken<'_>> = spoken
            .iter()
            .zip(&fresh)
            .filter(|(_, new)| **new)
            .map(|(it, _)| it)
            .collect();
        stand(&mut tx, org, &counted).await?;
        let said = on_cards(&mut tx, org, &counted).await?;
        let touched: BTreeSet<CustomerId> = said
            .iter()
            .map(|it| it.customer)
            .chain(created.iter().copied())
            .collect();
        let touched: Vec<CustomerId> = touched.into_iter().collect();
        mark_stale(&mut tx, org, &touched).await?;
        say_each(&mut tx, org, &said).await?;
        for some in touched.chunks(CHUNK as usize) {
            compute(&mut tx, org, some).await?;
        }
        tx.commit().await?;
        let new = counted.iter().map(|it| it.row).collect::<BTreeSet<_>>().len() as u64;
        Ok(Written {
            created: new,
            updated: 0,
            unchanged: rows.len() as u64 - new,
            customers_created: created.len() as u64,
        })
    }
}

/// A row's word, of one address in one spelling or of one card, about one channel.
struct Spoken<'a> {
    row: usize,
    word: &'a FileWord,
    by: Option<(Space, String)>,
    customer: Option<CustomerId>,
    channel: Channel,
}

/// The cards that rows name, made where they are unknown.
async fn cards(
    tx: &mut Session,
    org: OrgId,
    rows: &[FileWord],
) -> Result<(BTreeMap<String, CustomerId>, Vec<CustomerId>)> {
    let mut names = Names::default();
    let ids: BTreeSet<String> = rows
        .iter()
        .filter_map(|row| match &row.about {
            About::Card(id) | About::Address(_, _, Some(id)) => Some(id.clone()),
            About::Address(_, _, None) => None,
        })
        .collect();
    let created = learn_customers(tx, org, ids.clone(), &mut names).await?;
    let known = ids
        .into_iter()
        .filter_map(|id| names.customer(&id).map(|customer| (id, customer)));
    Ok((known.collect(), created))
}

async fn spoken<'a>(
    tx: &mut Session,
    org: OrgId,
    rows: &'a [FileWord],
    cards: &BTreeMap<String, CustomerId>,
) -> Result<Vec<Spoken<'a>>> {
    let persons = persons(tx, org, rows).await?;
    let mut all = Vec::new();
    for (row, word) in rows.iter().enumerate() {
        let channels = word.channel.map_or(Channel::ALL.to_vec(), |channel| vec![channel]);
        let (by, customer) = match &word.about {
            About::Card(id) => (vec![None], cards.get(id).copied()),
            About::Address(space, address, id) => {
                let person = persons.get(&(*space, address.clone())).cloned().unwrap_or_default();
                let by = person.into_iter().map(|one| Some((*space, one))).collect();
                (by, id.as_ref().and_then(|id| cards.get(id).copied()))
            }
        };
        for by in by {
            all.extend(channels.iter().map(|channel| Spoken {
                row,
                word,
                by: by.clone(),
                customer,
                channel: *channel,
            }));
        }
    }
    Ok(all)
}

/// Of each address: itself in all spellings, with those that are known to be the same person's.
async fn persons(
    tx: &mut Session,
    org: OrgId,
    rows: &[FileWord],
) -> Result<BTreeMap<(Space, String), BTreeSet<String>>> {
    let mut persons: BTreeMap<(Space, String), BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        if let About::Address(space, address, _) = &row.about {
            let spelt = space.spellings(address).into_iter().collect();
            persons.insert((*space, address.clone()), spelt);
        }
    }
    let pairs = || {
        let each = |((space, address), all): (&(Space, String), &BTreeSet<String>)| {
            let (space, address) = (*space, address.clone());
            all.iter()
                .cloned()
                .map(move |one| (space, address.clone(), one))
                .collect::<Vec<_>>()
        };
        persons.iter().flat_map(each).collect::<Vec<_>>()
    };
    let pairs = pairs();
    if pairs.is_empty() {
        return Ok(persons);
    }
    let table = Table::default()
        .ints("space", pairs.iter().map(|(space, ..)| i64::from(space.code())))
        .texts("told", pairs.iter().map(|(_, told, _)| told.as_str()))
        .texts("spelt", pairs.iter().map(|(.., spelt)| spelt.as_str()));
    let text = "SELECT r.space, r.told, a.other FROM {rows}
                JOIN address_aliases a ON a.org_id = $1 AND a.space = r.space AND a.address = r.spelt";
    for row in tx.fetch(sql(text).int(i64::from(org.0)).rows(table)).await? {
        let c = row.columns();
        let space = c.code("space", "endpoint kind", bellhop_domain::EndpointKind::from_code)?;
        let key = (Space::of(space), c.text("told")?);
        if let Some(all) = persons.get_mut(&key) {
            all.extend(key.0.spellings(&c.text("other")?));
        }
    }
    Ok(persons)
}

/// Writes what the ledger does not have; of each, whether it is new.
async fn keep(tx: &mut Session, org: OrgId, spoken: &[Spoken<'_>], now: Timestamp) -> Result<Vec<bool>> {
    let each = || spoken.iter();
    let address = |it: &Spoken<'_>| it.by.as_ref().map(|(_, address)| address.clone());
    let addresses: Vec<Option<String>> = each().map(address).collect();
    let table = Table::default()
        .ints("place", (0i64..).take(spoken.len()))
        .ints(
            "space",
            each().map(|it| it.by.as_ref().map(|(space, _)| i64::from(space.code()))),
        )
        .texts("address", addresses.iter().map(Option::as_deref))
        .ints("customer", each().map(|it| it.customer.map(|it| it.0)))
        .ints("channel", each().map(|it| it.channel as i64))
        .ints("purpose", each().map(|it| i64::from(it.word.purpose.code())))
        .ints("word", each().map(|it| i64::from(it.word.word.code())))
        .ints("source", each().map(|it| i64::from(it.word.source.code())))
        .texts("how", each().map(|it| it.word.how.as_str()))
        .texts("version", each().map(|it| it.word.text_version.as_deref()))
        .ints("at", each().map(|it| it.word.at.0));
    let same = "w.channel = r.channel AND w.purpose = r.purpose AND w.word = r.word AND w.at = r.at AND w.how = r.how";
    let text = format!(
        "SELECT r.place FROM {{rows}} WHERE NOT EXISTS (SELECT 1 FROM consent_words w WHERE r.address IS NOT NULL
             AND w.org_id = $1 AND w.space = r.space AND w.address = r.address AND {same})
         AND NOT EXISTS (SELECT 1 FROM consent_words w WHERE r.address IS NULL AND w.customer_id = r.customer
             AND w.address IS NULL AND {same}) ORDER BY r.place"
    );
    let mut new = vec![false; spoken.len()];
    let mut seen = BTreeSet::new();
    for row in tx.fetch(sql(text).int(i64::from(org.0)).rows(table)).await? {
        let place = usize::try_from(row.columns().int("place")?).unwrap_or_default();
        let Some(it) = spoken.get(place) else { continue };
        // The same line twice in a file.
        let key = (
            &it.by,
            it.customer,
            it.channel,
            it.word.purpose,
            it.word.word,
            it.word.at,
            &it.word.how,
        );
        if let (true, Some(is_new)) = (seen.insert(key), new.get_mut(place)) {
            *is_new = true;
        }
    }
    let fresh: Vec<&Spoken<'_>> = spoken
        .iter()
        .zip(&new)
        .filter(|(_, new)| **new)
        .map(|(it, _)| it)
        .collect();
    insert(tx, org, &fresh, now).await?;
    Ok(new)
}

async fn insert(tx: &mut Session, org: OrgId, fresh: &[&Spoken<'_>], now: Timestamp) -> Result<()> {
    if fresh.is_empty() {
        return Ok(());
    }
    let each = || fresh.iter();
    let addresses: Vec<Option<&str>> = each()
        .map(|it| it.by.as_ref().map(|(_, address)| address.as_str()))
        .collect();
    let table = Table::default()
        .ints(
            "space",
            each().map(|it| it.by.as_ref().map(|(space, _)| i64::from(space.code()))),
        )
        .texts("address", addresses)
        .ints("customer", each().map(|it| it.customer.map(|it| it.0)))
        .ints("channel", each().map(|it| it.channel as i64))
        .ints("purpose", each().map(|it| i64::from(it.word.purpose.code())))
        .ints("word", each().map(|it| i64::from(it.word.word.code())))
        .ints("source", each().map(|it| i64::from(it.word.source.code())))
        .texts("how", each().map(|it| it.word.how.as_str()))
        .texts("version", each().map(|it| it.word.text_version.as_deref()))
        .ints("at", each().map(|it| it.word.at.0));
    let text = "INSERT INTO consent_words (org_id, came_at, space, address, customer_id, channel, purpose, word, source, how,
                    text_version, at)
                SELECT $1, $2, r.space, r.address, r.customer, r.channel, r.purpose, r.word, r.source, r.how, r.version, r.at
                FROM {rows}";
    tx.execute(sql(text).int(i64::from(org.0)).int(now.0).rows(table))
        .await?;
    Ok(())
}

/// What addresses have said counts by its own time. What others say for an address ends marketing to it, and never allows it:
/// their yes is about cards.
async fn stand(tx: &mut Session, org: OrgId, spoken: &[&Spoken<'_>]) -> Result<()> {
    let counts = |it: &&&Spoken<'_>| it.word.source.is_own() || it.word.word != Word::Given;
    let counted = spoken.iter().filter(counts).filter_map(|it| {
        let (space, address) = it.by.clone()?;
        Some(Counted {
            space,
            address,
            channel: it.channel,
            purpose: it.word.purpose,
            word: it.word.word,
            at: it.word.at,
        })
    });
    stands::count(tx, org, counted.collect()).await
}

/// What the words say of cards: of those that they name, and of those that have the addresses.
async fn on_cards(tx: &mut Session, org: OrgId, spoken: &[&Spoken<'_>]) -> Result<Vec<EachSaid>> {
    let mut owners: BTreeMap<(Space, String), Vec<CustomerId>> = BTreeMap::new();
    let spaces: BTreeSet<Space> = spoken
        .iter()
        .filter_map(|it| it.by.as_ref().map(|(space, _)| *space))
        .collect();
    for space in spaces {
        let of_space = spoken
            .iter()
            .filter_map(|it| it.by.as_ref().filter(|(of, _)| *of == space));
        let all: BTreeSet<String> = of_space.map(|(_, address)| address.clone()).collect();
        for (address, customer) in addresses::owners_of_each(tx, org, space, &all).await? {
            owners.entry((space, address)).or_default().push(customer);
        }
    }
    let mut said = Vec::new();
    for it in spoken {
        let given = match it.word.word {
            Word::Given => true,
            Word::Withdrawn => false,
            Word::Held | Word::Released => continue,
        };
        let of_address = it
            .by
            .as_ref()
            .and_then(|by| owners.get(by))
            .into_iter()
            .flatten()
            .copied();
        let named = it.customer.filter(|_| it.by.is_none());
        said.extend(of_address.chain(named).map(|customer| EachSaid {
            customer,
            channel: it.channel,
            purpose: it.word.purpose,
            given,
            source: it.word.source,
            at: it.word.at,
            how: it.word.how.clone(),
        }));
    }
    // A hold concerns whoever has the address, though nothing is written on the card.
    let held: Vec<CustomerId> = owners.into_values().flatten().collect();
    mark_stale(tx, org, &held).await?;
    for some in held.chunks(CHUNK as usize) {
        compute(tx, org, some).await?;
    }
    Ok(said)
}
