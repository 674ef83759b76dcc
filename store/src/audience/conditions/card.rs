//! Conditions on the card that need a line each.

use super::{QueryContext, Render, Writer};
use crate::audience::writer::Bind;
use bellhop_domain::segment::conditions::{Attribute, Blacklisted, Has, Locale};

impl Render for Has {
    fn render(&self, w: &mut Writer, _: &QueryContext<'_>) {
        if self.0.is_empty() {
            w.put("TRUE");
            return;
        }
        let mask = self.0.iter().fold(0, |mask, reach| mask | reach.channel().bit());
        w.with("(f.live_mask & ?) <> 0", [mask]);
    }
}

impl Render for Blacklisted {
    fn render(&self, w: &mut Writer, _: &QueryContext<'_>) {
        w.put(if self.0 { "f.blacklisted" } else { "NOT f.blacklisted" });
    }
}

impl Render for Locale {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        if self.0.is_empty() {
            w.put("TRUE");
            return;
        }
        w.put("f.customer_id IN (SELECT c.id FROM customers c WHERE ")
            .with("c.org_id = ? AND ", [context.org()]);
        w.join(self.ranges(), " OR ", "FALSE", |w, range| {
            // A range is letters, digits and hyphens: nothing that LIKE takes for a pattern.
            let narrower = format!("{range}-%");
            w.put("LOWER(c.locale) = ").value(Bind::Text(range));
            w.put(" OR LOWER(c.locale) LIKE ").value(Bind::Text(narrower));
        });
        context.within(w, "c.id");
        w.put(")");
    }
}

impl Render for Attribute {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        if self.is.is_empty() {
            w.put("TRUE");
            return;
        }
        w.put("f.customer_id IN (SELECT a.customer_id FROM customer_attributes a WHERE ");
        w.with("a.org_id = ? AND a.key = ", [context.org()])
            .value(Bind::Text(self.key.clone()));
        w.put(" AND ").texts("a.value", &self.is);
        context.within(w, "a.customer_id");
        w.put(")");
    }
}
