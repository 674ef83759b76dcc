//! Byte order marks: files joined from several exports have one before each part, and some programs write two. They
//! mean nothing in UTF-8, but one before a quote would disable the quote, and one before an id would make it another
//! guest's.

use std::io::{self, Read};

const MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// A stream without its byte order marks, wherever they stand. It is read into buffers of more than two bytes.
pub(crate) struct WithoutMarks<R> {
    input: R,
    /// How much of a mark was at the end of what was read last.
    begun: usize,
}

impl<R: Read> WithoutMarks<R> {
    pub fn new(input: R) -> Self {
        Self { input, begun: 0 }
    }

    /// Takes marks out of the first so many bytes; how many are left, the beginning of a mark at their end apart.
    fn strip(&mut self, buffer: &mut [u8], length: usize) -> usize {
        let (mut from, mut to) = (0, 0);
        while from < length {
            let rest = &buffer[from..length];
            if rest.starts_with(&MARK) {
                from += MARK.len();
            } else if rest.len() < MARK.len() && MARK.starts_with(rest) {
                self.begun = rest.len();
                return to;
            } else {
                buffer[to] = buffer[from];
                (from, to) = (from + 1, to + 1);
            }
        }
        to
    }
}

impl<R: Read> Read for WithoutMarks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let begun = std::mem::take(&mut self.begun);
            buffer[..begun].copy_from_slice(&MARK[..begun]);
            let read = match self.input.read(&mut buffer[begun..]) {
                Ok(read) => read,
                Err(error) => {
                    self.begun = begun;
                    return Err(error);
                }
            };
            let length = begun + read;
            if read == 0 || !buffer[..length].contains(&MARK[0]) {
                return Ok(length);
            }
            let left = self.strip(buffer, length);
            if left > 0 {
                return Ok(left);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    /// Gives so many bytes at once.
    struct Slowly<'a>(&'a [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let step = self.1.min(buffer.len());
            (&mut self.0).take(step as u64).read(buffer)
        }
    }

    #[test]
    fn marks_are_taken_out_wherever_they_and_the_reads_end() {
        for (text, left) in [
            ("", ""),
            ("\u{FEFF}", ""),
            ("\u{FEFF}\u{FEFF}id;имя", "id;имя"),
            ("1\n\u{FEFF}\"2\"\nяｆ№\u{FEFF}", "1\n\"2\"\nяｆ№"),
        ] {
            for step in 1..9 {
                for capacity in [3, 4, 7, 100] {
                    let mut read = Vec::new();
                    let input = WithoutMarks::new(Slowly(text.as_bytes(), step));
                    BufReader::with_capacity(capacity, input)
                        .read_to_end(&mut read)
                        .unwrap();
                    assert_eq!(String::from_utf8(read).unwrap(), left, "{text:?} {step} {capacity}");
                }
            }
        }
        let mut broken = Vec::new();
        WithoutMarks::new(&b"a\xef\xbb"[..]).read_to_end(&mut broken).unwrap();
        assert_eq!(
            broken, b"a\xef\xbb",
            "a mark that was only begun is left for the reader to refuse"
        );
    }
}
