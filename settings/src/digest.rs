//! Digests of a file's sections, by which is known whether one has changed since it was applied.

use crate::Document;
use crate::fields::leaves;
use bellhop_store::settings::FileDigests;
use sha2::{Digest, Sha256};

/// Of each document, by its key's words.
pub fn digests(documents: &[Document]) -> FileDigests {
    documents
        .iter()
        .map(|document| {
            let leaves = serde_json::json!(leaves(&document.body)).to_string();
            (document.key.to_string(), hex::encode(Sha256::digest(leaves)))
        })
        .collect()
}
