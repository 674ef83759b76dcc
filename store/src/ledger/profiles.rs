//! What rendering gets of a guest: read with the claim, and only what the templates use.

use super::codes::ORDER_CANCELLED;
use super::favourites::Favourites;
use super::rendering::{HomeRestaurant, OrderSums, Profile, RenderNeeds};
use super::types::Claimed;
use crate::Result;
use crate::base::row::Columns;
use crate::sql::{Session, Table, sql};
use bellhop_domain::{CustomerId, Money, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// The columns and joins to add to a statement over `messages m` and `customer_facts f`; `customers` is the table, or SQL for the
/// rows of it that may be wanted.
pub(super) fn profile_columns(needs: &RenderNeeds, customers: &str) -> (String, String) {
    let (mut columns, mut joins) = (String::new(), String::new());
    if needs.profile {
        columns += ", c.external_id, c.name, c.locale, COALESCE(c.timezone, home.timezone) AS timezone";
        joins += &format!(" LEFT JOIN {customers} c ON c.id = m.customer_id");
    }
    if needs.profile || needs.restaurant {
        joins += " LEFT JOIN restaurants home ON home.id = f.home_restaurant_id";
    }
    if needs.restaurant {
        columns += ", home.name AS home_name, home.phone AS home_phone, home.address AS home_address";
    }
    if needs.orders {
        columns += ", f.orders_count, f.revenue, f.last_at";
    }
    if needs.last_dish {
        columns += &format!(
            ", (SELECT d.name FROM orders o \
             JOIN order_items i ON i.order_id = o.id JOIN dishes d ON d.id = i.dish_id \
             WHERE o.customer_id = m.customer_id AND o.status <> {ORDER_CANCELLED} \
             ORDER BY o.placed_at DESC, o.id DESC, i.position LIMIT 1) AS last_dish"
        );
    }
    (columns, joins)
}

/// Reads what [`profile_columns`] added.
pub(super) fn read(columns: &Columns<'_>, needs: &RenderNeeds) -> Result<Profile> {
    let mut profile = Profile::default();
    if needs.profile {
        profile.external_id = columns.opt_text("external_id")?;
        profile.name = columns.opt_text("name")?;
        profile.locale = columns.opt_text("locale")?;
        profile.timezone = columns.opt_text("timezone")?;
    }
    if needs.last_dish {
        profile.last_dish = columns.opt_text("last_dish")?;
    }
    if needs.restaurant {
        profile.restaurant = HomeRestaurant {
            name: columns.opt_text("home_name")?,
            phone: columns.opt_text("home_phone")?,
            address: columns.opt_text("home_address")?,
        };
    }
    if needs.orders {
        profile.orders = sums(columns)?;
    }
    Ok(profile)
}

fn sums(columns: &Columns<'_>) -> Result<Option<OrderSums>> {
    let Some(count) = columns.opt_int("orders_count")? else {
        return Ok(None);
    };
    Ok(Some(OrderSums {
        count: count.unsigned_abs(),
        revenue: Money(columns.int("revenue")?),
        last_at: columns.opt_int("last_at")?.map(Timestamp),
    }))
}

/// Adds what is asked of all guests together: their favourites, and the custom attributes that the templates name; what a
/// message has of its own stands.
pub(super) async fn complete(
    session: &mut Session,
    needs: &RenderNeeds,
    messages: &mut [Claimed],
    now: Timestamp,
) -> Result<()> {
    let customers: Vec<CustomerId> = messages.iter().filter_map(|m| m.customer).collect();
    let mut found = attributes(session, &customers, needs).await?;
    let favourites = Favourites::of(session, &customers, needs, now).await?;
    for message in messages {
        if let Some(customer) = message.customer {
            favourites.put(customer, &mut message.profile);
        }
        if let Some(own) = message.customer.and_then(|customer| found.remove(&customer)) {
            for (key, value) in own {
                message.profile.attributes.entry(key).or_insert(value);
            }
        }
    }
    Ok(())
}

/// What rendering would get of these customers, without any message.
pub(super) async fn of_customers(
    session: &mut Session,
    customers: &[CustomerId],
    needs: &RenderNeeds,
    now: Timestamp,
) -> Result<HashMap<CustomerId, Profile>> {
    let (columns, joins) = profile_columns(needs, "customers");
    let text = format!(
        "SELECT m.customer_id{columns} FROM (SELECT customer AS customer_id FROM {{rows}}) m
         LEFT JOIN customer_facts f ON f.customer_id = m.customer_id{joins}"
    );
    let table = Table::default().ints("customer", customers.iter().map(|c| c.0));
    let mut attributes = attributes(session, customers, needs).await?;
    let favourites = Favourites::of(session, customers, needs, now).await?;
    let mut profiles = HashMap::with_capacity(customers.len());
    for row in session.fetch(sql(text).rows(table)).await? {
        let c = row.columns();
        let customer = CustomerId(c.int("customer_id")?);
        let mut profile = read(&c, needs)?;
        profile.attributes = attributes.remove(&customer).unwrap_or_default();
        favourites.put(customer, &mut profile);
        profiles.insert(customer, profile);
    }
    Ok(profiles)
}

async fn attributes(
    session: &mut Session,
    customers: &[CustomerId],
    needs: &RenderNeeds,
) -> Result<HashMap<CustomerId, BTreeMap<String, String>>> {
    let mut found: HashMap<CustomerId, BTreeMap<String, String>> = HashMap::new();
    if needs.attributes.is_empty() || customers.is_empty() {
        return Ok(found);
    }
    let pairs = || {
        customers
            .iter()
            .flat_map(|customer| needs.attributes.iter().map(move |key| (customer, key.as_str())))
    };
    let table = Table::default()
        .ints("customer", pairs().map(|(customer, _)| customer.0))
        .texts("wanted", pairs().map(|(_, key)| key));
    let text = "SELECT a.customer_id, a.key, a.value FROM {rows}
                JOIN customer_attributes a ON a.customer_id = r.customer AND a.key = r.wanted";
    for row in session.fetch(sql(text).rows(table)).await? {
        let c = row.columns();
        found
            .entry(CustomerId(c.int("customer_id")?))
            .or_default()
            .insert(c.text("key")?, c.text("value")?);
    }
    Ok(found)
}
