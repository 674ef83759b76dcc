//! What guests ordered, as far as rules ask: set by set, for the guests in hand.

use crate::Result;
use crate::guests::Names;
use crate::guests::names::{Named, look_up};
use crate::guests::settle::{ids_of, json_ids};
use crate::sql::{PerDialect, Session, Table, sql};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::tag_rule::{DeliveredOrder, LiveRule, longest};
use bellhop_domain::{CustomerId, Money, OrgId, Timestamp};
use std::collections::{BTreeSet, HashMap};

/// The delivered orders of guests that any rule still counts at an instant, by guest.
pub(super) async fn of(
    tx: &mut Session,
    org: OrgId,
    guests: &[CustomerId],
    rules: &[LiveRule],
    now: Timestamp,
) -> Result<HashMap<CustomerId, Vec<DeliveredOrder>>> {
    let mut found: HashMap<CustomerId, Vec<DeliveredOrder>> = HashMap::new();
    if rules.is_empty() {
        return Ok(found);
    }
    let since = now.0.saturating_sub(longest(rules));
    let mut menus = items(tx, org, guests, rules, since).await?;
    let text = "SELECT o.id, o.customer_id, o.placed_at, o.total FROM {rows}
                JOIN orders o ON o.customer_id = r.guest AND o.placed_at > $1 AND o.status = $2";
    let statement = sql(text).int(since).int(DELIVERED).rows(table(guests));
    for row in tx.fetch(statement).await? {
        let c = row.columns();
        let (dishes, categories) = menus.remove(&c.int("id")?).unwrap_or_default();
        let order = DeliveredOrder {
            placed_at: Timestamp(c.int("placed_at")?),
            total: Money(c.int("total")?),
            dishes,
            categories,
        };
        found.entry(CustomerId(c.int("customer_id")?)).or_default().push(order);
    }
    Ok(found)
}

pub(super) const DELIVERED: i64 = OrderStatus::Delivered.code() as i64;

fn table(guests: &[CustomerId]) -> Table<'static> {
    Table::default().ints("guest", guests.iter().map(|it| it.0))
}

type Eaten = (Vec<String>, Vec<String>);

static ITEMS: PerDialect = PerDialect::new(|dialect| {
    format!(
        "SELECT i.order_id, i.dish_id, i.category_id FROM {{rows}}
        JOIN orders o ON o.customer_id = r.guest AND o.placed_at > $1 AND o.status = $2
        JOIN order_items i ON i.order_id = o.id
        WHERE i.dish_id IN ({}) OR i.category_id IN ({})",
        ids_of(dialect, "$3"),
        ids_of(dialect, "$4")
    )
});

/// By order: what of the rules' dishes and categories is in it.
async fn items(
    tx: &mut Session,
    org: OrgId,
    guests: &[CustomerId],
    rules: &[LiveRule],
    since: i64,
) -> Result<HashMap<i64, Eaten>> {
    let (dishes, categories) = menus(tx, org, rules).await?;
    let mut found: HashMap<i64, Eaten> = HashMap::new();
    if dishes.is_empty() && categories.is_empty() {
        return Ok(found);
    }
    let (of_dishes, of_categories) = (json_ids(dishes.keys().copied()), json_ids(categories.keys().copied()));
    let statement = sql(ITEMS.of(tx.dialect())).int(since).int(DELIVERED);
    let statement = statement.text(of_dishes.as_str()).text(of_categories.as_str());
    for row in tx.fetch(statement.rows(table(guests))).await? {
        let c = row.columns();
        let (ate_dishes, ate_categories) = found.entry(c.int("order_id")?).or_default();
        ate_dishes.extend(c.opt_int("dish_id")?.and_then(|id| dishes.get(&id)).cloned());
        ate_categories.extend(c.opt_int("category_id")?.and_then(|id| categories.get(&id)).cloned());
    }
    Ok(found)
}

type NamesById = HashMap<i64, String>;

/// What rules name, by its number. What nobody has ordered yet has none.
async fn menus(tx: &mut Session, org: OrgId, rules: &[LiveRule]) -> Result<(NamesById, NamesById)> {
    let menus = || rules.iter().flat_map(|it| it.rule.menus());
    let dishes: BTreeSet<String> = menus().flat_map(|it| it.dish.iter().cloned()).collect();
    let categories: BTreeSet<String> = menus().flat_map(|it| it.category.iter().cloned()).collect();
    Ok((
        by_number(tx, org, Named::Dish, dishes).await?,
        by_number(tx, org, Named::Category, categories).await?,
    ))
}

async fn by_number(tx: &mut Session, org: OrgId, kind: Named, wanted: BTreeSet<String>) -> Result<NamesById> {
    let mut names = Names::default();
    look_up(tx, org, kind, wanted.clone(), &mut names).await?;
    let numbered = wanted
        .into_iter()
        .filter_map(|name| Some((names.id(kind, Some(&name))?, name)));
    Ok(numbered.collect())
}
