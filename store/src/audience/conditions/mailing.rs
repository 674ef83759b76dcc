use super::{QueryContext, Render, Writer};
use bellhop_domain::segment::conditions::{InMailing, MailingOutcome};

impl Render for InMailing {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        w.join(&self.outcome, " OR ", "TRUE", |w, outcome| match outcome {
            MailingOutcome::Sent => recipients(w, self, context, "m.sent_at IS NOT NULL"),
            MailingOutcome::Opened => recipients(w, self, context, "m.opened_at IS NOT NULL"),
            MailingOutcome::NotOpened => {
                w.put("(");
                recipients(w, self, context, "m.sent_at IS NOT NULL");
                w.put(" AND NOT ");
                recipients(w, self, context, "m.opened_at IS NOT NULL");
                w.put(")");
            }
        });
    }
}

/// Guests with such a message in a run that was no test.
fn recipients(w: &mut Writer, mailing: &InMailing, context: &QueryContext<'_>, such: &'static str) {
    w.put("f.customer_id IN (SELECT m.customer_id FROM runs r JOIN messages m ON m.run_id = r.id WHERE ");
    w.with("r.org_id = ? AND r.mailing_id = ?", [context.org(), mailing.id.0]);
    w.put(" AND NOT r.test AND m.customer_id IS NOT NULL AND ").put(such);
    context.within(w, "m.customer_id");
    w.put(")");
}
