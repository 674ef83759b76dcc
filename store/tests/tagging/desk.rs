//! A store with rules, and a clock that the test moves.

use bellhop_domain::order::OrderStatus;
use bellhop_domain::tag::TagSource;
use bellhop_domain::tag_rule::TagRule;
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{CustomerId, Money, OrgId, TagRuleId, Timestamp, Zone};
use bellhop_store::guests::*;
use bellhop_store::import::ImportOptions;
use bellhop_store::tagging::{AutomaticTags, Looked, Passed, TagRulesBook};
use bellhop_store::{SqlStore, postgres, sqlite};
use bellhop_test_services::{FILE, Home, folder, prepared_database, prepared_folder};
use tempfile::TempDir;

pub const NOW: Timestamp = Timestamp(1_790_000_000_000);

pub struct Desk {
    pub store: SqlStore,
    pub org: Organisation,
    pub now: Timestamp,
    folder: TempDir,
    _home: Option<Home>,
}

pub async fn organisation(store: &SqlStore, slug: &str) -> Organisation {
    let spec = OrganisationSpec {
        slug: slug.to_owned(),
        name: "Pizza Nord".to_owned(),
        currency: "RUB".to_owned(),
        timezone: Zone::named("Europe/Moscow").unwrap(),
        settings: Settings::default(),
    };
    store.put_organisation(&spec).await.unwrap()
}

pub async fn on_sqlite() -> Desk {
    let folder = prepared_folder().await.unwrap();
    let store = sqlite::open(&folder.path().join(FILE)).await.unwrap();
    Desk::new(store, folder, None).await
}

pub async fn on_postgres() -> Desk {
    let database = prepared_database().await.unwrap();
    let store = postgres::open(database.url(), 4).await.unwrap();
    Desk::new(store, folder().unwrap(), Some(Home::Database(database))).await
}

impl Desk {
    async fn new(store: SqlStore, folder: TempDir, home: Option<Home>) -> Self {
        Self {
            org: organisation(&store, "nord").await,
            store,
            now: NOW,
            folder,
            _home: home,
        }
    }

    /// The same store for another organisation.
    pub async fn beside(&self, slug: &str) -> Self {
        Self {
            org: organisation(&self.store, slug).await,
            store: self.store.clone(),
            now: NOW,
            folder: folder().unwrap(),
            _home: None,
        }
    }

    pub fn id(&self) -> OrgId {
        self.org.id
    }

    pub fn days_later(&mut self, days: i64) {
        self.now = Timestamp(self.now.0 + days * DAY_MS);
    }

    /// An order of a guest, placed so many days ago, of one dish.
    pub fn order(&self, number: u32, guest: &str, days_ago: i64, dish: &str) -> LiveOrder {
        LiveOrder {
            external_id: format!("o{number}"),
            customer: Some(guest.to_owned()),
            phone: None,
            restaurant: None,
            placed_at: Timestamp(self.now.0 - days_ago * DAY_MS),
            status: OrderStatus::Delivered,
            total: Money(1_000_000),
            delivery: None,
            source: None,
            promo: None,
            items: Some(vec![OrderItem {
                dish: Some(dish.to_owned()),
                category: Some(format!("{dish}s")),
                quantity: 1,
                price: Money(1_000_000),
            }]),
        }
    }

    pub async fn put(&self, orders: &[LiveOrder]) {
        self.store.put_orders(self.id(), orders, self.now).await.unwrap();
    }

    /// Guests without orders.
    pub async fn guests(&self, names: &[&str]) {
        let card = |name: &&str| CustomerCard {
            external_id: (*name).to_owned(),
            ..CustomerCard::default()
        };
        let cards: Vec<_> = names.iter().map(card).collect();
        self.store
            .put_customers(self.id(), &cards, "crm", self.now)
            .await
            .unwrap();
    }

    /// Imports a file of orders.
    pub async fn import(&self, csv: &str) {
        let file = self.folder.path().join("orders.csv");
        std::fs::write(&file, csv).unwrap();
        let options = ImportOptions {
            by_hand: Default::default(),
            dry_run: false,
            errors: None,
            language: bellhop_domain::words::Language::En,
            progress: &|_| {},
        };
        let done = self.store.import_orders(&self.org, &file, options, self.now).await;
        assert_eq!(done.unwrap().errors, 0);
    }

    pub async fn create(&self, json: &str) -> TagRuleId {
        let rule = TagRule::read(json).unwrap();
        let created = self.store.create_tag_rule(self.id(), &rule, "anna", self.now).await;
        created.unwrap()
    }

    /// What dispatchers do until nothing is due; what they looked at.
    pub async fn look(&self) -> Looked {
        let mut all = Looked::default();
        while self.store.due_for_tags(self.now).await.unwrap().contains(&self.id()) {
            let looked = self.store.look_at_tags(self.id(), 3, self.now).await.unwrap();
            all.guests += looked.guests;
            all.changed += looked.changed;
        }
        all
    }

    /// Goes on with a pass until it is over; how many pages it took.
    pub async fn pass(&self) -> u64 {
        let mut pages = 0;
        loop {
            match self.store.pass_on(self.id(), 2, self.now).await.unwrap() {
                Passed::Page(_) => pages += 1,
                Passed::Complete => return pages,
                // Older transactions of other tests on the same server end.
                Passed::NotNow => tokio::task::yield_now().await,
            }
        }
    }

    pub async fn customer(&self, guest: &str) -> CustomerId {
        let found = self.store.customer_id(self.id(), guest).await.unwrap();
        found.unwrap_or_else(|| panic!("no guest {guest}"))
    }

    /// As in `late: rule; vip: hand import`; the facts say the same.
    pub async fn tags(&self, guest: &str) -> String {
        let id = self.customer(guest).await;
        let tags = self.store.tags(self.id(), id).await.unwrap();
        let known: Vec<_> = tags.iter().map(|tag| tag.name.clone()).collect();
        assert_eq!(self.store.facts(self.id(), id).await.unwrap().tags, known);
        let told = tags.iter().map(|tag| {
            let sources: Vec<_> = tag.sources.iter().map(|source| source.name()).collect();
            format!("{}: {}", tag.name, sources.join(" "))
        });
        told.collect::<Vec<_>>().join("; ")
    }

    pub async fn by_hand(&self, guest: &str, set: &[&str], removed: &[&str]) {
        let names = |all: &[&str]| all.iter().map(|&name| name.to_owned()).collect();
        let change = TagChange {
            set: names(set),
            removed: names(removed),
        };
        let id = self.customer(guest).await;
        self.store
            .change_tags(self.id(), id, TagSource::Hand, &change, "anna", self.now)
            .await
            .unwrap();
    }
}

/// Makes each function a test on SQLite and a test on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::desk::on_sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::desk::on_postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both;
