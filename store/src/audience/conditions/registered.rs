use super::{QueryContext, Render, Writer};
use bellhop_domain::segment::conditions::Registered;

impl Render for Registered {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        let span = self.0.span(context.asked);
        w.put("f.customer_id IN (SELECT c.id FROM customers c WHERE ")
            .with("c.org_id = ? AND c.registered_at < ?", [context.org(), span.to.0]);
        if let Some(from) = span.from {
            w.with(" AND c.registered_at >= ?", [from.0]);
        }
        context.within(w, "c.id");
        w.put(")");
    }
}
