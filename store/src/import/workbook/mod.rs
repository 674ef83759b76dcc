//! A workbook of Excel (`.xlsx`), read as the table of text that the rest of the import reads.
//!
//! A thread of its own reads the sheet cell by cell and writes it as CSV, a row a line, so that a line's number is that of the
//! row in the sheet, and titles, totals and repeated headings are handled as in any file. Memory is bounded: a workbook is
//! looked through before it is read ([`inspect`]).

mod cell;
mod inspect;
mod sheets;

use super::by_hand::ByHand;
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

/// The names of all sheets, and one of them with its text.
type Looked = (Vec<String>, Option<(String, SheetText)>);

/// Opens a workbook at its only sheet that names the columns, or at the sheet of this name.
///
/// The inner error is the reason to refuse it.
pub(super) fn open(file: File, schema: &Schema, by_hand: &ByHand) -> io::Result<Result<SheetText, Why>> {
    let mut book = match opened(file)? {
        Ok(book) => book,
        Err(why) => return Ok(Err(why)),
    };
    let sheet = match sheets::choose(&mut book, schema, by_hand) {
        Ok(sheet) => sheet,
        Err(why) => return Ok(Err(why)),
    };
    Ok(Ok(text_of(book, sheet)?))
}

/// A workbook that has been looked through.
fn opened(file: File) -> io::Result<Result<Book, Why>> {
    if let Err(why) = inspect::inspect(&file)? {
        return Ok(Err(why));
    }
    Ok(Xlsx::new(BufReader::new(file)).map_err(|_| Why::WorkbookUnreadable))
}

/// The names of all sheets, and the text of one: the named one, the only one, or the only one whose beginning is such.
pub(super) fn look(
    file: File,
    named: Option<&str>,
    is_such: impl Fn(&[u8]) -> bool,
) -> io::Result<Result<Looked, Why>> {
    let mut book = match opened(file)? {
        Ok(book) => book,
        Err(why) => return Ok(Err(why)),
    };
    let sheets = book.sheet_names();
    let chosen = match sheets::shown(&mut book, named, is_such) {
        Ok(chosen) => chosen,
        Err(why) => return Ok(Err(why)),
    };
    let chosen = match chosen {
        Some(sheet) => Some((sheet.clone(), text_of(book, sheet)?)),
        None => None,
    };
    Ok(Ok((sheets, chosen)))
}

fn text_of(mut book: Book, sheet: String) -> io::Result<SheetText> {
    let (pieces, received) = sync_channel(PIECES);
    std::thread::Builder::new()
        .name("workbook".to_owned())
        .spawn(move || write(&mut book, &sheet, &pieces))?;
    Ok(SheetText {
        pieces: received,
        piece: io::Cursor::default(),
    })
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
