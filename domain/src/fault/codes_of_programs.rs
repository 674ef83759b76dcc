//! Codes of programs and of schedules: a part of the list.

/// Adds these codes to the others, as [`codes_of_files.rs`](super::codes_of_files) does.
macro_rules! with_codes_of_programs {
    ($($others:tt)*) => {
        with_codes_of_people! {
            $($others)*
            // Programs.
            ProgramNameEmpty,
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
        }
    };
}
