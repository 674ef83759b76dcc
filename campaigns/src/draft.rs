//! A mailing's file, read and kept as a draft.

use crate::Result;
use bellhop_domain::fault::Fault;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::{FilterError, Segment};
use bellhop_domain::{MailingId, OrgId, Timestamp};
use bellhop_store::ledger::Commanding;
use serde_json::Value;

/// Why a text is no mailing.
#[derive(Debug, thiserror::Error)]
pub enum NoDraft {
    #[error("not JSON")]
    NotJson(#[source] serde_json::Error),
    #[error("audience")]
    Audience(#[source] FilterError),
    #[error("not a mailing")]
    NotMailing(#[source] serde_json::Error),
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
    let value: Value = serde_json::from_str(text).map_err(NoDraft::NotJson)?;
    if let Some(audience) = value.get("audience") {
        Segment::parse(audience).map_err(NoDraft::Audience)?;
    }
    let spec: MailingSpec<Segment> = serde_json::from_value(value).map_err(NoDraft::NotMailing)?;
    let faults = spec.problems();
    if !faults.is_empty() {
        return Err(NoDraft::Faulty(faults));
    }
    let canonical = serde_json::to_string(&spec).map_err(NoDraft::NotMailing)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_mailing_says_where() {
        let good = r#"{"name":"n","audience":{},"contents":{"sms":{"text":"t"}},"waterfall":[{"channel":"sms"}]}"#;
        assert_eq!(read(good).unwrap().spec.name, "n");
        assert!(matches!(read("{"), Err(NoDraft::NotJson(_))));
        assert!(matches!(read(r#"{"audience":{"wat":1}}"#), Err(NoDraft::Audience(_))));
        assert!(matches!(read(r#"{"name":1}"#), Err(NoDraft::NotMailing(_))));
        let Err(NoDraft::Faulty(faults)) = read(&good.replace(r#""n""#, r#""""#)) else {
            panic!("a mailing without a name")
        };
        assert_eq!(faults[0].place, "name");
    }
}
