//! Workbooks of Excel and JSON arrays: all rows in, or refused with the reason.

use crate::database::{Database, NOW, on_both_databases, quietly};
use bellhop_store::import::{ByHand, Format, ImportError, ImportOptions, ImportSummary};
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

on_both_databases!(
    dates_and_numbers_of_a_sheet_are_what_they_are,
    the_sheet_that_names_the_columns_is_read,
    what_a_spreadsheet_has_rounded_is_refused_with_what_to_do,
    a_row_is_told_by_its_number_in_the_sheet,
    what_is_no_workbook_is_refused,
    what_would_take_all_memory_is_refused,
    a_json_array_is_read_element_by_element,
);

/// A cell of a sheet.
enum Cell {
    Text(&'static str),
    Number(&'static str),
    /// A number that is shown as a date and time.
    Date(&'static str),
    Nothing,
}

use Cell::{Date, Nothing, Number, Text};

fn sheet(rows: &[Vec<Cell>]) -> String {
    let mut xml =
        String::from("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>");
    for (r, row) in rows.iter().enumerate() {
        xml += &format!("<row r=\"{}\">", r + 1);
        for (c, cell) in row.iter().enumerate() {
            let at = format!("{}{}", char::from(b'A' + c as u8), r + 1);
            xml += &match cell {
                Text(text) => format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
                Number(number) => format!("<c r=\"{at}\"><v>{number}</v></c>"),
                Date(number) => format!("<c r=\"{at}\" s=\"1\"><v>{number}</v></c>"),
                Nothing => String::new(),
            };
        }
        xml += "</row>";
    }
    xml + "</sheetData></worksheet>"
}

fn archive(parts: &[(&str, String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const SPREADSHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook of these sheets, by name.
fn workbook(sheets: &[(&str, String)]) -> Vec<u8> {
    let list = sheets.iter().enumerate();
    let named: String = (list.clone())
        .map(|(i, (name, _))| format!("<sheet name=\"{name}\" sheetId=\"{0}\" r:id=\"r{0}\"/>", i + 1))
        .collect();
    let related: String = (list.clone())
        .map(|(i, _)| {
            format!(
                "<Relationship Id=\"r{0}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{0}.xml\"/>",
                i + 1
            )
        })
        .collect();
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut parts = vec![
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}\"><Relationship Id=\"w\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!("<workbook xmlns=\"{SPREADSHEET}\" xmlns:r=\"{RELATIONS}\"><sheets>{named}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}\">{related}<Relationship Id=\"s\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{SPREADSHEET}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
            ),
        ),
    ];
    let names: Vec<String> = list.map(|(i, _)| format!("xl/worksheets/sheet{}.xml", i + 1)).collect();
    for (name, (_, sheet)) in names.iter().zip(sheets) {
        parts.push((name, sheet.clone()));
    }
    archive(&parts)
}

fn header() -> Vec<Cell> {
    ["Номер заказа", "Код клиента", "Дата", "Сумма, руб.", "Телефон"]
        .into_iter()
        .map(Text)
        .collect()
}

async fn orders(database: &Database, file: &[u8], sheet: Option<&str>) -> Result<ImportSummary, ImportError> {
    let path = database.file("orders.xlsx", file);
    let options = ImportOptions {
        by_hand: ByHand {
            sheet: sheet.map(str::to_owned),
            ..ByHand::default()
        },
        ..quietly(false)
    };
    database.store.import_orders(&database.org, &path, options, NOW).await
}

fn why(refused: Result<ImportSummary, ImportError>) -> String {
    match refused.unwrap_err() {
        ImportError::Refused { why, .. } => why.code(),
        other => panic!("{other}"),
    }
}

/// `line column code` of each error.
fn errors(summary: &ImportSummary) -> Vec<String> {
    summary
        .first_errors
        .iter()
        .map(|e| format!("{} {} {}", e.line, e.column, e.why.code()))
        .collect()
}

async fn dates_and_numbers_of_a_sheet_are_what_they_are(database: Database) {
    let rows = [
        vec![Text("Отчёт за март")],
        vec![],
        header(),
        vec![
            Number("1001"),
            Number("17"),
            Date("46082.8125"),
            Number("1250.5"),
            Number("79161234567"),
        ],
        vec![Text("1002"), Text("17"), Date("46083"), Number("99.1"), Nothing],
        vec![Text("Итого"), Nothing, Nothing, Number("1349.6")],
    ];
    let summary = orders(&database, &workbook(&[("Заказы", sheet(&rows))]), None)
        .await
        .unwrap();
    assert_eq!(
        (summary.format, summary.imported, summary.errors),
        (Format::Workbook, 2, 0),
        "{summary:?}"
    );
    assert_eq!(
        (summary.total_rows, summary.above_header.as_slice()),
        (1, &["Отчёт за март".to_owned()][..])
    );
    let facts = database.facts("17").await;
    assert_eq!((facts.orders, facts.revenue.to_string().as_str()), (2, "1349.60"));
    // 46082.8125 is half past seven in the evening of 1 March, by the organisation's clock.
    let first = database.org.timezone.parse("2026-03-01T19:30:00").unwrap();
    assert_eq!(facts.first_at, Some(first));
}

async fn the_sheet_that_names_the_columns_is_read(database: Database) {
    let one = |id| {
        sheet(&[
            header(),
            vec![Text(id), Text("c1"), Date("46082"), Number("5"), Nothing],
        ])
    };
    let notes = || sheet(&[vec![Text("Заметки")]]);
    let book = workbook(&[("Заметки", notes()), ("Март", one("1"))]);
    assert_eq!(orders(&database, &book, None).await.unwrap().imported, 1);
    let two = workbook(&[("Март", one("1")), ("Апрель", one("2")), ("Заметки", notes())]);
    let refused = orders(&database, &two, None).await;
    assert!(
        refused.as_ref().unwrap_err().to_string().contains("Март, Апрель"),
        "{refused:?}"
    );
    assert_eq!(why(refused), "sheets_several");
    assert_eq!(orders(&database, &two, Some("Апрель")).await.unwrap().created, 1);
    assert_eq!(why(orders(&database, &two, Some("Май")).await), "sheet_unknown");
    assert_eq!(why(orders(&database, &two, Some("Заметки")).await), "header_lacks");
    let neither = workbook(&[("А", notes()), ("Б", notes())]);
    assert_eq!(why(orders(&database, &neither, None).await), "sheets_without_columns");
    let csv = database.file("orders.csv", "order_id,customer_id,placed_at,total\n");
    let options = ImportOptions {
        by_hand: ByHand {
            sheet: Some("Март".to_owned()),
            ..ByHand::default()
        },
        ..quietly(false)
    };
    assert_eq!(
        why(database.store.import_orders(&database.org, &csv, options, NOW).await),
        "sheet_of_no_workbook"
    );
}

async fn what_a_spreadsheet_has_rounded_is_refused_with_what_to_do(database: Database) {
    let rows = [
        header(),
        vec![Number("1.2345678901234567E+18"), Text("c1"), Date("46082"), Number("5")],
        vec![Text("2"), Number("9876543210987654321"), Date("46082"), Number("5")],
        vec![Text("3"), Nothing, Date("46082"), Number("5"), Text("7,91612E+10")],
        vec![Text("4"), Text("c1"), Number("46082.8125"), Number("5")],
        vec![Text("2E10"), Text("c1"), Date("46082"), Number("5")],
    ];
    let summary = orders(&database, &workbook(&[("1", sheet(&rows))]), None)
        .await
        .unwrap();
    let expected = [
        "2 Номер заказа (order_id) id_rounded",
        "3 Код клиента (customer_id) id_rounded",
        "4 Телефон (phone) phone_spreadsheet",
        "5 Дата (placed_at) day_is_number",
    ];
    assert_eq!(errors(&summary), expected);
    assert_eq!(summary.imported, 1, "an id may look a little like a power of ten");
}

async fn a_row_is_told_by_its_number_in_the_sheet(database: Database) {
    let rows = [
        header(),
        vec![],
        vec![Text("1&#10;a"), Text("c1"), Date("46082"), Number("5")],
        vec![],
        vec![Text("2"), Text("c1"), Date("46082"), Text("five")],
    ];
    let summary = orders(&database, &workbook(&[("1", sheet(&rows))]), None)
        .await
        .unwrap();
    assert_eq!((summary.imported, summary.first_errors[0].line), (1, 5), "{summary:?}");
}

async fn what_is_no_workbook_is_refused(database: Database) {
    let whole = workbook(&[("1", sheet(&[header()]))]);
    assert_eq!(
        why(orders(&database, &whole[..whole.len() / 2], None).await),
        "workbook_unreadable"
    );
    let other = archive(&[("word/document.xml", "<document/>".to_owned())]);
    assert_eq!(why(orders(&database, &other, None).await), "file_is_workbook");
    assert_eq!(
        why(orders(&database, b"\xD0\xCF\x11\xE0old", None).await),
        "file_is_workbook"
    );
}

async fn what_would_take_all_memory_is_refused(database: Database) {
    // 8 MiB of one cell are some kilobytes of an archive.
    let long = "x".repeat(8 << 20);
    let cell = format!(
        "<worksheet xmlns=\"{SPREADSHEET}\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>{long}</t></is></c></row></sheetData></worksheet>"
    );
    let bomb = workbook(&[("1", cell)]);
    assert!(bomb.len() < 1 << 16, "{}", bomb.len());
    assert_eq!(why(orders(&database, &bomb, None).await), "workbook_huge");
    // Entities that name each other are not followed: XML bombs are no text.
    let entities = format!(
        "<!DOCTYPE a [<!ENTITY b \"{}\"><!ENTITY c \"&b;&b;&b;&b;\">]>{}",
        "x".repeat(1_000),
        sheet(&[header(), vec![Text("&c;"), Text("c1"), Date("46082"), Number("5")]])
    );
    let summary = orders(&database, &workbook(&[("1", entities)]), None).await;
    assert!(summary.as_ref().map_or(true, |it| it.imported == 0), "{summary:?}");
}

async fn a_json_array_is_read_element_by_element(database: Database) {
    let array = r#"[
        {"order_id": 1, "customer_id": "c1", "placed_at": "2026-03-01T09:00:00Z", "total": 100.125,
         "items": [{"dish": "soup, hot", "quantity": 1, "price": 5}]},
        {"order_id": 2, "customer_id": "c1", "placed_at": "yesterday", "total": 5},
        {"order_id": 3, "customer_id": "c1", "placed_at": "2026-03-02T09:00:00Z", "total": "50"}
    ]"#;
    let summary = database
        .import_orders(&database.file("orders.json", array))
        .await
        .unwrap();
    assert_eq!(
        (summary.format, summary.imported),
        (Format::JsonArray, 2),
        "{summary:?}"
    );
    assert_eq!(errors(&summary), ["2 placed_at time_unreadable"]);
    let broken = &array[..array.len() - 30];
    let summary = database
        .import_orders(&database.file("broken.json", broken))
        .await
        .unwrap();
    assert_eq!(
        errors(&summary).last().map(String::as_str),
        Some("3  line_not_json"),
        "{summary:?}"
    );
}
