//! Guests as a list finds them, their orders, and how many have each tag.

use super::orders_of::{self, GuestOrder};
use crate::base::codes::PHONES;
use crate::sql::{Session, sql};
use crate::{Dialect, Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::order::OrderStatus;
use bellhop_domain::phone::Region;
use bellhop_domain::{CustomerId, OrgId, Phone};
use std::collections::BTreeSet;

/// The attribute that holds the number of a guest's card.
const CARD: &str = "card";
/// Fewer characters are the beginning of half of all names.
const NAME_BEGINS: usize = 2;
/// Of guests whose name begins so, in one spelling, no more are found: whoever types on finds fewer.
const OF_A_SPELLING: u32 = 1_000;
/// More tags than anybody looks through.
const TAGS: u32 = 10_000;

/// A tag and how many guests have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedTag {
    pub name: String,
    pub guests: u64,
}

/// Whoever looks for a guest, or through what one has.
#[async_trait]
pub trait FindingGuests: Send + Sync {
    /// Guests whose id, card number or phone these words are, or whose name begins with them, in any usual case: the next ones after
    /// `after` by our own numbers, each with the brand's id.
    async fn find_guests(
        &self,
        org: OrgId,
        words: &str,
        region: Region,
        after: CustomerId,
        limit: u32,
    ) -> Result<Vec<(CustomerId, String)>>;
    /// A guest's orders, the latest first, behind `after`, the number of the last of the page before.
    async fn orders_of_guest(
        &self,
        org: OrgId,
        customer: CustomerId,
        status: Option<OrderStatus>,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<GuestOrder>>;
    /// All tags, by name.
    async fn counted_tags(&self, org: OrgId) -> Result<Vec<CountedTag>>;
}

#[async_trait]
impl FindingGuests for SqlStore {
    async fn find_guests(
        &self,
        org: OrgId,
        words: &str,
        region: Region,
        after: CustomerId,
        limit: u32,
    ) -> Result<Vec<(CustomerId, String)>> {
        let mut session = Session::read(&self.db).await?;
        let spellings = spellings(words);
        let text = find(session.dialect(), spellings.len(), limit);
        let phone = Phone::parse(words, region).map(|phone| phone.e164().to_owned());
        let mut statement = sql(text)
            .int(i64::from(org.0))
            .int(after.0)
            .text(words)
            .text(phone.as_deref().ok());
        let ends: Vec<String> = spellings.iter().map(|begin| format!("{begin}\u{10FFFF}")).collect();
        for (begin, end) in spellings.iter().zip(&ends) {
            statement = statement.text(begin.as_str()).text(end.as_str());
        }
        let rows = session.fetch(statement).await?;
        rows.iter()
            .map(|row| {
                let c = row.columns();
                Ok((CustomerId(c.int("id")?), c.text("external_id")?))
            })
            .collect()
    }

    async fn orders_of_guest(
        &self,
        org: OrgId,
        customer: CustomerId,
        status: Option<OrderStatus>,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<GuestOrder>> {
        orders_of::page(&self.db, (org, customer), status, after, limit).await
    }

    async fn counted_tags(&self, org: OrgId) -> Result<Vec<CountedTag>> {
        let text = format!(
            "SELECT t.name, (SELECT COUNT(*) FROM customer_tags g WHERE g.tag_id = t.id) AS guests
             FROM tags t WHERE t.org_id = $1 ORDER BY t.name LIMIT {TAGS}"
        );
        let rows = Session::read(&self.db)
            .await?
            .fetch(sql(text).int(i64::from(org.0)))
            .await?;
        rows.iter()
            .map(|row| {
                let c = row.columns();
                Ok(CountedTag {
                    name: c.text("name")?,
                    guests: c.int("guests")?.unsigned_abs(),
                })
            })
            .collect()
    }
}

/// A statement whose every way to a guest is an index. The beginnings of names are the arguments from the fifth on, each with its
/// end.
fn find(dialect: Dialect, spellings: usize, limit: u32) -> String {
    let name = match dialect {
        Dialect::Postgres => "n.name COLLATE \"C\"",
        Dialect::Sqlite => "n.name",
    };
    let by_name = (0..spellings).map(|i| {
        let (begin, end) = (5 + 2 * i, 6 + 2 * i);
        format!(
            " UNION SELECT id FROM (SELECT n.id FROM customers n WHERE n.org_id = $1 AND {name} >= ${begin}
                AND {name} < ${end} ORDER BY {name} LIMIT {OF_A_SPELLING}) named"
        )
    });
    format!(
        "SELECT c.id, c.external_id FROM customers c WHERE c.org_id = $1 AND c.id > $2 AND c.id IN (
            SELECT i.id FROM customers i WHERE i.org_id = $1 AND i.external_id = $3
            UNION SELECT a.customer_id FROM customer_attributes a
                WHERE a.org_id = $1 AND a.key = '{CARD}' AND a.value = $3
            UNION SELECT l.customer_id FROM endpoints e JOIN customer_endpoints l ON l.endpoint_id = e.id
                WHERE e.org_id = $1 AND e.kind IN {PHONES} AND e.address = $4{}
         ) ORDER BY c.id LIMIT {limit}",
        by_name.collect::<String>()
    )
}

/// How a name that begins so may be written: neither database knows both cases of Cyrillic letters in an index.
fn spellings(words: &str) -> BTreeSet<String> {
    if words.chars().count() < NAME_BEGINS {
        return BTreeSet::new();
    }
    let capitals = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().to_string());
        first.unwrap_or_default() + &letters.as_str().to_lowercase()
    };
    let each: Vec<String> = words.split(' ').map(capitals).collect();
    [
        words.to_owned(),
        each.join(" "),
        words.to_lowercase(),
        words.to_uppercase(),
    ]
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_its_case_was_typed() {
        let of = |words| spellings(words).into_iter().collect::<Vec<_>>();
        assert_eq!(of("анна пе"), ["АННА ПЕ", "Анна Пе", "анна пе"]);
        assert_eq!(of("МакГи"), ["МАКГИ", "МакГи", "Макги", "макги"]);
        assert!(of("а").is_empty());
    }
}
