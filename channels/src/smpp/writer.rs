//! The writing half of a session: PDUs in order, several in one write, and the record of which have gone out.

use bytes::{Bytes, BytesMut};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The most PDUs that are written together.
const BATCH: usize = 100;
/// How long our last words may take, once a session is over.
const FAREWELL: Duration = Duration::from_secs(1);

const QUEUED: u8 = 0;
const WRITTEN: u8 = 1;
const WITHDRAWN: u8 = 2;

/// How far a PDU is on its way to the wire. Whoever moves it on from *queued* first decides: the writer, or the
/// submitter who withdraws it.
#[derive(Debug, Clone, Default)]
pub(super) struct Stage(Arc<AtomicU8>);

impl Stage {
    fn leave_queue(&self, to: u8) -> Result<u8, u8> {
        self.0.compare_exchange(QUEUED, to, Ordering::AcqRel, Ordering::Acquire)
    }

    /// Withdraws it; false if it may have gone out.
    pub fn withdraw(&self) -> bool {
        matches!(self.leave_queue(WITHDRAWN), Ok(_) | Err(WITHDRAWN))
    }

    fn write(&self) -> bool {
        self.leave_queue(WRITTEN).is_ok()
    }
}

/// What is to be written.
pub(super) struct Write {
    pub octets: Bytes,
    /// `None` for a PDU that is written in any case, even as the last words of a session.
    pub stage: Option<Stage>,
}

/// Writes until `ended` or an error, which it returns.
pub(super) async fn write<W: AsyncWrite + Unpin>(
    mut queue: mpsc::UnboundedReceiver<Write>,
    mut writer: W,
    ended: CancellationToken,
) -> io::Result<()> {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            biased;
            () = ended.cancelled() => break,
            _ = queue.recv_many(&mut batch, BATCH) => {}
        }
        let octets = goes_out(&mut batch);
        tokio::select! {
            // After half a PDU nothing can be read, so there are no last words.
            () = ended.cancelled() => return Ok(()),
            written = put(&mut writer, &octets) => written?,
        }
    }
    queue.close();
    while let Ok(write) = queue.try_recv() {
        batch.extend(write.stage.is_none().then_some(write));
    }
    let farewell = async {
        put(&mut writer, &goes_out(&mut batch)).await?;
        writer.shutdown().await
    };
    // The session is over: whether the peer still hears this does not matter.
    let _ = timeout(FAREWELL, farewell).await;
    Ok(())
}

/// The octets of PDUs that are not withdrawn; from here on they count as written.
fn goes_out(batch: &mut Vec<Write>) -> BytesMut {
    let mut octets = BytesMut::new();
    for write in batch.drain(..) {
        if write.stage.is_none_or(|stage| stage.write()) {
            octets.extend_from_slice(&write.octets);
        }
    }
    octets
}

async fn put<W: AsyncWrite + Unpin>(writer: &mut W, octets: &[u8]) -> io::Result<()> {
    writer.write_all(octets).await?;
    writer.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queued(text: &'static [u8]) -> (Stage, Write) {
        let stage = Stage::default();
        let write = Write {
            octets: Bytes::from_static(text),
            stage: Some(stage.clone()),
        };
        (stage, write)
    }

    #[tokio::test]
    async fn what_is_withdrawn_is_not_written_and_what_is_written_cannot_be_withdrawn() {
        let ((kept, first), (taken_back, second)) = (queued(b"first"), queued(b"second"));
        assert!(taken_back.withdraw() && taken_back.withdraw());
        let (sender, queue) = mpsc::unbounded_channel();
        for write in [first, second] {
            assert!(sender.send(write).is_ok());
        }
        let (mut far, near) = tokio::io::duplex(64);
        let ended = CancellationToken::new();
        let writing = tokio::spawn(write(queue, near, ended.clone()));
        let mut heard = [0; 5];
        tokio::io::AsyncReadExt::read_exact(&mut far, &mut heard).await.unwrap();
        assert_eq!(&heard, b"first");
        assert!(!kept.withdraw());
        // Last words go out after the end, and nothing else.
        let (late, third) = queued(b"third");
        ended.cancel();
        let last = Write {
            octets: Bytes::from_static(b"bye"),
            stage: None,
        };
        let both = [third, last].map(|write| sender.send(write).is_ok());
        writing.await.unwrap().unwrap();
        let mut rest = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut far, &mut rest).await.unwrap();
        assert_eq!(rest, if both[1] { &b"bye"[..] } else { b"" });
        assert!(late.withdraw(), "it is still queued");
    }
}
