//! Records who changed what in the transaction of the change: in the audit log, and in the outbox for readers that
//! follow it.

use super::outbox::{Notice, What, append};
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::{OrgId, Timestamp};

/// In whose name the program itself acts, in the audit log.
pub(crate) const OURSELVES: &str = "bellhop";

/// Who did what to what. All but the detail is logged: a guest is named by number there, and nobody by an address.
pub(crate) struct Deed<'a> {
    pub org: OrgId,
    pub who: &'a str,
    pub action: &'static str,
    pub object: String,
    pub detail: Option<&'a str>,
    pub at: Timestamp,
}

/// Call it after the writes that it is about (see [`append`]).
pub(crate) async fn log(tx: &mut Session, deed: Deed<'_>) -> Result<()> {
    let text = "INSERT INTO audit_log (org_id, at, who, action, object, detail) VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = sql(text)
        .int(i64::from(deed.org.0))
        .int(deed.at.0)
        .text(deed.who)
        .text(deed.action)
        .text(deed.object.as_str())
        .text(deed.detail);
    tx.execute(statement).await?;
    // The detail stays in the log: it may be what a person wrote.
    let what = What::Audited {
        who: deed.who.to_owned(),
        action: deed.action.to_owned(),
        object: deed.object,
    };
    let notice = Notice {
        org: deed.org,
        at: deed.at,
        what,
    };
    append(tx, &[notice]).await
}
