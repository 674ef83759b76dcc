//! `GET /v1/uploads/{id}/sheet`: what a file is taken for, so that a human can say otherwise before it is imported.

use super::{unfit, whole};
use crate::Api;
use crate::files::ImportAsked;
use crate::problem::Problem;
use crate::routes::Allowed;
use bellhop_domain::fault::Why;
use bellhop_store::files::Holds;
use bellhop_store::import::{FileKind, SheetLook};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// What is said of the file; what is not said is recognised.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reading {
    /// What it holds: `guests`, `orders` or `consents`.
    holds: Option<String>,
    /// The sheet of a workbook.
    sheet: Option<String>,
    /// The encoding of a text, like `windows-1251`.
    encoding: Option<String>,
    /// What stands between the cells of a CSV file.
    delimiter: Option<String>,
    /// The line or row on which the columns are named.
    header: Option<u64>,
    /// The name of a mapping that is kept.
    mapping: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sheet)]
pub(crate) struct Sheet {
    /// `csv`, `ndjson`, `json_array` or `workbook`.
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<String>,
    /// All sheets of a workbook.
    sheets: Vec<String>,
    /// The one that is shown; absent if several may be meant: name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<String>,
    /// What it seems to hold, or what was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<&'static str>,
    /// The program whose export it looks like: `iiko_guests`, `iiko_olap`, `rkeeper_cards`.
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<&'static str>,
    /// A mapping for that program's export: a heading for each column, to look at and send with the import.
    suggested: BTreeMap<String, Option<String>>,
    /// On which line or row the headings stand; 0 for the keys of objects.
    header_line: u64,
    /// What stands above them.
    above: Vec<String>,
    headings: Vec<Heading>,
    /// Required columns that no heading is read as: name a heading for each.
    missing: Vec<String>,
    /// All columns that such a file may have.
    columns: Vec<&'static str>,
    /// The first rows, as they are written, each cell by its first characters.
    rows: Vec<Vec<String>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SheetHeading)]
struct Heading {
    heading: String,
    /// What it is read as; empty if it is left out.
    columns: Vec<String>,
}

const fn holds_of(kind: FileKind) -> Holds {
    match kind {
        FileKind::Customers => Holds::Guests,
        FileKind::Orders => Holds::Orders,
        FileKind::Words => Holds::Consents,
    }
}

/// What a name means, among these.
pub(super) fn named(name: &str, of: &[Holds]) -> Result<Holds, Why> {
    let found = of.iter().find(|it| it.name() == name).copied();
    found.ok_or_else(|| Why::BodyValueUnknown {
        value: name.to_owned(),
        known: of.iter().map(|it| it.name()).collect::<Vec<_>>().join(", "),
    })
}

/// Files with columns.
pub(super) const TABLES: [Holds; 3] = [Holds::Guests, Holds::Orders, Holds::Consents];

pub(crate) async fn sheet(api: Api, allowed: Allowed<(), i64>) -> Result<Sheet, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let query: Reading = asked.query()?;
    let kept = match &query.mapping {
        Some(name) => Some(api.store.mapping(caller.org, name).await?),
        None => None,
    };
    let unreadable = |(key, why): (&str, Why)| Problem::unreadable(why.at(key));
    let said = query.holds.as_deref().map(|name| named(name, &TABLES)).transpose();
    let said = said.map_err(|why| unreadable(("holds", why)))?;
    let kind = said
        .or(kept.as_ref().map(|kept| kept.holds))
        .and_then(crate::files::kind_of);
    let reading = ImportAsked {
        sheet: query.sheet,
        encoding: query.encoding,
        delimiter: query.delimiter,
        header: query.header,
        columns: kept.map(|kept| kept.mapping).unwrap_or_default(),
        ..ImportAsked::default()
    };
    let by_hand = reading.by_hand(kind).map_err(unreadable)?;
    let (_, file) = whole(&api, caller.org, id).await?;
    let org = api.organisations.organisation_by_id(caller.org).await?;
    let look = api.store.look_at_file(&org, &file, &by_hand, kind).await;
    Ok(shown(look.map_err(unfit)?))
}

fn shown(look: SheetLook) -> Sheet {
    let headings = look.headings.into_iter().map(|it| Heading {
        heading: it.heading,
        columns: it.columns,
    });
    Sheet {
        format: look.format.name(),
        encoding: look.encoding,
        delimiter: look.delimiter.map(String::from),
        sheets: look.sheets,
        sheet: look.sheet,
        holds: look.holds.map(|kind| holds_of(kind).name()),
        program: look.program.map(|it| it.name()),
        suggested: look.suggested,
        header_line: look.header_line,
        above: look.above,
        headings: headings.collect(),
        missing: look.missing,
        columns: look.holds.map_or_else(Vec::new, |kind| kind.columns().to_vec()),
        rows: look.rows,
    }
}
