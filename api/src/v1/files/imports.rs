//! `/v1/imports`: an uploaded file is imported in the background.

use super::sheet::named;
use super::{Page, place, unfit, unwritable, whole};
use crate::Api;
use crate::files::{FileProblem, ImportAsked, Place, kind_of, words_of};
use crate::problem::Problem;
use crate::routes::{Allowed, Download};
use crate::v1::page::page_size;
use crate::v1::settings::who;
use axum::http::StatusCode;
use bellhop_domain::Timestamp;
use bellhop_domain::fault::{Term, Why};
use bellhop_domain::words::Language;
use bellhop_store::files::{ColumnMapping, FileJob, Holds, JobKind, JobState, NewJob};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// As many of an organisation may wait and run.
const MOST: u64 = 20;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewImport)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    /// The upload, which is here as a whole.
    upload: i64,
    /// What it holds: `guests`, `orders`, `consents` or `promo_codes`.
    holds: String,
    /// The sheet of a workbook; the only one that names the columns if absent.
    sheet: Option<String>,
    /// The encoding of a text, like `windows-1251`; recognised if absent.
    encoding: Option<String>,
    /// What stands between the cells of a CSV file; recognised if absent.
    delimiter: Option<String>,
    /// The line or row on which the columns are named; the first that names them if absent.
    header: Option<u64>,
    /// The name of a mapping that is kept.
    mapping: Option<String>,
    /// From which heading of the file each column is read, in place of what the mapping of that name says; null: it is not read.
    /// Columns that are not here are found by their names and usual headings.
    #[serde(default)]
    columns: BTreeMap<String, Option<String>>,
    /// Of promo codes: the list, which is there.
    list: Option<String>,
    /// Check everything, write nothing.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct About {
    file: String,
    holds: String,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    list: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import)]
pub(crate) struct Import {
    id: i64,
    /// `waiting`, `running`, `done` or `failed`.
    state: &'static str,
    /// The name of the file.
    file: String,
    holds: String,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<String>,
    /// Rows that were read.
    rows: u64,
    accepted: u64,
    refused: u64,
    /// Of the file's bytes, so many were read. A workbook's are counted at the end.
    bytes: u64,
    of_bytes: u64,
    /// More than one if a server stopped in the middle and it was begun again: rows that were in by then count as unchanged.
    tries: u32,
    made_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Until then the refused rows can be downloaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// What it did and how the file was read, as `bellhop import --json` tells it; what was refused is to be downloaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    summary: Option<Value>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<FileProblem>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Imports)]
pub(crate) struct Imports {
    /// The latest first.
    imports: Vec<Import>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

pub(crate) async fn import(api: Api, allowed: Allowed<New>) -> Result<Import, Problem> {
    let (caller, (), new, asked) = allowed.into_asked();
    let key = asked.keyed()?;
    let once = key.as_ref().map(|key| key.once());
    let unprocessable = |(key, why): (&str, Why)| Problem::unprocessable(vec![why.at(key)]);
    let holds = named(&new.holds, &Holds::ALL).map_err(|why| unprocessable(("holds", why)))?;
    let kind = kind_of(holds);
    let columns = columns(&api, &caller, &new, holds).await?;
    let to_do = ImportAsked {
        upload: new.upload,
        holds: holds.name().to_owned(),
        sheet: new.sheet,
        encoding: new.encoding,
        delimiter: new.delimiter,
        header: new.header,
        columns,
        list: new.list,
        dry_run: new.dry_run,
        language: asked.language.tag().to_owned(),
    };
    let by_hand = to_do.by_hand(kind).map_err(unprocessable)?;
    let (upload, file) = whole(&api, caller.org, new.upload).await?;
    // What would refuse the file as a whole is told at once, with what there is to choose from.
    match (kind, &to_do.list) {
        (Some(kind), _) => {
            let org = api.organisations.organisation_by_id(caller.org).await?;
            api.store.check_file(&org, &file, &by_hand, kind).await.map_err(unfit)?;
        }
        (None, Some(list)) => api
            .store
            .check_code_file(caller.org, list, &file)
            .await
            .map_err(unfit)?,
        (None, None) => return Err(unprocessable(("list", Why::PromoImportLacksList))),
    }
    if kind.is_none() && to_do.dry_run {
        let (value, known) = ("true".to_owned(), "false".to_owned());
        return Err(unprocessable(("dry_run", Why::BodyValueUnknown { value, known })));
    }
    let about = About {
        file: upload.name,
        holds: to_do.holds.clone(),
        dry_run: to_do.dry_run,
        list: to_do.list.clone(),
    };
    let (about, to_do) = (json(&about)?, json(&to_do)?);
    let place = Place::drawn((api.entrance.random)());
    let job = NewJob {
        kind: JobKind::Import,
        about: &about,
        asked: &to_do,
        place: place.name(),
        most: MOST,
    };
    let id = api
        .store
        .ask_job(caller.org, &job, once.as_ref(), &who(&caller), api.now())
        .await?;
    api.files.wake();
    Ok(shown(
        api.store.file_job(caller.org, JobKind::Import, id).await?,
        asked.language,
    ))
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, Why::Defect))
}

/// What the kept mapping says, and over it what the request says.
async fn columns(
    api: &Api,
    caller: &bellhop_store::guests::ApiCaller,
    new: &New,
    holds: Holds,
) -> Result<ColumnMapping, Problem> {
    let mut columns = BTreeMap::new();
    if let Some(name) = &new.mapping {
        let kept = api.store.mapping(caller.org, name).await?;
        if kept.holds != holds {
            let holds = Term(kept.holds.name());
            return Err(Problem::unprocessable(vec![
                Why::MappingOfOther { holds }.at("mapping"),
            ]));
        }
        columns = kept.mapping;
    }
    columns.extend(new.columns.clone());
    Ok(columns)
}

pub(crate) async fn imports(api: Api, allowed: Allowed<()>) -> Result<Imports, Problem> {
    let (caller, (), (), asked) = allowed.into_asked();
    let query: Page = asked.query()?;
    let limit = page_size(query.limit)?;
    let mut found = api
        .store
        .file_jobs(caller.org, JobKind::Import, query.cursor, limit + 1)
        .await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    Ok(Imports {
        next: found.last().filter(|_| more).map(|last| last.id),
        imports: found.into_iter().map(|job| shown(job, asked.language)).collect(),
    })
}

pub(crate) async fn import_of(api: Api, allowed: Allowed<(), i64>) -> Result<Import, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let job = api.store.file_job(caller.org, JobKind::Import, id).await?;
    Ok(shown(job, asked.language))
}

pub(crate) async fn refused_rows(api: Api, allowed: Allowed<(), i64>) -> Result<Download, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let job = api.store.file_job(caller.org, JobKind::Import, id).await?;
    if matches!(job.state, JobState::Waiting | JobState::Running) {
        return Err(Problem::new(StatusCode::CONFLICT, Why::FileJobUnfinished));
    }
    let over = || Problem::new(StatusCode::GONE, Why::FileNotHere);
    let name = job.place.as_deref().ok_or_else(over)?;
    let path = api.files.path(&place(name)?);
    let file = Download::of_file(format!("import-{id}-refused.csv"), "text/csv; charset=utf-8", &path).await;
    file.map_err(|error| match error.kind() {
        // It failed before it read a row, or another server has the file.
        std::io::ErrorKind::NotFound => over(),
        _ => unwritable(&error),
    })
}

fn shown(job: FileJob, language: Language) -> Import {
    let about: Option<About> = serde_json::from_str(&job.about).ok();
    let (file, holds, dry_run, list) = match about {
        Some(about) => (about.file, about.holds, about.dry_run, about.list),
        None => Default::default(),
    };
    let told = job.told.as_deref();
    let (summary, problem) = match job.state {
        JobState::Failed => (None, told.and_then(|kept| words_of(kept, language))),
        _ => (told.and_then(|told| serde_json::from_str(told).ok()), None),
    };
    Import {
        id: job.id,
        state: job.state.name(),
        file,
        holds,
        dry_run,
        list,
        rows: job.progress.rows,
        accepted: job.progress.rows.saturating_sub(job.progress.refused),
        refused: job.progress.refused,
        bytes: job.progress.bytes,
        of_bytes: job.progress.of_bytes,
        tries: job.tries,
        made_by: job.made_by,
        created_at: job.created_at,
        ended_at: job.ended_at,
        expires_at: job.expires_at.filter(|_| job.place.is_some()),
        summary,
        problem,
    }
}
