use super::{QueryContext, Render, Writer};
use crate::audience::writer::Bind;
use bellhop_domain::segment::conditions::{InRun, InSegment};

impl Render for InRun {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        w.put("f.customer_id IN (SELECT m.customer_id FROM messages m WHERE ");
        // A number, or none: of a join with runs PostgreSQL would read all messages that there are.
        let run = context.names.runs.own(self.id);
        w.one_of("m.run_id", Bind::Ints(run.into_iter().collect()));
        w.put(" AND m.customer_id IS NOT NULL");
        if !self.state.is_empty() {
            let states = self.state.iter().map(|state| i64::from(state.code()));
            w.put(" AND ").one_of("m.state", Bind::Ints(states.collect()));
        }
        if let Some(reason) = &self.reason {
            w.put(" AND ").texts("m.reason", std::slice::from_ref(reason));
        }
        context.within(w, "m.customer_id");
        w.put(")");
    }
}

impl Render for InSegment {
    /// Whoever asks has put the segment's filter in its place (`segments`); nobody is in one that is not there.
    fn render(&self, w: &mut Writer, _: &QueryContext<'_>) {
        w.put("FALSE");
    }
}
