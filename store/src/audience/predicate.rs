//! The tree as one boolean expression over `customer_facts f`.
//!
//! Every expression is true or false, never NULL, so that NOT means what it says.

use super::conditions::Render;
use super::context::QueryContext;
use super::writer::Writer;
use bellhop_domain::segment::Segment;

/// Writes the filter as an expression.
pub(super) fn write(w: &mut Writer, segment: &Segment, context: &QueryContext<'_>) {
    match segment {
        Segment::All(parts) => {
            w.join(parts, " AND ", "TRUE", |w, part| write(w, part, context));
        }
        Segment::Any(parts) => {
            w.join(parts, " OR ", "TRUE", |w, part| write(w, part, context));
        }
        Segment::Not(part) => {
            w.put("(NOT ");
            write(w, part, context);
            w.put(")");
        }
        Segment::Leaf(leaf) => {
            w.put("(");
            leaf.render(w, context);
            w.put(")");
        }
    }
}
