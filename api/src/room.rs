//! Room for bodies: each is read up to the limit of its route and within a time, and all together within a fixed
//! memory.

use crate::problem::Problem;
use crate::server::Crowd;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use bellhop_domain::fault::Why;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Room is given in pieces of this many bytes.
const PIECE: usize = 1 << 10;
/// How long a body waits for room before its caller is told to come back.
const WAIT: Duration = Duration::from_secs(2);

/// A fixed memory for bodies, and the bodies that are being read. When there is no room, the body that has been
/// silent longest makes way.
#[derive(Debug, Clone)]
pub struct Room {
    pieces: Arc<Semaphore>,
    total: usize,
    readers: Crowd,
    patience: Duration,
}

/// The room taken by a body; dropping this frees it.
#[derive(Debug)]
pub(crate) struct Taken(#[allow(dead_code, reason = "its end is its use")] Option<OwnedSemaphorePermit>);

/// A body that is handed on piece by piece, and so needs no room.
pub(crate) struct Passing {
    body: Body,
    readers: Crowd,
    until: Instant,
    left: usize,
    limit: usize,
}

impl Passing {
    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Unread> {
        loop {
            let goes = CancellationToken::new();
            let silent = self.readers.join(goes.clone());
            let frame = tokio::select! {
                frame = tokio::time::timeout_at(self.until, self.body.frame()) => frame.map_err(|_| Unread::Slow)?,
                () = goes.cancelled() => return Err(Unread::Slow),
            };
            drop(silent);
            let Some(frame) = frame else { return Ok(None) };
            let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else {
                continue;
            };
            self.left = self.left.checked_sub(data.len()).ok_or(Unread::TooLong(self.limit))?;
            return Ok(Some(data));
        }
    }
}

/// Why a body is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is longer than this many bytes.
    TooLong(usize),
    /// It did not come in time, or others needed the room while nothing came.
    Slow,
    /// Too many others are being read.
    NoRoom,
    /// The peer went away, or what came is not a body.
    Broken,
}

impl Room {
    /// Room for this many bytes; a body must have arrived within `patience`.
    pub fn new(bytes: usize, patience: Duration) -> Self {
        let total = (bytes / PIECE).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            pieces: Arc::new(Semaphore::new(total)),
            total,
            readers: Crowd::default(),
            patience,
        }
    }

    /// The connections whose bodies are still arriving.
    pub fn readers(&self) -> Crowd {
        self.readers.clone()
    }

    /// A body of at most `limit` bytes, for whoever hands it on as it comes.
    pub(crate) fn pass(&self, headers: &HeaderMap, body: Body, limit: usize) -> Result<Passing, Unread> {
        if declared(headers).is_some_and(|length| length > limit as u64) {
            return Err(Unread::TooLong(limit));
        }
        Ok(Passing {
            body,
            readers: self.readers.clone(),
            until: Instant::now() + self.patience,
            left: limit,
            limit,
        })
    }

    /// Reads a body of at most `limit` bytes. A body whose header announces more is not read at all.
    pub(crate) async fn read(&self, headers: &HeaderMap, body: Body, limit: usize) -> Result<(Bytes, Taken), Unread> {
        let limit = limit.min(self.total * PIECE);
        if declared(headers).is_some_and(|length| length > limit as u64) {
            return Err(Unread::TooLong(limit));
        }
        let reading = self.read_frames(body, limit);
        tokio::time::timeout(self.patience, reading)
            .await
            .unwrap_or(Err(Unread::Slow))
    }

    async fn read_frames(&self, mut body: Body, limit: usize) -> Result<(Bytes, Taken), Unread> {
        let (mut read, mut taken) = (Vec::new(), None);
        loop {
            let goes = CancellationToken::new();
            let silent = self.readers.join(goes.clone());
            let frame = tokio::select! {
                frame = body.frame() => frame,
                () = goes.cancelled() => return Err(Unread::Slow),
            };
            drop(silent);
            let Some(frame) = frame else { break };
            let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else {
                continue;
            };
            if read.len() + data.len() > limit {
                return Err(Unread::TooLong(limit));
            }
            self.take(&mut taken, read.len() + data.len()).await?;
            read.extend_from_slice(&data);
        }
        Ok((read.into(), Taken(taken)))
    }

    /// Takes room until there is enough for this many bytes.
    async fn take(&self, taken: &mut Option<OwnedSemaphorePermit>, bytes: usize) -> Result<(), Unread> {
        let has = taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let wanted = bytes.div_ceil(PIECE).saturating_sub(has);
        let wanted = u32::try_from(wanted).map_err(|_| Unread::NoRoom)?;
        if wanted == 0 {
            return Ok(());
        }
        let more = match Arc::clone(&self.pieces).try_acquire_many_owned(wanted) {
            Ok(more) => more,
            Err(_) => {
                self.readers.make_room();
                let more = Arc::clone(&self.pieces).acquire_many_owned(wanted);
                let more = tokio::time::timeout(WAIT, more).await;
                more.ok().and_then(Result::ok).ok_or(Unread::NoRoom)?
            }
        };
        match taken {
            Some(taken) => taken.merge(more),
            None => *taken = Some(more),
        }
        Ok(())
    }
}

fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl From<Unread> for Problem {
    fn from(why: Unread) -> Self {
        metrics::counter!("bellhop_bodies_refused_total", "why" => why.name()).increment(1);
        match why {
            Unread::TooLong(most) => Self::closing(StatusCode::PAYLOAD_TOO_LARGE, Why::BodyTooLong { most }),
            Unread::Slow => Self::closing(StatusCode::REQUEST_TIMEOUT, Why::BodySlow),
            Unread::NoRoom => Self::full(),
            Unread::Broken => Self::closing(StatusCode::BAD_REQUEST, Why::BodyBroken),
        }
    }
}

impl Unread {
    fn name(self) -> &'static str {
        match self {
            Unread::TooLong(_) => "too_long",
            Unread::Slow => "slow",
            Unread::NoRoom => "no_room",
            Unread::Broken => "broken",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use futures_util::{StreamExt, stream};

    const LONG: Duration = Duration::from_secs(60);

    /// A body that sends a text and then nothing, for ever.
    fn stalled(text: &'static str) -> Body {
        let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from(text))]);
        Body::from_stream(first.chain(stream::pending()))
    }

    fn saying(length: &str) -> HeaderMap {
        [(header::CONTENT_LENGTH, length.parse().unwrap())]
            .into_iter()
            .collect()
    }

    #[tokio::test]
    async fn a_body_is_read_to_its_limit() {
        let room = Room::new(4 * PIECE, LONG);
        let read = async |text: &str, limit| {
            let read = room.read(&HeaderMap::new(), Body::from(text.to_owned()), limit).await;
            read.map(|(bytes, _)| bytes.len())
        };
        assert_eq!(read("", 0).await, Ok(0));
        assert_eq!(read(&"x".repeat(3_000), 3_000).await, Ok(3_000));
        assert_eq!(read(&"x".repeat(3_001), 3_000).await, Err(Unread::TooLong(3_000)));
        // No route may take more than there is.
        assert_eq!(read(&"x".repeat(5_000), 9_000).await, Err(Unread::TooLong(4 * PIECE)));
        // An announced length is believed before a byte of the body has come.
        let told = room.read(&saying("3001"), stalled(""), 3_000).await;
        assert_eq!(told.unwrap_err(), Unread::TooLong(3_000));
        assert_eq!(room.pieces.available_permits(), 4, "all room is given back");
    }

    #[tokio::test]
    async fn a_body_that_stops_has_its_time() {
        let room = Room::new(4 * PIECE, Duration::from_millis(50));
        let read = room.read(&HeaderMap::new(), stalled("{"), 100).await;
        assert_eq!(read.unwrap_err(), Unread::Slow);
    }

    #[tokio::test]
    async fn who_is_silent_makes_room_and_who_is_read_keeps_it() {
        let room = Room::new(2 * PIECE, LONG);
        let silent = |text| {
            let room = room.clone();
            tokio::spawn(async move { room.read(&HeaderMap::new(), stalled(text), 1_000).await.map(|_| ()) })
        };
        let (first, second) = (silent("a"), silent("b"));
        while room.pieces.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let (_, taken) = room.read(&HeaderMap::new(), Body::from("c"), 1_000).await.unwrap();
        assert_eq!(first.await.unwrap(), Err(Unread::Slow));
        assert!(!second.is_finished());
        let (_, more) = room.read(&HeaderMap::new(), Body::from("d"), 1_000).await.unwrap();
        assert_eq!(second.await.unwrap(), Err(Unread::Slow));
        // Both hold what they have read, and nobody is silent.
        let refused = room.read(&HeaderMap::new(), Body::from("e"), 1_000).await;
        assert_eq!(refused.unwrap_err(), Unread::NoRoom);
        drop((taken, more));
        assert!(room.read(&HeaderMap::new(), Body::from("e"), 1_000).await.is_ok());
    }
}
