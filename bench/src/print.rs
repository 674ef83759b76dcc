//! Figures on standard output.

use anyhow::Result;
use serde::Serialize;

/// Prints one JSON object on one line.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}

/// A header and rows, in columns separated by two spaces: names aligned to the left, figures to the right.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let header = header.iter().map(|name| (*name).to_owned()).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&header).chain(rows).collect();
    let columns = lines.iter().map(|line| line.len()).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let told = lines.iter().map(|line| {
        let cells = line.iter().zip(&widths).enumerate();
        let padded = cells.map(|(column, (cell, &width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        format!("  {}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_right_of_what_they_are_of() {
        let rows = [
            vec!["COPY, before".to_owned(), "51125".to_owned()],
            vec!["import".to_owned(), "900".to_owned()],
        ];
        assert_eq!(
            table(&["", "rows /s"], &rows),
            "                rows /s\n  COPY, before    51125\n  import            900\n"
        );
    }
}
