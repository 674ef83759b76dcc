//! An exported audience says of each guest what PRODUCT.md §3 lists, page by page.

use crate::database::{Database, NOW, on_both_databases};
use bellhop_domain::retention::Retention;
use bellhop_domain::segment::Segment;
use bellhop_domain::{CustomerId, Money};
use bellhop_store::audience::{AudienceExport, ExportedGuest};
use serde_json::json;

on_both_databases!(every_column_is_the_guests_own, pages_meet);

impl Database {
    async fn exported(&self, filter: serde_json::Value, limit: u32) -> Vec<ExportedGuest> {
        let segment = Segment::parse(&filter).unwrap();
        let (mut after, mut all) = (CustomerId(0), Vec::new());
        loop {
            let page = self
                .store
                .export_page(self.org.id, &segment, NOW, after, limit)
                .await
                .unwrap();
            let Some(last) = page.last() else { return all };
            after = last.number;
            assert!(page.len() <= limit as usize);
            all.extend(page);
        }
    }
}

async fn every_column_is_the_guests_own(database: Database) {
    let guests = "customer_id,name,phone,email,birthday,comment,tags,registered_at\n\
                  c1,Anna,\"+79990001122, +79990001123\",a@example.com,1990-02-28,late,vip;old,2026-01-02 10:00\n\
                  c2,,,,,,,\n";
    database
        .import_customers(&database.file("guests.csv", guests))
        .await
        .unwrap();
    let orders = "order_id,customer_id,placed_at,total,source,status\n\
                  o1,c1,2026-01-01 12:00,100,app,delivered\n\
                  o2,c1,2026-02-01 12:00,200,site,delivered\n\
                  o3,c1,2026-02-02 12:00,900,aggregator,cancelled\n";
    database
        .import_orders(&database.file("orders.csv", orders))
        .await
        .unwrap();
    let all = database.exported(json!({ "all": [] }), 100).await;
    let [anna, nobody] = &all[..] else { panic!("{all:?}") };
    assert_eq!((anna.id.as_str(), anna.name.as_deref()), ("c1", Some("Anna")));
    let mut phones = anna.phones.clone();
    phones.sort();
    assert_eq!(phones, ["+79990001122", "+79990001123"]);
    assert_eq!(anna.email.as_deref(), Some("a@example.com"));
    assert_eq!(anna.birthday.as_deref(), Some("1990-02-28"));
    assert_eq!(anna.comment.as_deref(), Some("late"));
    assert!(anna.registered_at.is_some() && anna.last_order_at.is_some());
    assert_eq!((anna.orders, anna.average_check), (2, Some(Money(1_500_000))));
    assert_eq!(anna.category, Some(Retention::Lost));
    assert_eq!(anna.sources.iter().collect::<Vec<_>>(), ["app", "site"]);
    assert_eq!(anna.tags.iter().collect::<Vec<_>>(), ["old", "vip"]);
    assert_eq!((nobody.id.as_str(), nobody.orders), ("c2", 0));
    assert_eq!(
        (nobody.average_check, nobody.category, nobody.bonuses),
        (None, None, None)
    );
}

async fn pages_meet(database: Database) {
    let rows: String = (1..=23).map(|i| format!("c{i},g{}\n", i % 2)).collect();
    let file = database.file("guests.csv", format!("customer_id,tags\n{rows}"));
    database.import_customers(&file).await.unwrap();
    let ids = |all: Vec<ExportedGuest>| all.into_iter().map(|it| it.id).collect::<Vec<_>>();
    let whole = ids(database.exported(json!({ "tags": { "any": ["g1"] } }), 100).await);
    assert_eq!(whole.len(), 12);
    for limit in [1, 5, 12] {
        assert_eq!(
            ids(database.exported(json!({ "tags": { "any": ["g1"] } }), limit).await),
            whole
        );
    }
}
