//! `/v1/uploads`, `/v1/imports`, `/v1/import-mappings` and `/v1/exports`: files that come and go.

mod exports;
mod imports;
mod mappings;
mod sheet;
mod uploads;

pub(crate) use exports::{export, export_now, export_of, exports, file};
pub(crate) use imports::{import, import_of, imports, refused_rows};
pub(crate) use mappings::{mapping, mappings, put_mapping, remove_mapping};
pub(crate) use sheet::{Reading, sheet};
pub(crate) use uploads::{declare, piece, remove, upload, uploads};

use crate::Api;
use crate::files::Place;
use crate::problem::Problem;
use axum::http::StatusCode;
use bellhop_domain::OrgId;
use bellhop_domain::fault::Why;
use bellhop_store::StoreError;
use bellhop_store::files::Upload;
use bellhop_store::import::ImportError;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use utoipa::{IntoParams, ToSchema};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// The `next` of the page before.
    cursor: Option<i64>,
    /// How many, 1 to 200; 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FileRemoved)]
pub(crate) struct Removed {
    removed: bool,
}

fn unwritable(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "the folder for files");
    Problem::unavailable(Why::FilesUnwritable)
}

/// A place that the database has.
fn place(name: &str) -> Result<Place, Problem> {
    let broken = || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, Why::StoredUnreadable);
    Place::kept(name).ok_or_else(broken)
}

/// How many bytes of an upload are here.
async fn length(api: &Api, upload: &Upload) -> Result<u64, Problem> {
    let (files, place) = (api.files.clone(), place(&upload.place)?);
    let length = tokio::task::spawn_blocking(move || files.length(&place)).await;
    let length = length.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
    length.map_err(|error| unwritable(&error))
}

/// An upload that is here as a whole, and its file.
async fn whole(api: &Api, org: OrgId, id: i64) -> Result<(Upload, PathBuf), Problem> {
    let upload = api.store.upload(org, id, api.now()).await?;
    let offset = length(api, &upload).await?;
    if offset != upload.bytes {
        let bytes = upload.bytes;
        return Err(Problem::new(
            StatusCode::CONFLICT,
            Why::UploadUnfinished { offset, bytes },
        ));
    }
    let path = api.files.path(&place(&upload.place)?);
    Ok((upload, path))
}

/// Why a file is refused as a whole.
fn unfit(error: ImportError) -> Problem {
    match error {
        ImportError::Store(error @ (StoreError::NotFound { .. } | StoreError::Conflict(_))) => error.into(),
        ImportError::Store(StoreError::Database(_)) => Problem::unavailable(Why::DatabaseAway),
        error => match crate::files::refused(&error) {
            why @ Why::FilesUnwritable => Problem::unavailable(why),
            why => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why),
        },
    }
}
