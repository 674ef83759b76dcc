//! The pages for those who change Bellhop name files and folders: each of them exists.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The pages at the top; those of `docs` come with them.
const AT_THE_TOP: [&str; 2] = ["ARCHITECTURE.md", "README.md"];

/// Decisions describe the house as it was when they were made.
const HISTORY: &str = "docs/decisions";

/// What the pages name in backticks, outside of fenced blocks.
fn named(page: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut named = Vec::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            named.extend(line.split('`').skip(1).step_by(2));
        }
    }
    named
}

/// Whether a name can only be a path of ours: it begins with one of our folders.
fn is_path(name: &str, folders: &BTreeSet<String>) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let first = name.split_once('/').map(|(first, _)| first);
    name.chars().all(plain) && first.is_some_and(|first| folders.contains(first))
}

/// The visible entries of a folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or(".");
        if !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Every file under a folder that has this ending.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) -> Result<()> {
    for path in entries(folder)? {
        if path.is_dir() {
            files(&path, ending, found)?;
        } else if path.extension().is_some_and(|it| it == ending) {
            found.push(path);
        }
    }
    Ok(())
}

#[test]
fn every_path_that_a_page_names_exists() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("tests lies in the workspace")?;
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let folders: BTreeSet<String> = entries(root)?
        .iter()
        .filter(|it| it.is_dir())
        .filter_map(name)
        .collect();
    let (mut sources, mut pages) = (Vec::new(), AT_THE_TOP.map(|page| root.join(page)).to_vec());
    files(root, "rs", &mut sources)?;
    files(&root.join("docs"), "md", &mut pages)?;
    pages.retain(|page| !page.starts_with(root.join(HISTORY)));
    let sources: BTreeSet<String> = sources.iter().filter_map(name).collect();

    let (mut looked_at, mut absent) = (0, Vec::new());
    for page in &pages {
        let text = std::fs::read_to_string(page)?;
        for named in named(&text) {
            let exists = if is_path(named, &folders) {
                root.join(named).exists()
            } else if named.ends_with(".rs") && !named.contains(['/', '<']) {
                sources.contains(named)
            } else {
                continue;
            };
            looked_at += 1;
            if !exists {
                absent.push(format!("{}: {named}", page.display()));
            }
        }
    }
    ensure!(absent.is_empty(), "pages name what is not there: {absent:#?}");
    ensure!(
        looked_at > 100,
        "only {looked_at} paths were found on {} pages",
        pages.len()
    );
    Ok(())
}
