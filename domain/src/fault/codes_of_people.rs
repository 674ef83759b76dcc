//! Codes of people: logging in, roles, second factors, approvals. A part of the list.

/// Adds these codes to the others, as [`codes_of_files.rs`](super::codes_of_files) does.
macro_rules! with_codes_of_people {
    ($($others:tt)*) => {
        codes! {
            $($others)*
            // People.
            NotLoggedIn,
            /// The person's role lacks the right.
            NotAllowed { right: String },
            /// The person is limited to restaurants, and what is asked for is not.
            LimitedToRestaurants,
            /// The person is limited to restaurants that the guest does not belong to.
            GuestOfOtherRestaurants,
            /// Whatever the reason: who guesses learns nothing.
            LoginRefused,
            /// The password fits, and a second factor is on.
            CodeNeeded,
            LoginsTooMany { minutes: u64 },
            /// People log in over TLS, or on their own machine.
            LoginNeedsHttps { url: String },
            /// A change by cookie without the token that only our own pages know.
            CsrfTokenUnfit,
            RequestOfAnotherSite,
            /// It was used, replaced, or is too old; or there never was such a link.
            LinkOver,
            EmailTaken,
            PersonNameEmpty,
            PasswordShort { least: usize },
            PasswordGuessable,
            PasswordWrong,
            /// Nobody gives what they do not have.
            RoleBeyondOwn { right: String },
            LastAdministrator,
            PersonOneself,
            RestaurantsEmpty,
            /// There is no key to seal its secret by.
            TotpUnsealed,
            TotpIsOn,
            TotpNotBegun,
            TotpCodeWrong,
            OidcAbsent,
            /// The way back does not fit the way there, or the provider's answer cannot be trusted.
            OidcBroken,
            OidcUnknown,
            /// Four eyes: a second person has to agree first.
            ApprovalNeeded { guests: u64, most: u64, version: i64 },
            /// It is not the text any more that was judged.
            MailingChanged { mailing: i64 },
            /// What starts by itself is what a second person has judged.
            ApprovedAndScheduled { mailing: i64 },
            /// Who approved may not launch.
            ApprovalOfOneself { version: i64 },
            ApprovalOfPeople,
            KeyEndPast,
            /// The key asks more often than it may.
            KeyTooFast { most: u64 },
            /// The caller has as many streams of events open as one may have.
            StreamsTooMany { most: usize },
            ReportPeriodUnfit { most: u64 },
        }
    };
}
