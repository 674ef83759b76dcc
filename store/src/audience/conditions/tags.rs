use super::{Render, Scope, Writer};
use crate::audience::sql::Bind;
use bellhop_domain::segment::conditions::Tags;

fn tagged(w: &mut Writer, scope: &Scope<'_>, tags: &[String]) {
    w.put("f.customer_id IN (SELECT t.customer_id FROM customer_tags t WHERE ");
    w.one_of("t.tag_id", Bind::Ints(scope.names.tags.ids(tags)));
    scope.within(w, "t.customer_id");
    w.put(")");
}

impl Render for Tags {
    fn render(&self, w: &mut Writer, scope: &Scope<'_>) {
        w.put("TRUE");
        if !self.any.is_empty() {
            w.put(" AND ");
            tagged(w, scope, &self.any);
        }
        for tag in &self.all {
            w.put(" AND ");
            tagged(w, scope, std::slice::from_ref(tag));
        }
        if !self.none.is_empty() {
            w.put(" AND NOT ");
            tagged(w, scope, &self.none);
        }
    }
}
