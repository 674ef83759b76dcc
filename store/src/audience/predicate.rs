//! The tree as one boolean expression over `customer_facts f`.
//!
//! Every expression is true or false, never NULL, so that NOT means what it says.

use super::conditions::Render;
use super::names::Lexicon;
use super::selection::Late;
use super::sql::Writer;
use bellhop_domain::segment::{Asked, Segment};
use bellhop_domain::{CustomerId, OrgId};

/// Customers after the first and up to the second: a planning page.
pub(super) type Range = Option<(CustomerId, CustomerId)>;

/// What a condition's SQL depends on besides the condition.
pub(super) struct Scope<'a> {
    pub org: OrgId,
    pub asked: &'a Asked,
    pub names: &'a Lexicon,
    pub range: Range,
    pub late: Late,
    /// A customer about the middle, where orders may be counted in two halves.
    pub halves: Option<i64>,
}

impl Scope<'_> {
    /// The instant asked, as the database holds it.
    pub fn as_of(&self) -> i64 {
        self.asked.as_of.0
    }

    pub fn org(&self) -> i64 {
        i64::from(self.org.0)
    }

    /// ` AND <customer column> in the page`: every subquery has it, so that planning page by page reads each row once.
    pub fn within(&self, w: &mut Writer, column: &'static str) {
        if let Some((after, upto)) = self.range {
            w.put(" AND ").put(column).with(" > ?", [after.0]);
            w.put(" AND ").put(column).with(" <= ?", [upto.0]);
        }
    }

    /// `facts` where the facts answer for the instant asked; where there are orders at or after it, `raw`.
    pub fn facts_or_raw(&self, w: &mut Writer, facts: impl FnOnce(&mut Writer), raw: impl FnOnce(&mut Writer)) {
        if self.late == Late::None {
            facts(w);
            return;
        }
        w.with("CASE WHEN f.last_at >= ? THEN ", [self.as_of()]);
        raw(w);
        w.put(" ELSE ");
        facts(w);
        w.put(" END");
    }

    /// ` AND <customer column> has orders at or after the instant asked`: the only ones whom facts cannot answer for.
    pub fn late(&self, w: &mut Writer, column: &'static str) {
        w.put(" AND ").put(column);
        w.with(
            " IN (SELECT late.customer_id FROM orders late WHERE late.org_id = ? AND late.placed_at >= ?",
            [self.org(), self.as_of()],
        );
        self.within(w, "late.customer_id");
        w.put(")");
    }
}

/// Writes the filter as an expression.
pub(super) fn write(w: &mut Writer, segment: &Segment, scope: &Scope<'_>) {
    match segment {
        Segment::All(parts) => {
            w.join(parts, " AND ", "TRUE", |w, part| write(w, part, scope));
        }
        Segment::Any(parts) => {
            w.join(parts, " OR ", "TRUE", |w, part| write(w, part, scope));
        }
        Segment::Not(part) => {
            w.put("(NOT ");
            write(w, part, scope);
            w.put(")");
        }
        Segment::Leaf(leaf) => {
            w.put("(");
            leaf.render(w, scope);
            w.put(")");
        }
    }
}
