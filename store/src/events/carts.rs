//! Carts as they were last told of.

use super::fresh::{Fresh, latest};
use crate::Result;
use crate::sql::{Session, Table, sql};
use bellhop_domain::OrgId;
use bellhop_domain::event::{money_of, value_of};

pub(super) async fn write(tx: &mut Session, org: OrgId, changed: Vec<&Fresh<'_>>) -> Result<()> {
    let carts = latest(changed);
    if carts.is_empty() {
        return Ok(());
    }
    let text = "INSERT INTO carts (customer_id, org_id, changed_at, total, cart)
                SELECT r.customer, $1, r.at, r.total, r.cart FROM {rows} WHERE TRUE ORDER BY r.customer
                ON CONFLICT (customer_id) DO UPDATE
                    SET changed_at = excluded.changed_at, total = excluded.total, cart = excluded.cart
                WHERE carts.changed_at <= excluded.changed_at";
    let cart = |it: &&Fresh<'_>| value_of(&it.told.data, "cart").map_or_else(String::new, ToString::to_string);
    let bodies: Vec<String> = carts.iter().map(cart).collect();
    let total = |it: &&Fresh<'_>| money_of(&it.told.data, "cart.total").unwrap_or_default().0;
    let table = Table::default()
        .ints("customer", carts.iter().map(|it| it.customer.0))
        .ints("at", carts.iter().map(|it| it.at.0))
        .ints("total", carts.iter().map(total))
        .texts("cart", bodies.iter().map(String::as_str));
    tx.execute(sql(text).int(i64::from(org.0)).rows(table)).await?;
    Ok(())
}
