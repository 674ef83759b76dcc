//! A pass: what rules say is brought to all guests of an organisation, page by page in the order of their numbers.

use super::judging::{InHand, in_hand, look, plan};
use super::types::{Looked, Passed};
use crate::consent::lock::among_others;
use crate::guests::GuestBase;
use crate::guests::settle::{ids_of, json_ids};
use crate::sql::{PerDialect, Session, Table, sql};
use crate::{Dialect, Result, SqlStore};
use bellhop_domain::tag_rule::Judged;
use bellhop_domain::{CustomerId, OrgId, TagRuleId, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// Begins a pass in the transaction that changes a rule, from the start if one is under way.
pub(super) async fn begin(tx: &mut Session, org: OrgId, now: Timestamp) -> Result<()> {
    let own = match tx.dialect() {
        // Its writers come one after the other.
        Dialect::Sqlite => "0",
        Dialect::Postgres => "CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)",
    };
    let text = format!(
        "INSERT INTO tag_passes (org_id, cursor, guests, looked, changed, begins_after, began_at)
         SELECT $1, 0, (SELECT COUNT(*) FROM customers WHERE org_id = $1), 0, 0, {own}, $2 WHERE TRUE
         ON CONFLICT (org_id) DO UPDATE SET cursor = 0, guests = excluded.guests, looked = 0, changed = 0,
            begins_after = excluded.begins_after, began_at = excluded.began_at, ended_at = NULL"
    );
    tx.execute(sql(text).int(i64::from(org.0)).int(now.0)).await?;
    Ok(())
}

/// Where the pass is, if one is under way, may begin, and nobody else works on it.
async fn hold(tx: &mut Session, org: OrgId) -> Result<Option<CustomerId>> {
    let begins = match tx.dialect() {
        Dialect::Sqlite => "TRUE",
        // Orders of an older transaction may have been written before there was a rule, without a mark.
        Dialect::Postgres => "begins_after <= CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)",
    };
    let text = format!("SELECT cursor FROM tag_passes WHERE org_id = $1 AND ended_at IS NULL AND {begins} {{lock}}");
    let statement = sql(text).int(i64::from(org.0)).lock("FOR NO KEY UPDATE SKIP LOCKED");
    let row = tx.first(statement).await?;
    row.map(|row| row.columns().int("cursor").map(CustomerId)).transpose()
}

pub(super) async fn page(store: &SqlStore, org: OrgId, limit: u32, now: Timestamp) -> Result<Passed> {
    // Every guest has facts, which are in the order of their numbers.
    store.settle(org).await?;
    let mut tx = Session::begin(&store.db).await?;
    among_others(&mut tx, org).await?;
    let Some(cursor) = hold(&mut tx, org).await? else {
        return Ok(Passed::NotNow);
    };
    let guests = next(&mut tx, org, cursor, limit).await?;
    let Some(last) = guests.last().copied() else {
        let text = "UPDATE tag_passes SET ended_at = $2 WHERE org_id = $1";
        tx.execute(sql(text).int(i64::from(org.0)).int(now.0)).await?;
        tx.commit().await?;
        return Ok(Passed::Complete);
    };
    let looked = look_at_all(&mut tx, org, &guests, now).await?;
    let text = "UPDATE tag_passes SET cursor = $2, looked = looked + $3, changed = changed + $4 WHERE org_id = $1";
    let statement = sql(text).int(i64::from(org.0)).int(last.0);
    let number = |of: u64| i64::try_from(of).unwrap_or(i64::MAX);
    tx.execute(statement.int(number(looked.guests)).int(number(looked.changed)))
        .await?;
    tx.commit().await?;
    Ok(Passed::Page(looked))
}

async fn next(tx: &mut Session, org: OrgId, after: CustomerId, limit: u32) -> Result<Vec<CustomerId>> {
    let text = "SELECT customer_id FROM customer_facts WHERE org_id = $1 AND customer_id > $2
                ORDER BY customer_id LIMIT $3";
    let statement = sql(text).int(i64::from(org.0)).int(after.0).int(i64::from(limit));
    let rows = tx.fetch(statement).await?;
    rows.iter()
        .map(|row| Ok(CustomerId(row.columns().int("customer_id")?)))
        .collect()
}

static KNOWN: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT customer_id, heard_rule FROM tag_looks WHERE customer_id IN ({}) ORDER BY customer_id {{lock}}",
        ids_of(dialect, "$1")
    )
});

async fn look_at_all(tx: &mut Session, org: OrgId, guests: &[CustomerId], now: Timestamp) -> Result<Looked> {
    let ids = json_ids(guests.iter().map(|it| it.0));
    let statement = sql(KNOWN.of(tx.dialect())).text(ids.as_str()).lock("FOR UPDATE");
    let known: HashMap<CustomerId, Option<TagRuleId>> = in_hand(tx, statement).await?.into_iter().collect();
    let all: Vec<InHand> = guests
        .iter()
        .map(|guest| (*guest, known.get(guest).copied().flatten()))
        .collect();
    let (judged, changed) = look(tx, org, &all, now).await?;
    let (held, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        judged.into_iter().partition(|(guest, _)| known.contains_key(guest));
    plan(tx, &held).await?;
    remember(tx, org, &others).await?;
    Ok(Looked {
        guests: guests.len() as u64,
        changed,
    })
}

/// Keeps those without a row who change by the passing of time. Whoever has got a row meanwhile keeps its earlier look: an
/// order that this page has not seen may have written it.
async fn remember(tx: &mut Session, org: OrgId, judged: &BTreeMap<CustomerId, Judged>) -> Result<()> {
    let waiting = || {
        judged
            .iter()
            .filter_map(|(guest, it)| Some((guest.0, it.changes_at?.0)))
    };
    if waiting().next().is_none() {
        return Ok(());
    }
    let text = "INSERT INTO tag_looks (customer_id, org_id, look_at) SELECT r.guest, $1, r.next FROM {rows}
                WHERE TRUE ORDER BY r.guest
                ON CONFLICT (customer_id) DO UPDATE SET look_at =
                    CASE WHEN tag_looks.look_at < excluded.look_at THEN tag_looks.look_at ELSE excluded.look_at END";
    let table = Table::default()
        .ints("guest", waiting().map(|(guest, _)| guest))
        .ints("next", waiting().map(|(_, next)| next));
    tx.execute(sql(text).int(i64::from(org.0)).rows(table)).await?;
    Ok(())
}
