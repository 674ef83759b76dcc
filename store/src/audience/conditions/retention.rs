use super::{QueryContext, Render, Writer};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::retention::Retention;
use bellhop_domain::segment::conditions::InRetention;

impl Render for InRetention {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        if self.0.is_empty() {
            w.put("TRUE");
            return;
        }
        context.facts_or_raw(
            w,
            |w| category(w, &FACTS, &self.0, context),
            |w| of_late_guests(w, &self.0, context),
        );
    }
}

/// The value of a category's arm.
fn admits(wanted: &[Retention], category: Retention) -> &'static str {
    if wanted.contains(&category) { "TRUE" } else { "FALSE" }
}

/// Where the first, the latest and the returning order's instants stand.
struct Columns {
    first_at: &'static str,
    last_at: &'static str,
    returned_at: &'static str,
}

const FACTS: Columns = Columns {
    first_at: "f.first_at",
    last_at: "f.last_at",
    returned_at: "f.returned_at",
};
const OF_LATE_GUESTS: Columns = Columns {
    first_at: "r.first_at",
    last_at: "r.last_at",
    returned_at: "r.returned_at",
};

/// PRODUCT.md §2, arm by arm in its order. An unknown instant makes an arm's comparison NULL, and the arm is passed over.
fn category(w: &mut Writer, columns: &Columns, wanted: &[Retention], context: &QueryContext<'_>) {
    let (t, thresholds) = (context.as_of(), &context.asked.thresholds);
    w.put("CASE WHEN ").put(columns.last_at).put(" IS NULL THEN FALSE");
    let mut arm = |column, test, value: i64, category| {
        w.put(" WHEN ").put(column).with(test, [value]);
        w.put(" THEN ").put(admits(wanted, category));
    };
    arm(columns.last_at, " < ?", t - thresholds.lost_ms(), Retention::Lost);
    arm(columns.last_at, " < ?", t - thresholds.cooling_ms(), Retention::Cooling);
    arm(
        columns.returned_at,
        " > ?",
        t - thresholds.returned_ms(),
        Retention::Returned,
    );
    arm(columns.first_at, " > ?", t - thresholds.new_ms(), Retention::New);
    w.put(" ELSE ").put(admits(wanted, Retention::Active)).put(" END");
}

fn of_late_guests(w: &mut Writer, wanted: &[Retention], context: &QueryContext<'_>) {
    w.put(
        "f.customer_id IN (SELECT r.customer_id FROM (\
             SELECT g.customer_id, MIN(g.placed_at) AS first_at, MAX(g.placed_at) AS last_at, ",
    );
    w.with(
        "MAX(CASE WHEN g.gap > ? THEN g.placed_at END) AS returned_at FROM (",
        [context.asked.thresholds.cooling_ms()],
    );
    w.put(
        "SELECT o.customer_id, o.placed_at, o.placed_at - LAG(o.placed_at) OVER (\
             PARTITION BY o.customer_id ORDER BY o.placed_at) AS gap FROM orders o WHERE ",
    );
    w.with(
        "o.org_id = ? AND o.placed_at < ? AND o.status <> ?",
        [context.org(), context.as_of(), i64::from(OrderStatus::Cancelled.code())],
    );
    context.within(w, "o.customer_id");
    context.late(w, "o.customer_id");
    w.put(") g GROUP BY g.customer_id) r WHERE ");
    category(w, &OF_LATE_GUESTS, wanted, context);
    w.put(")");
}
