//! A run as it is written when it is launched, by a person or by a schedule.

use super::types::Launch;
use crate::Result;
use crate::sql::{Session, sql};
use bellhop_domain::message::RunState;
use bellhop_domain::*;
use std::time::Duration;

/// At what time by each guest's own clock a run's messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnTimeOfRun {
    /// `bellhop_programs::calendar::OwnTime`, JSON.
    pub told: String,
    /// When it comes on the last clock of all.
    pub last: Timestamp,
}

/// How a run begins that a schedule begins.
#[derive(Clone, Copy, Default)]
pub(super) struct Begin<'a> {
    pub own_time: Option<&'a OwnTimeOfRun>,
    pub rest: Option<Duration>,
}

/// A run that begins when its start has come.
pub(super) async fn insert_run(tx: &mut Session, org: OrgId, launch: &Launch, begin: Begin<'_>) -> Result<RunId> {
    let text = "INSERT INTO runs (org_id, mailing_id, state, purpose, origin, lane, test, spec, start_at, own_time,
                        lives_from, rest)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id";
    let statement = sql(text)
        .int(i64::from(org.0))
        .int(launch.mailing.0)
        .int(i64::from(RunState::Scheduled.code()))
        .int(i64::from(launch.purpose.code()))
        .int(i64::from(launch.origin.code()))
        .int(i64::from(Lane::of(launch.purpose, launch.origin).code()))
        .flag(launch.test)
        .text(launch.spec.as_str())
        .int(launch.start_at.0)
        .text(begin.own_time.map(|it| it.told.as_str()))
        .int(begin.own_time.map(|it| it.last.0))
        .int(begin.rest.map(millis));
    let row = tx.first(statement).await?;
    Ok(RunId(row.ok_or(sqlx::Error::RowNotFound)?.columns().int("id")?))
}

/// As it is stored.
pub(super) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
