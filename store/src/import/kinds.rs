//! Which kind of file it is.

use super::schema::{Kind, Schema};
use super::{customer_file, order_file, word_file};

impl Kind {
    /// The columns that such a file may have.
    pub const fn columns(self) -> &'static [&'static str] {
        self.schema().columns
    }

    pub(crate) const fn schema(self) -> &'static Schema {
        match self {
            Kind::Customers => &customer_file::SCHEMA,
            Kind::Orders => &order_file::SCHEMA,
            Kind::Words => &word_file::SCHEMA,
        }
    }

    /// Which kind of file has these columns, where that can be told.
    pub fn of(names: &[String]) -> Option<Kind> {
        // A file of orders also says something of customers, and not the other way round.
        let kinds = [&word_file::SCHEMA, &order_file::SCHEMA, &customer_file::SCHEMA];
        kinds
            .into_iter()
            .find(|schema| schema.is_told_by(names))
            .map(|schema| schema.kind)
    }
}
