//! How many guests a rule would tag: one question of the orders in its days.

use super::history::DELIVERED;
use super::types::TagPreview;
use crate::guests::{json_texts, texts_of};
use crate::sql::{Session, sql};
use crate::{Dialect, Result};
use bellhop_domain::segment::Bounds;
use bellhop_domain::tag_rule::{Menu, TagRule};
use bellhop_domain::{OrgId, Timestamp};

pub(super) async fn count(session: &mut Session, org: OrgId, rule: &TagRule, now: Timestamp) -> Result<TagPreview> {
    let (mut lists, dialect) = (Vec::new(), session.dialect());
    let ordered = has(&mut lists, rule.ordered.as_ref(), dialect);
    let unwanted = has(&mut lists, rule.not_ordered.as_ref(), dialect);
    // Guests without an order that counts are in no group.
    let text = format!(
        "WITH counted AS (
            SELECT o.customer_id, COUNT(*) AS orders, SUM(o.total) AS total, MAX({ordered}) AS ordered, MAX({unwanted}) AS unwanted
            FROM orders o WHERE o.org_id = $1 AND o.status = {DELIVERED} AND o.placed_at > $2 AND o.placed_at <= $3
            GROUP BY o.customer_id)
        SELECT (SELECT COUNT(*) FROM customers WHERE org_id = $1) AS everybody, COUNT(*) AS eaters,
            CAST(COALESCE(SUM(CASE WHEN {} THEN 1 ELSE 0 END), 0) AS BIGINT) AS tagged
        FROM counted c",
        sets(rule)
    );
    let since = now.0.saturating_sub(rule.span_ms());
    let mut statement = sql(text).int(i64::from(org.0)).int(since).int(now.0);
    for list in &lists {
        statement = statement.text(list.as_str());
    }
    let row = session.first(statement).await?.ok_or(sqlx::Error::RowNotFound)?;
    let c = row.columns();
    let number = |name| c.int(name).map(i64::unsigned_abs);
    let (everybody, eaters, tagged) = (number("everybody")?, number("eaters")?, number("tagged")?);
    let others = if rule.sets_without_orders() {
        everybody.saturating_sub(eaters)
    } else {
        0
    };
    Ok(TagPreview {
        would_tag: tagged + others,
        of: everybody,
    })
}

/// Whether something of a menu is in the order `o`: 1 or 0. Its names are appended to the arguments after the third.
fn has(lists: &mut Vec<String>, menu: Option<&Menu>, dialect: Dialect) -> String {
    let Some(menu) = menu else {
        return "0".to_owned();
    };
    let mut texts = |names: &Vec<String>| {
        lists.push(json_texts(names));
        texts_of(dialect, &format!("${}", lists.len() + 3))
    };
    let (dishes, categories) = (texts(&menu.dish), texts(&menu.category));
    format!(
        "CASE WHEN EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id
            AND (i.dish_id IN (SELECT id FROM dishes WHERE org_id = $1 AND name IN ({dishes}))
                OR i.category_id IN (SELECT id FROM categories WHERE org_id = $1 AND name IN ({categories}))))
         THEN 1 ELSE 0 END"
    )
}

/// Whether the rule sets its tag on a guest with orders. Bounds are numbers, so they are in the text.
fn sets(rule: &TagRule) -> String {
    let mut conditions = vec!["TRUE".to_owned()];
    let count = rule.count.unwrap_or_default();
    within(&mut conditions, "c.orders", count.min, count.max);
    let total: Bounds<_> = rule.total.unwrap_or_default();
    within(
        &mut conditions,
        "c.total",
        total.min.map(|it| it.0),
        total.max.map(|it| it.0),
    );
    if rule.ordered.is_some() {
        conditions.push("c.ordered = 1".to_owned());
    }
    if rule.not_ordered.is_some() {
        conditions.push("c.unwanted = 0".to_owned());
    }
    let holds = conditions.join(" AND ");
    if rule.inverse { format!("NOT ({holds})") } else { holds }
}

fn within<T: std::fmt::Display>(conditions: &mut Vec<String>, of: &str, min: Option<T>, max: Option<T>) {
    conditions.extend(min.map(|min| format!("{of} >= {min}")));
    conditions.extend(max.map(|max| format!("{of} <= {max}")));
}
