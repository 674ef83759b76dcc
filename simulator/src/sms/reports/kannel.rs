//! Kannel's (PROVIDERS §4.9).

/// A delivery report: a call of the client's own address.
#[derive(Debug)]
pub(in crate::sms) struct Report {
    pub(in crate::sms) url: String,
}
