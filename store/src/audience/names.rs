//! The numbers of the names that a filter mentions, and of its mailings' runs. Bound as numbers, the planner knows how common each is.

use super::writer::{Bind, Writer};
use crate::sql::Session;
use crate::{Result, SqlStore};
use bellhop_domain::segment::{Leaf, Segment};
use bellhop_domain::{MailingId, OrgId, RunId};
use std::collections::{BTreeMap, BTreeSet};

/// A named row of the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub id: i64,
    /// 1, 2, 3… of categories, tags and restaurants: the bit in a mask. 0 of dishes.
    pub ordinal: i64,
}

/// Bits 0 to 62 of a mask.
const MASKED: i64 = 63;

/// An absent name belongs to nothing, so conditions on it match no row.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(BTreeMap<String, Named>);

impl Names {
    pub fn ids(&self, names: &[String]) -> Vec<i64> {
        names.iter().filter_map(|n| self.0.get(n)).map(|n| n.id).collect()
    }

    /// The mask of these names; `None` if one of them has no bit.
    pub fn mask(&self, names: &[String]) -> Option<i64> {
        names.iter().filter_map(|n| self.0.get(n)).try_fold(0, |mask, named| {
            (1..=MASKED)
                .contains(&named.ordinal)
                .then(|| mask | 1 << (named.ordinal - 1))
        })
    }

    #[cfg(test)]
    pub fn of(named: &[(&str, i64)]) -> Self {
        let entry = |(name, n): &(&str, i64)| {
            (
                (*name).to_owned(),
                Named {
                    id: 100 + n,
                    ordinal: *n,
                },
            )
        };
        Names(named.iter().map(entry).collect())
    }
}

/// Names by what they are of.
#[derive(Debug, Clone, Default)]
pub(super) struct Lexicon {
    pub tags: Names,
    pub restaurants: Names,
    pub dishes: Names,
    pub categories: Names,
    pub runs: Runs,
}

/// The runs of mailings, without tests.
#[derive(Debug, Clone, Default)]
pub(super) struct Runs {
    of_mailings: BTreeMap<i64, Vec<i64>>,
    /// Those that a filter names themselves.
    own: BTreeSet<i64>,
}

impl Runs {
    /// Those of a mailing: none, if it is not the organisation's.
    pub fn of(&self, mailing: MailingId) -> Vec<i64> {
        self.of_mailings.get(&mailing.0).cloned().unwrap_or_default()
    }

    /// The number of a run, if it is the organisation's and no test.
    pub fn own(&self, run: RunId) -> Option<i64> {
        self.own.get(&run.0).copied()
    }

    #[cfg(test)]
    pub fn these(runs: &[(i64, &[i64])]) -> Self {
        Self {
            of_mailings: runs.iter().map(|(mailing, runs)| (*mailing, runs.to_vec())).collect(),
            own: runs.iter().flat_map(|(_, runs)| runs.iter().copied()).collect(),
        }
    }
}

/// The names a filter mentions.
#[derive(Default)]
struct Mentioned<'a> {
    tags: BTreeSet<&'a String>,
    restaurants: BTreeSet<&'a String>,
    dishes: BTreeSet<&'a String>,
    categories: BTreeSet<&'a String>,
    mailings: BTreeSet<i64>,
    runs: BTreeSet<i64>,
}

fn mentioned(segment: &Segment) -> Mentioned<'_> {
    let mut all = Mentioned::default();
    for leaf in segment.leaves() {
        match leaf {
            Leaf::Tags(it) => all.tags.extend(it.any.iter().chain(&it.all).chain(&it.none)),
            Leaf::Restaurants(it) => all.restaurants.extend(&it.0),
            Leaf::Orders(it) => {
                all.dishes.extend(&it.dish);
                all.categories.extend(&it.category);
            }
            Leaf::InMailing(it) => {
                all.mailings.insert(it.id.0);
            }
            Leaf::InRun(it) => {
                all.runs.insert(it.id.0);
            }
            _ => {}
        }
    }
    all
}

/// A name that a filter mentions but that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// `dish`, `restaurant`, `category` or `tag`.
    pub what: &'static str,
    pub name: String,
    /// What there is instead.
    pub known: Vec<String>,
}

impl SqlStore {
    /// Looks up every name that the filter mentions.
    pub(super) async fn lexicon(&self, org: OrgId, segment: &Segment) -> Result<Lexicon> {
        const TAGS: &str = "SELECT name, id, CAST(ordinal AS BIGINT) AS ordinal FROM tags";
        const RESTAURANTS: &str = "SELECT name, id, CAST(ordinal AS BIGINT) AS ordinal FROM restaurants";
        const DISHES: &str = "SELECT name, id, CAST(0 AS BIGINT) AS ordinal FROM dishes";
        const CATEGORIES: &str = "SELECT name, id, CAST(ordinal AS BIGINT) AS ordinal FROM categories";
        let all = mentioned(segment);
        Ok(Lexicon {
            tags: self.named(org, TAGS, all.tags).await?,
            restaurants: self.named(org, RESTAURANTS, all.restaurants).await?,
            dishes: self.named(org, DISHES, all.dishes).await?,
            categories: self.named(org, CATEGORIES, all.categories).await?,
            runs: Runs {
                of_mailings: self.runs_of(org, all.mailings).await?,
                own: self.own_runs(org, all.runs).await?,
            },
        })
    }

    async fn own_runs(&self, org: OrgId, runs: BTreeSet<i64>) -> Result<BTreeSet<i64>> {
        if runs.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut w = Writer::new(self.dialect());
        w.with(
            "SELECT id FROM runs WHERE org_id = ? AND NOT test AND ",
            [i64::from(org.0)],
        );
        w.one_of("id", Bind::Ints(runs.into_iter().collect()));
        let rows = Session::read(&self.db).await?.fetch_rendered(&w.finish()).await?;
        rows.iter().map(|row| row.columns().int("id")).collect()
    }

    async fn runs_of(&self, org: OrgId, mailings: BTreeSet<i64>) -> Result<BTreeMap<i64, Vec<i64>>> {
        if mailings.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut w = Writer::new(self.dialect());
        w.with(
            "SELECT mailing_id, id FROM runs WHERE org_id = ? AND NOT test AND ",
            [i64::from(org.0)],
        );
        w.one_of("mailing_id", Bind::Ints(mailings.into_iter().collect()));
        w.put(" ORDER BY id");
        let mut runs: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for row in Session::read(&self.db).await?.fetch_rendered(&w.finish()).await? {
            let c = row.columns();
            runs.entry(c.int("mailing_id")?).or_default().push(c.int("id")?);
        }
        Ok(runs)
    }

    /// Names in the filter that do not exist in the organisation, each with all existing names of its kind.
    pub(super) async fn names_of_nothing(&self, org: OrgId, segment: &Segment) -> Result<Vec<UnknownName>> {
        let all = mentioned(segment);
        let kinds = [
            ("tag", "SELECT name FROM tags WHERE org_id = ", all.tags),
            (
                "restaurant",
                "SELECT name FROM restaurants WHERE org_id = ",
                all.restaurants,
            ),
            ("dish", "SELECT name FROM dishes WHERE org_id = ", all.dishes),
            (
                "category",
                "SELECT name FROM categories WHERE org_id = ",
                all.categories,
            ),
        ];
        let mut unknown = Vec::new();
        for (what, select, names) in kinds {
            if names.is_empty() {
                continue;
            }
            let mut w = Writer::new(self.dialect());
            w.put(select).with("?", [i64::from(org.0)]);
            let query = w.finish();
            let rows = Session::read(&self.db).await?.fetch_rendered(&query).await?;
            let known = rows.iter().map(|row| row.columns().text("name"));
            let known: BTreeSet<String> = known.collect::<Result<_>>()?;
            let absent = names.into_iter().filter(|name| !known.contains(*name));
            unknown.extend(absent.map(|name| UnknownName {
                what,
                name: name.clone(),
                known: known.iter().cloned().collect(),
            }));
        }
        Ok(unknown)
    }

    async fn named(&self, org: OrgId, select: &'static str, names: BTreeSet<&String>) -> Result<Names> {
        if names.is_empty() {
            return Ok(Names::default());
        }
        let mut w = Writer::new(self.dialect());
        w.put(select).with(" WHERE org_id = ? AND ", [i64::from(org.0)]);
        w.one_of("name", Bind::Texts(names.into_iter().cloned().collect()));
        let query = w.finish();
        let rows = Session::read(&self.db).await?.fetch_rendered(&query).await?;
        let named = rows.iter().map(|row| {
            let c = row.columns();
            let (id, ordinal) = (c.int("id")?, c.int("ordinal")?);
            Ok((c.text("name")?, Named { id, ordinal }))
        });
        Ok(Names(named.collect::<Result<_>>()?))
    }
}
