//! What a report says beside its figures: names, guests' own words, the currency.

use super::counts::{channel_numbered, number};
use super::period::{ByMailing, OfMailing, Period, numbers};
use crate::Result;
use crate::base::codes::{MARKETING, listed};
use crate::sql::{Session, sql};
use bellhop_domain::consent::{Word, WordSource};
use bellhop_domain::{Channel, MailingId, OrgId, ProgramId};
use std::collections::BTreeMap;

pub(super) async fn named(session: &mut Session, org: OrgId, brought: ByMailing) -> Result<Vec<OfMailing>> {
    if brought.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT m.id, m.name, p.id AS program, p.name AS program_name FROM mailings m
         LEFT JOIN program_versions v ON v.mailing_id = m.id LEFT JOIN programs p ON p.id = v.program_id
         WHERE m.org_id = $1 AND m.id IN ({}) ORDER BY m.id DESC",
        numbers(brought.keys().map(|it| it.0))
    );
    let mut brought = brought;
    let mut named = Vec::new();
    for row in session.fetch(sql(text).int(i64::from(org.0))).await? {
        let c = row.columns();
        let mailing = MailingId(c.int("id")?);
        let program = c.opt_int("program")?.zip(c.opt_text("program_name")?);
        named.push(OfMailing {
            mailing,
            name: c.text("name")?,
            program: program.map(|(id, name)| (ProgramId(id), name)),
            brought: brought.remove(&mailing).unwrap_or_default(),
        });
    }
    Ok(named)
}

/// Words of guests, and of providers for them: what staff and files say is no answer to a mailing.
pub(super) async fn opt_outs(
    session: &mut Session,
    org: OrgId,
    period: Period,
) -> Result<BTreeMap<Option<Channel>, u64>> {
    let sources = listed([WordSource::Guest.code(), WordSource::Provider.code()]);
    let text = format!(
        "SELECT channel, COUNT(*) AS words FROM consent_words
         WHERE org_id = $1 AND at >= $2 AND at < $3 AND purpose = {MARKETING} AND word = {} AND source IN {sources}
         GROUP BY channel",
        Word::Withdrawn.code()
    );
    let statement = sql(text).int(i64::from(org.0)).int(period.from.0).int(period.until.0);
    let mut words = BTreeMap::new();
    for row in session.fetch(statement).await? {
        let c = row.columns();
        let channel = c.opt_int("channel")?.map(channel_numbered).transpose()?;
        words.insert(channel, number(&c, "words")?);
    }
    Ok(words)
}

pub(super) async fn currency(session: &mut Session, org: OrgId) -> Result<String> {
    let text = "SELECT currency FROM organisations WHERE id = $1";
    let row = session.first(sql(text).int(i64::from(org.0))).await?;
    row.ok_or(sqlx::Error::RowNotFound)?.columns().text("currency")
}
