//! A workbook of Excel (`.xlsx`), read as the table of text that the rest of the import reads.
//!
//! A thread of its own reads the sheet cell by cell and writes it as CSV, a row a line, so that a line's number is that of the
//! row in the sheet, and titles, totals and repeated headings are handled as in any file. Memory is bounded: a workbook is
//! looked through before it is read ([`inspect`]).

mod cell;
mod inspect;
mod sheets;

use super::schema::Schema;
use bellhop_domain::fault::Why;
use calamine::{Reader as _, Xlsx};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

type Book = Xlsx<BufReader<File>>;

/// Pieces of text on their way from the thread.
const PIECES: usize = 4;
/// About so long is a piece.
const PIECE_BYTES: usize = 1 << 16;

/// The text of a sheet.
pub(crate) struct SheetText {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: io::Cursor<Vec<u8>>,
}

/// Opens a workbook at its only sheet that names the columns, or at the sheet of this name.
///
/// The inner error is the reason to refuse it.
pub(super) fn open(file: File, schema: &Schema, named: Option<&str>) -> io::Result<Result<SheetText, Why>> {
    if let Err(why) = inspect::inspect(&file)? {
        return Ok(Err(why));
    }
    let Ok(mut book) = Xlsx::new(BufReader::new(file)) else {
        return Ok(Err(Why::WorkbookUnreadable));
    };
    let sheet = match sheets::choose(&mut book, schema, named) {
        Ok(sheet) => sheet,
        Err(why) => return Ok(Err(why)),
    };
    let (pieces, received) = sync_channel(PIECES);
    std::thread::Builder::new()
        .name("workbook".to_owned())
        .spawn(move || write(&mut book, &sheet, &pieces))?;
    Ok(Ok(SheetText {
        pieces: received,
        piece: io::Cursor::default(),
    }))
}

impl Read for SheetText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.piece.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            match self.pieces.recv() {
                Ok(piece) => self.piece = io::Cursor::new(piece?),
                // The thread has written everything.
                Err(_) => return Ok(0),
            }
        }
    }
}

/// Writes a sheet into the channel. Whoever does not listen any more has what they wanted.
fn write(book: &mut Book, sheet: &str, pieces: &SyncSender<io::Result<Vec<u8>>>) {
    let mut text = Vec::with_capacity(2 * PIECE_BYTES);
    let mut rows = match sheets::Rows::of(book, sheet) {
        Ok(rows) => rows,
        Err(error) => {
            let _ = pieces.send(Err(io::Error::other(error.to_string())));
            return;
        }
    };
    loop {
        match rows.next(&mut text) {
            Ok(false) => break,
            Ok(true) if text.len() < PIECE_BYTES => {}
            Ok(true) => {
                if pieces.send(Ok(std::mem::take(&mut text))).is_err() {
                    return;
                }
            }
            Err(error) => {
                let _ = pieces.send(Err(error));
                return;
            }
        }
    }
    let _ = pieces.send(Ok(text));
}
