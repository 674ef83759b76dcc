//! A delivery report as the ledger keeps it.

use super::source::Source;
use bellhop_domain::attempt::AttemptState;
use bellhop_domain::receipt::{Again, Receipt, ReceiptFor, ReceiptStatus};
use bellhop_domain::settlement::reported;
use bellhop_domain::{EndpointKind, MessageId, Money, OrgId, Timestamp};

/// Ends each name in the list of an account's senders.
pub(super) const END: char = '\n';

/// A receipt as the ledger keeps it.
#[derive(Clone)]
pub(super) struct KeptReceipt {
    pub org: OrgId,
    pub kind: EndpointKind,
    /// The provider's id, each of them ended by a line feed where there are several, or our own attempt's key with a
    /// leading `#`.
    pub reference: String,
    pub own: Option<Key>,
    /// The senders of the account from which it came; empty for a receipt with our own key.
    pub senders: String,
    pub state: AttemptState,
    pub at: Timestamp,
    /// When it happened, if the provider says so.
    pub said: Option<Timestamp>,
    pub came: Timestamp,
    pub reason: Option<String>,
    pub cost: Option<Money>,
    pub gone: bool,
    /// It is to be sent again.
    pub again: Option<Again>,
    /// Its content is refused for everybody.
    pub content_refused: bool,
    /// Its sender may not send to its country.
    pub country_stopped: bool,
}

impl KeptReceipt {
    pub fn new(source: &Source<'_>, receipt: &Receipt, now: Timestamp) -> Self {
        let (reference, own, senders) = match &receipt.attempt {
            ReceiptFor::Provider(id) => (id.clone(), None, senders(source)),
            ReceiptFor::OneOf(ids) => (written(ids), None, senders(source)),
            ReceiptFor::Ours(key) => {
                let own = Key {
                    message: key.message,
                    lease: key.lease,
                };
                (format!("#{key}"), Some(own), String::new())
            }
        };
        let (reason, gone, again) = match &receipt.status {
            ReceiptStatus::Undelivered { why, gone } => (Some(why.clone()), *gone, None),
            ReceiptStatus::NotNow { why, again } => (Some(why.clone()), false, Some(*again)),
            ReceiptStatus::ContentRefused { why }
            | ReceiptStatus::CountryStopped { why }
            | ReceiptStatus::Rejected { why } => (Some(why.clone()), false, None),
            ReceiptStatus::Pending | ReceiptStatus::Delivered | ReceiptStatus::Read => (None, false, None),
        };
        KeptReceipt {
            org: source.org,
            kind: source.kind,
            reference,
            own,
            senders,
            state: reported(&receipt.status),
            at: receipt.at.unwrap_or(now),
            said: receipt.at,
            came: now,
            reason,
            cost: receipt.cost,
            gone,
            again,
            content_refused: matches!(receipt.status, ReceiptStatus::ContentRefused { .. }),
            country_stopped: matches!(receipt.status, ReceiptStatus::CountryStopped { .. }),
        }
    }
}

/// An attempt's key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub message: MessageId,
    pub lease: i64,
}

/// The senders of the account that speaks, as they are kept with its receipts.
fn senders(source: &Source<'_>) -> String {
    let mut names: Vec<&str> = source.peers.iter().map(String::as_str).collect();
    names.push(source.sender);
    names.sort_unstable();
    names.dedup();
    names.into_iter().fold(String::new(), |list, name| list + name + "\n")
}

/// Ids, one of which is that of the message, in their stored form.
fn written(ids: &[String]) -> String {
    let lines = ids.iter().map(|id| id.replace(END, " "));
    lines.fold(String::new(), |list, id| list + &id + "\n")
}
