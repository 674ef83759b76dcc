//! What is told of programs: to the audit what people did to them, and to people that there is none.

use crate::base::audit::{Deed, log};
use crate::sql::Session;
use crate::{Result, StoreError};
use bellhop_domain::*;

pub(super) fn absent(id: ProgramId) -> StoreError {
    StoreError::NotFound {
        what: "program",
        id: id.to_string(),
    }
}

pub(super) async fn tell(
    tx: &mut Session,
    org: OrgId,
    id: ProgramId,
    action: &'static str,
    detail: &str,
    who: &str,
    now: Timestamp,
) -> Result<()> {
    let deed = Deed {
        org,
        who,
        action,
        object: format!("program {id}"),
        detail: Some(detail),
        at: now,
    };
    log(tx, deed).await
}
