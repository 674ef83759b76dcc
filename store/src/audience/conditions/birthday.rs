use super::{QueryContext, Render, Writer};
use bellhop_domain::segment::conditions::Birthday;
use chrono::{Datelike, NaiveDate};

/// month * 100 + day of the window's ends, as ranges that do not go over the turn of the year.
fn ranges(first: NaiveDate, last: NaiveDate) -> Vec<(i64, i64)> {
    let code = |day: NaiveDate| i64::from(day.month() * 100 + day.day());
    if (last - first).num_days() >= 365 {
        return vec![(101, 1231)];
    }
    // 29 February counts as the 28th in a common year (PRODUCT.md §7).
    let end = if code(last) == 228 && !last.leap_year() {
        229
    } else {
        code(last)
    };
    if first.year() == last.year() {
        vec![(code(first), end)]
    } else {
        vec![(code(first), 1231), (101, end)]
    }
}

impl Render for Birthday {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        let Some((first, last)) = self.window(context.asked) else {
            w.put("FALSE");
            return;
        };
        w.put("f.customer_id IN (SELECT c.id FROM customers c WHERE ")
            .with("c.org_id = ? AND ", [context.org()]);
        w.join(ranges(first, last), " OR ", "FALSE", |w, (from, to)| {
            w.with("c.birth_month_day BETWEEN ? AND ?", [from, to]);
        });
        context.within(w, "c.id");
        w.put(")");
    }
}
