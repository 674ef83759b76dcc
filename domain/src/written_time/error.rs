//! Why a text is not a date or time. Every message except the first says what to do.

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTime {
    /// The caller adds what was wanted.
    #[error("is not a date and time; write it like 2026-03-01T09:00:00Z, 2026-03-01 09:00 or 01.03.2026 09:00")]
    Unreadable,
    #[error("names a day that does not exist; correct it")]
    NoSuchDay,
    #[error("names a time that does not exist; correct it")]
    NoSuchTime,
    #[error("may be {0} or {1}; write the one that is meant in this form")]
    Ambiguous(String, String),
    #[error("has a year of two digits; write all four")]
    ShortYear,
    #[error("has a year in which no living guest can have been born; leave the cell empty if the date is unknown")]
    Year,
    #[error("has no year; write it like 2026-03-01 or 01.03.2026")]
    NoYear,
    #[error("is a number: the spreadsheet turned the date into one; format the column as a date and export again")]
    Number,
    #[error("is not a day; leave the cell empty if it is unknown")]
    Zeros,
    #[error("has the hour 24; write 00:00 of the next day")]
    Hour24,
    #[error("names a time zone ({0}); write its offset, like +03:00, or leave it out")]
    ZoneName(String),
    #[error("has a time of day; write the day alone, like 1990-02-28 or 28.02.1990")]
    TimeOfDay,
}
