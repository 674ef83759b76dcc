//! Plain tables for a terminal.

/// Columns separated by two spaces, with numbers aligned to the right and everything else to the left. Without a
/// header only rows.
pub fn render(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count());
        cells
            .chain(header.get(column).map(|h| h.chars().count()))
            .max()
            .unwrap_or(0)
    };
    let columns = rows.iter().map(Vec::len).chain([header.len()]).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let numeric: Vec<bool> = (0..columns)
        .map(|c| !rows.is_empty() && rows.iter().filter_map(|r| r.get(c)).all(|t| is_number(t)))
        .collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().enumerate().map(|(c, text)| {
            let space = " ".repeat(widths[c].saturating_sub(text.chars().count()));
            if numeric[c] {
                format!("{space}{text}")
            } else {
                format!("{text}{space}")
            }
        });
        format!("  {}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    let mut out = String::new();
    if !header.is_empty() {
        let names: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
        out.push_str(&line(&names));
        out.push_str(&line(&widths.iter().map(|w| "─".repeat(*w)).collect::<Vec<_>>()));
    }
    rows.iter().for_each(|row| out.push_str(&line(row)));
    out
}

fn is_number(text: &str) -> bool {
    let figures = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '.' | ',' | '%' | '-' | '–' | '×');
    text == "–" || (!text.is_empty() && text.chars().all(figures))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_words_left() {
        let rows = vec![
            vec!["push".to_owned(), "1200".to_owned()],
            vec!["sms".to_owned(), "7".to_owned()],
        ];
        assert_eq!(
            render(&["channel", "sent"], &rows),
            "  channel  sent\n  ───────  ────\n  push     1200\n  sms         7\n"
        );
    }
}
