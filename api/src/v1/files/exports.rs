//! `/v1/exports`: rows as a file, prepared in the background or sent while they are read.

use super::imports::json;
use super::{Page, place, unwritable};
use crate::Api;
use crate::files::{ExportAsked, ExportForms, ExportWhat, FileProblem, Link, Place, link, words_of};
use crate::problem::Problem;
use crate::routes::{Allowed, Download, Head};
use crate::v1::page::page_size;
use crate::v1::settings::who;
use axum::body::Bytes;
use axum::http::StatusCode;
use bellhop_domain::Timestamp;
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::words::Language;
use bellhop_store::export::{ExportOf, TextForm};
use bellhop_store::files::{FileJob, JobKind, JobState, NewJob};
use bellhop_store::guests::Organisation;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use std::io;
use std::time::Duration;
use utoipa::ToSchema;

/// As many of an organisation may wait and run.
const MOST: u64 = 20;
/// How long a link is good.
const LINK: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, Serialize, Deserialize)]
struct About {
    what: ExportWhat,
    form: ExportForms,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Export)]
pub(crate) struct Export {
    id: i64,
    /// `waiting`, `running`, `done`, `failed`, or `erased` if a guest was erased after it was made.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<ExportWhat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<ExportForms>,
    rows: u64,
    /// Of the whole file.
    bytes: u64,
    made_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Then the file is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// The path of the file, for whoever has it. It is good for 15 minutes; asked again there is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    link_until: Option<Timestamp>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<FileProblem>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Exports)]
pub(crate) struct Exports {
    /// The latest first. Links are told of one at a time.
    exports: Vec<Export>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

fn unprocessable(fault: Fault) -> Problem {
    Problem::unprocessable(vec![fault])
}

pub(crate) async fn export(api: Api, allowed: Allowed<ExportAsked>) -> Result<Export, Problem> {
    let (caller, (), to_do, asked) = allowed.into_asked();
    let key = asked.keyed()?;
    let once = key.as_ref().map(|key| key.once());
    let org = api.organisations.organisation_by_id(caller.org).await?;
    let of = to_do.of(api.now()).map_err(unprocessable)?;
    is_there(&api, &org, &of).await?;
    let about = About {
        what: to_do.what,
        form: to_do.form,
    };
    let (about, to_do) = (json(&about)?, json(&to_do)?);
    let place = Place::drawn((api.entrance.random)());
    let job = NewJob {
        kind: JobKind::Export,
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
    one(
        &api,
        api.store.file_job(caller.org, JobKind::Export, id).await?,
        asked.language,
    )
}

/// What is not there is told at once: a run, or a list of codes.
async fn is_there(api: &Api, org: &Organisation, of: &ExportOf) -> Result<(), Problem> {
    if matches!(of, ExportOf::Recipients { .. } | ExportOf::PromoCodes { .. }) {
        api.store.export_part(org, of, (i64::MAX, 0)).await?;
    }
    Ok(())
}

/// Sends rows while they are read, a part in memory at a time, for as long as somebody listens.
pub(crate) async fn export_now(api: Api, allowed: Allowed<ExportAsked>) -> Result<Download, Problem> {
    let (caller, to_do) = allowed.into_parts();
    let org = api.organisations.organisation_by_id(caller.org).await?;
    let of = to_do.of(api.now()).map_err(unprocessable)?;
    let Some(form) = to_do.form.text() else {
        let (value, known) = ("xlsx".to_owned(), "csv, ndjson".to_owned());
        return Err(unprocessable(Why::BodyValueUnknown { value, known }.at("form")));
    };
    is_there(&api, &org, &of).await?;
    let beginning = form.beginning(of.headings()).map_err(|error| unwritable(&error))?;
    let name = format!("{}.{}", of.name(), to_do.form.ending());
    let sending = Sending {
        api,
        org,
        of,
        form,
        next: Some((i64::MIN, 0)),
    };
    let first = stream::once(async move { io::Result::Ok(Bytes::from(beginning)) });
    let rows = stream::try_unfold(sending, Sending::go_on);
    let all = futures_util::StreamExt::chain(first, rows);
    Ok(Download::of_stream(name, to_do.form.kind(), all))
}

/// An export on its way.
struct Sending {
    api: Api,
    org: Organisation,
    of: ExportOf,
    form: TextForm,
    next: Option<(i64, i64)>,
}

impl Sending {
    async fn go_on(mut self) -> io::Result<Option<(Bytes, Self)>> {
        let Some(after) = self.next else { return Ok(None) };
        let part = self.api.store.export_part(&self.org, &self.of, after).await;
        // The connection breaks, so that nobody takes a part for the whole.
        let part = part.map_err(|error| {
            tracing::error!(%error, "an export broke off");
            io::Error::other("the database does not answer")
        })?;
        self.next = part.next;
        let bytes = self.form.rows(self.of.headings(), &part.rows)?;
        Ok(Some((Bytes::from(bytes), self)))
    }
}

pub(crate) async fn exports(api: Api, allowed: Allowed<()>) -> Result<Exports, Problem> {
    let (caller, (), (), asked) = allowed.into_asked();
    let query: Page = asked.query()?;
    let limit = page_size(query.limit)?;
    let mut found = api
        .store
        .file_jobs(caller.org, JobKind::Export, query.cursor, limit + 1)
        .await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    Ok(Exports {
        next: found.last().filter(|_| more).map(|last| last.id),
        exports: found.into_iter().map(|job| shown(job, asked.language)).collect(),
    })
}

pub(crate) async fn export_of(api: Api, allowed: Allowed<(), i64>) -> Result<Export, Problem> {
    let (caller, id, (), asked) = allowed.into_asked();
    let job = api.store.file_job(caller.org, JobKind::Export, id).await?;
    one(&api, job, asked.language)
}

/// With its link, if it has a file.
fn one(api: &Api, job: FileJob, language: Language) -> Result<Export, Problem> {
    let linked = match (&job.place, job.state, job.expires_at) {
        (Some(name), JobState::Done, Some(expires)) => {
            let until = api.now().plus(LINK).min(expires);
            Some((link(job.id, &place(name)?, until), until))
        }
        _ => None,
    };
    let (link, link_until) = linked.unzip();
    Ok(Export {
        link,
        link_until,
        ..shown(job, language)
    })
}

/// The file, for whoever has a link that is good.
pub(crate) async fn file(api: Api, mut head: Head) -> Result<Download, Problem> {
    let over = || Problem::new(StatusCode::NOT_FOUND, Why::ExportLinkOver);
    let id: i64 = head.in_path().await?;
    let link = head.query().and_then(Link::of).ok_or_else(over)?;
    let _turn = api.bounded.passer_by().await;
    let job = api.store.export_of_link(id).await?.ok_or_else(over)?;
    let name = job.place.as_deref().ok_or_else(over)?;
    let place = place(name)?;
    if !link.is_good(id, &place, api.now()) {
        return Err(over());
    }
    match job.state {
        JobState::Done => {}
        JobState::Erased => return Err(Problem::new(StatusCode::GONE, Why::ExportErased)),
        _ => return Err(over()),
    }
    let about: About = serde_json::from_str(&job.about).map_err(|_| over())?;
    let name = format!("export-{id}.{}", about.form.ending());
    let file = Download::of_file(name, about.form.kind(), &api.files.path(&place)).await;
    file.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Problem::new(StatusCode::NOT_FOUND, Why::FileNotHere),
        _ => unwritable(&error),
    })
}

fn shown(job: FileJob, language: Language) -> Export {
    let about: Option<About> = serde_json::from_str(&job.about).ok();
    let told = job.told.as_deref().filter(|_| job.state == JobState::Failed);
    Export {
        id: job.id,
        state: job.state.name(),
        what: about.as_ref().map(|it| it.what),
        form: about.as_ref().map(|it| it.form),
        rows: job.progress.rows,
        bytes: job.progress.bytes,
        made_by: job.made_by,
        created_at: job.created_at,
        ended_at: job.ended_at,
        expires_at: job.expires_at.filter(|_| job.place.is_some()),
        link: None,
        link_until: None,
        problem: told.and_then(|kept| words_of(kept, language)),
    }
}
