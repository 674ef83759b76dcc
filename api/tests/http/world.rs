//! A server, an organisation with a guest and a mailing to them, and a client.

use crate::brand;
use crate::followed::Followed;
use crate::on_demand::login_code;
pub use crate::on_demand::{LOGIN_CODE, launch_code, launch_on_demand};
use crate::people_world::random;
use async_trait::async_trait;
use bellhop_api::{Api, Bounded, Bounds, Entrance, Files, GuestKeys, Oidc, Served, router};
use bellhop_campaigns::{InForce, Live, OrgDefaults, OrgInForce, Sender, Senders, SharedProvider};
use bellhop_channels::outgoing_webhook::WebhookCaller;
use bellhop_channels::{Finding, OutgoingMessage, Provider, Webhook};
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::{EndpointKind, MessageId, OrgId, Origin, Outcome, Phone, Purpose, Timestamp, Zone};
use bellhop_rate_limits::{Pacing, RateSpec};
use bellhop_store::guests::{ApiKeys, CustomerCard, KeyKind, OrganisationSpec, OrganisationsOfTests, Scope, Settings};
use bellhop_store::ledger::{Choice, Commanding, Launch, Listing, PlanGuest, Planner, Planning, Reading, Story};
use bellhop_store::{GuestBase, GuestPages, SqlStore, sqlite};
use bellhop_templating::{Currency, Locale};
use bellhop_test_services::{FILE, prepared_folder};
use reqwest::{Client, RequestBuilder, Response, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// 2026-03-01T09:00:00Z
pub const NOW: Timestamp = Timestamp(1_772_355_600_000);
pub const PHONE: &str = "+79990000001";
pub const LINK: &str = "https://brand.example/menu?utm_source=bellhop&utm_content=%D0%BF#top";
pub const BROWSER: &str =
    "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36";

pub struct World {
    pub url: String,
    pub store: SqlStore,
    pub org: OrgId,
    pub message: MessageId,
    /// The token of the guest's own page.
    pub page: String,
    pub followed: Arc<Followed>,
    pub clock: Arc<AtomicI64>,
    pub files: PathBuf,
    /// What a process of the API serves; another serves the same.
    pub api: Api,
    client: Client,
    _folder: tempfile::TempDir,
}

/// Every guest gets an SMS.
struct ToEverybody;

impl Planner for ToEverybody {
    fn choose(&self, guest: &PlanGuest) -> Choice {
        let (kind, endpoint) = guest.endpoints[3].expect("the guest has a phone");
        Choice::Send {
            step: 0,
            kind,
            endpoint,
        }
    }

    fn unattached(&self, _: EndpointKind) -> Option<u16> {
        None
    }
}

/// A provider that exists only for its kind of address.
struct App;

#[async_trait]
impl Provider for App {
    fn kind(&self) -> EndpointKind {
        EndpointKind::Fcm
    }

    async fn send(&self, _: &OutgoingMessage<'_>) -> Outcome {
        unreachable!("nothing is sent here")
    }

    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }
}

/// A provider that exists only for its delivery reports.
struct Reporter(Option<Box<dyn Webhook>>);

#[async_trait]
impl Provider for Reporter {
    fn kind(&self) -> EndpointKind {
        EndpointKind::Phone
    }

    async fn send(&self, _: &OutgoingMessage<'_>) -> Outcome {
        Outcome::Unknown {
            why: "nothing is sent here".into(),
        }
    }

    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        self.0.as_deref()
    }
}

pub fn spec(link: &str) -> String {
    json!({
        "name": "Come back", "audience": {"all": []}, "link": link,
        "contents": {
            "sms": {"text": "{link}"},
            "web_push": {"title": "t", "body": "b", "link": "https://brand.example/site",
                         "actions": [{"title": "Menu", "link": "https://brand.example/menu"}]},
        },
        "waterfall": [{"channel": "sms"}],
    })
    .to_string()
}

impl World {
    pub async fn new() -> Self {
        Self::with(LINK, None).await
    }

    /// A world with this link of the mailing, and with this reading of delivery reports by the sender `smsc`.
    pub async fn with(link: &str, receipts: Option<Box<dyn Webhook>>) -> Self {
        Self::bounded(link, receipts, Bounds::default()).await
    }

    /// The same with other bounds.
    pub async fn bounded(link: &str, receipts: Option<Box<dyn Webhook>>, bounds: Bounds) -> Self {
        Self::made(link, receipts, bounds, None).await
    }

    pub async fn made(link: &str, receipts: Option<Box<dyn Webhook>>, bounds: Bounds, oidc: Option<Oidc>) -> Self {
        let folder = prepared_folder().await.unwrap();
        let store = sqlite::open(&folder.path().join(FILE)).await.unwrap();
        let organisation = OrganisationSpec {
            slug: "brand".into(),
            name: "Brand".into(),
            currency: "RUB".into(),
            timezone: Zone::named("Europe/Moscow").unwrap(),
            settings: Settings::default(),
        };
        let org = store.put_organisation(&organisation).await.unwrap().id;
        let message = plan(&store, org, link).await;
        login_code(&store, org).await;
        brand::settle(&store, NOW).await.unwrap();
        let guest = store.customer_id(org, "c1").await.unwrap().unwrap();
        let page = store.page_key().await.unwrap().token(guest);
        let provider = Arc::new(Reporter(receipts));
        let live = Live::new(Served {
            in_force: Arc::new(in_force(org, 1, [smsc(org, provider), app(org)])),
            guest_keys: [(org, Arc::new(guest_keys()))].into(),
        });
        let followed = Arc::new(Followed::new(store.clone(), live.clone()));
        let clock = Arc::new(AtomicI64::new(NOW.0));
        let ticking = clock.clone();
        let files = folder.path().join("files");
        let api = Api {
            bounded: Bounded::new(&bounds),
            organisations: Arc::new(store.clone()),
            keys: Arc::new(store.clone()),
            guests: Arc::new(store.clone()),
            events: Arc::new(store.clone()),
            ledger: Arc::new(store.clone()),
            store: Arc::new(store.clone()),
            accounts: Arc::new(store.clone()),
            entrance: Entrance { random, oidc },
            live,
            desk: brand::desk(followed.clone()),
            webhook_caller: Arc::new(WebhookCaller::new(&[]).unwrap()),
            files: Files::new(files.clone(), 1 << 20, 2 << 20, Duration::from_secs(3_600)),
            public_url: "https://bellhop.example".into(),
            // Every look at the clock is a millisecond later.
            clock: Arc::new(move || Timestamp(ticking.fetch_add(1, Ordering::Relaxed))),
        };
        let standing = clock.clone();
        // Its looks at the clock move nothing, so that what a test asks for is at the same instant each time.
        let behind = Api {
            clock: Arc::new(move || Timestamp(standing.load(Ordering::Relaxed))),
            ..api.clone()
        };
        tokio::spawn(bellhop_api::file_work(
            behind,
            tokio_util::sync::CancellationToken::new(),
        ));
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self {
            url: serve_within(api.clone(), bounds).await,
            store,
            org,
            message,
            page,
            followed,
            clock,
            files,
            api,
            client,
            _folder: folder,
        }
    }

    pub async fn key(&self, scopes: &[Scope]) -> String {
        self.key_of(KeyKind::Backend, scopes).await
    }

    pub async fn key_of(&self, kind: KeyKind, scopes: &[Scope]) -> String {
        // `site`, `site-1` and so on, because no two keys in force may have the same name.
        let keys = self.store.api_keys(self.org).await.unwrap();
        let name = match keys.iter().filter(|key| key.revoked_at.is_none()).count() {
            0 => "site".to_owned(),
            others => format!("site-{others}"),
        };
        let key = self
            .store
            .create_api_key(self.org, &name, kind, scopes, rand_bytes(scopes), NOW)
            .await
            .unwrap();
        key.expose_secret().to_owned()
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub fn head(&self, path: &str) -> RequestBuilder {
        self.client.head(format!("{}{path}", self.url))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    pub fn put(&self, path: &str) -> RequestBuilder {
        self.client.put(format!("{}{path}", self.url))
    }

    pub fn patch(&self, path: &str) -> RequestBuilder {
        self.client.patch(format!("{}{path}", self.url))
    }

    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.client.delete(format!("{}{path}", self.url))
    }

    /// Posts JSON with a key of all scopes; the status and the answer.
    pub async fn send(&self, path: &str, body: &Value) -> (u16, Value) {
        let key = self.key(&Scope::ALL).await;
        answer(self.post(path).bearer_auth(key).json(body)).await
    }

    pub async fn story(&self) -> Story {
        self.store.story(self.org, self.message).await.unwrap()
    }

    /// The stored classes of the message's opens.
    pub async fn opens(&self) -> Vec<&'static str> {
        self.story().await.opens.iter().map(|open| open.class).collect()
    }
}

/// The bytes of a key for each set of scopes, as random as a test needs.
fn rand_bytes(scopes: &[Scope]) -> [u8; 32] {
    static KEYS: AtomicI64 = AtomicI64::new(1);
    let mut bytes = [scopes.len() as u8; 32];
    bytes[..8].copy_from_slice(&KEYS.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    bytes
}

/// Plans one message, and returns its id.
async fn plan(store: &SqlStore, org: OrgId, link: &str) -> MessageId {
    let region = Settings::default().phone_region;
    let guest = CustomerCard {
        external_id: "c1".into(),
        phones: vec![Phone::parse(PHONE, region).unwrap()],
        marketing_consent: Some(true),
        ..CustomerCard::default()
    };
    store.put_customers(org, &[guest], "import", NOW).await.unwrap();
    let mailing = store
        .create_mailing(org, "m", &spec(link), "tester", NOW)
        .await
        .unwrap();
    let launch = Launch {
        mailing,
        start_at: NOW,
        purpose: Purpose::Marketing,
        origin: Origin::Audience,
        test: false,
        spec: spec(link),
    };
    let run = store.launch(org, launch, "tester", NOW).await.unwrap();
    store.begin_due(NOW).await.unwrap();
    store.plan_page(run, 100, &ToEverybody, NOW).await.unwrap();
    let run = store.run(run).await.unwrap();
    store.messages(&run, None, 1).await.unwrap()[0].message
}

/// Serves on a free port until the test's runtime ends.
pub async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Serves the API within bounds, as a process does.
async fn serve_within(api: Api, bounds: Bounds) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let slow = api.bounded.slow();
    let stop = tokio_util::sync::CancellationToken::new();
    tokio::spawn(bellhop_api::serve(listener, router(api), bounds, slow, stop));
    url
}

/// The secret with which the brand's backend signs guest tokens.
pub const SIGNING_SECRET: &str = "a backend's own secret of 40 characters.";

fn sender(org: OrgId, name: &str, provider: SharedProvider) -> Sender {
    Sender {
        org,
        name: name.to_owned(),
        provider,
        rate: RateSpec::UNLIMITED,
        pool: None,
        account: None,
        warm_up: None,
        pacing: Pacing::default(),
    }
}

fn smsc(org: OrgId, provider: Arc<Reporter>) -> Sender {
    sender(org, "smsc", provider.into())
}

/// The sender for the organisation's app.
fn app(org: OrgId) -> Sender {
    sender(org, "app", Arc::new(App).into())
}

/// Settings of this version, in which the organisation has those of its two senders that are named.
pub fn served(org: OrgId, version: i64, senders: &[&str]) -> Served {
    let both = [smsc(org, Arc::new(Reporter(None))), app(org)];
    let named = both.into_iter().filter(|it| senders.contains(&it.name.as_str()));
    Served {
        in_force: Arc::new(in_force(org, version, named)),
        ..Served::default()
    }
}

/// The organisation's settings.
fn in_force(org: OrgId, version: i64, senders: impl IntoIterator<Item = Sender>) -> InForce {
    let organisation = OrgInForce {
        slug: "brand".to_owned(),
        defaults: OrgDefaults {
            locale: Locale::parse("ru").unwrap(),
            zone: Zone::utc(),
            frequency_cap: FrequencyCap::NONE,
            currency: Currency::from_code("RUB").unwrap(),
        },
        holding: None,
        question: String::new(),
    };
    InForce {
        version,
        organisations: [(org, organisation)].into(),
        senders: Senders::new(senders),
    }
}

fn guest_keys() -> GuestKeys {
    GuestKeys::new("brand", &[SecretString::from(SIGNING_SECRET)]).unwrap()
}

pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

pub fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

/// Checks that an answer is a problem document with something to say, and returns its places.
pub fn places(status: u16, (got, document): &(u16, Value)) -> Vec<String> {
    assert_eq!(*got, status, "{document}");
    assert_eq!(document["status"], status, "{document}");
    assert!(document["detail"].as_str().is_some_and(|d| d.len() > 20), "{document}");
    let errors = document["errors"].as_array().cloned().unwrap_or_default();
    let place = |error: &Value| error["place"].as_str().unwrap().to_owned();
    errors.iter().map(place).collect()
}
