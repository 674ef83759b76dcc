//! The conditions' SQL, one file each, in the order of the domain's registry.

mod birthday;
mod card;
mod latest_orders;
mod listed;
mod mailing;
mod order_dates;
mod order_filters;
mod orders;
mod registered;
mod restaurants;
mod retention;
mod run;
mod tags;

use super::context::QueryContext;
use super::writer::Writer;
use bellhop_domain::segment::Leaf;

/// A condition that can be asked of the database.
pub(super) trait Render {
    /// Writes an expression over `customer_facts f` that is true or false, never NULL. It must mean what the
    /// domain's `Condition::holds` means: the property test compares them.
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>);

    /// Writes a whole statement that counts the guests for whom the condition holds, if there is one that reads less than
    /// all facts. Otherwise `None`, with nothing written.
    fn count_alone(&self, _w: &mut Writer, _context: &QueryContext<'_>) -> Option<()> {
        None
    }
}

impl Render for Leaf {
    fn render(&self, w: &mut Writer, context: &QueryContext<'_>) {
        condition(self).render(w, context);
    }

    fn count_alone(&self, w: &mut Writer, context: &QueryContext<'_>) -> Option<()> {
        condition(self).count_alone(w, context)
    }
}

fn condition(leaf: &Leaf) -> &dyn Render {
    match leaf {
        Leaf::InRetention(it) => &**it,
        Leaf::Tags(it) => &**it,
        Leaf::Restaurants(it) => &**it,
        Leaf::Orders(it) => &**it,
        Leaf::FirstOrder(it) => &**it,
        Leaf::LastOrder(it) => &**it,
        Leaf::Registered(it) => &**it,
        Leaf::Birthday(it) => &**it,
        Leaf::Has(it) => &**it,
        Leaf::Locale(it) => &**it,
        Leaf::Attribute(it) => &**it,
        Leaf::Customers(it) => &**it,
        Leaf::Phones(it) => &**it,
        Leaf::InMailing(it) => &**it,
        Leaf::InRun(it) => &**it,
        Leaf::InSegment(it) => &**it,
        Leaf::Blacklisted(it) => &**it,
    }
}
