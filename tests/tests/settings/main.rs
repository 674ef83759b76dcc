//! Settings in the database and the gate before its schema: the real binary, on SQLite and PostgreSQL.

mod applying;
mod desk;
mod processes;
mod schema;
mod secrets;
