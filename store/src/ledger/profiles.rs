//! What rendering gets of a guest: read with the claim, and only what the templates use.

use super::types::{Claimed, Profile, RenderNeeds};
use crate::Result;
use crate::sql::{Cells, Session, Table, sql};
use std::collections::HashMap;

/// The columns and joins to add to a statement over `messages m` and `customer_facts f`.
pub(super) fn profile_columns(needs: &RenderNeeds) -> (String, String) {
    let (mut columns, mut joins) = (String::new(), String::new());
    if needs.profile {
        columns += ", c.external_id, c.name, c.locale, COALESCE(c.timezone, home.timezone)";
        joins += " LEFT JOIN customers c ON c.id = m.customer_id \
                   LEFT JOIN restaurants home ON home.id = f.home_restaurant_id";
    }
    if needs.last_dish {
        columns += ", (SELECT d.name FROM orders o \
                       JOIN order_items i ON i.order_id = o.id JOIN dishes d ON d.id = i.dish_id \
                       WHERE o.customer_id = m.customer_id AND o.status <> 5 \
                       ORDER BY o.placed_at DESC, o.id DESC, i.position LIMIT 1)";
    }
    (columns, joins)
}

/// Reads what [`profile_columns`] added.
pub(super) fn read(cells: &mut Cells<'_>, needs: &RenderNeeds) -> Result<Profile> {
    let mut profile = Profile::default();
    if needs.profile {
        profile.external_id = cells.opt_text()?;
        profile.name = cells.opt_text()?;
        profile.locale = cells.opt_text()?;
        profile.timezone = cells.opt_text()?;
    }
    if needs.last_dish {
        profile.last_dish = cells.opt_text()?;
    }
    Ok(profile)
}

/// Adds the custom attributes that the templates name.
pub(super) async fn add_attributes(session: &mut Session, needs: &RenderNeeds, messages: &mut [Claimed]) -> Result<()> {
    if needs.attributes.is_empty() || messages.is_empty() {
        return Ok(());
    }
    let pairs = || {
        messages
            .iter()
            .filter_map(|m| m.customer)
            .flat_map(|customer| needs.attributes.iter().map(move |key| (customer, key.as_str())))
    };
    let table = Table::default()
        .ints("customer", pairs().map(|(customer, _)| customer.0))
        .texts("wanted", pairs().map(|(_, key)| key));
    let text = "SELECT a.customer_id, a.key, a.value FROM {rows}
                JOIN customer_attributes a ON a.customer_id = r.customer AND a.key = r.wanted";
    let mut found: HashMap<i64, Vec<(String, String)>> = HashMap::new();
    for row in session.fetch(sql(text).rows(table)).await? {
        let mut c = row.cells();
        found.entry(c.int()?).or_default().push((c.text()?, c.text()?));
    }
    for message in messages {
        if let Some(pairs) = message.customer.and_then(|customer| found.get(&customer.0)) {
            message.profile.attributes = pairs.iter().cloned().collect();
        }
    }
    Ok(())
}
