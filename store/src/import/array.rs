//! A JSON array as lines: each of its elements on one, as in NDJSON, so that the number of a line is that of its element.

use std::io::{self, BufRead, Read};

/// Where in the array it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the bracket.
    Before,
    /// In an element, or between two; so many brackets are open in it.
    Inside { depth: u32 },
    /// In a text of an element.
    Text { depth: u32, escaped: bool },
    /// Behind the bracket that closes it.
    Behind,
}

/// The elements of an array that is read from `input`, piece by piece.
pub(crate) struct ArrayLines<R> {
    input: R,
    at: At,
}

impl<R: BufRead> ArrayLines<R> {
    pub fn new(input: R) -> Self {
        Self { input, at: At::Before }
    }

    /// What one byte becomes; `None` if nothing.
    fn step(&mut self, byte: u8) -> Option<u8> {
        match self.at {
            At::Before => {
                if byte == b'[' {
                    self.at = At::Inside { depth: 0 };
                }
                None
            }
            At::Inside { depth } => self.inside(byte, depth),
            At::Text { depth, escaped } => {
                self.at = match byte {
                    b'"' if !escaped => At::Inside { depth },
                    byte => At::Text {
                        depth,
                        escaped: byte == b'\\' && !escaped,
                    },
                };
                // A break within a text is not JSON; its line says so.
                Some(if byte == b'\n' { b'\r' } else { byte })
            }
            // What stands behind is no row, and no part of one.
            At::Behind => (!byte.is_ascii_whitespace()).then_some(byte),
        }
    }

    fn inside(&mut self, byte: u8, depth: u32) -> Option<u8> {
        match byte {
            b'"' => self.at = At::Text { depth, escaped: false },
            b'[' | b'{' => {
                self.at = At::Inside {
                    depth: depth.saturating_add(1),
                }
            }
            b']' | b'}' if depth > 0 => self.at = At::Inside { depth: depth - 1 },
            b']' => {
                self.at = At::Behind;
                return Some(b'\n');
            }
            b',' if depth == 0 => return Some(b'\n'),
            b'\n' | b'\r' | b'\t' => return Some(b' '),
            _ => {}
        }
        Some(byte)
    }
}

impl<R: BufRead> Read for ArrayLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let input = self.input.fill_buf()?;
            if input.is_empty() || buffer.is_empty() {
                return Ok(0);
            }
            // Each byte becomes one at most.
            let taken = input.len().min(buffer.len());
            let piece = input[..taken].to_vec();
            let mut written = 0;
            for byte in piece {
                if let Some(byte) = self.step(byte) {
                    buffer[written] = byte;
                    written += 1;
                }
            }
            self.input.consume(taken);
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use std::io::BufReader;

    fn lines(text: &str, piece: usize) -> String {
        let mut read = String::new();
        let mut array = ArrayLines::new(BufReader::with_capacity(piece, text.as_bytes()));
        array.read_to_string(&mut read).unwrap();
        read
    }

    #[test]
    fn an_element_is_a_line() {
        for (array, expected) in [
            ("[]", "\n"),
            ("  [1, 2]\n", "1\n 2\n"),
            (
                "[{\"a\":[1,2]},\n{\"b\":\"x,]\\\"}\"}]",
                "{\"a\":[1,2]}\n {\"b\":\"x,]\\\"}\"}\n",
            ),
            ("[{\"a\":1}", "{\"a\":1}"),
            ("[1] trailing", "1\ntrailing"),
        ] {
            for piece in [1, 3, 1_000] {
                assert_eq!(lines(array, piece), expected, "{array} in pieces of {piece}");
            }
        }
    }

    proptest! {
        #[test]
        fn elements_are_what_they_were(
            texts in prop::collection::vec(("\\PC{0,12}", any::<i32>()), 0..8), pretty in any::<bool>(), piece in 1_usize..40,
        ) {
            let elements: Vec<Value> =
                texts.into_iter().map(|(text, n)| json!({ "text": text, "list": [n, { "of": "\"[{,\\" }] })).collect();
            let array = Value::from(elements.clone());
            let text = if pretty { format!("{array:#}") } else { array.to_string() };
            let read = lines(&text, piece);
            let found: Vec<Value> =
                read.split('\n').filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect();
            prop_assert_eq!(found, elements);
        }
    }
}
