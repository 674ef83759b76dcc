//! Facts equal a recomputation in plain Rust after any sequence of writes.

use crate::database::{Database, NOW, on_postgres, on_sqlite, spec};
use crate::model::Model;
use bellhop_domain::consent::{CardWord, Space, WordSource};
use bellhop_domain::incoming::{Event, Preference};
use bellhop_domain::order::OrderStatus;
use bellhop_domain::phone::Region;
use bellhop_domain::retention::Thresholds;
use bellhop_domain::time::DAY_MS;
use bellhop_domain::{Channel, EndpointKind, Money, Phone, Purpose, Timestamp};
use bellhop_store::guests::*;
use bellhop_store::incoming::Source;
use bellhop_store::ledger::Recording;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;
use std::collections::BTreeMap;

/// One write.
#[derive(Debug, Clone)]
enum Write {
    Orders(Vec<LiveOrder>),
    /// The same through a file.
    OrdersFile(Vec<LiveOrder>),
    Customers(Vec<CustomerCard>),
    Register(EndpointRegistration),
    /// Dead since so many writes ago.
    Retire(EndpointRegistration, u8),
    Consent(&'static str, Channel, bool, WordSource),
    /// By this address, so many writes ago.
    Word(EndpointKind, String, bool, u8),
    Blacklist(&'static str, bool),
    Cooling(u32),
}

fn customer() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["c1", "c2", "c3", "c4"])
}

fn phone() -> impl Strategy<Value = Phone> {
    (1..4u32).prop_map(|n| Phone::parse(&format!("+7999123000{n}"), Region::RU).unwrap())
}

fn name(names: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(names).prop_map(str::to_owned))
}

fn item() -> impl Strategy<Value = OrderItem> {
    (name(&["Pizza", "Soup"]), name(&["Mains", "Drinks", "Sweets"])).prop_map(|(dish, category)| OrderItem {
        dish,
        category,
        quantity: 1,
        price: Money(100),
    })
}

fn order() -> impl Strategy<Value = LiveOrder> {
    let who = prop_oneof![
        4 => customer().prop_map(|c| (Some(c.to_owned()), None)),
        1 => (customer(), phone()).prop_map(|(c, p)| (Some(c.to_owned()), Some(p))),
        1 => phone().prop_map(|p| (None, Some(p))),
    ];
    let items = prop::option::of(prop::collection::vec(item(), 0..3));
    let status = prop::sample::select(OrderStatus::ALL.to_vec());
    (1..7u8, who, name(&["North", "South"]), 0..60i64, status, 0..5i64, items).prop_map(
        |(number, (customer, phone), restaurant, day, status, total, items)| LiveOrder {
            external_id: format!("o{number}"),
            customer,
            phone,
            restaurant,
            placed_at: Timestamp(NOW.0 - day * DAY_MS),
            status,
            total: Money(total * 10_000),
            delivery: None,
            source: None,
            promo: None,
            items,
        },
    )
}

fn card() -> impl Strategy<Value = CustomerCard> {
    let token = name(&["t1", "t2"]);
    let phones = prop::collection::vec(phone(), 0..2);
    (
        customer(),
        phones,
        token,
        any::<Option<bool>>(),
        name(&["North", "West"]),
        prop::sample::subsequence(vec!["late", "new", "vip"], 0..3),
    )
        .prop_map(
            |(customer, phones, fcm_token, marketing_consent, restaurant, tags)| CustomerCard {
                external_id: customer.to_owned(),
                phones,
                fcm_token,
                marketing_consent,
                restaurant,
                tags: tags.into_iter().map(str::to_owned).collect(),
                ..CustomerCard::default()
            },
        )
}

fn registration() -> impl Strategy<Value = EndpointRegistration> {
    let tokens = (
        prop::sample::select(vec![EndpointKind::Fcm, EndpointKind::Apns, EndpointKind::WebPush]),
        prop::sample::select(vec!["t1", "t2", "t3"]).prop_map(str::to_owned),
    );
    let numbers = phone().prop_map(|p| (EndpointKind::WhatsApp, p.e164().to_owned()));
    (
        prop_oneof![3 => tokens, 1 => numbers],
        prop::option::of(customer()),
        any::<bool>(),
    )
        .prop_map(|((kind, address), customer, muted)| EndpointRegistration {
            kind,
            address,
            customer: customer.map(str::to_owned),
            muted,
        })
}

fn write() -> impl Strategy<Value = Write> {
    let orders = || prop::collection::vec(order(), 1..5);
    let for_file = orders().prop_map(|mut orders| {
        for order in &mut orders {
            // A file's rows name their customer and no phone, and an empty list is an empty cell.
            order.phone = None;
            order.customer.get_or_insert("c1".to_owned());
            order.items = order.items.take().filter(|items| !items.is_empty());
        }
        Write::OrdersFile(orders)
    });
    prop_oneof![
        6 => orders().prop_map(Write::Orders),
        2 => for_file,
        3 => prop::collection::vec(card(), 1..3).prop_map(Write::Customers),
        4 => registration().prop_map(Write::Register),
        2 => (registration(), 0..4u8).prop_map(|(r, ago)| Write::Retire(r, ago)),
        2 => (customer(), prop::sample::select(Channel::ALL.to_vec()), any::<bool>(), prop::sample::select(WordSource::ALL.to_vec()))
            .prop_map(|(c, channel, given, source)| Write::Consent(c, channel, given, source)),
        2 => (registration(), phone(), any::<bool>(), any::<bool>(), 0..4u8).prop_map(|(r, phone, by_phone, given, ago)| {
            let (kind, address) = if by_phone { (EndpointKind::Phone, phone.e164().to_owned()) } else { (r.kind, r.address) };
            Write::Word(kind, address, given, ago)
        }),
        2 => (customer(), any::<bool>()).prop_map(|(c, on)| Write::Blacklist(c, on)),
        1 => (5..20u32).prop_map(Write::Cooling),
    ]
}

fn csv_of(orders: &[LiveOrder]) -> String {
    let mut csv = "order_id;customer_id;placed_at;total;restaurant;status;items\n".to_owned();
    for o in orders {
        let items = o.items.as_ref().map(|items| {
            let items: Vec<_> = items
                .iter()
                .map(|i| serde_json::json!({"dish": i.dish, "category": i.category, "quantity": 1, "price": "0.01"}))
                .collect();
            serde_json::Value::from(items).to_string().replace('"', "\"\"")
        });
        csv += &format!(
            "{};{};{};{};{};{};\"{}\"\n",
            o.external_id,
            o.customer.as_deref().unwrap_or_default(),
            o.placed_at,
            o.total,
            o.restaurant.as_deref().unwrap_or_default(),
            o.status.name(),
            items.unwrap_or_default()
        );
    }
    csv
}

/// The guest base and its model, written to side by side.
struct Pair<'a> {
    database: &'a Database,
    org: Organisation,
    model: Model,
    endpoints: BTreeMap<(EndpointKind, String), bellhop_domain::EndpointId>,
    now: Timestamp,
}

impl Pair<'_> {
    async fn apply(&mut self, write: &Write) {
        self.now.0 += 1000;
        let (store, org, now) = (&self.database.store, self.org.id, self.now);
        match write {
            Write::Orders(orders) => {
                store.put_orders(org, orders, now).await.unwrap();
                self.model.put_orders(orders, now);
            }
            Write::OrdersFile(orders) => {
                let file = self.database.file("orders.csv", csv_of(orders));
                let options = crate::database::quietly(false);
                let summary = store.import_orders(&self.org, &file, options, now).await.unwrap();
                assert_eq!(summary.imported, orders.len() as u64, "{:?}", summary.first_errors);
                self.model.put_orders(orders, now);
            }
            Write::Customers(cards) => {
                store.put_customers(org, cards, "import", now).await.unwrap();
                self.model.put_customers(cards, "import", now);
            }
            Write::Register(it) => {
                let id = store.register_endpoint(org, it, now).await.unwrap();
                self.endpoints.insert((it.kind, it.address.clone()), id);
                self.model
                    .register(it.kind, &it.address, it.customer.as_deref(), it.muted, now);
            }
            Write::Retire(it, ago) => self.retire(it, Timestamp(now.0 - i64::from(*ago) * 1000)).await,
            Write::Consent(customer, channel, given, source) => self.consent(customer, *channel, *given, *source).await,
            Write::Word(kind, address, given, ago) => {
                self.word(*kind, address, *given, Timestamp(now.0 - i64::from(*ago) * 1000))
                    .await;
            }
            Write::Blacklist(customer, on) => self.blacklist(customer, *on).await,
            Write::Cooling(days) => {
                let mut spec = spec(&self.org.slug);
                spec.settings.retention = Thresholds::new(*days, 30, 14, 14).unwrap();
                self.model.thresholds = spec.settings.retention;
                store.put_organisation(&spec).await.unwrap();
            }
        }
    }

    async fn retire(&mut self, it: &EndpointRegistration, since: Timestamp) {
        let Some(id) = self.endpoints.get(&(it.kind, it.address.clone())) else {
            return;
        };
        let done = self
            .database
            .store
            .retire_endpoint(self.org.id, *id, since, "UNREGISTERED")
            .await
            .unwrap();
        let mut same = self
            .model
            .endpoints
            .iter_mut()
            .filter(|e| e.kind == it.kind && e.address == it.address);
        let endpoint = same.next().unwrap();
        assert_eq!(
            done,
            endpoint.registered_at <= since && endpoint.state != EndpointState::Dead
        );
        if done {
            endpoint.state = EndpointState::Dead;
        }
    }

    async fn word(&mut self, kind: EndpointKind, address: &str, given: bool, at: Timestamp) {
        let source = Source {
            org: self.org.id,
            sender: "sender",
            kind,
            peers: &[],
        };
        let told = Event::Preference(Preference {
            address: address.to_owned(),
            given,
            at,
            how: "choice".to_owned(),
        });
        self.database.store.take(&source, &told, self.now).await.unwrap();
        let said = CardWord {
            given,
            at,
            source: WordSource::Provider,
        };
        self.model
            .hear(Space::of(kind), address, kind.channel(), said, "choice");
    }

    async fn consent(&mut self, customer: &str, channel: Channel, given: bool, source: WordSource) {
        let Some(card) = self.model.find(customer) else { return };
        let word = Consent {
            channel,
            purpose: Purpose::Marketing,
            given,
            source,
            how: "page".to_owned(),
            text_version: None,
        };
        let id = self.id(customer).await;
        self.database
            .store
            .set_consents(self.org.id, id, &[word], self.now)
            .await
            .unwrap();
        let said = CardWord {
            given,
            at: self.now,
            source,
        };
        self.model.consent(card, channel, said, "page");
    }

    async fn blacklist(&mut self, customer: &str, on: bool) {
        let Some(card) = self.model.find(customer) else { return };
        let mark = BlacklistMark {
            reason: "rude".to_owned(),
        };
        let id = self.id(customer).await;
        let mark = on.then_some(&mark);
        self.database
            .store
            .set_blacklist(self.org.id, id, mark, "anna", self.now)
            .await
            .unwrap();
        self.model.cards[card].blacklisted = on;
    }

    async fn id(&self, customer: &str) -> bellhop_domain::CustomerId {
        let found = self.database.store.customer_id(self.org.id, customer).await.unwrap();
        found.unwrap_or_else(|| panic!("no customer {customer}"))
    }

    async fn compare(&self) -> Result<(), TestCaseError> {
        for (at, card) in self.model.cards.iter().enumerate() {
            let id = self.id(&card.external_id).await;
            let facts = self.database.store.facts(self.org.id, id).await.unwrap();
            prop_assert_eq!(facts, self.model.facts(at), "{}", card.external_id);
        }
        Ok(())
    }
}

fn facts_equal_the_model(database: Database, runtime: &tokio::runtime::Runtime, cases: u32) {
    let case = Cell::new(0);
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let writes = prop::collection::vec(write(), 1..30);
    let end = runner.run(&writes, |writes| {
        case.set(case.get() + 1);
        // Every case has an organisation of its own, among those of the others.
        let slug = format!("org{}", case.get());
        runtime.block_on(async {
            let org = database.store.put_organisation(&spec(&slug)).await.unwrap();
            let mut pair = Pair {
                database: &database,
                org,
                model: Model::default(),
                endpoints: BTreeMap::new(),
                now: NOW,
            };
            for write in &writes {
                pair.apply(write).await;
            }
            pair.compare().await
        })
    });
    end.unwrap_or_else(|failure| panic!("{failure}"));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

#[test]
fn facts_equal_the_model_on_sqlite() {
    let runtime = runtime();
    facts_equal_the_model(runtime.block_on(on_sqlite()), &runtime, 60);
}

#[test]
fn facts_equal_the_model_on_postgres() {
    let runtime = runtime();
    facts_equal_the_model(runtime.block_on(on_postgres()), &runtime, 40);
}
