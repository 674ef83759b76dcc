//! What is known of a guest by events.

use crate::sql::{Columns, Session, sql};
use crate::{Result, StoreError};
use bellhop_domain::{CustomerId, Money, OrgId, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// What events have told of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reported {
    pub cart: Option<Cart>,
    pub bonuses: Option<Bonuses>,
    /// Who has invited the guest.
    pub inviter: Option<CustomerId>,
    /// The latest first.
    pub reviews: Vec<Review>,
}

/// A cart as it was last told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    pub changed_at: Timestamp,
    pub total: Money,
    /// As the event has it.
    pub cart: Value,
}

/// Bonuses in the brand's own system, as last told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bonuses {
    pub balance: Money,
    pub as_of: Timestamp,
    /// What burns when, the soonest first.
    pub burns: Vec<Burn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Burn {
    pub amount: Money,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The brand's own id of the order.
    pub order: Option<String>,
    pub left_at: Timestamp,
    pub stars: i64,
    pub words: Option<String>,
    pub photos: Vec<String>,
    pub source: Option<String>,
    /// The stars from which on it would be a good one, as they were set when it was left.
    pub border: Option<i64>,
}

impl Review {
    /// Whether a human is to read it: it is below its border.
    pub fn is_below(&self) -> bool {
        self.border.is_some_and(|border| self.stars < border)
    }
}

pub(super) async fn of(session: &mut Session, org: OrgId, customer: CustomerId) -> Result<Reported> {
    let statement = |text: &'static str| sql(text).int(i64::from(org.0)).int(customer.0);
    let text = "SELECT changed_at, total, cart FROM carts WHERE org_id = $1 AND customer_id = $2";
    let cart = session.first(statement(text)).await?;
    let text = "SELECT balance, balance_at, burns FROM reported_bonuses WHERE org_id = $1 AND customer_id = $2";
    let bonuses = session.first(statement(text)).await?;
    let text = "SELECT inviter_id FROM referrals WHERE org_id = $1 AND customer_id = $2";
    let inviter = session.first(statement(text)).await?;
    let text = "SELECT order_external_id, left_at, stars, words, photos, source, border FROM reviews
                WHERE org_id = $1 AND customer_id = $2 ORDER BY left_at DESC, id DESC";
    let reviews = session.fetch(statement(text)).await?;
    Ok(Reported {
        cart: cart.map(|row| read_cart(&row.columns())).transpose()?,
        bonuses: bonuses.map(|row| read_bonuses(&row.columns())).transpose()?,
        inviter: inviter
            .map(|row| row.columns().int("inviter_id").map(CustomerId))
            .transpose()?,
        reviews: reviews
            .iter()
            .map(|row| read_review(&row.columns()))
            .collect::<Result<_>>()?,
    })
}

fn read_cart(c: &Columns<'_>) -> Result<Cart> {
    Ok(Cart {
        changed_at: Timestamp(c.int("changed_at")?),
        total: Money(c.int("total")?),
        cart: json("cart", &c.text("cart")?)?,
    })
}

fn read_bonuses(c: &Columns<'_>) -> Result<Bonuses> {
    Ok(Bonuses {
        balance: Money(c.int("balance")?),
        as_of: Timestamp(c.int("balance_at")?),
        burns: json("burning bonuses", &c.text("burns")?)?,
    })
}

fn read_review(c: &Columns<'_>) -> Result<Review> {
    Ok(Review {
        order: c.opt_text("order_external_id")?,
        left_at: Timestamp(c.int("left_at")?),
        stars: c.int("stars")?,
        words: c.opt_text("words")?,
        photos: json("photos of a review", &c.text("photos")?)?,
        source: c.opt_text("source")?,
        border: c.opt_int("border")?,
    })
}

fn json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt {
        what,
        id: String::new(),
        problem: error.to_string(),
    })
}
