//! The ledger of consent as a file: imported, exported, and imported elsewhere.

use crate::database::{Database, NOW, on_both_databases, quietly};
use bellhop_domain::Channel;
use bellhop_store::consent::{ConsentLedger, LedgerWord};
use bellhop_store::import::ImportSummary;
use std::fmt::Write as _;

on_both_databases!(
    the_newest_word_counts_whatever_the_order_of_lines,
    an_old_yes_ends_no_no,
    what_others_say_is_about_cards,
    a_file_comes_twice_and_changes_nothing,
    what_is_wrong_is_told_line_by_line,
    what_is_exported_is_imported_elsewhere,
);

const HEAD: &str = "customer_id,address,address_kind,channel,purpose,word,by,how,text_version,said_at\n";
const PHONE: &str = "+79160000001";

async fn import(database: &Database, lines: &[&str]) -> ImportSummary {
    let file = database.file("words.csv", format!("{HEAD}{}\n", lines.join("\n")));
    let done = database
        .store
        .import_words(&database.org, &file, quietly(false), NOW)
        .await;
    done.unwrap()
}

async fn guests(database: &Database) {
    let file = database.file(
        "guests.csv",
        format!("customer_id,phone,marketing_consent\nc1,{PHONE},\nc2,+79160000002,\n"),
    );
    database.import_customers(&file).await.unwrap();
}

async fn allowed(database: &Database, guest: &str) -> Vec<Channel> {
    database.facts(guest).await.consents
}

fn sms(who: &str, word: &str, by: &str, at: &str) -> String {
    format!("{who},sms,marketing,{word},{by},form 12,v3,{at}")
}

async fn the_newest_word_counts_whatever_the_order_of_lines(database: Database) {
    guests(&database).await;
    let by = format!(",{PHONE},phone");
    let (yes, no) = (
        sms(&by, "given", "guest", "2026-02-01T10:00:00Z"),
        sms(&by, "withdrawn", "guest", "2026-03-01T10:00:00Z"),
    );
    for lines in [[&yes, &no], [&no, &yes]] {
        import(&database, &lines.map(|line| line.as_str())).await;
        assert_eq!(allowed(&database, "c1").await, []);
    }
    import(&database, &[&sms(&by, "given", "guest", "2026-04-01T10:00:00Z")]).await;
    assert_eq!(allowed(&database, "c1").await, [Channel::Sms]);
    // The other guest was not spoken of.
    assert_eq!(allowed(&database, "c2").await, []);
}

async fn an_old_yes_ends_no_no(database: Database) {
    guests(&database).await;
    let card = "c1,,";
    import(&database, &[&sms(card, "withdrawn", "import", "2026-03-01T10:00:00Z")]).await;
    import(&database, &[&sms(card, "given", "import", "2026-02-01T10:00:00Z")]).await;
    assert_eq!(allowed(&database, "c1").await, []);
    import(&database, &[&sms(card, "given", "import", "2026-03-02T10:00:00Z")]).await;
    assert_eq!(allowed(&database, "c1").await, [Channel::Sms]);
    // A guest's own no outlives others' yes, whenever that was said.
    let by = format!(",{PHONE},phone");
    import(&database, &[&sms(&by, "withdrawn", "guest", "2026-03-03T10:00:00Z")]).await;
    import(&database, &[&sms(card, "given", "import", "2026-05-01T10:00:00Z")]).await;
    assert_eq!(allowed(&database, "c1").await, []);
}

async fn what_others_say_is_about_cards(database: Database) {
    guests(&database).await;
    let by = format!(",{PHONE},phone");
    import(&database, &[&sms(&by, "given", "operator", "2026-02-01T10:00:00Z")]).await;
    assert_eq!(allowed(&database, "c1").await, [Channel::Sms]);
    // Whoever gets the number later has not said yes; but a no of anybody stops the number.
    let file = database.file("later.csv", format!("customer_id,phone\nc3,{PHONE}\nc4,+79160000004\n"));
    database.import_customers(&file).await.unwrap();
    assert_eq!(allowed(&database, "c3").await, []);
    import(
        &database,
        &[&sms(
            ",+79160000004,phone",
            "withdrawn",
            "operator",
            "2026-02-01T10:00:00Z",
        )],
    )
    .await;
    import(&database, &[&sms("c4,,", "given", "api", "2026-03-01T10:00:00Z")]).await;
    assert_eq!(allowed(&database, "c4").await, []);
}

async fn a_file_comes_twice_and_changes_nothing(database: Database) {
    guests(&database).await;
    let by = format!(",{PHONE},phone");
    let lines = [
        sms(&by, "given", "guest", "2026-02-01T10:00:00Z"),
        sms("c2,,", "given", "import", "2026-02-01T10:00:00Z"),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let first = import(&database, &lines).await;
    assert_eq!((first.created, first.unchanged, first.errors), (2, 0, 0));
    let words = ledger(&database).await;
    let second = import(&database, &lines).await;
    assert_eq!((second.created, second.unchanged, second.errors), (0, 2, 0));
    assert_eq!(ledger(&database).await, words);
}

async fn what_is_wrong_is_told_line_by_line(database: Database) {
    guests(&database).await;
    let summary = import(
        &database,
        &[
            ",,,sms,marketing,given,guest,form,,2026-02-01T10:00:00Z",
            "c1,,,pigeon,marketing,given,guest,form,,2026-02-01T10:00:00Z",
            "c1,,,sms,code,given,guest,form,,2026-02-01T10:00:00Z",
            "c1,,,sms,marketing,perhaps,guest,form,,2026-02-01T10:00:00Z",
            "c1,,,sms,marketing,given,guest,,,2026-02-01T10:00:00Z",
            "c1,,,sms,marketing,given,guest,form,,yesterday",
            "c1,,,sms,marketing,given,guest,form,,2199-02-01T10:00:00Z",
            "c1,12,phone,sms,marketing,given,guest,form,,2026-02-01T10:00:00Z",
            "c1,,,sms,marketing,given,guest,form,,2026-02-01T10:00:00Z",
        ],
    )
    .await;
    let told: Vec<String> = summary
        .first_errors
        .iter()
        .map(|it| format!("{} {} {}", it.line, it.column, it.why.code()))
        .collect();
    assert_eq!(
        told,
        [
            "2 customer_id cell_empty",
            "3 channel body_value_unknown",
            "4 purpose body_value_unknown",
            "5 word body_value_unknown",
            "6 how cell_empty",
            "7 said_at time_unreadable",
            "8 said_at word_ahead",
            "9 address phone_short",
        ]
    );
    assert_eq!((summary.imported, summary.errors), (1, 8));
    assert_eq!(allowed(&database, "c1").await, [Channel::Sms]);
}

async fn ledger(database: &Database) -> Vec<LedgerWord> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        // Small pages, so that there are several.
        let page = database.store.ledger_after(database.org.id, after, 2).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = last.number;
        all.extend(page);
    }
}

async fn what_is_exported_is_imported_elsewhere(database: Database) {
    guests(&database).await;
    let by = format!(",{PHONE},phone");
    let lines = [
        sms(&by, "given", "guest", "2026-02-01T10:00:00Z"),
        sms(&by, "held", "guest", "2026-02-02T10:00:00Z"),
        sms(&by, "released", "operator", "2026-02-03T10:00:00Z"),
        sms("c2,,", "given", "api", "2026-02-01T10:00:00Z"),
        "c2,,,all,notification,withdrawn,guest,page,,2026-02-01T10:00:00Z".to_owned(),
    ];
    import(&database, &lines.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let words = ledger(&database).await;
    let mut file = String::new();
    for word in &words {
        let _ = writeln!(file, "{}", serde_json::to_string(word).unwrap());
    }
    let elsewhere = database.another().await;
    guests(&elsewhere).await;
    let path = elsewhere.file("words.ndjson", &file);
    let done = elsewhere
        .store
        .import_words(&elsewhere.org, &path, quietly(false), NOW)
        .await
        .unwrap();
    assert_eq!(
        (done.errors, done.rows),
        (0, words.len() as u64),
        "{:?}",
        done.first_errors
    );
    for guest in ["c1", "c2"] {
        assert_eq!(
            elsewhere.facts(guest).await.consents,
            database.facts(guest).await.consents,
            "{guest}"
        );
        assert_eq!(
            elsewhere.facts(guest).await.silenced,
            database.facts(guest).await.silenced,
            "{guest}"
        );
    }
    assert!(!elsewhere.facts("c2").await.silenced.is_empty());
}
