//! Why a firing sends nothing.

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal $name:literal,)+) => {
        /// The numbers are stored; never reuse one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        pub enum Reason {
            $($(#[$doc])* $variant = $code),+
        }

        impl Reason {
            pub const ALL: [Reason; [$($code),+].len()] = [$(Reason::$variant),+];

            /// As statistics and JSON have it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Reason::$variant => $name),+
                }
            }
        }
    };
}

reasons! {
    /// The guard does not hold any more, or what it was to tell of is gone.
    Guard = 1 "guard",
    NoConsent = 2 "no_consent",
    Cap = 3 "cap",
    /// The message's life would end before the quiet hours do.
    QuietLifeEnded = 4 "quiet_life_ended",
    NoAddress = 5 "no_address",
    SwitchedOff = 6 "switched_off",
    /// The program rests for this guest.
    ReEntry = 7 "re_entry",
    /// Its moment is longer ago than the program allows.
    Late = 8 "late",
    CancelledByEvent = 9 "cancelled_by_event",
    Blacklisted = 10 "blacklisted",
    Erased = 11 "erased",
    /// The date that it was planned for has moved.
    Replanned = 12 "replanned",
}

impl Reason {
    pub const fn code(self) -> i16 {
        self as i16
    }

    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}
