//! A restaurant's real-looking files, over HTTP: all rows in, or refused with the reason.

use crate::files::Files;
use crate::world::World;
use bellhop_store::GuestBase;
use encoding_rs::WINDOWS_1251;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Orders as a manager keeps them: dates and sums are numbers of the spreadsheet, with a title above and a total below; and
/// another sheet that is none of it.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("dd.mm.yyyy hh:mm");
    let sheet = book.add_worksheet().set_name("Заказы").unwrap();
    sheet.write(0, 0, "Отчёт по заказам").unwrap();
    for (column, name) in (0..).zip(["Номер заказа", "Телефон", "Дата", "Сумма, руб.", "Статус", "Ресторан"])
    {
        sheet.write(2, column, name).unwrap();
    }
    for row in 0..3u32 {
        let at = ExcelDateTime::from_ymd(2026, 2, 27 + row as u8 % 2)
            .unwrap()
            .and_hms(19, 30, 0)
            .unwrap();
        sheet.write(3 + row, 0, format!("X-{row}")).unwrap();
        // A number of eleven digits, as the spreadsheet made it.
        sheet.write(3 + row, 1, 79_990_000_010.0 + f64::from(row)).unwrap();
        sheet.write_datetime_with_format(3 + row, 2, &at, &date).unwrap();
        sheet.write(3 + row, 3, 1_250.5).unwrap();
        sheet.write(3 + row, 4, "Доставлен").unwrap();
        sheet.write(3 + row, 5, "Невский").unwrap();
    }
    // A phone that the spreadsheet has rounded.
    sheet.write(6, 0, "X-bad").unwrap();
    sheet.write(6, 1, 7.999_000_001e15).unwrap();
    sheet.write(6, 2, "28.02.2026 20:00").unwrap();
    sheet.write(6, 3, 5).unwrap();
    sheet.write(7, 0, "Итого").unwrap();
    sheet.write(7, 3, 3_756.5).unwrap();
    book.add_worksheet()
        .set_name("Заметки")
        .unwrap()
        .write(0, 0, "x")
        .unwrap();
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn a_workbook_with_dates_as_numbers() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    let upload = files.upload("Отчёт (2).xlsx", &workbook()).await;
    let (status, sheet) = files.read(&format!("/v1/uploads/{upload}/sheet")).await;
    assert_eq!(
        (status, &sheet["format"], &sheet["sheet"]),
        (200, &json!("workbook"), &json!("Заказы")),
        "{sheet}"
    );
    assert_eq!((&sheet["holds"], &sheet["header_line"]), (&json!("orders"), &json!(3)));
    assert_eq!(sheet["rows"][0][2], "2026-02-27 19:30:00");
    let import = files.import(&json!({ "upload": upload, "holds": "orders" })).await;
    assert_eq!(
        (&import["state"], &import["rows"]),
        (&json!("done"), &json!(4)),
        "{import}"
    );
    assert_eq!((&import["accepted"], &import["refused"]), (&json!(3), &json!(1)));
    assert_eq!(import["summary"]["total_rows"], 1);
    assert_eq!(
        import["summary"]["first_errors"],
        Value::Null,
        "what stands in cells is guests'"
    );
    let refused = files.text(&format!("/v1/imports/{}/refused", import["id"])).await;
    let lines: Vec<_> = refused.lines().collect();
    assert_eq!(lines.len(), 2, "{refused}");
    assert!(lines[1].starts_with("7,Телефон (phone),"), "{refused}");
    let (_, text) = files.export(&json!({ "what": "orders", "form": "csv" })).await;
    assert!(
        text.contains("X-0,") && text.contains(",2026-02-27T19:30:00+03:00,1250.50,Невский,delivered,"),
        "{text}"
    );
}

#[tokio::test]
async fn a_csv_of_windows_with_semicolons_and_decimal_commas() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    let csv = "Номер заказа;Код клиента;Дата;Сумма;Статус\r\n\
               1;k1;01.02.2026 12:30;1 250,50;Выполнен\r\n\
               2;k2;02.02.2026 12:30;480,00;Отменён\r\n\
               3;k3;02.30.2026;=1+1;Выполнен\r\n";
    let upload = files.upload("orders.csv", &WINDOWS_1251.encode(csv).0).await;
    let (_, sheet) = files.read(&format!("/v1/uploads/{upload}/sheet")).await;
    assert_eq!(
        (&sheet["encoding"], &sheet["delimiter"]),
        (&json!("windows-1251"), &json!(";")),
        "{sheet}"
    );
    assert_eq!(sheet["rows"][0][4], "Выполнен");
    // What is recognised can be said otherwise: then nothing of it is a heading that is known.
    let (status, sheet) = files
        .read(&format!("/v1/uploads/{upload}/sheet?holds=orders&encoding=ibm866"))
        .await;
    assert_eq!((status, &sheet["encoding"]), (200, &json!("IBM866")), "{sheet}");
    assert_ne!(sheet["missing"], json!([]));
    let body = json!({ "upload": upload, "holds": "orders" });
    let (status, import) = {
        let request = world
            .post("/v1/imports")
            .bearer_auth(&files.key)
            .header("accept-language", "ru");
        crate::world::answer(request.json(&body)).await
    };
    assert_eq!(status, 201, "{import}");
    let import = files.ended(&format!("/v1/imports/{}", import["id"])).await;
    assert_eq!(
        (&import["accepted"], &import["refused"]),
        (&json!(2), &json!(1)),
        "{import}"
    );
    assert_eq!(
        (&import["bytes"], &import["of_bytes"]),
        (&import["of_bytes"], &json!(WINDOWS_1251.encode(csv).0.len()))
    );
    let refused = files.text(&format!("/v1/imports/{}/refused", import["id"])).await;
    assert!(refused.contains("4,Дата (placed_at),02.30.2026,"), "{refused}");
    // In the language of whoever asked, and no cell that a spreadsheet would compute.
    assert!(
        refused.contains(",'=1+1,amount_") && refused.contains("дня"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_crms_array_by_its_own_keys_and_a_mapping_that_is_remembered() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    let array = json!([
        { "clientId": "j1", "fullName": "Анна", "mobile": "8 (999) 000-00-21", "bday": "1990-02-28", "labels": ["vip", "old"] },
        { "clientId": "j2", "fullName": "Boris", "mobile": "12", "bday": null },
        { "fullName": "Nobody" },
    ]);
    let upload = files.upload("crm.json", array.to_string().as_bytes()).await;
    let (_, sheet) = files.read(&format!("/v1/uploads/{upload}/sheet?holds=guests")).await;
    assert_eq!(
        (&sheet["format"], &sheet["missing"]),
        (&json!("json_array"), &json!(["customer_id"])),
        "{sheet}"
    );
    // Without a mapping each row lacks its id; with one, all are in or refused with the reason.
    let columns = json!({ "customer_id": "clientId", "name": "fullName", "phone": "mobile", "birthday": "bday", "tags": "labels" });
    let mapping = json!({ "holds": "guests", "columns": columns });
    assert_eq!(files.put("/v1/import-mappings/our%20CRM", &mapping).await.0, 200);
    let (_, sheet) = files
        .read(&format!("/v1/uploads/{upload}/sheet?mapping=our%20CRM"))
        .await;
    assert_eq!(
        (&sheet["missing"], &sheet["holds"]),
        (&json!([]), &json!("guests")),
        "{sheet}"
    );
    let dry = json!({ "upload": upload, "holds": "guests", "mapping": "our CRM", "dry_run": true });
    let import = files.import(&dry).await;
    assert_eq!(
        (&import["accepted"], &import["summary"]["created"]),
        (&json!(1), &json!(0)),
        "{import}"
    );
    assert!(
        world.store.customer_id(world.org, "j1").await.unwrap().is_none(),
        "nothing is written"
    );
    let import = files
        .import(&json!({ "upload": upload, "holds": "guests", "mapping": "our CRM" }))
        .await;
    assert_eq!(
        (&import["rows"], &import["accepted"], &import["refused"]),
        (&json!(3), &json!(1), &json!(2))
    );
    let id = world.store.customer_id(world.org, "j1").await.unwrap().unwrap();
    assert_eq!(
        world.store.guest(world.org, id).await.unwrap().name.as_deref(),
        Some("Анна")
    );
    let refused = files.text(&format!("/v1/imports/{}/refused", import["id"])).await;
    assert!(
        refused.contains("2,phone,12,") && refused.contains("3,customer_id,,cell_empty,"),
        "{refused}"
    );
    // A mapping for guests is none for orders.
    let (status, told) = files
        .post(
            "/v1/imports",
            &json!({ "upload": upload, "holds": "orders", "mapping": "our CRM" }),
        )
        .await;
    assert_eq!(
        (status, &told["errors"][0]["code"]),
        (422, &json!("mapping_of_other")),
        "{told}"
    );
}

#[tokio::test]
async fn what_is_ambiguous_is_asked() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    let mut book = Workbook::new();
    for name in ["Март", "Апрель"] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        sheet.write(0, 0, "customer_id").unwrap();
        sheet.write(0, 1, "name").unwrap();
        sheet.write(1, 0, format!("of {name}")).unwrap();
    }
    let upload = files.upload("guests.xlsx", &book.save_to_buffer().unwrap()).await;
    let (_, sheet) = files.read(&format!("/v1/uploads/{upload}/sheet")).await;
    assert_eq!(
        (&sheet["sheets"], &sheet["sheet"]),
        (&json!(["Март", "Апрель"]), &Value::Null),
        "{sheet}"
    );
    let (status, told) = files
        .post("/v1/imports", &json!({ "upload": upload, "holds": "guests" }))
        .await;
    assert_eq!((status, &told["code"]), (422, &json!("sheets_several")), "{told}");
    assert_eq!(told["params"]["sheets"], "Март, Апрель");
    let import = files
        .import(&json!({ "upload": upload, "holds": "guests", "sheet": "Апрель" }))
        .await;
    assert_eq!(import["accepted"], 1, "{import}");
    assert!(world.store.customer_id(world.org, "of Апрель").await.unwrap().is_some());
    assert!(world.store.customer_id(world.org, "of Март").await.unwrap().is_none());
    // Columns that are missing are named, with those that are there.
    let upload = files.upload("unknown.csv", b"code;who\n1;Anna\n").await;
    let (status, told) = files
        .post("/v1/imports", &json!({ "upload": upload, "holds": "guests" }))
        .await;
    assert_eq!(
        (status, &told["code"], &told["params"]["missing"]),
        (422, &json!("header_lacks"), &json!("customer_id"))
    );
    let columns = json!({ "customer_id": "code", "wages": "who" });
    let (status, told) = files
        .post(
            "/v1/imports",
            &json!({ "upload": upload, "holds": "guests", "columns": columns }),
        )
        .await;
    assert_eq!(
        (status, &told["errors"][0]["code"]),
        (422, &json!("mapping_column_unknown")),
        "{told}"
    );
    let (status, told) = files
        .post("/v1/imports", &json!({ "upload": upload, "holds": "meals" }))
        .await;
    assert_eq!((status, &told["errors"][0]["place"]), (422, &json!("holds")), "{told}");
}

#[tokio::test]
async fn codes_go_into_a_list_that_is_there() {
    use bellhop_store::promos::{NewPromoList, PromoBook};
    let world = World::new().await;
    let files = Files::of(&world).await;
    let upload = files.upload("codes.txt", b"A1\nA2\nA1\n").await;
    let without = files
        .post("/v1/imports", &json!({ "upload": upload, "holds": "promo_codes" }))
        .await;
    assert_eq!(
        (without.0, &without.1["errors"][0]["code"]),
        (422, &json!("promo_import_lacks_list"))
    );
    let body = json!({ "upload": upload, "holds": "promo_codes", "list": "spring" });
    assert_eq!(files.post("/v1/imports", &body).await.0, 404);
    let list = NewPromoList {
        name: "spring",
        common_code: None,
        ends_at: None,
    };
    world
        .store
        .put_promo_list(world.org, list, "tester", crate::world::NOW)
        .await
        .unwrap();
    let import = files.import(&body).await;
    assert_eq!(
        (&import["accepted"], &import["refused"]),
        (&json!(2), &json!(1)),
        "{import}"
    );
    let (_, text) = files
        .export(&json!({ "what": "promo_codes", "form": "ndjson", "list": "spring" }))
        .await;
    assert_eq!(text.lines().count(), 2, "{text}");
}

/// A part that unpacks to a thousand times its length, of nothing.
fn bomb() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"<workbook/>").unwrap();
    zip.start_file("xl/sharedStrings.xml", SimpleFileOptions::default())
        .unwrap();
    let piece = vec![b' '; 1 << 20];
    for _ in 0..8 {
        zip.write_all(&piece).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn a_bomb_is_refused_and_so_is_a_workbook_that_is_none() {
    let world = World::new().await;
    let files = Files::of(&world).await;
    let bomb = bomb();
    assert!(bomb.len() < 1 << 20, "it is small on its way");
    let upload = files.upload("bomb.xlsx", &bomb).await;
    for (status, told) in [
        files.read(&format!("/v1/uploads/{upload}/sheet")).await,
        files
            .post("/v1/imports", &json!({ "upload": upload, "holds": "guests" }))
            .await,
    ] {
        assert_eq!((status, &told["code"]), (422, &json!("workbook_huge")), "{told}");
    }
    let upload = files.upload("half.xlsx", &workbook()[..4_000]).await;
    let (status, told) = files.read(&format!("/v1/uploads/{upload}/sheet")).await;
    assert_eq!((status, &told["code"]), (422, &json!("workbook_unreadable")), "{told}");
    // Entities that grow: the reader knows none of them.
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><workbook>&b;</workbook>")
        .unwrap();
    let upload = files.upload("entities.xlsx", &zip.finish().unwrap().into_inner()).await;
    assert_eq!(files.read(&format!("/v1/uploads/{upload}/sheet")).await.0, 422);
}

#[tokio::test]
async fn an_import_that_was_left_is_begun_again_and_codes_are_not() {
    use bellhop_domain::Timestamp;
    use bellhop_store::FilesBook;
    use bellhop_store::files::{JobKind, NewJob};
    let world = World::new().await;
    let files = Files::of(&world).await;
    let upload = files.upload("guests.csv", b"customer_id,name\nl1,Anna\n").await;
    // A process took them and died: what it left is as it was when its lease ended.
    let left = async |holds: &str, place: &str| {
        let about = json!({ "file": "guests.csv", "holds": holds, "dry_run": false }).to_string();
        let asked = json!({ "upload": upload, "holds": holds, "columns": {}, "dry_run": false, "language": "en",
                            "list": "spring", "sheet": null, "encoding": null, "delimiter": null });
        let job = NewJob {
            kind: JobKind::Import,
            about: &about,
            asked: &asked.to_string(),
            place: &place.repeat(64),
            most: 20,
        };
        let now = crate::world::NOW;
        let id = world.store.ask_job(world.org, &job, None, "tester", now).await.unwrap();
        let taken = world
            .store
            .take_job(JobKind::Import, Timestamp(now.0 - 1), Timestamp(now.0 - 1))
            .await
            .unwrap();
        // Unless the server at work was faster, which is the same for whoever asks.
        (id, taken.is_some())
    };
    let (guests, taken) = left("guests", "a").await;
    let import = files.ended(&format!("/v1/imports/{guests}")).await;
    assert_eq!(
        (&import["state"], &import["accepted"]),
        (&json!("done"), &json!(1)),
        "{import}"
    );
    assert_eq!(import["tries"], if taken { 2 } else { 1 });
    let (codes, taken) = left("promo_codes", "b").await;
    let import = files.ended(&format!("/v1/imports/{codes}")).await;
    assert_eq!(import["state"], "failed", "{import}");
    let code = if taken { "file_job_interrupted" } else { "not_here" };
    assert_eq!(import["problem"]["code"], code, "{import}");
}
