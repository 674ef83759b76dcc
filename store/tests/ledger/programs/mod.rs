//! Programs: what events fire, what is let go, what is armed ahead.

mod book;
mod days;
pub mod desk;
mod firings;
mod letting_go;
mod resting;
