//! What goes out of the house: parts meet, and what was exported can be imported.

use crate::database::{Database, NOW, on_both_databases};
use bellhop_domain::Timestamp;
use bellhop_domain::segment::Segment;
use bellhop_store::export::{Cell, ExportFile, ExportForm, ExportOf, Exporting, TextForm};
use bellhop_store::promos::{CodeImports, NewPromoList, PromoBook};
use calamine::{Data, Reader as _, Xlsx, open_workbook};
use std::path::PathBuf;

on_both_databases!(
    orders_that_were_exported_come_back_as_they_were,
    orders_of_a_time_are_all_there_once,
    a_text_is_never_a_formula,
    codes_of_a_list_are_told_with_what_became_of_them,
    another_organisations_list_is_not_there,
);

impl Database {
    async fn rows(&self, of: &ExportOf) -> Vec<Vec<String>> {
        let (mut after, mut rows) = (Some((i64::MIN, 0)), Vec::new());
        while let Some(place) = after {
            let part = self.store.export_part(&self.org, of, place).await.unwrap();
            after = part.next;
            rows.extend(part.rows);
        }
        let text = |cell: Cell| match cell {
            Cell::Text(text) | Cell::Number(text) => text,
        };
        rows.into_iter()
            .map(|row| row.into_iter().map(text).collect())
            .collect()
    }

    async fn written(&self, of: &ExportOf, form: ExportForm, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let mut file = ExportFile::begin(&path, form, of.name(), of.headings()).unwrap();
        let mut after = Some((i64::MIN, 0));
        while let Some(place) = after {
            let part = self.store.export_part(&self.org, of, place).await.unwrap();
            after = part.next;
            file.add(part.rows).unwrap();
        }
        assert_eq!(file.finish().unwrap(), path.metadata().unwrap().len());
        path
    }
}

fn all_orders() -> ExportOf {
    ExportOf::Orders {
        from: Timestamp(0),
        until: Timestamp(i64::MAX),
    }
}

async fn orders_that_were_exported_come_back_as_they_were(database: Database) {
    let orders = "order_id,customer_id,placed_at,total,restaurant,status,promo,items\n\
        A-1,c1,2026-03-01 19:30:00,1250.50,Невский,delivered,SPRING,\"[{\"\"dish\"\":\"\"Pizza\"\",\"\"quantity\"\":2,\"\"price\"\":590}]\"\n\
        A-2,c2,2026-03-02T08:15:00Z,480,,cancelled,,\n";
    database
        .import_orders(&database.file("orders.csv", orders))
        .await
        .unwrap();
    let exported = database.rows(&all_orders()).await;
    assert_eq!(exported[0][..4], ["A-1", "c1", "2026-03-01T19:30:00+03:00", "1250.50"]);
    assert_eq!(exported[1][5], "cancelled");
    let again = database.another().await;
    let file = database
        .written(&all_orders(), ExportForm::Text(TextForm::Csv), "out.csv")
        .await;
    let done = again.import_orders(&file).await.unwrap();
    assert_eq!((done.imported, done.errors), (2, 0), "{done:?}");
    assert_eq!(again.rows(&all_orders()).await, exported);
    let file = database
        .written(&all_orders(), ExportForm::Text(TextForm::Ndjson), "out.ndjson")
        .await;
    let done = again.import_orders(&file).await.unwrap();
    assert_eq!((done.unchanged, done.errors), (2, 0), "{done:?}");
}

/// More than a part, many of them at one instant.
async fn orders_of_a_time_are_all_there_once(database: Database) {
    let mut csv = "order_id,customer_id,placed_at,total\n".to_owned();
    for n in 0..4_500 {
        csv += &format!("o{n},c1,2026-03-0{}T10:00:00Z,5\n", 1 + n % 3);
    }
    database.import_orders(&database.file("orders.csv", csv)).await.unwrap();
    let ids = |rows: Vec<Vec<String>>| {
        rows.into_iter()
            .map(|row| row[0].clone())
            .collect::<std::collections::BTreeSet<_>>()
    };
    let rows = database.rows(&all_orders()).await;
    assert_eq!((rows.len(), ids(rows).len()), (4_500, 4_500));
    let at = |text: &str| bellhop_domain::Zone::utc().parse(text).unwrap();
    let second = ExportOf::Orders {
        from: at("2026-03-02T00:00:00Z"),
        until: at("2026-03-03T00:00:00Z"),
    };
    let rows = database.rows(&second).await;
    assert_eq!((rows.len(), ids(rows).len()), (1_500, 1_500));
}

async fn a_text_is_never_a_formula(database: Database) {
    let csv =
        "customer_id,name,phone,comment\n\"=HYPERLINK(\"\"http://x\"\")\",+cmd|' /C calc'!A0,+79990000001,@SUM(A1)\n";
    database
        .import_customers(&database.file("guests.csv", csv))
        .await
        .unwrap();
    let of = ExportOf::Guests {
        segment: Segment::everybody(),
        as_of: NOW,
    };
    let file = database
        .written(&of, ExportForm::Text(TextForm::Csv), "guests-out.csv")
        .await;
    let text = std::fs::read_to_string(file).unwrap();
    let row = text.lines().nth(1).unwrap();
    assert!(row.starts_with("\"'=HYPERLINK("), "{row}");
    assert!(row.contains(",'+cmd|' /C calc'!A0,+79990000001,"), "{row}");
    assert!(row.contains(",'@SUM(A1),"), "{row}");
    let file = database.written(&of, ExportForm::Xlsx, "guests.xlsx").await;
    let mut book: Xlsx<_> = open_workbook(file).unwrap();
    let sheet = book.worksheet_range("guests").unwrap();
    assert_eq!(
        sheet.get_value((1, 1)),
        Some(&Data::String("+cmd|' /C calc'!A0".to_owned()))
    );
    assert!(book.worksheet_formula("guests").unwrap().used_cells().next().is_none());
}

async fn codes_of_a_list_are_told_with_what_became_of_them(database: Database) {
    let list = NewPromoList {
        name: "spring",
        common_code: None,
        ends_at: None,
    };
    database
        .store
        .put_promo_list(database.org.id, list, "tester", NOW)
        .await
        .unwrap();
    let file = database.file("codes.txt", "A1\nA2\n");
    let options = crate::database::quietly(false);
    let done = database
        .store
        .import_code_file(database.org.id, "spring", &file, options)
        .await;
    assert_eq!(done.unwrap().imported, 2);
    let list = "spring".to_owned();
    let rows = database.rows(&ExportOf::PromoCodes { list }).await;
    assert_eq!(rows, [["A1", "free", "", "", ""], ["A2", "free", "", "", ""]]);
}

async fn another_organisations_list_is_not_there(database: Database) {
    let list = NewPromoList {
        name: "spring",
        common_code: None,
        ends_at: None,
    };
    database
        .store
        .put_promo_list(database.org.id, list, "tester", NOW)
        .await
        .unwrap();
    let other = database.another().await;
    let list = "spring".to_owned();
    let of = ExportOf::PromoCodes { list };
    assert!(other.store.export_part(&other.org, &of, (i64::MIN, 0)).await.is_err());
    assert!(
        database
            .store
            .export_part(&database.org, &of, (i64::MIN, 0))
            .await
            .is_ok()
    );
}
