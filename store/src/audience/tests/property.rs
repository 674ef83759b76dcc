//! The reference, SQLite and PostgreSQL asked the same question.

use super::world::{self, World};
use super::{both, filters};
use crate::audience::{Audience, Rendered};
use crate::guests::Organisations;
use crate::ledger::Rehearsal;
use crate::sql::{Connection, Session};
use crate::{Result, SqlStore};
use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::segment::{Asked, ClauseCount, Guest, Segment, audience};
use bellhop_domain::{CustomerId, OrgId, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};
use sqlx::AssertSqlSafe;
use std::cell::Cell;

pub type Question = (serde_json::Value, Timestamp);

#[test]
fn both_databases_answer_as_the_reference() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (lite, postgres, _homes) = runtime.block_on(both());
    let organisations = Cell::new(0);
    let questions = prop::collection::vec((filters::filter(), world::instant()), 24);
    let config = Config {
        cases: 40,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&(world::world(), questions), |(world, questions)| {
            organisations.set(organisations.get() + 1);
            let org = organisations.get();
            runtime.block_on(async {
                for store in [&lite, &postgres] {
                    fill(store, &world, org).await.unwrap();
                    for question in &questions {
                        compare(store, &world, org, question).await?;
                    }
                }
                Ok(())
            })
        })
        .unwrap();
}

pub async fn fill(store: &SqlStore, world: &World, org: i64) -> Result<()> {
    let mut session = Session::begin(&store.db).await?;
    let rows = sqlx::raw_sql(AssertSqlSafe(world.rows(org)));
    match &mut session.connection {
        Connection::Sqlite(tx) => rows.execute(&mut **tx).await.map(|_| ()),
        Connection::Postgres(tx, _) => rows.execute(&mut **tx).await.map(|_| ()),
        Connection::Autocommit(connection, _) => rows.execute(&mut **connection).await.map(|_| ()),
    }?;
    session.commit().await
}

/// Asks a store for the count, the size, the list, the pages and an explanation.
pub async fn compare(store: &SqlStore, world: &World, org: i64, (filter, as_of): &Question) -> TestCaseResult {
    let id = OrgId(i32::try_from(org).unwrap());
    let organisation = store.organisation_by_id(id).await.unwrap();
    let asked = Asked {
        as_of: *as_of,
        zone: organisation.timezone,
        region: organisation.settings.phone_region,
        thresholds: world.thresholds,
        cap: world.cap,
    };
    let reference = Segment::parse(filter).unwrap();
    let segment = with_mailings_of(org, filter);
    let dialect = store.dialect();

    let expected = audience(&world.guests, &reference, &asked);
    let answer = store.count(id, &segment, *as_of).await.unwrap();
    prop_assert_eq!(&answer, &expected, "count on {:?}: {} at {}", dialect, filter, as_of);

    let size = store.size(id, &segment, *as_of).await.unwrap();
    prop_assert_eq!(size, expected.count, "size on {:?}: {} at {}", dialect, filter, as_of);

    if let Some(clauses) = store.clauses(id, &segment, *as_of).await.unwrap() {
        let expected = clauses_of(&reference, &reference, &[], world, &asked);
        prop_assert_eq!(clauses, expected, "clauses on {:?}: {} at {}", dialect, filter, as_of);
    }

    let matching = world.guests.iter().filter(|g| reference.holds(g, &asked));
    let expected: Vec<_> = matching.map(|g| g.external_id.clone()).collect();
    let listed = store.list(id, &segment, *as_of, CustomerId(0), 100).await.unwrap();
    let listed: Vec<_> = listed.into_iter().map(|l| l.customer).collect();
    prop_assert_eq!(&listed, &expected, "list on {:?}: {} at {}", dialect, filter, as_of);

    let selection = store.select_audience(id, &segment, *as_of).await.unwrap();
    let middle = CustomerId(World::mailing(org, 3));
    let mut paged = ids(store, selection.page(CustomerId(0), middle)).await.unwrap();
    paged.extend(ids(store, selection.page(middle, CustomerId(i64::MAX))).await.unwrap());
    let paged: Vec<_> = paged
        .into_iter()
        .map(|c| format!("c{}", c - World::mailing(org, 0)))
        .collect();
    prop_assert_eq!(&paged, &expected, "pages on {:?}: {} at {}", dialect, filter, as_of);

    let some: Vec<CustomerId> = (world.guests.iter().step_by(2))
        .map(|g| CustomerId(World::mailing(org, g.customer.0)))
        .collect();
    let (asked_of, holding) = standing(store, selection.among(&some)).await.unwrap();
    let own = |c: &i64| format!("c{}", c - World::mailing(org, 0));
    let expected_of: Vec<_> = (asked_of.iter().map(own)).filter(|c| expected.contains(c)).collect();
    prop_assert_eq!(asked_of.len(), some.len(), "guests in hand on {:?}", dialect);
    let holding: Vec<_> = holding.iter().map(own).collect();
    prop_assert_eq!(
        holding,
        expected_of,
        "in hand on {:?}: {} at {}",
        dialect,
        filter,
        as_of
    );

    let guest = &world.guests[0];
    let explained = store.explain(id, &segment, *as_of, &guest.external_id).await.unwrap();
    prop_assert_eq!(explained.matches, expected.contains(&guest.external_id));
    // Of two who share an address, whoever is asked about alone is the first.
    if guest.exclusion().is_some() || guest.cap_reached(&asked) {
        let reason = guest.exclusion().unwrap_or(Exclusion::FrequencyCap);
        prop_assert_eq!(explained.excluded, Some(reason));
    } else {
        prop_assert_eq!(explained.excluded, None);
    }
    let all: Vec<_> = world
        .guests
        .iter()
        .map(|g| CustomerId(World::mailing(org, g.customer.0)))
        .collect();
    let capped = store.capped(id, &all, *as_of).await.unwrap();
    let capped: Vec<_> = all.iter().map(|customer| capped.contains(customer)).collect();
    let expected: Vec<_> = world.guests.iter().map(|g| g.cap_reached(&asked)).collect();
    prop_assert_eq!(&capped, &expected, "caps on {:?} at {}", dialect, as_of);
    prop_assert_eq!(
        explained.filter.to_string(),
        told(org, &reference.explain(guest, &asked).to_string())
    );
    Ok(())
}

/// The figures of a clause, found by asking each guest, with the clause and without it.
fn clauses_of(whole: &Segment, clause: &Segment, place: &[usize], world: &World, asked: &Asked) -> ClauseCount {
    let rest = without(whole, place).unwrap_or_else(Segment::everybody);
    let guests = |of: &dyn Fn(&Guest) -> bool| world.guests.iter().filter(|guest| of(guest)).count() as u64;
    let parts = match clause {
        Segment::All(parts) | Segment::Any(parts) => parts.iter().collect(),
        Segment::Not(part) => vec![part.as_ref()],
        Segment::Leaf(_) => Vec::new(),
    };
    let parts = parts.into_iter().enumerate().map(|(i, part)| {
        let place: Vec<_> = place.iter().copied().chain([i]).collect();
        clauses_of(whole, part, &place, world, asked)
    });
    ClauseCount {
        holds: guests(&|guest| clause.holds(guest, asked)),
        keeps_out: guests(&|guest| !whole.holds(guest, asked) && rest.holds(guest, asked)),
        parts: parts.collect(),
    }
}

/// The filter without the clause at this place; `None` if nothing is left of it.
fn without(segment: &Segment, place: &[usize]) -> Option<Segment> {
    let (at, deeper) = place.split_first()?;
    let left = |parts: &[Segment]| {
        let kept = parts.iter().enumerate().filter_map(|(i, part)| match i == *at {
            true => without(part, deeper),
            false => Some(part.clone()),
        });
        kept.collect()
    };
    match segment {
        Segment::All(parts) => Some(Segment::All(left(parts))),
        Segment::Any(parts) => Some(Segment::Any(left(parts))),
        Segment::Not(part) => Some(Segment::Not(Box::new(without(part, deeper)?))),
        Segment::Leaf(_) => None,
    }
}

async fn ids(store: &SqlStore, statement: Rendered) -> Result<Vec<i64>> {
    let rows = Session::read(&store.db).await?.fetch_rendered(&statement).await?;
    rows.iter().map(|row| row.columns().int("customer_id")).collect()
}

/// Who was asked about, and those of them for whom the filter holds.
async fn standing(store: &SqlStore, statement: Rendered) -> Result<(Vec<i64>, Vec<i64>)> {
    let rows = Session::read(&store.db).await?.fetch_rendered(&statement).await?;
    let (mut asked_of, mut holding) = (Vec::new(), Vec::new());
    for row in &rows {
        let c = row.columns();
        let customer = c.int("customer_id")?;
        asked_of.push(customer);
        if c.flag("holds")? {
            holding.push(customer);
        }
    }
    Ok((asked_of, holding))
}

/// The reference knows mailings 1 and 2; the rows have the organisation's own numbers.
fn with_mailings_of(org: i64, filter: &serde_json::Value) -> Segment {
    let text = [1, 2].iter().fold(filter.to_string(), |text, n| {
        text.replace(&format!("\"id\":{n},"), &format!("\"id\":{},", World::mailing(org, *n)))
    });
    text.parse().unwrap()
}

fn told(org: i64, explained: &str) -> String {
    [1, 2].iter().fold(explained.to_owned(), |text, n| {
        let own = World::mailing(org, *n);
        text.replace(&format!("mailing {n} "), &format!("mailing {own} "))
            .replace(&format!("run {n} "), &format!("run {own} "))
    })
}
