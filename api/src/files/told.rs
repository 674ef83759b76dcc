//! Why a job failed, as it is kept, and as it is told.

use crate::shape::code;
use bellhop_domain::fault::{Param, Term, Why};
use bellhop_domain::words::{Language, told};
use bellhop_store::StoreError;
use bellhop_store::import::ImportError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use utoipa::ToSchema;

/// A code with its words in each language, because who reads it comes later.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    code: String,
    params: Value,
    en: String,
    ru: String,
}

/// Why it failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FileProblem)]
pub(crate) struct FileProblem {
    #[schema(schema_with = code)]
    code: String,
    #[schema(value_type = Object)]
    params: Value,
    /// What is wrong and what to do, in the language that was asked for.
    problem: String,
}

/// As it is kept.
pub(crate) fn kept(why: &Why) -> String {
    let params: BTreeMap<&'static str, Param> = why.params();
    let kept = Kept {
        code: why.code(),
        params: serde_json::to_value(params).unwrap_or_default(),
        en: told(why, Language::En),
        ru: told(why, Language::Ru),
    };
    serde_json::to_string(&kept).unwrap_or_default()
}

pub(crate) fn words_of(kept: &str, language: Language) -> Option<FileProblem> {
    let Kept { code, params, en, ru } = serde_json::from_str(kept).ok()?;
    let problem = match language {
        Language::En => en,
        Language::Ru => ru,
    };
    Some(FileProblem { code, params, problem })
}

/// What an import that failed means to whoever asked for it.
pub(crate) fn refused(error: &ImportError) -> Why {
    match error {
        ImportError::Refused { why, .. } => why.clone(),
        // The bytes are here, and do not say what they should.
        ImportError::Unreadable { error, .. } if error.kind() == io::ErrorKind::InvalidData => Why::WorkbookUnreadable,
        ImportError::Unreadable { .. } | ImportError::Report(_) => Why::FilesUnwritable,
        ImportError::Store(error) => of_store(error),
    }
}

pub(crate) fn of_store(error: &StoreError) -> Why {
    match error {
        StoreError::Conflict(why) | StoreError::Outlived(why) => why.clone(),
        StoreError::NotFound { what, id } => {
            let (what, id) = (Term(what), id.clone());
            Why::NotHere { what, id }
        }
        StoreError::Corrupt { .. } => Why::StoredUnreadable,
        _ => Why::DatabaseAway,
    }
}
