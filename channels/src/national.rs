//! National language shift tables of SMS (3GPP TS 23.038 Annex A): the letters in which they differ from the GSM
//! alphabet and its extension. For languages that are not here, the letters that all tables share are still read,
//! which the Latin ones are.

/// The tables a message names in its header; 0 is the ordinary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct National {
    pub locking: u8,
    pub single: u8,
}

type Table = &'static [(u8, char)];

const TURKISH: u8 = 1;
const SPANISH: u8 = 2;
const PORTUGUESE: u8 = 3;

const TURKISH_LOCKING: Table = &[
    (0x04, '€'),
    (0x07, 'ı'),
    (0x0B, 'Ğ'),
    (0x0C, 'ğ'),
    (0x1C, 'Ş'),
    (0x1D, 'ş'),
    (0x40, 'İ'),
    (0x60, 'ç'),
];

const TURKISH_SINGLE: Table = &[
    (0x47, 'Ğ'),
    (0x49, 'İ'),
    (0x53, 'Ş'),
    (0x63, 'ç'),
    (0x67, 'ğ'),
    (0x69, 'ı'),
    (0x73, 'ş'),
];

const SPANISH_SINGLE: Table = &[
    (0x09, 'ç'),
    (0x41, 'Á'),
    (0x49, 'Í'),
    (0x4F, 'Ó'),
    (0x55, 'Ú'),
    (0x61, 'á'),
    (0x69, 'í'),
    (0x6F, 'ó'),
    (0x75, 'ú'),
];

const PORTUGUESE_LOCKING: Table = &[
    (0x04, 'ê'),
    (0x06, 'ú'),
    (0x07, 'í'),
    (0x08, 'ó'),
    (0x09, 'ç'),
    (0x0B, 'Ô'),
    (0x0C, 'ô'),
    (0x0E, 'Á'),
    (0x0F, 'á'),
    (0x13, 'Ç'),
    (0x14, 'À'),
    (0x19, 'Ó'),
    (0x1C, 'Â'),
    (0x1D, 'â'),
    (0x1E, 'Ê'),
    (0x40, 'Í'),
    (0x5B, 'Ã'),
    (0x5C, 'Õ'),
    (0x5D, 'Ú'),
    (0x7B, 'ã'),
    (0x7C, 'õ'),
    (0x7F, 'à'),
];

const PORTUGUESE_SINGLE: Table = &[
    (0x05, 'ê'),
    (0x09, 'ç'),
    (0x0B, 'Ô'),
    (0x0C, 'ô'),
    (0x0E, 'Á'),
    (0x0F, 'á'),
    (0x1F, 'Ê'),
    (0x41, 'À'),
    (0x49, 'Í'),
    (0x4F, 'Ó'),
    (0x55, 'Ú'),
    (0x5B, 'Ã'),
    (0x5C, 'Õ'),
    (0x61, 'Â'),
    (0x69, 'í'),
    (0x6F, 'ó'),
    (0x75, 'ú'),
    (0x7B, 'ã'),
    (0x7C, 'õ'),
    (0x7F, 'â'),
];

impl National {
    /// What a code means in the locking shift table, if it differs from the ordinary letter.
    pub fn locked(self, code: u8) -> Option<char> {
        let table = match self.locking {
            TURKISH => TURKISH_LOCKING,
            PORTUGUESE => PORTUGUESE_LOCKING,
            _ => return None,
        };
        find(table, code)
    }

    /// What a code after an escape means, if it differs from the ordinary extension.
    pub fn escaped(self, code: u8) -> Option<char> {
        let table = match self.single {
            TURKISH => TURKISH_SINGLE,
            SPANISH => SPANISH_SINGLE,
            PORTUGUESE => PORTUGUESE_SINGLE,
            _ => return None,
        };
        find(table, code)
    }
}

fn find(table: Table, code: u8) -> Option<char> {
    table
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, letter)| *letter)
}
