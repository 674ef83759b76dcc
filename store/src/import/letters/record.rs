//! The encoding of one row after another.

use super::guess::{Evidence, Stretch, stretch};
use encoding_rs::{Encoding, UTF_8};
use std::path::{Path, PathBuf};

/// A row with fewer letters may be read as UTF-8 by accident.
const SURE: usize = 3;

/// What is known of a file's encoding.
pub(crate) struct Letters {
    file: PathBuf,
    country: String,
    /// UTF-16, of which the rows are UTF-8 by now.
    wide: Option<&'static Encoding>,
    /// All rows are in it, because somebody has said so.
    said: Option<&'static Encoding>,
    /// The other encoding, once it was asked for.
    other: Option<Option<&'static Encoding>>,
    /// The last row with letters beyond ASCII was in the other encoding.
    in_other: bool,
    /// Rows with such letters were in UTF-8, in the other encoding.
    met: [bool; 2],
}

impl Letters {
    pub fn new(file: &Path, country: &str, wide: Option<&'static Encoding>) -> Self {
        Self {
            file: file.to_owned(),
            country: country.to_lowercase(),
            wide,
            said: None,
            other: None,
            in_other: false,
            met: [false; 2],
        }
    }

    /// The same with an encoding in which all rows are.
    pub fn said(self, said: Option<&'static Encoding>) -> Self {
        Self { said, ..self }
    }

    /// Whether rows that look like UTF-8 may not be.
    pub fn in_other(&self) -> bool {
        self.in_other || self.said.is_some_and(|it| it != UTF_8)
    }

    /// Whether a row with letters beyond ASCII was UTF-8.
    pub fn has_met(&self) -> bool {
        self.met[0]
    }

    /// Whether what cannot be decoded stands as U+FFFD.
    pub fn is_decoded(&self) -> bool {
        self.wide.is_some() || self.in_other()
    }

    /// How a row is to be read; `None`: as UTF-8, which it may not be.
    pub fn of(&mut self, row: &[u8]) -> Option<&'static Encoding> {
        if let Some(said) = self.said.filter(|_| self.wide.is_none()) {
            return (said != UTF_8 && !row.is_ascii()).then_some(said);
        }
        let other = match stretch(row) {
            Stretch::Ascii => return None,
            Stretch::Broken => false,
            Stretch::Utf8(letters) => self.in_other && letters < SURE,
            Stretch::Other => true,
        };
        let encoding = if other { self.other() } else { None };
        self.in_other = encoding.is_some();
        self.met[usize::from(self.in_other)] = true;
        encoding
    }

    fn other(&mut self) -> Option<&'static Encoding> {
        if self.wide.is_some() {
            return None;
        }
        let (file, country) = (&self.file, &self.country);
        *self
            .other
            .get_or_insert_with(|| Evidence::of_file(file).ok()?.encoding(country))
    }

    /// The beginning of a file as text, for a look at its header.
    pub fn preview(&mut self, start: &[u8]) -> String {
        // What cannot be read twice, like a pipe, is judged by its beginning.
        if !std::fs::metadata(&self.file).is_ok_and(|it| it.is_file()) {
            let mut evidence = Evidence::default();
            start
                .split(|b| matches!(b, b'\n' | b'\r'))
                .for_each(|line| evidence.add(line));
            self.other = Some(evidence.encoding(&self.country));
        }
        let line = |line: &[u8]| match self.of(line) {
            Some(encoding) => encoding.decode_without_bom_handling(line).0.into_owned(),
            None => String::from_utf8_lossy(line).into_owned(),
        };
        let lines: Vec<String> = start.split(|b| matches!(b, b'\n' | b'\r')).map(line).collect();
        (self.in_other, self.met) = (false, [false; 2]);
        lines.join("\n")
    }

    /// What a file is in of which this is the beginning.
    pub fn name_by(&mut self, start: &[u8]) -> String {
        let lines = start.split(|b| matches!(b, b'\n' | b'\r'));
        for line in lines {
            self.of(line);
        }
        let name = self.name();
        (self.in_other, self.met) = (false, [false; 2]);
        name
    }

    /// What the file turned out to be in.
    pub fn name(&self) -> String {
        let other = self.other.flatten().map_or("UTF-8", Encoding::name);
        if let Some(said) = self.said.filter(|_| self.wide.is_none()) {
            return said.name().to_owned();
        }
        match (self.wide, self.met) {
            (Some(wide), _) => wide.name().to_owned(),
            (None, [_, false]) => "UTF-8".to_owned(),
            (None, [false, true]) => other.to_owned(),
            (None, [true, true]) => format!("{other} and UTF-8"),
        }
    }
}
