//! Every example of docs/templates.md, run.

use crate::guest::anna;

#[test]
fn the_page_says_what_happens() {
    let page = include_str!("../../../docs/templates.md");
    let mut run = 0;
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let row = row.replace("\\|", "\u{1}");
        let cells: Vec<String> = row.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect();
        let template = cells[1].trim_matches('`');
        assert_eq!(anna().reads(template).as_deref(), Ok(cells[2].as_str()), "{template}");
        run += 1;
    }
    assert!(run >= 15, "only {run} examples were found");
}
