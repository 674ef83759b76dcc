//! A filter that is ready to be asked, and the statements that ask it.

use super::conditions::Render as _;
use super::context::{Late, QueryContext, Range};
use super::count;
use super::names::Lexicon;
use super::predicate;
use super::writer::{Rendered, Writer};
use crate::sql::Row;
use crate::{Dialect, Result};
use bellhop_domain::segment::{Asked, Segment};
use bellhop_domain::{CustomerId, OrgId};
use serde::Serialize;

/// A guest of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Where the next page begins.
    #[serde(skip)]
    pub id: CustomerId,
    /// The external id.
    pub customer: String,
    pub name: Option<String>,
}

/// Reads a row of [`Selection::list`].
pub(super) fn listed(row: &Row) -> Result<Listed> {
    let c = row.columns();
    Ok(Listed {
        id: CustomerId(c.int("customer_id")?),
        customer: c.text("external_id")?,
        name: c.opt_text("name")?,
    })
}

/// A filter with everything its SQL depends on.
#[derive(Debug, Clone)]
pub struct Selection {
    dialect: Dialect,
    org: OrgId,
    segment: Segment,
    pub(super) asked: Asked,
    names: Lexicon,
    halves: Option<i64>,
}

impl Selection {
    /// `halves`: a customer about the middle of the organisation's, to count orders in two halves side by side.
    pub(super) fn new(
        dialect: Dialect,
        org: OrgId,
        segment: Segment,
        asked: Asked,
        names: Lexicon,
        halves: Option<i64>,
    ) -> Self {
        Self {
            dialect,
            org,
            segment,
            asked,
            names,
            halves,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The guests with `after < customer_id <= upto` who pass the filter, in ascending order: `customer_id`,
    /// `blacklisted`, the masks of what they allow and the live endpoints of `customer_facts`. Every subquery is restricted to the
    /// page.
    pub fn page(&self, after: CustomerId, upto: CustomerId) -> Rendered {
        let mut w = Writer::new(self.dialect);
        w.put("SELECT f.customer_id, f.blacklisted, f.consent_mask, f.silenced_mask, f.live_endpoints FROM customer_facts f WHERE ");
        self.restrict(&mut w, Range::Page(after, upto), Late::Possible);
        w.put(" ORDER BY f.customer_id");
        w.finish()
    }

    /// The same columns of those of these guests that have facts, whether they pass the filter or not, and that: `holds`.
    /// Every subquery is restricted to them.
    pub fn among(&self, guests: &[CustomerId]) -> Rendered {
        let range = Range::These(guests);
        let context = self.context(range, Late::Possible);
        let mut w = Writer::new(self.dialect);
        w.put("SELECT f.customer_id, f.blacklisted, f.consent_mask, f.silenced_mask, f.live_endpoints, ");
        match self.segment.is_everybody() {
            true => w.put("TRUE"),
            false => {
                predicate::write(&mut w, &self.segment, &context);
                &mut w
            }
        };
        w.with(" AS holds FROM customer_facts f WHERE f.org_id = ?", [context.org()]);
        context.within(&mut w, "f.customer_id");
        w.finish()
    }

    /// Guests in groups, for `count::add_up`.
    pub(super) fn groups(&self, late: Late) -> Rendered {
        let mut w = Writer::new(self.dialect);
        w.put(count::GROUPED_BY).put(" FROM customer_facts f WHERE ");
        self.restrict(&mut w, Range::Everybody, late);
        w.put(count::GROUPED);
        w.finish()
    }

    /// All guests of the organisation, in groups of whom each condition says the same: `holds`, a mask, and `guests`.
    pub(super) fn alike(&self, late: Late) -> Rendered {
        let context = self.context(Range::Everybody, late);
        let mut w = Writer::new(self.dialect);
        w.put("SELECT CAST(");
        for (place, leaf) in self.segment.leaves().into_iter().enumerate() {
            w.put("CASE WHEN (");
            leaf.render(&mut w, &context);
            w.put(") THEN ").number(1 << place).put(" ELSE 0 END + ");
        }
        w.put("0 AS BIGINT) AS holds, COUNT(*) AS guests FROM customer_facts f WHERE ");
        w.with("f.org_id = ?", [context.org()]).put(" GROUP BY 1");
        w.finish()
    }

    /// One number, `guests`.
    pub(super) fn size(&self, late: Late) -> Rendered {
        let mut w = Writer::new(self.dialect);
        let context = self.context(Range::Everybody, late);
        if let Segment::Leaf(leaf) = self.segment.unwrapped()
            && leaf.count_alone(&mut w, &context).is_some()
        {
            return w.finish();
        }
        w.put("SELECT COUNT(*) AS guests FROM customer_facts f WHERE ");
        self.restrict(&mut w, Range::Everybody, late);
        w.finish()
    }

    /// Rows for [`listed`].
    pub(super) fn list(&self, after: CustomerId, limit: u32) -> Rendered {
        let mut w = Writer::new(self.dialect);
        w.put("SELECT f.customer_id, listed.external_id, listed.name FROM customer_facts f ");
        w.put("JOIN customers listed ON listed.id = f.customer_id WHERE ");
        self.restrict(&mut w, Range::Everybody, Late::Possible);
        w.with(
            " AND f.customer_id > ? ORDER BY f.customer_id LIMIT ?",
            [after.0, i64::from(limit)],
        );
        w.finish()
    }

    /// An earlier guest of the audience who is not excluded and whose first address is this customer's first address.
    pub(super) fn earlier_sharers(&self, customer: CustomerId) -> Rendered {
        let mut w = Writer::new(self.dialect);
        w.with(
            "SELECT f.customer_id FROM customer_facts f JOIN customer_facts mine ON mine.customer_id = ? \
             AND mine.shared_endpoint = f.shared_endpoint WHERE f.reach > 0 AND f.customer_id < ? AND ",
            [customer.0, customer.0],
        );
        self.restrict(&mut w, Range::Everybody, Late::Possible);
        w.put(" LIMIT 1");
        w.finish()
    }

    fn context<'a>(&'a self, range: Range<'a>, late: Late) -> QueryContext<'a> {
        QueryContext {
            org: self.org,
            asked: &self.asked,
            names: &self.names,
            range,
            late,
            halves: self.halves.filter(|_| matches!(range, Range::Everybody)),
        }
    }

    /// The organisation, the page and the filter.
    pub(super) fn restrict(&self, w: &mut Writer, range: Range<'_>, late: Late) {
        let context = self.context(range, late);
        w.with("f.org_id = ?", [context.org()]);
        context.within(w, "f.customer_id");
        if !self.segment.is_everybody() {
            w.put(" AND ");
            predicate::write(w, &self.segment, &context);
        }
    }
}
