//! Digests of a file's sections, which tell whether a section has changed since the file was applied.

use crate::Document;
use crate::fields::leaves;
use bellhop_store::settings::FileDigests;
use sha2::{Digest, Sha256};

/// The digest of each document, by the text of its key.
pub fn digests(documents: &[Document]) -> FileDigests {
    documents
        .iter()
        .map(|document| {
            let leaves = serde_json::json!(leaves(&document.body)).to_string();
            (document.key.to_string(), hex::encode(Sha256::digest(leaves)))
        })
        .collect()
}
