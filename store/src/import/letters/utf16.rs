//! UTF-16, of either order of bytes, as a stream of UTF-8.

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE};
use std::io::{self, Read};

/// Bytes read at once.
const RAW: usize = 1 << 16;
/// So many bytes of a file's beginning say whether it is UTF-16.
const LOOKED_AT: usize = 4096;

/// Which UTF-16 a file is that begins so, if any.
pub(crate) fn endianness(start: &[u8]) -> Option<&'static Encoding> {
    match start {
        [0xFF, 0xFE, ..] => return Some(UTF_16LE),
        [0xFE, 0xFF, ..] => return Some(UTF_16BE),
        _ => {}
    }
    // Without a mark: one byte of each pair is the page of a letter, that of ASCII or of Cyrillic.
    let start = &start[..start.len().min(LOOKED_AT) & !1];
    let (mut first, mut second, mut zeros) = (0, 0, [0, 0]);
    for pair in start.as_chunks::<2>().0 {
        first += usize::from(matches!(pair[0], 0 | 4));
        second += usize::from(matches!(pair[1], 0 | 4));
        zeros[0] += usize::from(pair[0] == 0);
        zeros[1] += usize::from(pair[1] == 0);
    }
    let pairs = start.len() / 2;
    let is = |pages: usize, zeros: usize, letters: usize| {
        pairs > 1 && pages * 10 >= pairs * 9 && zeros > 0 && letters * 4 < pairs
    };
    if is(second, zeros[1], first) {
        Some(UTF_16LE)
    } else if is(first, zeros[0], second) {
        Some(UTF_16BE)
    } else {
        None
    }
}

pub(crate) struct Utf16<R> {
    input: R,
    decoder: Decoder,
    raw: Box<[u8]>,
    from: usize,
    to: usize,
    at_end: bool,
    /// The decoder was told that nothing more comes, and has said its last.
    ended: bool,
}

impl<R: Read> Utf16<R> {
    /// Marks are left in the text, as in UTF-8.
    pub fn new(input: R, encoding: &'static Encoding) -> Self {
        Self {
            input,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: vec![0; RAW].into_boxed_slice(),
            from: 0,
            to: 0,
            at_end: false,
            ended: false,
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    /// The buffer has room for a few letters.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended {
            if self.from == self.to && !self.at_end {
                (self.from, self.to) = (0, self.input.read(&mut self.raw)?);
                self.at_end = self.to == 0;
            }
            let raw = &self.raw[self.from..self.to];
            let (result, read, written, _) = self.decoder.decode_to_utf8(raw, buffer, self.at_end);
            self.from += read;
            self.ended = self.at_end && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    #[test]
    fn the_order_of_bytes_is_told_by_a_mark_or_by_the_letters() {
        for text in [
            "customer_id;name\r\n1;Анна\r\n",
            "Номер заказа;Дата\n1;01.03.2026\n",
            "\u{FEFF}a,b",
        ] {
            let wide: Vec<u16> = text.encode_utf16().collect();
            let little: Vec<u8> = wide.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = wide.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            for (bytes, encoding) in [(little, UTF_16LE), (big, UTF_16BE)] {
                assert_eq!(endianness(&bytes), Some(encoding), "{text}");
                let mut read = String::new();
                let wide = Utf16::new(BufReader::with_capacity(3, &bytes[..]), encoding);
                BufReader::with_capacity(16, wide).read_to_string(&mut read).unwrap();
                assert_eq!(read, text);
            }
        }
        for bytes in [
            &b""[..],
            b"a",
            b"id,name\n1,A\0nna\n2,Boris\n",
            "id;имя\n1;Анна\n".as_bytes(),
            b"\0\0\0\0",
        ] {
            assert_eq!(endianness(bytes), None, "{bytes:?}");
        }
    }
}
