//! Guesses which single-byte encoding a file has, from its lines that are not UTF-8.

use super::family;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, X_MAC_CYRILLIC};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// This many bytes of such lines are enough.
const ENOUGH: usize = 1 << 18;
/// In a file that is otherwise UTF-8, fewer letters than this count as broken ones.
const FEW: usize = 12;
const BUFFER: usize = 1 << 16;

/// What a stretch of bytes is that may be UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stretch {
    Ascii,
    /// With so many letters beyond ASCII.
    Utf8(usize),
    /// More of its letters are UTF-8 than not.
    Broken,
    Other,
}

pub(super) fn stretch(bytes: &[u8]) -> Stretch {
    if bytes.is_ascii() {
        return Stretch::Ascii;
    }
    let (mut whole, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    match (whole, broken) {
        (letters, 0) => Stretch::Utf8(letters),
        (whole, broken) if whole >= broken => Stretch::Broken,
        _ => Stretch::Other,
    }
}

/// Lines that speak for an encoding other than UTF-8.
#[derive(Default)]
pub(super) struct Evidence {
    lines: Vec<u8>,
    utf8: bool,
}

impl Evidence {
    pub fn add(&mut self, line: &[u8]) {
        match stretch(line) {
            Stretch::Other => {
                self.lines.extend_from_slice(line);
                self.lines.push(b'\n');
            }
            Stretch::Utf8(_) | Stretch::Broken => self.utf8 = true,
            Stretch::Ascii => {}
        }
    }

    /// Of a file, as far as is needed.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        let mut input = BufReader::with_capacity(BUFFER, File::open(path)?);
        let mut evidence = Self::default();
        loop {
            // Whole lines, except for one that is longer than the buffer.
            let bytes = input.fill_buf()?;
            if bytes.is_empty() || evidence.lines.len() > ENOUGH {
                return Ok(evidence);
            }
            let end = bytes.iter().position(|b| matches!(b, b'\n' | b'\r'));
            let line = &bytes[..end.unwrap_or(bytes.len())];
            evidence.add(line);
            let read = end.map_or(line.len(), |end| end + 1);
            input.consume(read);
        }
    }

    /// The encoding, if the lines are words in it. `country` is the organisation's (ISO 3166-1, small letters): its encodings
    /// are the likelier ones.
    pub fn encoding(&self, country: &str) -> Option<&'static Encoding> {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(&self.lines, true);
        let guessed = detector.guess(Some(country.as_bytes()), Utf8Detection::Deny);
        let encoding = better(guessed, &self.lines).unwrap_or(guessed);
        let (text, _) = encoding.decode_without_bom_handling(&self.lines);
        let enough = !self.utf8 || family::letters(&text) >= FEW;
        (encoding.is_single_byte() && enough && family::looks_read(&text)).then_some(encoding)
    }
}

/// The detector does not know the Cyrillic of old Macs, whose small letters are those of Windows.
fn better(guessed: &'static Encoding, lines: &[u8]) -> Option<&'static Encoding> {
    let right = |encoding: &'static Encoding| family::counted(&encoding.decode_without_bom_handling(lines).0);
    let ((other, _), (words, all)) = (right(guessed), right(X_MAC_CYRILLIC));
    (words > other && words * 10 >= all * 9).then_some(X_MAC_CYRILLIC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{IBM866, KOI8_R, WINDOWS_1251, WINDOWS_1252};

    const ROWS: &str = "Номер заказа;Клиент;Статус\n1;Анна Иванова;Доставлен\n2;ПЁТР;Отменён\n3;Ёлкина Зоя;в пути\n";

    fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
        encoding.encode(text).0.into_owned()
    }

    fn guess(bytes: &[u8], country: &str) -> Option<&'static Encoding> {
        let mut evidence = Evidence::default();
        bytes.split(|b| *b == b'\n').for_each(|line| evidence.add(line));
        evidence.encoding(country)
    }

    #[test]
    fn russian_files_are_told_by_their_letters() {
        for encoding in [WINDOWS_1251, IBM866, KOI8_R, X_MAC_CYRILLIC] {
            let found = guess(&encoded(ROWS, encoding), "ru").unwrap();
            let text = found
                .decode_without_bom_handling(&encoded(ROWS, encoding))
                .0
                .into_owned();
            assert_eq!(text, ROWS, "{}", encoding.name());
        }
        for name in ["1;Ян;8916", "7001;Анна;", "2;Boris;\n3;Лёша;"] {
            assert_eq!(guess(&encoded(name, WINDOWS_1251), "ru"), Some(WINDOWS_1251), "{name}");
        }
        assert_eq!(
            guess(&encoded("1;Zoë\n2;José\n", WINDOWS_1252), "de"),
            Some(WINDOWS_1252)
        );
    }

    #[test]
    fn broken_text_is_no_other_encoding() {
        for (bytes, country) in [
            (&b"c2,An\xffna,\nx\xc3\n"[..], "ru"),
            (b"\xd0\xff broken\n\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0\n", "ru"),
            (b"\xd0\x90\xd0\xbd\xd0\xbd\xd0", "ru"),
            (b"plain", "ru"),
        ] {
            assert_eq!(guess(bytes, country), None, "{bytes:?}");
        }
    }
}
