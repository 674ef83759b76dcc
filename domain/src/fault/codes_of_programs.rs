//! Codes of programs, of rules of tags and of schedules: a part of the list.

/// Adds these codes to the others, as [`codes_of_files.rs`](super::codes_of_files) does.
macro_rules! with_codes_of_programs {
    ($($others:tt)*) => {
        with_codes_of_people! {
            $($others)*
            // Programs.
            ProgramNameEmpty,
            /// The errors stand beside it.
            ProgramUnfit,
            /// Somebody has changed the program since it was read.
            ProgramMoved { version: i64 },
            /// There is no such preset.
            PresetUnknown { known: String },
            /// Events of a kind, or what a date gives, have no such field.
            EventLacksField { field: String, event: String, known: String },
            /// It has fields of its own.
            FieldOfParts { field: String },
            FieldFilterEmpty,
            /// It is larger or smaller than nothing.
            FieldUnordered,
            /// A value that such a field never has.
            FieldValueUnfit { value: String, form: String },
            /// A filter of texts that cannot take such a field.
            FieldFilterOfText { field: String, filter: String },
            /// A date that guests would read as programs write it.
            DateUnformatted { field: String },
            EventNameOfCustom { event: String },
            ValuesOfCustom,
            DelayUnfit,
            DelayOfDate,
            AgainOfDate,
            RestartsOfDate,
            RestartsOfOne,
            OrderOfNoEvent { event: String },
            RetentionIntoNothing,
            DaysTooMany { most: usize },
            GrantOfNothing,
            GrantOfBurn,
            // Rules of tags.
            TagRuleNameEmpty,
            /// It has no condition that any guest could fail.
            TagRuleOfNothing,
            TagRuleMenuEmpty,
            TagRuleDaysUnfit { most: usize },
            TagRuleNamesTooMany { most: usize },
            TagRulesTooMany { most: usize },
            /// Somebody has changed the rule since it was read.
            TagRuleMoved { version: i64 },
            // Saved segments.
            SegmentNameUnfit { most: usize },
            SegmentTaken { name: String },
            /// Somebody has changed it since it was read.
            SegmentMoved { version: i64 },
            /// A saved segment names another.
            SegmentOfSegments,
            /// Somebody's audience is made of it.
            SegmentUsed { by: String },
            SegmentUnknown { id: i64 },
            SegmentsTooMany { most: usize },
            // Landings.
            LandingNameUnfit { most: usize },
            LandingTextUnfit { most: usize },
            LandingMoved { version: i64 },
            LandingEndsBeforeStart,
            LandingsTooMany { most: usize },
            CursorUnreadable,
            // Schedules.
            TimeOfDayUnfit { text: String },
            ScheduleOfZoneAndLocal,
            ScheduleOfNoZone,
            RuleUnreadable { part: String },
            RulePartUnknown { part: String, known: String },
            RulePartTwice { part: String },
            RuleWithoutFrequency,
            /// More often than daily, or by a part that is not supported.
            RuleFrequencyUnfit { frequency: String },
            RulePartUnsupported { part: String },
            RulePartOfFrequency { part: String, frequency: String },
            RuleValueUnfit { part: String, value: String },
            RuleUntilAndCount,
            /// It has no day in all the years that are looked at.
            RuleOfNoDay,
            /// The part means nothing, or several things, without another.
            RulePartAlone { part: String, other: String },
            RuleUntilOfLocal,
            /// Of no start that it names anybody's time is still to come.
            ScheduleOver,
            ScheduleOfOnDemand { mailing: i64 },
            OwnTimeWithoutQuietHours { mailing: i64 },
            // Outgoing webhooks.
            CalledUrlUnreadable,
            CalledUrlUnencrypted { scheme: String },
            CalledUrlNamesUser,
            CalledUrlPrivate { host: String },
            WebhookNameUnfit { most: usize },
            WebhookOfNoKind { known: String },
            WebhookUnsealed,
            // Promo codes.
            PromoCodeEmpty,
            PromoCodeLong { most: usize },
            PromoCodeSpaced,
            /// It is in this list already, or further up in the file.
            PromoCodeTaken { list: String },
            PromoListUnfit { most: usize },
            PromoListTaken { list: String },
            /// It is of the other kind: one code for all.
            PromoListCommon { list: String },
            /// The organisation has no such list.
            PromoListUnknown { list: String, known: String },
            /// All of its codes are given.
            PromoListEmpty { list: String },
            /// Its codes are not valid any more.
            PromoListEnded { list: String },
            /// No text shows the code.
            PromoListUnused { list: String },
            /// Each message, or its event, brings a code of its own.
            PromoCodeGiven,
            /// Fewer codes are left than messages may need.
            PromoListShort { list: String, needed: u64, left: u64 },
        }
    };
}
