use super::{Render, Scope, Writer};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::retention::Retention;
use bellhop_domain::segment::conditions::InRetention;

impl Render for InRetention {
    fn render(&self, w: &mut Writer, scope: &Scope<'_>) {
        if self.0.is_empty() {
            w.put("TRUE");
            return;
        }
        scope.facts_or_raw(
            w,
            |w| category(w, &self.0, scope),
            |w| of_late_guests(w, &self.0, scope),
        );
    }
}

/// The value of a category's arm.
fn admits(wanted: &[Retention], category: Retention) -> &'static str {
    if wanted.contains(&category) { "TRUE" } else { "FALSE" }
}

/// PRODUCT.md §2 over the columns `first_at`, `last_at` and `returned_at`, arm by arm in its order. An unknown
/// instant makes an arm's comparison NULL, and the arm is passed over.
fn category(w: &mut Writer, wanted: &[Retention], scope: &Scope<'_>) {
    let (t, thresholds) = (scope.as_of(), &scope.asked.thresholds);
    w.put("CASE WHEN last_at IS NULL THEN FALSE");
    let mut arm = |test, value: i64, category| {
        w.with(test, [value]).put(admits(wanted, category));
    };
    arm(" WHEN last_at < ? THEN ", t - thresholds.lost_ms(), Retention::Lost);
    arm(
        " WHEN last_at < ? THEN ",
        t - thresholds.cooling_ms(),
        Retention::Cooling,
    );
    arm(
        " WHEN returned_at > ? THEN ",
        t - thresholds.returned_ms(),
        Retention::Returned,
    );
    arm(" WHEN first_at > ? THEN ", t - thresholds.new_ms(), Retention::New);
    w.put(" ELSE ").put(admits(wanted, Retention::Active)).put(" END");
}

fn of_late_guests(w: &mut Writer, wanted: &[Retention], scope: &Scope<'_>) {
    w.put(
        "f.customer_id IN (SELECT r.customer_id FROM (\
             SELECT g.customer_id, MIN(g.placed_at) AS first_at, MAX(g.placed_at) AS last_at, ",
    );
    w.with(
        "MAX(CASE WHEN g.gap > ? THEN g.placed_at END) AS returned_at FROM (",
        [scope.asked.thresholds.cooling_ms()],
    );
    w.put(
        "SELECT o.customer_id, o.placed_at, o.placed_at - LAG(o.placed_at) OVER (\
             PARTITION BY o.customer_id ORDER BY o.placed_at) AS gap FROM orders o WHERE ",
    );
    w.with(
        "o.org_id = ? AND o.placed_at < ? AND o.status <> ?",
        [scope.org(), scope.as_of(), i64::from(OrderStatus::Cancelled.code())],
    );
    scope.within(w, "o.customer_id");
    scope.late(w, "o.customer_id");
    w.put(") g GROUP BY g.customer_id) r WHERE ");
    category(w, wanted, scope);
    w.put(")");
}
