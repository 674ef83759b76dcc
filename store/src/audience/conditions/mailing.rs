use super::{QueryContext, Render, Writer};
use crate::audience::writer::Bind;
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

/// Guests with such a message in a run that was no test. The runs are numbers: of a join with them PostgreSQL would read all messages
/// that there are.
fn recipients(w: &mut Writer, mailing: &InMailing, context: &QueryContext<'_>, such: &'static str) {
    w.put("f.customer_id IN (SELECT m.customer_id FROM messages m WHERE ");
    w.one_of("m.run_id", Bind::Ints(context.names.runs.of(mailing.id)));
    w.put(" AND m.customer_id IS NOT NULL AND ").put(such);
    context.within(w, "m.customer_id");
    w.put(")");
}
