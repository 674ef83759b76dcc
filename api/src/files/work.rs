//! What is done in the background: one import and one export at a time in a process, each under a lease, so that another process
//! goes on with what this one leaves.

use super::folder::Place;
use super::progress::{Ended, Progress};
use super::{exports, imports};
use crate::Api;
use bellhop_domain::Timestamp;
use bellhop_store::files::{FileJob, JobEnd, JobKind, JobState, OverFile};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often somebody looks who was not told.
const LOOK: Duration = Duration::from_secs(5);
/// How often a job says how far it has come.
const SAY: Duration = Duration::from_secs(1);
/// After so long without a sign of life a job is anybody's.
const LEASE: Duration = Duration::from_secs(30);
/// How often files are removed whose time is over.
const SWEEP: Duration = Duration::from_secs(30);
const SWEPT: u32 = 500;

/// Works until it is told to stop.
pub async fn work(api: Api, stop: CancellationToken) {
    let files = api.files.clone();
    let _ = tokio::task::spawn_blocking(move || files.tidy()).await;
    let imports = works(&api, JobKind::Import, &stop);
    let exports = works(&api, JobKind::Export, &stop);
    let sweeps = sweeps(&api, &stop);
    tokio::join!(imports, exports, sweeps);
}

async fn works(api: &Api, kind: JobKind, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let woken = api.files.wake.notified();
        let now = api.now();
        match api.store.take_job(kind, now.plus(LEASE), now).await {
            Ok(Some(job)) => one(api, &job, stop).await,
            Ok(None) => rest(woken, stop).await,
            Err(error) => {
                tracing::warn!(%error, "no work on files can be taken");
                rest(woken, stop).await;
            }
        }
    }
}

async fn rest(woken: impl Future<Output = ()>, stop: &CancellationToken) {
    tokio::select! {
        () = woken => {}
        () = tokio::time::sleep(LOOK) => {}
        () = stop.cancelled() => {}
    }
}

/// Does a job. What is not ended here is begun again when its lease is over.
async fn one(api: &Api, job: &FileJob, stop: &CancellationToken) {
    let progress = Progress::default();
    let doing = async {
        match job.kind {
            JobKind::Import => imports::run(api, job, &progress).await,
            JobKind::Export => exports::run(api, job, &progress).await,
        }
    };
    let ended = tokio::select! {
        ended = doing => ended,
        () = keeping(api, job, &progress) => {
            tracing::warn!(job = job.id, "work on a file is this process's no more; it ends here");
            return forget_erased(api, job).await;
        }
        () = stop.cancelled() => {
            // Whoever comes next need not wait.
            let _ = say(api, job, &progress, api.now()).await;
            return;
        }
    };
    if let Err(error) = end(api, job, &progress, &ended).await {
        tracing::warn!(%error, job = job.id, "the end of work on a file cannot be written; it is begun again");
    }
}

/// Prolongs the lease until it is lost.
async fn keeping(api: &Api, job: &FileJob, progress: &Progress) {
    loop {
        tokio::time::sleep(SAY).await;
        match say(api, job, progress, api.now().plus(LEASE)).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(%error, job = job.id, "work on a file cannot say that it lives"),
        }
    }
}

async fn say(api: &Api, job: &FileJob, progress: &Progress, until: Timestamp) -> bellhop_store::Result<bool> {
    api.store.keep_job(job.id, job.tries, &progress.now(), until).await
}

async fn end(api: &Api, job: &FileJob, progress: &Progress, ended: &Ended) -> bellhop_store::Result<()> {
    let now = api.now();
    say(api, job, progress, now.plus(LEASE)).await?;
    let end = JobEnd {
        state: ended.state,
        told: &ended.told,
        expires_at: now.plus(api.files.kept),
    };
    if !api.store.end_job(job.id, job.tries, &end, now).await? {
        forget_erased(api, job).await;
        return Ok(());
    }
    metrics::counter!("bellhop_file_jobs_total", "kind" => job.kind.name(), "end" => ended.state.name()).increment(1);
    Ok(())
}

/// A guest was erased while an export was made: what was written of it goes.
async fn forget_erased(api: &Api, job: &FileJob) {
    let found = api.store.file_job(job.org, job.kind, job.id).await;
    let place = job.place.as_deref().and_then(Place::kept);
    if let (Ok(found), Some(place)) = (found, place)
        && found.state == JobState::Erased
    {
        let files = api.files.clone();
        let _ = tokio::task::spawn_blocking(move || files.remove(&place)).await;
    }
}

async fn sweeps(api: &Api, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = sweep(api).await {
            tracing::warn!(%error, "files whose time is over cannot be removed");
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Removes files whose time is over, and then forgets them: a process that dies between leaves nothing behind.
async fn sweep(api: &Api) -> bellhop_store::Result<()> {
    let over = api.store.files_over(SWEPT, api.now()).await?;
    if over.is_empty() {
        return Ok(());
    }
    let files = api.files.clone();
    let gone = tokio::task::spawn_blocking(move || {
        let is_gone = |file: &OverFile| Place::kept(&file.place).is_none_or(|place| files.remove(&place).is_ok());
        over.into_iter().filter(is_gone).collect::<Vec<_>>()
    });
    let gone = gone.await.unwrap_or_default();
    api.store.forget_files(&gone, api.now()).await
}
