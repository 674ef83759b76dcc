//! Sources as files, and names in them.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// All Rust files below `folder`, by their path in it.
pub fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
            files.extend(rust_files(&path)?.iter().map(|inner| Path::new(name).join(inner)));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(PathBuf::from(name));
        }
    }
    files.sort();
    Ok(files)
}

/// Whether `code` has `name` as a part of a path, or among the names in the braces of an import.
pub fn names_module(code: &str, name: &str) -> bool {
    let in_import = |before: &str| {
        let statement = before.rsplit(';').next().unwrap_or_default().trim_start();
        statement.starts_with("use ") || statement.starts_with("pub use ")
    };
    words(code, name).any(|(before, after)| before.ends_with("::") || after.starts_with("::") || in_import(before))
}

/// What stands before and after each occurrence of `word` as a whole identifier.
pub fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let part_of_a_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).filter_map(move |(start, _)| {
        let (before, after) = (&code[..start], &code[start + word.len()..]);
        let whole = !before.ends_with(part_of_a_word) && !after.starts_with(part_of_a_word);
        whole.then_some((before, after))
    })
}
