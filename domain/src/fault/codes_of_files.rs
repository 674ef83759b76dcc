//! Codes of files that are imported, of days and amounts as people write them, and of mailings and guests over HTTP: a
//! part of the list.

/// Adds these codes to those of [`codes.rs`](super::codes): one enum cannot be written in two files otherwise.
macro_rules! with_codes_of_files {
    ($($others:tt)*) => {
        with_codes_of_programs! {
            $($others)*
            // Days and times as people write them.
            TimeUnreadable,
            TimeBeyondReach,
            DayImpossible,
            TimeImpossible,
            DayAmbiguous { one: String, other: String },
            YearShort,
            YearOfNobody,
            YearAbsent,
            /// A spreadsheet made a number of it.
            DayIsNumber,
            DayIsZeros,
            HourTwentyFour,
            ZoneNamed { zone: String },
            TimeOfDay,
            // Amounts as people write them.
            AmountUnreadable,
            AmountAmbiguous { one: String, other: String },
            AmountPower,
            AmountCharacter { character: char },
            AmountGroups,
            AmountForeign { found: String, currency: String },
            AmountWord { word: String },
            AmountSign { character: char },
            AmountTooFine,
            AmountHuge,
            // Mailings and guests over HTTP.
            /// A change does not say what it was made from.
            IfMatchAbsent,
            /// Somebody has changed the mailing meanwhile.
            MailingMoved { version: i64 },
            IdempotencyKeyUnfit { most: usize },
            /// The key was used for another request.
            IdempotencyKeyTaken { key: String },
            /// It cannot be changed or removed while a run of it is alive.
            MailingUnderWay { mailing: i64, run: i64, state: Term },
            /// It cannot be removed.
            MailingLaunched { mailing: i64 },
            /// Orders have been credited by its target promo.
            MailingPromoCounts { mailing: i64 },
            /// Its check found errors.
            MailingUnfit { mailing: i64 },
            NumberUnfit { least: u64, most: u64 },
            CustomersUnfit { most: usize },
            GuestTagEmpty,
            /// Set and removed at once.
            GuestTagBoth { tag: String },
            // Files that are imported: a cell.
            /// Several numbers, of which this one is wrong.
            PhoneOfSeveral { number: usize, mistake: Inner },
            CellEmpty,
            CellHuge,
            CellNotUnicode { byte: usize },
            CellHoldsZero,
            CellLetterLost,
            AttributeLong { most: usize, most_of_name: usize },
            BirthdayUnreadable,
            BirthdayAhead,
            /// A yes that is told of before it was said.
            WordAhead,
            EmailUnfit,
            LocaleUnfit,
            GuestTagLong { most: usize },
            YesNoUnfit,
            /// Another line names another zone of the same restaurant.
            ZoneContradicted { zone: String, line: u64 },
            /// Where an id was expected.
            GuestNamed,
            OrderStatusUnknown { known: String },
            TotalNegative,
            ItemsUnreadable { column: usize },
            ItemNameLong { most: usize },
            ItemQuantityUnfit,
            ItemPriceUnfit { mistake: Inner },
            ItemPriceBeyondReach,
            // Files that are imported: a row.
            LineHuge,
            LineNotUnicode { byte: usize },
            LineNotJson { column: usize },
            /// A quote is opened and never closed.
            QuoteSwallows,
            RowTooWide { cell: usize, columns: usize },
            HeaderRepeated,
            HeaderAnew,
            // Files that are refused as a whole.
            FileIsWorkbook,
            /// It ends too early, is damaged, or locked by a password.
            WorkbookUnreadable,
            /// Unpacked, it would take too much memory.
            WorkbookHuge,
            SheetUnknown { sheets: String },
            SheetsWithoutColumns { sheets: String },
            /// It cannot be known which is meant.
            SheetsSeveral { sheets: String },
            SheetOfNoWorkbook,
            /// The spreadsheet keeps 15 digits of a number.
            IdRounded,
            FileIsCompressed,
            FileIsWideUnicode,
            FileEmpty,
            /// The columns are those of the other kind of file.
            FileOfOther { columns: String, other: String },
            ColumnNameUnfit { column: usize, mistake: Inner },
            ColumnTwice { column: String },
            HeaderLacks { missing: String, columns: String, required: String },
            // Files that come and go over HTTP.
            EncodingUnknown { known: String },
            DelimiterUnfit,
            /// An encoding or a delimiter of what has none.
            TextOptionsOfNoText,
            MappingLong { most: usize },
            MappingColumnUnknown { column: String, known: String },
            /// The file has none of these headings.
            MappingLacks { missing: String, columns: String },
            MappingNameUnfit { most: usize },
            MappingOfOther { holds: Term },
            UploadNameUnfit { most: usize },
            UploadHuge { most: u64 },
            /// With what is there already.
            UploadsFull { most: u64 },
            /// The header does not say that the body is a piece of a file.
            BodyNotDeclaredPiece,
            UploadOffsetAbsent,
            UploadOffsetMoved { offset: u64 },
            UploadBeyond { bytes: u64 },
            /// Another request writes it.
            UploadInHand,
            UploadUnfinished { offset: u64, bytes: u64 },
            /// This server's folder does not have the file.
            FileNotHere,
            FilesUnwritable,
            FileJobsMany { most: u64 },
            PromoImportLacksList,
            /// It was begun several times, and never came to its end.
            FileJobGivenUp { tries: u64 },
            /// It cannot go on by itself.
            FileJobInterrupted,
            FileJobUnfinished,
            ExportLacks { key: String },
            /// A guest was erased meanwhile.
            ExportErased,
            ExportLinkOver,
            // What else there is to know of a file.
            ZoneReplaced { restaurant: String, before: String, now: String, line: u64 },
            /// Times above were read by another zone.
            ZoneAssumed { restaurant: String, before: String, now: String, from: u64, to: u64, line: u64 },
        }
    };
}
