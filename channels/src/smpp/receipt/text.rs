//! A receipt's text, which the specification only recommends (SMPP 3.4, appendix B): operators write the fields in
//! any order and case, omit some, and use names and separators of their own.

/// What stands in a receipt's text; any of it may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::smpp) struct ReceiptText {
    pub id: Option<String>,
    /// The state, in capitals.
    pub stat: Option<String>,
    pub err: Option<String>,
    /// As the operator wrote it, by its own clock.
    pub done: Option<String>,
    /// How many parts were submitted, and how many of them were delivered.
    pub submitted: Option<u32>,
    pub delivered: Option<u32>,
    /// Whether its first word is one that receipts begin with.
    pub begins_as_one: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Id,
    Submitted,
    Delivered,
    SubmitDate,
    DoneDate,
    Stat,
    Err,
    Text,
}

/// The names that operators have for each field. A space stands for a space, an underscore, a dash, a dot or nothing;
/// of two names with the same beginning the longer one comes first.
const NAMES: [(&str, Field); 25] = [
    ("message id", Field::Id),
    ("msg id", Field::Id),
    ("id", Field::Id),
    ("submitted", Field::Submitted),
    ("submit date", Field::SubmitDate),
    ("submit time", Field::SubmitDate),
    ("sub", Field::Submitted),
    ("delivered", Field::Delivered),
    ("delivery date", Field::DoneDate),
    ("dlvrd", Field::Delivered),
    ("dlvd", Field::Delivered),
    ("done date", Field::DoneDate),
    ("done time", Field::DoneDate),
    ("message status", Field::Stat),
    ("message state", Field::Stat),
    ("status", Field::Stat),
    ("state", Field::Stat),
    ("stat", Field::Stat),
    ("error code", Field::Err),
    ("err code", Field::Err),
    ("error", Field::Err),
    ("err", Field::Err),
    ("message text", Field::Text),
    ("text", Field::Text),
    ("txt", Field::Text),
];

/// A field's name in the text.
struct Mark {
    field: Field,
    begins: usize,
    /// Where its value begins.
    value: usize,
}

impl ReceiptText {
    /// Reads `id:… sub:001 … stat:DELIVRD err:000 text:…` in any order and case. What follows `text:` is from the
    /// message itself and may be anything, so it is used only as a last resort.
    pub fn read(text: &str) -> Self {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        let marks = marks(text);
        let end = marks.iter().position(|mark| mark.field == Field::Text);
        let (before, behind) = marks.split_at(end.unwrap_or(marks.len()));
        let value = |field: Field| {
            let at = before.iter().chain(behind).position(|mark| mark.field == field)?;
            let end = marks.get(at + 1).map_or(text.len(), |next| next.begins);
            Some(bare(&text[marks[at].value..end])).filter(|value| !value.is_empty())
        };
        let word = |field: Field| {
            let word = value(field)?.split(separates).next().map(bare)?;
            Some(word.to_owned()).filter(|word| !word.is_empty())
        };
        let number = |field: Field| word(field)?.parse().ok();
        Self {
            id: word(Field::Id),
            stat: word(Field::Stat).map(|stat| stat.to_uppercase()),
            err: word(Field::Err),
            done: value(Field::DoneDate).map(str::to_owned),
            submitted: number(Field::Submitted),
            delivered: number(Field::Delivered),
            begins_as_one: marks.first().is_some_and(|mark| mark.begins == 0),
        }
    }

    /// Whether it is plainly the text of a receipt and not a guest's.
    pub fn is_plainly_a_receipt(&self) -> bool {
        self.begins_as_one && self.id.is_some() && (self.stat.is_some() || self.delivered.is_some())
    }

    /// Whether it contains nothing of a receipt.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

fn separates(c: char) -> bool {
    c.is_whitespace() || ",;|&".contains(c)
}

/// A value without the punctuation around it.
fn bare(value: &str) -> &str {
    value.trim_matches(|c: char| separates(c) || "\"'\0".contains(c))
}

/// All names with their colons, from the front. A name stands at the beginning or after a separator.
fn marks(text: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut before = ' ';
    for (begins, c) in text.char_indices() {
        let is_new = marks.last().is_none_or(|mark| mark.value <= begins);
        if is_new
            && (separates(before) || before == '"')
            && let Some((field, value)) = name_at(text, begins)
        {
            marks.push(Mark { field, begins, value });
        }
        before = c;
    }
    marks
}

/// The field whose name begins here, and where its value begins.
fn name_at(text: &str, begins: usize) -> Option<(Field, usize)> {
    NAMES.iter().find_map(|(name, field)| {
        let rest = behind_name(&text[begins..], name)?.trim_start();
        let value = rest.strip_prefix([':', '='])?;
        Some((*field, text.len() - value.len()))
    })
}

fn behind_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    name.split(' ').enumerate().try_fold(text, |rest, (number, word)| {
        let rest = match number {
            0 => rest,
            _ => rest.strip_prefix([' ', '_', '-', '.']).unwrap_or(rest),
        };
        let head = rest.get(..word.len())?;
        head.eq_ignore_ascii_case(word).then(|| &rest[word.len()..])
    })
}
