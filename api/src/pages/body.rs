//! What browsers send of a form: `application/x-www-form-urlencoded`, or `multipart/form-data` (RFC 7578) if there are files in
//! it. All of it is in memory already, and bounded.

/// Fields that are read; a form of ours has fewer.
const MOST: usize = 32;

/// The fields of a form, in their order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fields(pub Vec<Field>);

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub name: String,
    /// Whether a file was chosen, or could have been.
    pub is_file: bool,
    pub content: Vec<u8>,
}

/// `None` of what is no form.
pub(super) fn read(content_type: &str, body: &[u8]) -> Option<Fields> {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    match kind.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => Some(urlencoded(body)),
        "multipart/form-data" => multipart(&boundary(parameters)?, body),
        _ => None,
    }
}

fn urlencoded(body: &[u8]) -> Fields {
    let pairs = url::form_urlencoded::parse(body).take(MOST);
    let field = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| Field {
        name: name.into_owned(),
        is_file: false,
        content: value.into_owned().into_bytes(),
    };
    Fields(pairs.map(field).collect())
}

fn boundary(parameters: &str) -> Option<String> {
    let all = parameters.split(';').filter_map(|it| it.split_once('='));
    let mut found = all.filter(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"));
    let boundary = found.next()?.1.trim().trim_matches('"').to_owned();
    (1..=70).contains(&boundary.len()).then_some(boundary)
}

fn multipart(boundary: &str, body: &[u8]) -> Option<Fields> {
    let first = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let start = find(body, first.as_bytes())? + first.len();
    let mut rest = body.get(start..)?;
    let mut fields = Vec::new();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        if fields.len() == MOST {
            return None;
        }
        let end = find(part, between.as_bytes())?;
        fields.push(field(part.get(..end)?)?);
        rest = part.get(end + between.len()..)?;
    }
    rest.starts_with(b"--").then_some(Fields(fields))
}

fn field(part: &[u8]) -> Option<Field> {
    let head_end = find(part, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(part.get(..head_end)?).into_owned();
    let disposition = head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    Some(Field {
        name: quoted(disposition, "name")?,
        is_file: quoted(disposition, "filename").is_some(),
        content: part.get(head_end + 4..)?.to_vec(),
    })
}

/// What stands in quotes after a name; our own names need no escapes.
fn quoted(line: &str, name: &str) -> Option<String> {
    let begin = format!("; {name}=\"");
    let after = line.split_once(&begin)?.1;
    Some(after.split('"').next()?.to_owned())
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.iter().position(|byte| *byte == first)?;
        if text.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, is_file: bool, content: &[u8]) -> Field {
        Field {
            name: name.to_owned(),
            is_file,
            content: content.to_vec(),
        }
    }

    #[test]
    fn both_kinds_of_form_are_read() {
        let read_one = read("application/x-www-form-urlencoded; charset=utf-8", b"a=1&b=%D0%BF+x");
        assert_eq!(
            read_one,
            Some(Fields(vec![
                field("a", false, b"1"),
                field("b", false, "п x".as_bytes())
            ]))
        );
        let body = b"--X\r\nContent-Disposition: form-data; name=\"stars\"\r\n\r\n5\r\n--X\r\n\
            content-disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\nContent-Type: text/html\r\n\r\n\
            \xFF\xD8\r\n--Y\r\n\r\n--X--\r\n";
        let expected = Fields(vec![
            field("stars", false, b"5"),
            field("photo", true, b"\xFF\xD8\r\n--Y\r\n"),
        ]);
        assert_eq!(read("multipart/form-data; boundary=X", body), Some(expected));
    }

    #[test]
    fn what_is_broken_is_no_form() {
        let whole = b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X--";
        assert!(read("multipart/form-data; boundary=\"X\"", whole).is_some());
        for end in 0..whole.len() {
            assert_eq!(read("multipart/form-data; boundary=X", &whole[..end]), None, "{end}");
        }
        for kind in [
            "",
            "text/plain",
            "application/json",
            "multipart/form-data",
            "multipart/form-data; boundary=",
        ] {
            assert_eq!(read(kind, whole), None, "{kind}");
        }
        let many = b"--X"
            .to_vec()
            .into_iter()
            .chain(b"\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X".repeat(MOST + 1));
        let many: Vec<u8> = many.chain(*b"--").collect();
        assert_eq!(read("multipart/form-data; boundary=X", &many), None);
    }
}
