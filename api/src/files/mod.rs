//! Files that come and go: a folder with uploads, refused rows and exports, and what is done with them in the background.
//!
//! No file is named by what anybody says: a name is 64 digits that were drawn at random, and the database has it.

mod exports;
mod folder;
mod imports;
mod link;
mod progress;
mod told;
mod work;

pub(crate) use exports::{ExportAsked, ExportForms, ExportWhat};
pub use folder::Files;
pub(crate) use folder::{Place, Writing};
pub(crate) use imports::{ImportAsked, kind_of};
pub(crate) use link::{Link, link};
pub(crate) use told::{FileProblem, refused, words_of};
pub use work::work;
