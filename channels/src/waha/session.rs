//! The states of a WAHA session and what each requires a human to do. Only `WORKING` may send (PROVIDERS.md §5.8).

use bellhop_domain::Outcome;
use bellhop_domain::incoming::HealthState;
use std::time::Duration;

/// About how long a session takes to start.
const START: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionState {
    Stopped,
    Starting,
    ScanQrCode,
    PasskeyRequired,
    PasskeyConfirmationRequired,
    Working,
    Failed,
}

impl SessionState {
    pub const ALL: [SessionState; 7] = [
        SessionState::Stopped,
        SessionState::Starting,
        SessionState::ScanQrCode,
        SessionState::PasskeyRequired,
        SessionState::PasskeyConfirmationRequired,
        SessionState::Working,
        SessionState::Failed,
    ];

    pub fn name(self) -> &'static str {
        match self {
            SessionState::Stopped => "STOPPED",
            SessionState::Starting => "STARTING",
            SessionState::ScanQrCode => "SCAN_QR_CODE",
            SessionState::PasskeyRequired => "PASSKEY_REQUIRED",
            SessionState::PasskeyConfirmationRequired => "PASSKEY_CONFIRMATION_REQUIRED",
            SessionState::Working => "WORKING",
            SessionState::Failed => "FAILED",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    pub fn health(self) -> HealthState {
        match self {
            SessionState::Working => HealthState::Working,
            // This passes by itself.
            SessionState::Starting => HealthState::Degraded,
            _ => HealthState::Stopped,
        }
    }

    /// What the state means and what to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            SessionState::Stopped => "the session is stopped; start it in the WAHA dashboard",
            SessionState::Starting => "the session is starting; wait a moment",
            SessionState::ScanQrCode => {
                "the phone is not linked; scan the QR code of the WAHA dashboard with the phone: WhatsApp, Linked devices"
            }
            SessionState::PasskeyRequired => {
                "WhatsApp asks for a passkey to link the phone; finish it in the WAHA dashboard"
            }
            SessionState::PasskeyConfirmationRequired => {
                "WhatsApp asks to compare a code; confirm it in the WAHA dashboard and on the phone"
            }
            SessionState::Working => "the number is connected",
            SessionState::Failed => {
                "the session failed: the phone unlinked it, or WhatsApp refused it; restart it, and if that does not help log out and scan the QR code again"
            }
        }
    }

    /// The outcome of a message that a session in this state refused, and so surely did not accept.
    pub fn refusal(self) -> Outcome {
        let why = format!("{}: {}", self.name(), self.advice());
        match self {
            // The session started working again between the refusal and this answer.
            SessionState::Starting | SessionState::Working => Outcome::Retry {
                after: Some(START),
                why,
            },
            _ => Outcome::Misconfigured { why },
        }
    }
}
