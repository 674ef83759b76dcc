//! An export in the background, and what is asked for by one.

use super::folder::Place;
use super::progress::{Ended, MOST_TRIES, Progress};
use super::told::{kept, of_store};
use crate::Api;
use bellhop_domain::fault::{Fault, Why};
use bellhop_domain::message::MessageState;
use bellhop_domain::segment::Segment;
use bellhop_domain::{RunId, Timestamp};
use bellhop_store::export::{ExportFile, ExportForm, ExportOf, Part, TextForm};
use bellhop_store::files::{FileJob, JobProgress, JobState};
use bellhop_store::guests::Organisation;
use bellhop_store::ledger::RecipientFilter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;
use utoipa::ToSchema;

/// What is exported, and how.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = NewExport)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportAsked {
    /// `guests`, `orders`, `consents`, `recipients` or `promo_codes`.
    pub what: ExportWhat,
    /// `csv`, which is safe to open in a spreadsheet, `xlsx` or `ndjson`.
    pub form: ExportForms,
    /// Of guests: the filter of their audience (docs/audience.md). All guests if absent.
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Value>,
    /// Of guests: as of which instant; now if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// Of orders: placed then or later.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Of orders: placed before.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Of recipients: the run.
    pub run: Option<i64>,
    /// Of recipients: only those whose message is in this state.
    #[schema(schema_with = crate::shape::message_state)]
    pub state: Option<String>,
    /// Of recipients: only those who opened it, or did not.
    pub opened: Option<bool>,
    /// Of promo codes: the list.
    pub list: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportWhat {
    Guests,
    Orders,
    Consents,
    Recipients,
    PromoCodes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportForms {
    Csv,
    Xlsx,
    Ndjson,
}

impl ExportForms {
    pub const KINDS: &'static [&'static str] = &[
        "text/csv; charset=utf-8",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/x-ndjson",
    ];

    pub const fn kind(self) -> &'static str {
        match self {
            ExportForms::Csv => Self::KINDS[0],
            ExportForms::Xlsx => Self::KINDS[1],
            ExportForms::Ndjson => Self::KINDS[2],
        }
    }

    pub const fn ending(self) -> &'static str {
        match self {
            ExportForms::Csv => "csv",
            ExportForms::Xlsx => "xlsx",
            ExportForms::Ndjson => "ndjson",
        }
    }

    /// What can be sent while it is made.
    pub const fn text(self) -> Option<TextForm> {
        match self {
            ExportForms::Csv => Some(TextForm::Csv),
            ExportForms::Xlsx => None,
            ExportForms::Ndjson => Some(TextForm::Ndjson),
        }
    }
}

impl ExportAsked {
    /// What is asked for, or what is wrong with it. Without an instant it is as of now.
    pub fn of(&self, now: Timestamp) -> Result<ExportOf, Fault> {
        let lacks = |key: &str| Why::ExportLacks { key: key.to_owned() }.at(key);
        Ok(match self.what {
            ExportWhat::Guests => ExportOf::Guests {
                segment: match &self.filter {
                    Some(filter) => Segment::parse(filter).map_err(Fault::from)?,
                    None => Segment::everybody(),
                },
                as_of: self.as_of.unwrap_or(now),
            },
            ExportWhat::Orders => ExportOf::Orders {
                from: self.from.unwrap_or(Timestamp(0)),
                until: self.until.unwrap_or(Timestamp(i64::MAX)),
            },
            ExportWhat::Consents => ExportOf::Consents,
            ExportWhat::Recipients => ExportOf::Recipients {
                run: RunId(self.run.ok_or_else(|| lacks("run"))?),
                filter: RecipientFilter {
                    state: self.state.as_deref().map(state_named).transpose()?,
                    reason: None,
                    opened: self.opened,
                },
            },
            ExportWhat::PromoCodes => ExportOf::PromoCodes {
                list: self.list.clone().ok_or_else(|| lacks("list"))?,
            },
        })
    }
}

fn state_named(name: &str) -> Result<MessageState, Fault> {
    let found = MessageState::ALL.into_iter().find(|state| state.name() == name);
    found.ok_or_else(|| {
        let known = MessageState::ALL.map(MessageState::name).join(", ");
        let value = name.to_owned();
        Why::BodyValueUnknown { value, known }.at("state")
    })
}

pub(super) async fn run(api: &Api, job: &FileJob, progress: &Progress) -> Ended {
    match written(api, job, progress).await {
        Ok(()) => Ended {
            state: JobState::Done,
            told: "{}".to_owned(),
        },
        Err(why) => Ended {
            state: JobState::Failed,
            told: kept(&why),
        },
    }
}

/// Writes the file from its beginning; it is in its place when it is whole.
async fn written(api: &Api, job: &FileJob, progress: &Progress) -> Result<(), Why> {
    if job.tries > MOST_TRIES {
        let tries = u64::from(MOST_TRIES);
        return Err(Why::FileJobGivenUp { tries });
    }
    let asked: ExportAsked = serde_json::from_str(&job.asked).map_err(|_| Why::StoredUnreadable)?;
    let of = asked.of(job.created_at).map_err(|fault| fault.why)?;
    let org = api.organisations.organisation_by_id(job.org).await;
    let org = org.map_err(|error| of_store(&error))?;
    let place = job
        .place
        .as_deref()
        .and_then(Place::kept)
        .ok_or(Why::StoredUnreadable)?;
    let (path, form) = (api.files.path(&place), asked.form);
    let form = form.text().map_or(ExportForm::Xlsx, ExportForm::Text);
    let (name, headings) = (of.name(), of.headings());
    let files = api.files.clone();
    let mut file = blocking(move || {
        files.make()?;
        ExportFile::begin(&path, form, name, headings)
    })
    .await?;
    let (mut after, mut rows) = (Some((i64::MIN, 0)), 0);
    while let Some(place) = after {
        let Part { rows: some, next } = part(api, &org, &of, place).await?;
        (after, rows) = (next, rows + some.len() as u64);
        file = blocking(move || {
            file.add(some)?;
            Ok(file)
        })
        .await?;
        progress.say(JobProgress {
            rows,
            ..JobProgress::default()
        });
    }
    let bytes = blocking(move || file.finish()).await?;
    progress.say(JobProgress {
        rows,
        refused: 0,
        bytes,
        of_bytes: bytes,
    });
    Ok(())
}

async fn part(api: &Api, org: &Organisation, of: &ExportOf, after: (i64, i64)) -> Result<Part, Why> {
    let part = api.store.export_part(org, of, after).await;
    part.map_err(|error| of_store(&error))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Why> {
    let done = tokio::task::spawn_blocking(work).await;
    done.ok().and_then(Result::ok).ok_or(Why::FilesUnwritable)
}
