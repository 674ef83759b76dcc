//! A mailing's file, read and kept as a draft.

use crate::Result;
use bellhop_domain::fault::Fault;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::{FilterError, Segment};
use bellhop_domain::{MailingId, OrgId, Timestamp};
use bellhop_store::ledger::{Commanding, Drafting, MailingEdit, Once};
use serde_json::Value;
use serde_path_to_error::Error as Misplaced;

/// Why a text is no mailing.
#[derive(Debug, thiserror::Error)]
pub enum NoDraft {
    #[error("not JSON")]
    NotJson(#[source] serde_json::Error),
    #[error("audience")]
    Audience(#[source] FilterError),
    /// With its place.
    #[error("not a mailing")]
    NotMailing(#[source] Misplaced<serde_json::Error>),
    /// It is one, and nothing of it could be launched.
    #[error("{} problem(s)", .0.len())]
    Faulty(Vec<Fault>),
}

/// A mailing that may be kept.
#[derive(Debug)]
pub struct Draft {
    pub spec: MailingSpec<Segment>,
    /// The file as it is stored: the same mailing has the same text.
    canonical: String,
}

/// Reads a mailing's file and checks its form.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read(text: &str) -> Result<Draft, NoDraft> {
    // As plain JSON first, so that a syntax error names its line and column, and an audience its clause.
    read_value(serde_json::from_str(text).map_err(NoDraft::NotJson)?)
}

/// The same of a file that is known to be JSON.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read_value(value: Value) -> Result<Draft, NoDraft> {
    if let Some(audience) = value.get("audience") {
        Segment::parse(audience).map_err(NoDraft::Audience)?;
    }
    let spec: MailingSpec<Segment> = serde_path_to_error::deserialize(value).map_err(NoDraft::NotMailing)?;
    let faults = spec.problems();
    if !faults.is_empty() {
        return Err(NoDraft::Faulty(faults));
    }
    let canonical = serde_json::to_string(&spec).map_err(NoDraft::NotJson)?;
    Ok(Draft { spec, canonical })
}

/// Keeps a draft. `who` goes to the audit log.
///
/// # Errors
/// When the store cannot answer.
pub async fn create(store: &dyn Commanding, org: OrgId, draft: &Draft, who: &str, now: Timestamp) -> Result<MailingId> {
    let name = &draft.spec.name;
    Ok(store.create_mailing(org, name, &draft.canonical, who, now).await?)
}

/// Keeps a draft, once for all requests that are the same.
///
/// # Errors
/// When the key of the request was used for another, or the store cannot answer.
pub async fn create_once(
    store: &dyn Drafting,
    org: OrgId,
    draft: &Draft,
    once: &Once<'_>,
    who: &str,
    now: Timestamp,
) -> Result<MailingId> {
    let named = (draft.spec.name.as_str(), draft.canonical.as_str());
    Ok(store.create_mailing_once(org, named, once, who, now).await?)
}

/// Puts a draft in the place of a mailing that is at the version that was read; returns `false` if it is not.
///
/// # Errors
/// A conflict while a run of the mailing is alive, or an error if the store cannot answer.
pub async fn change(
    store: &dyn Drafting,
    org: OrgId,
    (id, version): (MailingId, i64),
    draft: &Draft,
    who: &str,
    now: Timestamp,
) -> Result<bool> {
    let edit = MailingEdit {
        id,
        version,
        name: &draft.spec.name,
        spec: &draft.canonical,
    };
    Ok(store.change_mailing(org, edit, who, now).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_mailing_says_where() {
        let good = r#"{"name":"n","audience":{},"contents":{"sms":{"text":"t"}},"waterfall":[{"channel":"sms"}]}"#;
        assert_eq!(read(good).unwrap().spec.name, "n");
        assert!(matches!(read("{"), Err(NoDraft::NotJson(_))));
        assert!(matches!(read(r#"{"audience":{"wat":1}}"#), Err(NoDraft::Audience(_))));
        let Err(NoDraft::NotMailing(why)) = read(r#"{"name":"n","waterfall":[{"channel":"fax"}]}"#) else {
            panic!("a mailing by fax")
        };
        assert_eq!(why.path().to_string(), "waterfall[0].channel");
        let Err(NoDraft::Faulty(faults)) = read(&good.replace(r#""n""#, r#""""#)) else {
            panic!("a mailing without a name")
        };
        assert_eq!(faults[0].place, "name");
    }
}
