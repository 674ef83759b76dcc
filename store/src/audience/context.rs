//! What a filter's SQL depends on besides the filter.

use super::names::Lexicon;
use super::writer::{Bind, Writer};
use bellhop_domain::segment::Asked;
use bellhop_domain::{CustomerId, OrgId};

/// Whether there may be orders at or after the instant asked about, which the facts include but the answer must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    Possible,
    /// There are none: the facts answer for everybody, and the database may ask them in parallel.
    None,
}

/// Which guests a statement is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Range<'a> {
    Everybody,
    /// Customers after the first and up to the second: a planning page.
    Page(CustomerId, CustomerId),
    These(&'a [CustomerId]),
}

/// What a condition's SQL depends on besides the condition.
pub(super) struct QueryContext<'a> {
    pub org: OrgId,
    pub asked: &'a Asked,
    pub names: &'a Lexicon,
    pub range: Range<'a>,
    pub late: Late,
    /// A customer about the middle, where orders may be counted in two halves.
    pub halves: Option<i64>,
}

impl QueryContext<'_> {
    /// The instant asked, as the database holds it.
    pub fn as_of(&self) -> i64 {
        self.asked.as_of.0
    }

    pub fn org(&self) -> i64 {
        i64::from(self.org.0)
    }

    /// ` AND <customer column> in the page`, or one of those asked about: every subquery has it, so that planning page by page
    /// reads each row once.
    pub fn within(&self, w: &mut Writer, column: &'static str) {
        match self.range {
            Range::Everybody => {}
            Range::Page(after, upto) => {
                w.put(" AND ").put(column).with(" > ?", [after.0]);
                w.put(" AND ").put(column).with(" <= ?", [upto.0]);
            }
            Range::These(guests) => {
                w.put(" AND ");
                w.one_of(column, Bind::Ints(guests.iter().map(|guest| guest.0).collect()));
            }
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
