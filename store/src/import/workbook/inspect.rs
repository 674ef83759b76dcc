//! A look through a workbook before it is read: it is an archive of XML, and either can be made to take all memory.

use bellhop_domain::fault::Why;
use std::fs::File;
use std::io::{self, BufReader, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// Parts of an archive; a workbook has some dozens.
const MOST_PARTS: usize = 10_000;
/// What is read as a whole, unpacked: texts, styles, lists of sheets.
const MOST_WHOLE: u64 = 256 << 20;
/// What is read piece by piece, unpacked: a sheet of a million rows.
const MOST_SHEET: u64 = 8 << 30;
/// The longest run of XML without an angle bracket: a cell's text, or a tag.
const MOST_RUN: usize = 4 << 20;

/// The inner error is the reason to refuse it.
pub(super) fn inspect(file: &File) -> io::Result<Result<(), Why>> {
    let mut archive = match ZipArchive::new(BufReader::new(file.try_clone()?)) {
        Ok(archive) => archive,
        Err(ZipError::Io(error)) => return Err(error),
        Err(_) => return Ok(Err(Why::WorkbookUnreadable)),
    };
    if archive.len() > MOST_PARTS {
        return Ok(Err(Why::WorkbookHuge));
    }
    if !archive
        .file_names()
        .any(|name| name.is_ok_and(|name| name.starts_with("xl/")))
    {
        return Ok(Err(Why::FileIsWorkbook));
    }
    for at in 0..archive.len() {
        let Ok(part) = archive.by_index(at) else {
            return Ok(Err(Why::WorkbookUnreadable));
        };
        let Ok(name) = part.name().map(|name| name.to_ascii_lowercase()) else {
            return Ok(Err(Why::WorkbookUnreadable));
        };
        if !(name.ends_with(".xml") || name.ends_with(".rels")) {
            continue;
        }
        let most = match name.starts_with("xl/worksheets/") {
            true => MOST_SHEET,
            false => MOST_WHOLE,
        };
        match within(part, most) {
            Ok(true) => {}
            Ok(false) => return Ok(Err(Why::WorkbookHuge)),
            // Not of the disk: what the archive says of this part is not so.
            Err(_) => return Ok(Err(Why::WorkbookUnreadable)),
        }
    }
    Ok(Ok(()))
}

/// Whether a part has so many bytes at most, and no run that is too long. What it says of its own size is not asked.
fn within(mut part: impl Read, most: u64) -> io::Result<bool> {
    let mut buffer = vec![0; 1 << 16];
    let (mut all, mut run) = (0_u64, 0_usize);
    loop {
        let read = part.read(&mut buffer)?;
        if read == 0 {
            return Ok(true);
        }
        all += read as u64;
        for piece in buffer[..read].split_inclusive(|byte| matches!(byte, b'<' | b'>')) {
            run += piece.len();
            if run > MOST_RUN {
                return Ok(false);
            }
            if matches!(piece.last(), Some(b'<' | b'>')) {
                run = 0;
            }
        }
        if all > most {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_take_all_memory_is_refused() {
        let within = |text: &[u8], most| within(text, most).unwrap();
        assert!(within(b"<a>text</a>", 11));
        assert!(!within(b"<a>text</a>", 10));
        let long = vec![b'x'; MOST_RUN + 1];
        assert!(!within(&long, u64::MAX));
        let mut broken = long;
        broken[1_000] = b'<';
        assert!(within(&broken, u64::MAX));
    }
}
