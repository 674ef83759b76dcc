use super::{Render, Scope, Writer};
use bellhop_domain::segment::conditions::{InMailing, MailingOutcome};

impl Render for InMailing {
    fn render(&self, w: &mut Writer, scope: &Scope<'_>) {
        w.join(&self.outcome, " OR ", "TRUE", |w, outcome| match outcome {
            MailingOutcome::Sent => recipients(w, self, scope, "m.sent_at IS NOT NULL"),
            MailingOutcome::Opened => recipients(w, self, scope, "m.opened_at IS NOT NULL"),
            MailingOutcome::NotOpened => {
                w.put("(");
                recipients(w, self, scope, "m.sent_at IS NOT NULL");
                w.put(" AND NOT ");
                recipients(w, self, scope, "m.opened_at IS NOT NULL");
                w.put(")");
            }
        });
    }
}

/// Guests with such a message in a run that was no test.
fn recipients(w: &mut Writer, mailing: &InMailing, scope: &Scope<'_>, such: &'static str) {
    w.put("f.customer_id IN (SELECT m.customer_id FROM runs r JOIN messages m ON m.run_id = r.id WHERE ");
    w.with("r.org_id = ? AND r.mailing_id = ?", [scope.org(), mailing.id.0]);
    w.put(" AND NOT r.test AND m.customer_id IS NOT NULL AND ").put(such);
    scope.within(w, "m.customer_id");
    w.put(")");
}
