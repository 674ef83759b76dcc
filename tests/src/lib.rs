//! What the end-to-end tests and the published proofs share.
//!
//! Everything here drives the real `bellhop` binary from outside: by its command line, by signals, over HTTP. It
//! believes only two ledgers that share no code: Bellhop's tables, asked by SQL written here, and the simulator's own
//! books. It never calls into the product's crates, apart from the names and numbers of `bellhop-domain`; only the
//! proof of SMPP makes a provider, to hold its octets against another codec. It leaves neither a process nor a folder
//! behind.

pub mod command;
pub mod embedded;
pub mod every_command;
pub mod fleet;
pub mod guests;
pub mod ledger;
pub mod patience;
pub mod proof;
pub mod resident;
pub mod simulator;
