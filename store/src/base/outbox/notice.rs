//! What is told by the outbox.

use crate::{Result, StoreError};
use bellhop_domain::consent::WordSource;
use bellhop_domain::event::Event;
use bellhop_domain::message::{MessageState, RunState};
use bellhop_domain::tag::TagSource;
use bellhop_domain::{
    Channel, CustomerId, FiringId, MailingId, MessageId, OrgId, ProgramId, Purpose, RunId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// Something that has happened, in an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub org: OrgId,
    pub at: Timestamp,
    pub what: What,
}

/// What has happened. A kind keeps its form: rows of the version before are read by the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// Somebody changed something, and it is in the audit log.
    Audited {
        who: String,
        /// Like `run.pause`.
        action: String,
        /// Like `run 7`.
        object: String,
    },
    /// Something has happened to a guest, and all that follows from it for the guest's card is written.
    Happened(Event),
    /// A run has begun or ended, by itself: what people do to it is in the audit log.
    RunMoved {
        run: RunId,
        mailing: MailingId,
        state: RunState,
    },
    /// A message that is watched has got this state. This and what follows is written only where somebody outside wants it
    /// (`base/wants.rs`).
    MessageMoved {
        message: MessageId,
        state: MessageState,
        of: Option<OfProgram>,
    },
    /// What holds of a card has changed, other than by a file.
    ConsentChanged {
        customer: CustomerId,
        channel: Channel,
        purpose: Purpose,
        given: bool,
        source: WordSource,
    },
    /// A message of a program tells its guest of bonuses.
    Granted {
        message: MessageId,
        of: OfProgram,
        /// JSON: how many, and until when.
        granted: String,
    },
    /// That message ended without reaching its guest.
    Revoked { message: MessageId, of: OfProgram },
    /// A guest has got tags, or lost some.
    Tagged {
        customer: CustomerId,
        set: Vec<String>,
        removed: Vec<String>,
        source: TagSource,
    },
    /// A guest was erased.
    Erased {
        customer: CustomerId,
        /// The brand's own id, unless it is an address of the guest's.
        external_id: Option<String>,
    },
}

/// Whose message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfProgram {
    pub program: ProgramId,
    pub firing: FiringId,
}

/// Of which kind a notice is. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Audited,
    Happened,
    RunMoved,
    MessageMoved,
    ConsentChanged,
    Granted,
    Revoked,
    Tagged,
    Erased,
}

impl What {
    pub fn kind(&self) -> Kind {
        match self {
            What::Audited { .. } => Kind::Audited,
            What::Happened(_) => Kind::Happened,
            What::RunMoved { .. } => Kind::RunMoved,
            What::MessageMoved { .. } => Kind::MessageMoved,
            What::ConsentChanged { .. } => Kind::ConsentChanged,
            What::Granted { .. } => Kind::Granted,
            What::Revoked { .. } => Kind::Revoked,
            What::Tagged { .. } => Kind::Tagged,
            What::Erased { .. } => Kind::Erased,
        }
    }
}

impl Kind {
    pub const fn code(self) -> i16 {
        match self {
            Kind::Audited => 1,
            Kind::Happened => 2,
            Kind::RunMoved => 3,
            // What webhooks alone read.
            Kind::MessageMoved => 21,
            Kind::ConsentChanged => 22,
            Kind::Granted => 23,
            Kind::Revoked => 24,
            Kind::Tagged => 25,
            Kind::Erased => 26,
        }
    }
}

impl Notice {
    /// As JSON.
    pub(super) fn body(&self) -> Result<String> {
        serde_json::to_string(&self.what).map_err(|error| corrupt("a new one", &error))
    }

    pub(super) fn read(seq: i64, org: i64, at: i64, body: &str) -> Result<Self> {
        let org = i32::try_from(org).map_err(|error| corrupt(seq, &error))?;
        Ok(Notice {
            org: OrgId(org),
            at: Timestamp(at),
            what: serde_json::from_str(body).map_err(|error| corrupt(seq, &error))?,
        })
    }
}

fn corrupt(id: impl ToString, problem: &impl ToString) -> StoreError {
    StoreError::Corrupt {
        what: "row of the outbox",
        id: id.to_string(),
        problem: problem.to_string(),
    }
}
