//! The tree as one boolean expression over `customer_facts f`.
//!
//! Every expression is true or false, never NULL, so that NOT means what it says.

use super::conditions::Render;
use super::scope::Scope;
use super::sql::Writer;
use bellhop_domain::segment::Segment;

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
