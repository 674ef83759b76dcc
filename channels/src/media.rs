//! Files of guests and of ours that a provider stores, named by a reference; they are fetched and uploaded with the
//! provider's credentials.

use async_trait::async_trait;
use bellhop_domain::incoming::MediaKind;
use bytes::Bytes;

/// A file in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaFile {
    pub kind: MediaKind,
    /// As the provider or the uploader names it: `image/jpeg`, `audio/ogg; codecs=opus`.
    pub mime: String,
    pub filename: Option<String>,
    pub bytes: Bytes,
}

impl std::fmt::Debug for MediaFile {
    /// Without the content, which is private.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "MediaFile({:?}, {}, {} bytes)",
            self.kind,
            self.mime,
            self.bytes.len()
        )
    }
}

/// Why a file could not be uploaded or downloaded. No text in it holds a URL, a name or a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// The provider would never accept such a file, so it was not sent.
    #[error("the file is not allowed: {0}")]
    NotAllowed(String),
    /// The provider no longer has it.
    #[error("the file is gone: {0}")]
    Gone(String),
    /// What came is not what the provider described.
    #[error("the file came damaged: {0}")]
    Damaged(String),
    /// The provider points to a place that is not its own; nothing was fetched.
    #[error("the file lies at a place that is not the provider's: {0}")]
    Elsewhere(String),
    /// A passing fault: ask again later.
    #[error("no file now: {0}")]
    Later(String),
    /// Credentials or request: a human must act.
    #[error("refused: {0}")]
    Refused(String),
}

/// A provider's store of files.
#[async_trait]
pub trait MediaFiles: Send + Sync {
    /// Uploads a file to the provider and returns the reference for messages. A repeat returns another reference.
    async fn upload(&self, file: &MediaFile) -> Result<String, MediaError>;

    /// Fetches the file of an inbound message by its `reference`; its size and digest are checked.
    async fn download(&self, reference: &str, kind: MediaKind) -> Result<MediaFile, MediaError>;
}
