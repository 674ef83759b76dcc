//! Puts the built console into the program, if it was built: `make console` writes console/dist/site.
//!
//! The Rust build needs no Node: without the folder the list is empty, and the page says how to build the console.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../console/dist");
    // The folder itself is in the repository, so that it can be watched before there is anything in it.
    println!("cargo::rerun-if-changed={}", dist.display());
    let site = dist.join("site");
    let mut paths = Vec::new();
    if site.is_dir() {
        collect(&site, &mut paths)?;
    }
    paths.sort();
    let mut list = "&[\n".to_owned();
    for path in paths.iter().filter(|path| !is_packed(path)) {
        let name = path.strip_prefix(&site)?.to_string_lossy().replace('\\', "/");
        let (gzip, brotli) = (included(&packed(path, "gz")), included(&packed(path, "br")));
        let plain = path.canonicalize()?;
        writeln!(
            list,
            "File {{ name: {name:?}, plain: include_bytes!({plain:?}), gzip: {gzip}, brotli: {brotli} }},"
        )?;
    }
    list.push(']');
    fs::write(Path::new(&std::env::var("OUT_DIR")?).join("console.rs"), list)?;
    Ok(())
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => collect(&path, into)?,
            false => into.push(path),
        }
    }
    Ok(())
}

fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "gz" || it == "br")
}

/// The file beside this one that holds it compressed.
fn packed(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn included(path: &Path) -> String {
    path.canonicalize()
        .map_or_else(|_| "None".to_owned(), |path| format!("Some(include_bytes!({path:?}))"))
}
