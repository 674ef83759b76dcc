//! Runs that are not over: what whoever follows an organisation's mailings looks at.

use crate::Result;
use crate::base::codes::listed;
use crate::db::Db;
use crate::sql::{Session, sql};
use bellhop_domain::message::RunState;
use bellhop_domain::{MailingId, OrgId, Origin, RunId, Timestamp};

/// The most that are shown at once, the latest.
const MOST: u32 = 20;

/// A run that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunUnderWay {
    pub run: RunId,
    pub mailing: MailingId,
    pub state: RunState,
    pub start_at: Timestamp,
    pub paused_reason: Option<String>,
}

/// The latest of those that an audience is planned for. Runs of programs and on demand are always under way.
pub(super) async fn runs(db: &Db, org: OrgId) -> Result<Vec<RunUnderWay>> {
    let planned = listed(Origin::ALL.into_iter().filter(|it| it.is_planned()).map(Origin::code));
    let text = format!(
        "SELECT id, mailing_id, state, start_at, paused_reason FROM runs
         WHERE finished_at IS NULL AND org_id = $1 AND NOT test AND origin IN {planned} ORDER BY id DESC LIMIT {MOST}"
    );
    let rows = Session::read(db).await?.fetch(sql(text).int(i64::from(org.0))).await?;
    let read = rows.iter().map(|row| {
        let c = row.columns();
        Ok(RunUnderWay {
            run: RunId(c.int("id")?),
            mailing: MailingId(c.int("mailing_id")?),
            state: c.code("state", "run state", RunState::from_code)?,
            start_at: Timestamp(c.int("start_at")?),
            paused_reason: c.opt_text("paused_reason")?,
        })
    });
    read.collect()
}
