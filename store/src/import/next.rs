//! How reading a file goes on.

use super::row::CellError;

/// What came next.
pub(crate) enum Next {
    /// A row, in the caller's `Row`.
    Row,
    /// A row that cannot be read; its line is in the caller's `Row`.
    Bad(CellError),
    End,
}
