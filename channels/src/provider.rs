//! The interface that every provider implements.

use crate::{AttemptKey, EventSink, MediaFiles, OutgoingMessage, Receipt, Webhook};
use async_trait::async_trait;
use bellhop_domain::fault::Why;
use bellhop_domain::{EndpointKind, Outcome, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// One configured provider, shared by every task of a process: connections and tokens live in it, once.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The kind of address it sends to.
    fn kind(&self) -> EndpointKind;

    /// How long after a guest's last message free text may go to them; afterwards only approved templates. `None` if
    /// there is no such rule. Only WhatsApp senders are asked.
    fn free_text_window(&self) -> Option<Duration> {
        None
    }

    /// Asks the provider what prevents a template of this name and language from being sent; `None` if nothing is
    /// known to.
    async fn template_trouble(&self, _name: &str, _language: &str) -> Option<Finding> {
        None
    }

    /// Whether it would ever send to this address, which has its kind's form; an error says why not.
    fn serves(&self, _address: &str) -> Result<(), Why> {
        Ok(())
    }

    /// Makes one request and says what its answer means. It never fails: whatever happens is an [`Outcome`].
    ///
    /// If the future is dropped, the provider may still have accepted the message, exactly as with a lost reply.
    async fn send(&self, message: &OutgoingMessage<'_>) -> Outcome;

    /// What `bellhop doctor` should say about the credentials and settings. Sends no message.
    async fn check(&self) -> Vec<Finding>;

    /// The code that a phone scans to be linked to it, if it waits for one now. Only numbers that are linked by a phone have one.
    async fn link_code(&self) -> Option<LinkCode> {
        None
    }

    /// How to read the provider's calls to us, if it makes any: delivery reports, guests' messages and more.
    fn webhook(&self) -> Option<&dyn Webhook> {
        None
    }

    /// Begins what must run beside the sends: sessions over which the provider speaks to us. What it says goes to
    /// `sink`. Called once, in each process that sends, on its runtime; a provider that is only called does nothing.
    fn open(&self, _sink: Arc<dyn EventSink>) {}

    /// Whether [`open`](Self::open) begins sessions of which the provider allows only a certain number, so that a
    /// successor must wait until this one's sessions have ended.
    fn has_sessions(&self) -> bool {
        false
    }

    /// Ends what [`open`](Self::open) began, in the provider's own polite way. Called when nothing is sent any more.
    async fn close(&self) {}

    /// How to ask the provider what became of an attempt, if it answers such questions.
    fn look_up(&self) -> Option<&dyn LookUp> {
        None
    }

    /// Which account at the provider it uses, as a text that means nothing outside the process. Senders with the same
    /// text share an account, and a report for one may arrive through the webhook or session of another. `None` if
    /// nobody shares it.
    fn account(&self) -> Option<String> {
        None
    }

    /// How many different people the account may begin with in 24 hours; `None` for no limit.
    fn people_limit(&self) -> Option<&PeopleLimit> {
        None
    }

    /// The portfolio whose people limit it shares, whether or not this sender knows the limit.
    fn portfolio(&self) -> Option<&str> {
        None
    }

    /// How far apart messages to one guest must be; `None` if the provider has no such rule.
    fn apart(&self) -> Option<Duration> {
        None
    }

    /// The provider's store of files, if messages name files by a reference.
    fn media(&self) -> Option<&dyn MediaFiles> {
        None
    }
}

/// At most `people` different people in any 24 hours, those within WhatsApp's window of 24 hours not counted
/// (PROVIDERS.md §5.4). The provider does not enforce it; the worker does, with its limiter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleLimit {
    pub people: u32,
    /// Senders with the same name here share the limit, which belongs to their business portfolio.
    pub shared_by: String,
}

/// An image that links the phone of whoever scans it: nobody but the person who asked may see it.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkCode {
    /// Like `image/png`.
    pub mime: String,
    /// In base64.
    pub data: String,
}

/// Asks a provider about an attempt whose outcome was [`Outcome::Unknown`].
#[async_trait]
pub trait LookUp: Send + Sync {
    /// How long to wait before the first question about an attempt, and between two about the same one.
    fn interval(&self) -> Duration;

    async fn look_up(&self, attempt: AttemptKey, address: &str, now: Timestamp) -> LookUpAnswer;
}

/// What a provider knows about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookUpAnswer {
    /// It accepted the attempt; this is how far it got.
    Found(Receipt),
    /// It does not know the attempt. Soon after the attempt that may still change.
    NotFound,
    /// It did not say; ask again, not before `after` if it named a time.
    NoAnswer { after: Option<Duration>, why: String },
}

/// How bad a [`Finding`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Fine,
    Warning,
    /// Nothing can be sent until this is fixed.
    Error,
}

/// One line of `bellhop doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub what: String,
    /// What to do about it; `None` if there is nothing to do.
    pub mend: Option<String>,
}

impl Finding {
    pub fn fine(what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Fine,
            what: what.into(),
            mend: None,
        }
    }

    pub fn warning(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            what: what.into(),
            mend: Some(mend.into()),
        }
    }

    pub fn error(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            what: what.into(),
            mend: Some(mend.into()),
        }
    }
}
