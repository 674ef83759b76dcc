use super::{Render, Scope, Writer};
use crate::audience::sql::Bind;
use bellhop_domain::segment::conditions::Tags;

/// The facts know the organisation's first 63 tags; the others are joined.
///
/// EXISTS, and not IN: only so does PostgreSQL join for NOT as well. One tag is compared with `=`, for the index is
/// in the customers' order under it.
fn tagged(w: &mut Writer, scope: &Scope<'_>, tags: &[String]) {
    if let Some(mask) = scope.names.tags.mask(tags) {
        w.with("(f.tag_mask & ?) <> 0", [mask]);
        return;
    }
    w.put("EXISTS (SELECT 1 FROM customer_tags t WHERE t.customer_id = f.customer_id AND ");
    let ids = scope.names.tags.ids(tags);
    match ids[..] {
        [id] => w.with("t.tag_id = ?", [id]),
        _ => w.one_of("t.tag_id", Bind::Ints(ids)),
    };
    scope.within(w, "t.customer_id");
    w.put(")");
}

impl Render for Tags {
    fn render(&self, w: &mut Writer, scope: &Scope<'_>) {
        let any = (!self.any.is_empty()).then_some((false, &self.any[..]));
        let all = self.all.iter().map(|tag| (false, std::slice::from_ref(tag)));
        // One by one: each a join of its own, with statistics of its own.
        let none = self.none.iter().map(|tag| (true, std::slice::from_ref(tag)));
        w.join(
            any.into_iter().chain(all).chain(none),
            " AND ",
            "TRUE",
            |w, (not, tags)| {
                w.put(if not { "NOT " } else { "" });
                tagged(w, scope, tags);
            },
        );
    }
}
