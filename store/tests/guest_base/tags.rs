//! A guest has a tag as long as any source says so, and each source takes back its own word alone.

use crate::database::{Database, NOW, on_both_databases};
use bellhop_domain::segment::Segment;
use bellhop_domain::tag::TagSource;
use bellhop_store::Audience;
use bellhop_store::guests::{CustomerCard, GuestBase, GuestTags, OrganisationsOfTests, TagChange};
use serde_json::json;
use std::collections::BTreeSet;

on_both_databases!(
    an_import_replaces_imported_tags_only,
    another_system_replaces_its_own_only,
    each_source_takes_back_its_own_word_alone,
    a_tag_of_many_sources_counts_once_and_goes_with_the_last,
    one_change_sets_and_removes,
    a_stranger_has_no_tags_to_change,
    sources_that_speak_at_once_lose_nothing,
);

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

impl Database {
    async fn import_tags(&self, cell: &str) -> bellhop_store::import::ImportSummary {
        let csv = format!("customer_id,name,tags\nc1,Anna,{cell}\n");
        self.import_customers(&self.file("tags.csv", csv)).await.unwrap()
    }

    async fn say(&self, source: TagSource, set: &[&str], removed: &[&str]) {
        let change = TagChange {
            set: names(set),
            removed: names(removed),
        };
        let (org, id) = (self.org.id, self.id("c1").await);
        self.store
            .change_tags(org, id, source, &change, "anna", NOW)
            .await
            .unwrap();
    }

    /// As in `late: rule; vip: hand import`.
    async fn told(&self) -> String {
        let tags = self.store.tags(self.org.id, self.id("c1").await).await.unwrap();
        // What audiences are asked by knows the same tags.
        let known: Vec<_> = tags.iter().map(|tag| tag.name.clone()).collect();
        assert_eq!(self.facts("c1").await.tags, known);
        let told = tags.iter().map(|tag| {
            let sources: Vec<_> = tag.sources.iter().map(|source| source.name()).collect();
            format!("{}: {}", tag.name, sources.join(" "))
        });
        told.collect::<Vec<_>>().join("; ")
    }

    async fn with_tag(&self, tag: &str) -> u64 {
        let segment = Segment::parse(&json!({ "tags": { "any": [tag] } })).unwrap();
        self.store.size(self.org.id, &segment, NOW).await.unwrap()
    }

    async fn without_tag(&self, tag: &str) -> u64 {
        let segment = Segment::parse(&json!({ "tags": { "none": [tag] } })).unwrap();
        self.store.size(self.org.id, &segment, NOW).await.unwrap()
    }
}

async fn an_import_replaces_imported_tags_only(database: Database) {
    database.import_tags("vip;old").await;
    assert_eq!(database.told().await, "old: import; vip: import");
    database.say(TagSource::Hand, &["vip", "friend"], &[]).await;
    database.say(TagSource::Rule, &["frequent"], &[]).await;
    database.say(TagSource::Promo, &["summer"], &[]).await;
    let done = database.import_tags("new;frequent").await;
    assert_eq!((done.updated, done.unchanged), (1, 0));
    let after = "frequent: import rule; friend: hand; new: import; summer: promo; vip: hand";
    assert_eq!(database.told().await, after);
    for cell in ["new;frequent", ""] {
        let done = database.import_tags(cell).await;
        assert_eq!((done.updated, done.unchanged), (0, 1), "{cell:?}");
        assert_eq!(database.told().await, after);
    }
}

async fn another_system_replaces_its_own_only(database: Database) {
    database.import_tags("vip").await;
    for (tags, after) in [
        (["vip", "app"], "app: api; vip: import api"),
        (["web", "app"], "app: api; vip: import; web: api"),
    ] {
        let card = CustomerCard {
            external_id: "c1".to_owned(),
            tags: tags.map(str::to_owned).to_vec(),
            ..CustomerCard::default()
        };
        let (store, org) = (&database.store, database.org.id);
        store.put_customers(org, &[card], "crm", NOW).await.unwrap();
        assert_eq!(database.told().await, after);
    }
}

async fn each_source_takes_back_its_own_word_alone(database: Database) {
    database.import_tags("other").await;
    for one in TagSource::ALL {
        for other in TagSource::ALL.into_iter().filter(|other| *other != one) {
            database.say(one, &["t"], &[]).await;
            database.say(other, &[], &["t"]).await;
            assert_eq!(
                database.with_tag("t").await,
                1,
                "{} took {}'s back",
                other.name(),
                one.name()
            );
            database.say(other, &["t"], &[]).await;
            database.say(one, &[], &["t"]).await;
            assert_eq!(database.told().await, format!("other: import; t: {}", other.name()));
            database.say(other, &[], &["t"]).await;
            assert_eq!(database.told().await, "other: import");
        }
    }
}

async fn a_tag_of_many_sources_counts_once_and_goes_with_the_last(database: Database) {
    // Beyond the 63 that the facts have bits for, too: those are asked by a join.
    let many: Vec<String> = (0..70).map(|n| format!("t{n:02}")).collect();
    database
        .import_customers(&database.file("many.csv", format!("customer_id,tags\nc2,{}\nc1,x\n", many.join(";"))))
        .await
        .unwrap();
    for tag in ["t00", "t69"] {
        for source in TagSource::ALL {
            database.say(source, &[tag], &[]).await;
            // Again is as once.
            database.say(source, &[tag], &[]).await;
            assert_eq!((database.with_tag(tag).await, database.without_tag(tag).await), (2, 0));
        }
        for (n, source) in TagSource::ALL.into_iter().enumerate() {
            database.say(source, &[], &[tag]).await;
            let left = u64::from(n + 1 < TagSource::ALL.len());
            assert_eq!(
                (database.with_tag(tag).await, database.without_tag(tag).await),
                (1 + left, 1 - left),
                "{tag} after {}",
                source.name()
            );
        }
    }
}

async fn one_change_sets_and_removes(database: Database) {
    database.import_tags("vip").await;
    database.say(TagSource::Hand, &["a", "b"], &["unheard of"]).await;
    database.say(TagSource::Hand, &["c"], &["a", "vip"]).await;
    assert_eq!(database.told().await, "b: hand; c: hand; vip: import");
    // Nobody's tag was created by being removed.
    let segment = Segment::parse(&json!({ "tags": { "any": ["unheard of"] } })).unwrap();
    assert_eq!(database.store.size(database.org.id, &segment, NOW).await.unwrap(), 0);
}

async fn a_stranger_has_no_tags_to_change(database: Database) {
    database.import_tags("vip").await;
    let change = TagChange {
        set: names(&["vip"]),
        removed: BTreeSet::new(),
    };
    let nobody = bellhop_domain::CustomerId(i64::MAX);
    let refused = database
        .store
        .change_tags(database.org.id, nobody, TagSource::Hand, &change, "anna", NOW);
    let refused = refused.await.unwrap_err();
    assert!(
        matches!(refused, bellhop_store::StoreError::NotFound { .. }),
        "{refused}"
    );
    let other = database
        .store
        .put_organisation(&crate::database::spec("south"))
        .await
        .unwrap();
    let id = database.id("c1").await;
    let theirs = database
        .store
        .change_tags(other.id, id, TagSource::Hand, &change, "anna", NOW);
    assert!(theirs.await.is_err(), "another organisation's guest");
    assert_eq!(database.told().await, "vip: import");
}

async fn sources_that_speak_at_once_lose_nothing(database: Database) {
    database.import_tags("start").await;
    for _ in 0..5 {
        let (hand, rule, import) = (
            database.say(TagSource::Hand, &["t"], &["u"]),
            database.say(TagSource::Rule, &["t", "u"], &[]),
            database.import_tags("t;u"),
        );
        tokio::join!(hand, rule, import);
        assert_eq!(database.told().await, "t: hand import rule; u: import rule");
        let (hand, rule, import) = (
            database.say(TagSource::Hand, &["u"], &["t"]),
            database.say(TagSource::Rule, &[], &["t", "u"]),
            database.import_tags("v"),
        );
        tokio::join!(hand, rule, import);
        assert_eq!(database.told().await, "u: hand; v: import");
    }
}
