//! Numbers of the domain's enumerations, as the statements here write them.

use crate::base::outbox::Kind;
use crate::files::{JobKind, JobState};
use crate::guests::EndpointState;
use crate::programs::FiringState;
use bellhop_domain::event::EventKind;
use bellhop_domain::message::MessageState;

pub(super) const DEAD: i16 = EndpointState::Dead.code();
pub(super) const PENDING: i16 = MessageState::Pending.code();
pub(super) const WAITING: i16 = MessageState::Waiting.code();
pub(super) const CANCELLED: i16 = MessageState::Cancelled.code();
pub(super) const SENT: i16 = MessageState::Sent.code();
pub(super) const FIRING_WAITS: i16 = FiringState::Waiting.code();
pub(super) const FIRING_SKIPPED: i16 = FiringState::Skipped.code();
pub(super) const INVITED: i16 = EventKind::ReferralJoined.code();
pub(super) const NEWCOMER_ORDERED: i16 = EventKind::ReferralOrdered.code();
/// Why a program's firing sent nothing: the guest is erased. The number is that of `bellhop_programs::Reason`, which the store does
/// not know.
pub(super) const ERASED: i16 = 11;
/// The notice that a guest was erased.
pub(super) const THAT_IT_WAS_DONE: i16 = Kind::Erased.code();
pub(super) const EXPORT: i16 = JobKind::Export.code();
pub(super) const EXPORT_ERASED: i16 = JobState::Erased.code();
/// Those of which something of a guest may be there, or come to be.
pub(super) const EXPORT_LIVING: [i16; 3] = [
    JobState::Waiting.code(),
    JobState::Running.code(),
    JobState::Done.code(),
];
