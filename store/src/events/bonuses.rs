//! Bonuses in the brand's own system, as last told of. A balance and what burns have each a time of its own: what was accrued
//! tells of a balance alone.

use super::fresh::Fresh;
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::event::{EventKind, instant_of, money_of, value_of};
use bellhop_domain::{CustomerId, Money, OrgId, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

/// As of an instant, a balance or what burns. Before everything, nothing is known.
#[derive(Clone, Copy)]
struct Latest<T> {
    as_of: (Timestamp, i64),
    it: T,
}

impl<T> Latest<T> {
    fn update(&mut self, event: &Fresh<'_>, it: T) {
        let as_of = (event.at, event.number);
        if as_of >= self.as_of {
            *self = Latest { as_of, it };
        }
    }
}

/// What a batch says of one guest.
struct Account {
    balance: Latest<Money>,
    burns: Latest<Vec<Value>>,
}

const NEVER: (Timestamp, i64) = (Timestamp(i64::MIN), i64::MIN);

impl Default for Account {
    fn default() -> Self {
        Account {
            balance: Latest {
                as_of: NEVER,
                it: Money(0),
            },
            burns: Latest {
                as_of: NEVER,
                it: Vec::new(),
            },
        }
    }
}

pub(super) async fn write(tx: &mut Session, org: OrgId, fresh: &[Fresh<'_>]) -> Result<()> {
    let accounts = accounts(fresh);
    if accounts.is_empty() {
        return Ok(());
    }
    let text = "INSERT INTO reported_bonuses (customer_id, org_id, balance, balance_at, burns_at, burns, next_burn_at)
                SELECT r.customer, $1, r.balance, r.balance_at, r.burns_at, r.burns, r.next_at
                FROM {rows} WHERE TRUE ORDER BY r.customer
                ON CONFLICT (customer_id) DO UPDATE SET
                    balance = CASE WHEN excluded.balance_at >= reported_bonuses.balance_at THEN excluded.balance
                        ELSE reported_bonuses.balance END,
                    burns = CASE WHEN excluded.burns_at >= reported_bonuses.burns_at THEN excluded.burns
                        ELSE reported_bonuses.burns END,
                    next_burn_at = CASE WHEN excluded.burns_at >= reported_bonuses.burns_at THEN excluded.next_burn_at
                        ELSE reported_bonuses.next_burn_at END,
                    balance_at = CASE WHEN excluded.balance_at >= reported_bonuses.balance_at THEN excluded.balance_at
                        ELSE reported_bonuses.balance_at END,
                    burns_at = CASE WHEN excluded.burns_at >= reported_bonuses.burns_at THEN excluded.burns_at
                        ELSE reported_bonuses.burns_at END";
    let bodies: Vec<String> = accounts
        .values()
        .map(|it| Value::from(it.burns.it.clone()).to_string())
        .collect();
    let each = || accounts.values();
    let table = Table::default()
        .ints("customer", accounts.keys().map(|it| it.0))
        .ints("balance", each().map(|it| it.balance.it.0))
        .ints("balance_at", each().map(|it| it.balance.as_of.0.0))
        .ints("burns_at", each().map(|it| it.burns.as_of.0.0))
        .texts("burns", bodies.iter().map(String::as_str))
        .ints(
            "next_at",
            each().map(|it| it.burns.it.first().and_then(when).map(|at| at.0)),
        );
    tx.execute(sql(text).int(i64::from(org.0)).rows(table)).await?;
    Ok(())
}

fn accounts(fresh: &[Fresh<'_>]) -> BTreeMap<CustomerId, Account> {
    let mut accounts: BTreeMap<CustomerId, Account> = BTreeMap::new();
    for event in fresh {
        let is_whole = event.told.kind == EventKind::BonusesChanged;
        if !is_whole && event.told.kind != EventKind::BonusesAccrued {
            continue;
        }
        let Some(balance) = money_of(&event.told.data, "balance") else {
            continue;
        };
        let account = accounts.entry(event.customer).or_default();
        account.balance.update(event, balance);
        if is_whole {
            account.burns.update(event, burns(event));
        }
    }
    accounts
}

/// The soonest first.
fn burns(event: &Fresh<'_>) -> Vec<Value> {
    let all = value_of(&event.told.data, "burns").and_then(Value::as_array);
    let mut all = all.cloned().unwrap_or_default();
    all.sort_by_key(when);
    all
}

fn when(burn: &Value) -> Option<Timestamp> {
    instant_of(burn.as_object()?, "at")
}
