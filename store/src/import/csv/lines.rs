//! Counting lines as an editor does: a line ends with LF, CR, or both.

#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    /// The line on which the next byte stands, from 1.
    pub now: u64,
    after_cr: bool,
}

impl Lines {
    pub fn new() -> Self {
        Self {
            now: 1,
            after_cr: false,
        }
    }

    pub fn over(&mut self, bytes: &[u8]) {
        let Some(last) = bytes.last() else { return };
        let count = |byte: u8| bytes.iter().filter(|b| **b == byte).count();
        let mut ends = count(b'\n');
        if self.after_cr && bytes[0] == b'\n' {
            ends -= 1;
        }
        let returns = count(b'\r');
        if returns > 0 {
            ends += returns - bytes.windows(2).filter(|pair| pair == b"\r\n").count();
        }
        self.now += ends as u64;
        self.after_cr = *last == b'\r';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_an_editor_wherever_the_reads_end() {
        for (text, line) in [
            ("", 1),
            ("a", 1),
            ("a\n", 2),
            ("a\r", 2),
            ("a\r\n", 2),
            ("a\r\n\r\nb\rc\n\nd\r", 7),
            ("\n\r", 3),
            ("\r\r\n", 3),
        ] {
            for step in 1..4 {
                let mut lines = Lines::new();
                text.as_bytes().chunks(step).for_each(|part| lines.over(part));
                assert_eq!(lines.now, line, "{text:?} by {step}");
            }
        }
    }
}
