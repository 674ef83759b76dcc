//! `POST /v1/uploads` and what follows: a file comes in pieces, and goes on after a break.

use super::{Page, Removed, length, place, unwritable};
use crate::Api;
use crate::files::{Place, Writing};
use crate::problem::Problem;
use crate::routes::{Allowed, Piece, WithOffset};
use crate::v1::page::page_size;
use crate::v1::settings::who;
use axum::body::Bytes;
use axum::http::StatusCode;
use bellhop_domain::fault::Why;
use bellhop_domain::{Timestamp, visible};
use bellhop_store::files::{self, NewUpload};
use serde::{Deserialize, Serialize};
use std::io;
use utoipa::ToSchema;

/// The longest name of a file.
const NAME_CHARS: usize = 255;
/// So much of a piece is written at once.
const WRITTEN: usize = 1 << 16;

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewUpload)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    /// What the file is called. It is shown, and no file is named by it.
    name: String,
    /// How long it is.
    bytes: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Upload)]
pub(crate) struct Upload {
    id: i64,
    name: String,
    /// As many as were declared.
    bytes: u64,
    /// As many are here; the next piece begins there.
    offset: u64,
    /// Whether all of it is here.
    is_whole: bool,
    made_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Then it is removed.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Uploads)]
pub(crate) struct Uploads {
    /// The latest first.
    uploads: Vec<Upload>,
    /// The `cursor` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

async fn shown(api: &Api, upload: files::Upload) -> Result<WithOffset<Upload>, Problem> {
    let offset = length(api, &upload).await?;
    Ok(WithOffset {
        offset,
        length: upload.bytes,
        document: Upload {
            id: upload.id,
            name: upload.name,
            bytes: upload.bytes,
            offset,
            is_whole: offset == upload.bytes,
            made_by: upload.made_by,
            created_at: upload.created_at,
            expires_at: upload.expires_at,
        },
    })
}

pub(crate) async fn declare(api: Api, allowed: Allowed<New>) -> Result<WithOffset<Upload>, Problem> {
    let (caller, (), New { name, bytes }, asked) = allowed.into_asked();
    let key = asked.keyed()?;
    let once = key.as_ref().map(|key| key.once());
    let name = visible::key(&name).into_owned();
    let fits = (1..=NAME_CHARS).contains(&name.chars().count()) && !name.contains('\0');
    let mut faults = Vec::new();
    if !fits {
        faults.push(Why::UploadNameUnfit { most: NAME_CHARS }.at("name"));
    }
    let most = api.files.upload_bytes;
    if !(1..=most).contains(&bytes) {
        faults.push(Why::UploadHuge { most }.at("bytes"));
    }
    if !faults.is_empty() {
        return Err(Problem::unprocessable(faults));
    }
    let (now, drawn) = (api.now(), Place::drawn((api.entrance.random)()));
    let new = NewUpload {
        name: &name,
        bytes,
        place: drawn.name(),
        expires_at: now.plus(api.files.kept),
        together: api.files.together,
    };
    let who = who(&caller);
    let id = api
        .store
        .declare_upload(caller.org, &new, once.as_ref(), &who, now)
        .await?;
    shown(&api, api.store.upload(caller.org, id, now).await?).await
}

pub(crate) async fn uploads(api: Api, allowed: Allowed<()>) -> Result<Uploads, Problem> {
    let (caller, (), (), asked) = allowed.into_asked();
    let query: Page = asked.query()?;
    let limit = page_size(query.limit)?;
    let found = api
        .store
        .uploads(caller.org, query.cursor, limit + 1, api.now())
        .await?;
    let next = found.get(limit as usize - 1).map(|last| last.id);
    let next = next.filter(|_| found.len() > limit as usize);
    let mut uploads = Vec::new();
    for upload in found.into_iter().take(limit as usize) {
        uploads.push(shown(&api, upload).await?.document);
    }
    Ok(Uploads { uploads, next })
}

pub(crate) async fn upload(api: Api, allowed: Allowed<(), i64>) -> Result<WithOffset<Upload>, Problem> {
    let (caller, id, ()) = allowed.into_all();
    shown(&api, api.store.upload(caller.org, id, api.now()).await?).await
}

pub(crate) async fn remove(api: Api, allowed: Allowed<(), i64>) -> Result<Removed, Problem> {
    let (caller, id, ()) = allowed.into_all();
    let upload = api.store.upload(caller.org, id, api.now()).await?;
    let (files, place) = (api.files.clone(), place(&upload.place)?);
    api.store.end_upload(caller.org, id, api.now()).await?;
    // If that fails, it goes with what is over.
    let _ = tokio::task::spawn_blocking(move || files.remove(&place)).await;
    Ok(Removed { removed: true })
}

/// Writes a piece as it comes. Whatever ends it, what came is kept.
pub(crate) async fn piece(api: Api, piece: Piece<i64>) -> Result<(u64, u64), Problem> {
    let Piece {
        allowed,
        offset,
        mut body,
    } = piece;
    let (caller, id, ()) = allowed.into_all();
    let absent = || Problem::closing(StatusCode::BAD_REQUEST, Why::UploadOffsetAbsent);
    let offset = offset.ok_or_else(absent)?;
    let upload = api.store.upload(caller.org, id, api.now()).await?;
    let (files, place) = (api.files.clone(), place(&upload.place)?);
    let conflict = |why| Problem::closing(StatusCode::CONFLICT, why);
    let writing = blocking(move || files.write(&place)).await?;
    let mut writing = writing.ok_or_else(|| conflict(Why::UploadInHand))?;
    if writing.offset != offset {
        let offset = writing.offset;
        return Err(conflict(Why::UploadOffsetMoved { offset }));
    }
    let (mut waiting, mut ended) = (Vec::new(), Ok(()));
    loop {
        match body.next().await {
            Ok(Some(bytes)) => waiting.extend_from_slice(&bytes),
            Ok(None) => break,
            Err(why) => {
                ended = Err(Problem::from(why));
                break;
            }
        }
        if writing.offset + waiting.len() as u64 > upload.bytes {
            let bytes = upload.bytes;
            return Err(conflict(Why::UploadBeyond { bytes }));
        }
        if waiting.len() >= WRITTEN {
            writing = write(writing, Bytes::from(std::mem::take(&mut waiting)), false).await?;
        }
    }
    let is_whole = writing.offset + waiting.len() as u64 == upload.bytes;
    let writing = write(writing, Bytes::from(waiting), is_whole).await?;
    ended?;
    Ok((writing.offset, upload.bytes))
}

async fn write(mut writing: Writing, bytes: Bytes, keep: bool) -> Result<Writing, Problem> {
    blocking(move || {
        writing.add(&bytes)?;
        if keep {
            writing.keep()?;
        }
        Ok(writing)
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.unwrap_or_else(|panic| Err(io::Error::other(panic)));
    done.map_err(|error| unwritable(&error))
}
