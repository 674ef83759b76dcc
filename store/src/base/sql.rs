//! What talks to the database: statements, the sessions that run them, and the rows that come back.

pub(crate) use crate::base::copy::CopyRows;
pub(crate) use crate::base::row::{Columns, Row};
pub(crate) use crate::base::session::{Connection, Session};
pub(crate) use crate::base::statement::{PerDialect, Sql, UNHURRIED, sql};
pub(crate) use crate::base::table::Table;
