//! A file says the same in whatever encoding, with whatever delimiter, line ends and marks it was written.

use super::super::by_hand::ByHand;
use super::super::next::Next;
use super::super::order_file::SCHEMA;
use super::super::row::Row;
use super::super::source::open;
use encoding_rs::{Encoding, IBM866, KOI8_R, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, X_MAC_CYRILLIC};
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "Анна",
    "Пётр Ильич",
    "Невский",
    "доставлен",
    "ООО \"Ромашка\"",
    "Zoe",
    "д. 5; кв. 7",
    "a,b|c",
    "две\nстроки",
    "дом 1",
    "ПИЦЦА",
    "",
    " ",
    "Щёлково",
    "объезд",
    "1 250,50",
];
const ENCODINGS: &[&Encoding] = &[UTF_8, UTF_16LE, UTF_16BE, WINDOWS_1251, KOI8_R, IBM866, X_MAC_CYRILLIC];

/// How a file is written.
#[derive(Debug, Clone)]
struct Form {
    encoding: &'static Encoding,
    mark: bool,
    delimiter: char,
    told: bool,
    end: &'static str,
    quoted: bool,
    title: bool,
}

fn form() -> impl Strategy<Value = Form> {
    (
        prop::sample::select(ENCODINGS),
        any::<bool>(),
        prop::sample::select(vec![',', ';', '\t', '|']),
        any::<bool>(),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(encoding, mark, delimiter, told, end, quoted, title)| Form {
            encoding,
            mark,
            delimiter,
            told,
            end,
            quoted,
            title,
        })
}

impl Form {
    fn cell(&self, text: &str) -> String {
        if self.quoted || text.contains([self.delimiter, '"', '\n']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    }

    fn bytes(&self, rows: &[Vec<String>]) -> Vec<u8> {
        let mut text = String::new();
        if self.told {
            text += &format!("sep={}{}", self.delimiter, self.end);
        }
        if self.title {
            text += &format!("Отчёт по заказам{0}{0}", self.end);
        }
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| self.cell(cell)).collect();
            text += &cells.join(&self.delimiter.to_string());
            text += self.end;
        }
        let is_unicode = [UTF_8, UTF_16LE, UTF_16BE].contains(&self.encoding);
        if self.mark && is_unicode {
            text.insert(0, '\u{FEFF}');
        }
        let units = text.encode_utf16();
        match self.encoding.name() {
            "UTF-16LE" => units.flat_map(u16::to_le_bytes).collect(),
            "UTF-16BE" => units.flat_map(u16::to_be_bytes).collect(),
            _ => self.encoding.encode(&text).0.into_owned(),
        }
    }
}

/// The rows of a file as they are read, with their lines.
fn read(bytes: &[u8]) -> (Vec<(u64, Vec<String>)>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    std::fs::write(&file, bytes).unwrap();
    let mut source = open(&file, &SCHEMA, "RU", &ByHand::default()).unwrap().source;
    let (mut row, mut rows) = (Row::default(), Vec::new());
    loop {
        match source.next(&mut row, &SCHEMA).unwrap() {
            Next::Row => {
                let cells = (0..5).map(|column| row.get(column).unwrap_or_default().to_owned());
                rows.push((row.line, cells.collect()));
            }
            Next::Bad(error) => panic!("line {}: {error:?}", row.line),
            Next::End => return (rows, source.encoding()),
        }
    }
}

fn words() -> impl Strategy<Value = Vec<Vec<String>>> {
    let word = prop::sample::select(WORDS).prop_map(str::to_owned);
    prop::collection::vec(prop::collection::vec(word, 4), 3..30)
}

proptest! {
    #[test]
    fn a_file_says_the_same_however_it_is_written(form in form(), words in words()) {
        let names = ["order_id", "customer_id", "placed_at", "total", "restaurant"];
        let mut table = vec![names.map(str::to_owned).to_vec()];
        // Enough of a text that its letters can be told.
        let known = ["Иванова Мария", "Санкт-Петербург", "приготовлен", "самовывоз"].map(str::to_owned).to_vec();
        for (n, rest) in std::iter::once(&known).chain(&words).enumerate() {
            let mut row = vec![format!("A-{n}")];
            row.extend(rest.iter().cloned());
            table.push(row);
        }
        let bytes = form.bytes(&table);
        let (rows, encoding) = read(&bytes);
        let cells: Vec<Vec<String>> = rows.iter().map(|(_, cells)| cells.clone()).collect();
        let expected: Vec<Vec<String>> = table[1..]
            .iter()
            .map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect())
            .collect();
        prop_assert_eq!(cells, expected);
        // The letters of Russian are the same in KOI8-U.
        prop_assert_eq!(encoding.replace("KOI8-U", "KOI8-R"), form.encoding.name());
        let mut line = 2 + u64::from(form.told) + 2 * u64::from(form.title);
        for ((read, _), row) in rows.iter().zip(&table[1..]) {
            prop_assert_eq!(*read, line);
            line += 1 + row.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
        }
    }
}
