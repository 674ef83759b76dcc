//! The generated SQL, kept to be reviewed as SQL.

use super::world::MIDDLE;
use crate::Dialect;
use crate::audience::cap;
use crate::audience::context::Late;
use crate::audience::context::QueryContext;
use crate::audience::context::Range;
use crate::audience::names::{Lexicon, Names, Runs};
use crate::audience::predicate;
use crate::audience::selection::Selection;
use crate::audience::writer::{Rendered, Writer};
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::phone::Region;
use bellhop_domain::retention::Thresholds;
use bellhop_domain::segment::{Asked, Segment};
use bellhop_domain::{CustomerId, OrgId, Timestamp, Zone};
use std::fmt::Write;

const FILTERS: &[&str] = &[
    r#"{"retention":["lost"]}"#,
    r#"{"tags":{"any":["a","b"],"all":["a"],"none":["b"]}}"#,
    r#"{"tags":{"none":["a"]}}"#,
    r#"{"restaurants":["Arbat"]}"#,
    r#"{"orders":{}}"#,
    r#"{"orders":{"between":{"last_days":30},"count":{"max":0}}}"#,
    r#"{"orders":{"between":{"from":"2026-01-01","to":"2026-02-01"}}}"#,
    r#"{"orders":{"count":{"min":3},"total":{"min":5000},"average":{"max":900}}}"#,
    r#"{"orders":{"between":{"last_days":90},"count":{"min":3},"total":{"min":5000}}}"#,
    r#"{"orders":{"category":["soups"],"count":{"max":0}}}"#,
    r#"{"orders":{"dish":["borscht"],"category":["soups"],"status":["delivered"],"delivery":["courier"],"count":{"max":2}}}"#,
    r#"{"all":[{"last_order":{"last_days":60}},{"not":{"last_order":{"last_days":30}}}]}"#,
    r#"{"any":[{"first_order":{"from":"2026-01-01"}},{"birthday":{"within_days":7}},{"has":["app","sms"]},{"blacklisted":false}]}"#,
    r#"{"all":[{"locale":["ru","pt-BR"]},{"attribute":{"key":"city","is":["Kazan"]}},{"customers":["17"]},{"phones":["+79991234567"]}]}"#,
    r#"{"all":[{"registered":{"last_days":7}},{"registered":{}}]}"#,
    r#"{"mailing":{"id":5,"outcome":["not_opened","opened"]}}"#,
    r#"{"run":{"id":51,"state":["failed","suppressed"],"reason":"frequency_cap"}}"#,
];

fn asked() -> Asked {
    Asked {
        as_of: Timestamp(MIDDLE),
        zone: Zone::named("Europe/Moscow").unwrap(),
        region: Region::RU,
        thresholds: Thresholds::default(),
        cap: FrequencyCap::default(),
    }
}

fn lexicon() -> Lexicon {
    Lexicon {
        tags: Names::of(&[("a", 1), ("b", 64)]),
        restaurants: Names::of(&[("Arbat", 3)]),
        dishes: Names::of(&[("borscht", 4)]),
        categories: Names::of(&[("soups", 5)]),
        runs: Runs::these(&[(5, &[51, 52])]),
    }
}

fn selection(dialect: Dialect, filter: &str) -> Selection {
    Selection::new(
        dialect,
        OrgId(1),
        filter.parse().unwrap(),
        asked(),
        lexicon(),
        Some(500),
    )
}

/// A clause a line, then the values.
fn told(statement: &Rendered) -> String {
    let clauses = [" FROM ", " WHERE ", " GROUP BY ", " HAVING ", " ORDER BY ", " ELSE "];
    let sql = clauses.iter().fold(statement.sql.clone(), |sql, clause| {
        sql.replace(clause, &format!("\n   {clause}"))
    });
    format!("{sql}\n{:?}\n\n", statement.binds)
}

fn all(dialect: Dialect) -> String {
    let period = FILTERS[8];
    let everything = selection(dialect, period);
    let mut text = format!(
        "count of {0}\n{1}whose cap is reached\n{2}page of {0}\n{3}",
        period,
        told(&everything.groups(Late::None)),
        told(&cap::groups(&everything, Late::None)),
        told(&everything.page(CustomerId(1000), CustomerId(2000)))
    );
    let clauses = FILTERS[12];
    let alike = told(&selection(dialect, clauses).alike(Late::None));
    write!(text, "clauses of {clauses}\n{alike}").unwrap();
    // The latest orders, where more of them could change the answer.
    let bounded = r#"{"orders":{"between":{"last_days":90},"count":{"max":2},"average":{"min":900}}}"#;
    write!(
        text,
        "count of {bounded}\n{}",
        told(&selection(dialect, bounded).size(Late::None))
    )
    .unwrap();
    for filter in FILTERS {
        let segment: Segment = filter.parse().unwrap();
        let mut w = Writer::new(dialect);
        let (asked, names) = (asked(), lexicon());
        let context = QueryContext {
            org: OrgId(1),
            asked: &asked,
            names: &names,
            range: Range::Everybody,
            late: Late::Possible,
            halves: None,
        };
        predicate::write(&mut w, &segment, &context);
        write!(text, "{filter}\n{}", told(&w.finish())).unwrap();
    }
    text
}

#[test]
fn on_postgres() {
    insta::assert_snapshot!(all(Dialect::Postgres));
}

#[test]
fn on_sqlite() {
    insta::assert_snapshot!(all(Dialect::Sqlite));
}

/// Whatever a user writes is bound; none of it is in the text.
#[test]
fn nothing_that_a_user_writes_is_in_the_text() {
    let filter = r#"{"all":[{"attribute":{"key":"x'y","is":["x'z"]}},{"customers":["x'1"]},{"locale":["xx"]},
        {"orders":{"delivery":["x'd"],"source":["x's"],"promo":["x'p"]}},{"tags":{"any":["x't"]}}]}"#;
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        let statement = selection(dialect, filter).groups(Late::Possible);
        assert!(
            !statement.sql.contains("x'") && !statement.sql.contains("xx"),
            "{}",
            statement.sql
        );
    }
}
