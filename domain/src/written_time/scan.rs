//! Reading a text from its beginning.

pub(super) struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub fn rest(&self) -> &'a str {
        self.rest
    }

    pub fn spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Steps over one of these characters.
    pub fn any(&mut self, of: &[char]) -> Option<char> {
        let c = self.rest.chars().next().filter(|c| of.contains(c))?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// Steps over a number; returns its value and its number of digits, at most four.
    pub fn number(&mut self) -> Option<(i16, usize)> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let value = self.rest.get(..length)?.parse().ok().filter(|_| length <= 4)?;
        self.rest = &self.rest[length..];
        Some((value, length))
    }

    /// Steps over a word of letters.
    pub fn word(&mut self) -> Option<&'a str> {
        let end = self.rest.find(|c: char| !c.is_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }
}
