use super::{QueryContext, Render, Writer};
use crate::audience::writer::Bind;
use bellhop_domain::EndpointKind;
use bellhop_domain::segment::conditions::{Customers, Phones};

impl Render for Customers {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        if self.0.is_empty() {
            w.put("TRUE");
            return;
        }
        w.put("f.customer_id IN (SELECT c.id FROM customers c WHERE ")
            .with("c.org_id = ? AND ", [context.org()]);
        w.texts("c.external_id", &self.0);
        context.within(w, "c.id");
        w.put(")");
    }
}

impl Render for Phones {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        if self.0.is_empty() {
            w.put("TRUE");
            return;
        }
        let numbers = self.numbers(context.asked).into_iter().collect();
        w.put("f.customer_id IN (SELECT l.customer_id FROM endpoints e ");
        w.put("JOIN customer_endpoints l ON l.endpoint_id = e.id WHERE ");
        w.with(
            "e.org_id = ? AND e.kind IN (?, ?) AND ",
            [
                context.org(),
                i64::from(EndpointKind::Phone.code()),
                i64::from(EndpointKind::WhatsApp.code()),
            ],
        );
        w.one_of("e.address", Bind::Texts(numbers));
        context.within(w, "l.customer_id");
        w.put(")");
    }
}
