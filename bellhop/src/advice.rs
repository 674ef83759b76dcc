//! What to do about an error whose own message does not say it.

use bellhop_campaigns::CampaignError;
use bellhop_store::StoreError;
use std::error::Error;

/// Words in the causes of an error, and what to do about them.
const BY_WORDS: [(&str, &str); 4] = [
    (
        "readonly database",
        "the file at store.url cannot be written: let the user that runs Bellhop own the file, its folder and the files \
         -wal and -shm beside it, and look whether the disk is mounted read-only",
    ),
    (
        "unable to open database file",
        "the file at store.url cannot be opened: its folder must exist, and be readable and writable for this user",
    ),
    (
        "database or disk is full",
        "free space on the disk of the file at store.url",
    ),
    (
        "file is not a database",
        "the file at store.url is not an SQLite database: correct the path, or restore the backup",
    ),
];

/// Advice for an error, if there is any.
pub fn on(error: &anyhow::Error) -> Option<&'static str> {
    let store = error.chain().find_map(of_store);
    if let Some(StoreError::NotFound { what: "mailing", .. }) = store {
        return Some("`bellhop mailing list` shows those that there are");
    }
    if let Some(StoreError::NotFound { what: "program", .. }) = store {
        return Some("`bellhop program list` shows those that there are");
    }
    let words: Vec<String> = error.chain().map(ToString::to_string).collect();
    let by_words = BY_WORDS
        .iter()
        .find(|(known, _)| words.iter().any(|it| it.contains(known)));
    by_words.map(|(_, advice)| *advice)
}

/// The error of the store, also inside an error about a campaign.
fn of_store<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a StoreError> {
    let of_campaign = || match cause.downcast_ref::<CampaignError>() {
        Some(CampaignError::Store(store)) => Some(store),
        _ => None,
    };
    cause.downcast_ref::<StoreError>().or_else(of_campaign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context as _, anyhow};

    #[test]
    fn an_error_that_only_says_what_is_told_what_to_do() {
        let error = |words: &str| {
            Err::<(), _>(anyhow!("(code: 8) {words}"))
                .context("database")
                .unwrap_err()
        };
        for (words, _) in BY_WORDS {
            assert!(on(&error(words)).is_some(), "{words}");
        }
        assert_eq!(on(&error("anything else")), None);
        let absent = StoreError::NotFound {
            what: "mailing",
            id: "7".into(),
        };
        assert!(on(&absent.into()).is_some_and(|advice| advice.contains("mailing list")));
        let absent = StoreError::NotFound {
            what: "mailing",
            id: "7".into(),
        };
        assert!(on(&CampaignError::from(absent).into()).is_some_and(|advice| advice.contains("mailing list")));
    }
}
