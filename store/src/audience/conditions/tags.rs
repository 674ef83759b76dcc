use super::{QueryContext, Render, Writer};
use crate::audience::writer::Bind;
use bellhop_domain::segment::conditions::Tags;

/// The facts know the organisation's first 63 tags; the others are joined.
///
/// EXISTS instead of IN, because only then does PostgreSQL use a join for NOT as well. A single tag is compared with
/// `=`, because under it the index is in the order of customers.
fn tagged(w: &mut Writer, context: &QueryContext<'_>, tags: &[String]) {
    if let Some(mask) = context.names.tags.mask(tags) {
        w.with("(f.tag_mask & ?) <> 0", [mask]);
        return;
    }
    w.put("EXISTS (SELECT 1 FROM customer_tags t WHERE t.customer_id = f.customer_id AND ");
    let ids = context.names.tags.ids(tags);
    match ids[..] {
        [id] => w.with("t.tag_id = ?", [id]),
        _ => w.one_of("t.tag_id", Bind::Ints(ids)),
    };
    context.within(w, "t.customer_id");
    w.put(")");
}

impl Render for Tags {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        let any = (!self.any.is_empty()).then_some((false, &self.any[..]));
        let all = self.all.iter().map(|tag| (false, std::slice::from_ref(tag)));
        // One by one, so that each is a separate join with its own statistics.
        let none = self.none.iter().map(|tag| (true, std::slice::from_ref(tag)));
        w.join(
            any.into_iter().chain(all).chain(none),
            " AND ",
            "TRUE",
            |w, (not, tags)| {
                w.put(if not { "NOT " } else { "" });
                tagged(w, context, tags);
            },
        );
    }
}
