//! A message's state: one recipient's delivery of one run. It moves forward only, by rank.

use serde::{Deserialize, Serialize};

/// Where a message stands. The first three are not final, the others are. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum MessageState {
    /// In a batch, for a worker to claim.
    Pending = 1,
    /// Claimed by a worker, with no outcome yet. Only channels that send at most once use this state.
    InFlight = 2,
    /// Waiting until its due time: for a retry, for an open, or for news about a doubtful attempt.
    Waiting = 3,
    Cancelled = 10,
    Expired = 11,
    /// Not sent on purpose; the reason says why.
    Suppressed = 12,
    Failed = 13,
    /// It may or may not have gone out; sent again only by a human's choice.
    Unknown = 14,
    /// Taken by the provider.
    Sent = 15,
    Delivered = 16,
    Opened = 17,
}

impl MessageState {
    pub const ALL: [MessageState; 11] = [
        MessageState::Pending,
        MessageState::InFlight,
        MessageState::Waiting,
        MessageState::Cancelled,
        MessageState::Expired,
        MessageState::Suppressed,
        MessageState::Failed,
        MessageState::Unknown,
        MessageState::Sent,
        MessageState::Delivered,
        MessageState::Opened,
    ];

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    pub fn name(self) -> &'static str {
        match self {
            MessageState::Pending => "pending",
            MessageState::InFlight => "in_flight",
            MessageState::Waiting => "waiting",
            MessageState::Cancelled => "cancelled",
            MessageState::Expired => "expired",
            MessageState::Suppressed => "suppressed",
            MessageState::Failed => "failed",
            MessageState::Unknown => "unknown",
            MessageState::Sent => "sent",
            MessageState::Delivered => "delivered",
            MessageState::Opened => "opened",
        }
    }

    pub fn is_final(self) -> bool {
        self.rank() > 0
    }

    /// Work in progress has rank 0 and may change in any direction; a final state is left only for a higher rank: a
    /// late receipt lifts *unknown* to *sent*, *sent* to *delivered*; *opened* never goes back. `failed` can still be
    /// lifted by a receipt that proves it wrong. One thing lowers a state:
    /// [`fails_undelivered`](Self::fails_undelivered).
    pub fn rank(self) -> u8 {
        match self {
            MessageState::Pending | MessageState::InFlight | MessageState::Waiting => 0,
            MessageState::Cancelled | MessageState::Expired | MessageState::Suppressed | MessageState::Failed => 1,
            MessageState::Unknown => 2,
            MessageState::Sent => 3,
            MessageState::Delivered => 4,
            MessageState::Opened => 5,
        }
    }

    /// Whether a receipt that says "not delivered" makes the message *failed*, provided nothing else of it was sent.
    /// This is so where the provider had accepted it, or may have. What has arrived or was opened stays so.
    pub fn fails_undelivered(self) -> bool {
        matches!(self, MessageState::Sent | MessageState::Unknown)
    }

    /// Whether a message in this state may take `next`.
    pub fn admits(self, next: MessageState) -> bool {
        if self.is_final() {
            next.rank() > self.rank()
        } else {
            true
        }
    }
}

/// Why a message is [`MessageState::Expired`].
pub const LIFE_ENDED: &str = "its life ended before it could go out";

/// What a waiting message waits for. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum WaitingFor {
    /// The same step again, after a backoff.
    Retry = 1,
    /// The next step of the waterfall: at once after a refusal, or when the wait for an open is over.
    NextStep = 2,
    /// A receipt or a provider's look-up that settles a doubtful attempt; final *unknown* when due.
    Settlement = 3,
}

impl WaitingFor {
    pub const ALL: [WaitingFor; 3] = [WaitingFor::Retry, WaitingFor::NextStep, WaitingFor::Settlement];

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|w| w.code() == code)
    }
}

/// A mailing's run. *Scheduled* until its start, then running ⇄ paused, then finished or cancelled
/// (PRODUCT.md §5; a mailing without a run is a draft). The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum RunState {
    Scheduled = 1,
    Running = 2,
    Paused = 3,
    Finished = 4,
    Cancelled = 5,
}

impl RunState {
    pub const ALL: [RunState; 5] = [
        RunState::Scheduled,
        RunState::Running,
        RunState::Paused,
        RunState::Finished,
        RunState::Cancelled,
    ];

    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    pub fn name(self) -> &'static str {
        match self {
            RunState::Scheduled => "scheduled",
            RunState::Running => "running",
            RunState::Paused => "paused",
            RunState::Finished => "finished",
            RunState::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_move_forward_only() {
        use MessageState::*;
        for (from, to, allowed) in [
            (Pending, Waiting, true),
            (Waiting, Pending, true),
            (Sent, Delivered, true),
            (Unknown, Sent, true),
            (Failed, Delivered, true),
            (Opened, Delivered, false),
            (Delivered, Sent, false),
            (Sent, Pending, false),
            (Cancelled, Failed, false),
            (Opened, Opened, false),
        ] {
            assert_eq!(from.admits(to), allowed, "{from:?} -> {to:?}");
        }
    }

    #[test]
    fn only_what_is_not_known_to_have_arrived_fails_by_a_receipt() {
        let failing: Vec<_> = MessageState::ALL
            .into_iter()
            .filter(|s| s.fails_undelivered())
            .collect();
        assert_eq!(failing, [MessageState::Unknown, MessageState::Sent]);
    }

    #[test]
    fn codes_round_trip() {
        assert!(
            MessageState::ALL
                .iter()
                .all(|s| MessageState::from_code(s.code()) == Some(*s))
        );
        assert!(RunState::ALL.iter().all(|s| RunState::from_code(s.code()) == Some(*s)));
        assert!(
            WaitingFor::ALL
                .iter()
                .all(|s| WaitingFor::from_code(s.code()) == Some(*s))
        );
    }
}
