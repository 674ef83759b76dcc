//! Kannel's reports (PROVIDERS §4.9).

/// A delivery report: a call to the client's own address.
#[derive(Debug)]
pub(in crate::sms) struct Report {
    pub(in crate::sms) url: String,
}
