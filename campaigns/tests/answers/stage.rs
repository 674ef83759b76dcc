//! An organisation with three guests and one number for SMS.

use async_trait::async_trait;
use bellhop_campaigns::{Brand, OrgDefaults, Rendering, Sender, Senders};
use bellhop_channels::{Finding, OutgoingMessage, Provider};
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::phone::Region;
use bellhop_domain::{EndpointKind, MailingId, OrgId, Outcome, Phone, Timestamp, Zone};
use bellhop_rate_limits::{Pacing, RateSpec};
use bellhop_store::guests::{CustomerCard, GuestBase, Organisation, OrganisationSpec, OrganisationsOfTests, Settings};
use bellhop_store::ledger::Commanding;
use bellhop_store::{SqlStore, sqlite};
use bellhop_templating::{Currency, Locale};
use bellhop_test_services::{FILE, prepared_folder};
use serde_json::Value;
use std::sync::Arc;

pub const ORG: OrgId = OrgId(1);
/// Noon of a Monday in Moscow.
pub const NOW: Timestamp = Timestamp(1_772_442_000_000);

pub struct Stage {
    pub store: SqlStore,
    pub rendering: Rendering,
    organisation: Organisation,
    senders: Senders,
    folder: tempfile::TempDir,
}

/// Sends nothing, because nobody here asks it to.
struct Gateway;

#[async_trait]
impl Provider for Gateway {
    fn kind(&self) -> EndpointKind {
        EndpointKind::Phone
    }

    async fn send(&self, _: &OutgoingMessage<'_>) -> Outcome {
        Outcome::Failed { why: String::new() }
    }

    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }
}

fn card(external_id: &str, name: &str, phone: &str, city: Option<&str>, consents: bool) -> CustomerCard {
    CustomerCard {
        external_id: external_id.to_owned(),
        name: Some(name.to_owned()),
        phones: vec![Phone::parse(phone, Region::RU).unwrap()],
        marketing_consent: Some(consents),
        attributes: city
            .map(|city| ("city".to_owned(), city.to_owned()))
            .into_iter()
            .collect(),
        ..CustomerCard::default()
    }
}

impl Stage {
    pub async fn new() -> Self {
        let folder = prepared_folder().await.unwrap();
        let store = sqlite::open(&folder.path().join(FILE)).await.unwrap();
        let spec = OrganisationSpec {
            slug: "o".to_owned(),
            name: "O".to_owned(),
            currency: "RUB".to_owned(),
            timezone: Zone::named("Europe/Moscow").unwrap(),
            settings: Settings::default(),
        };
        let organisation = store.put_organisation(&spec).await.unwrap();
        assert_eq!(organisation.id, ORG);
        let cards = [
            card("anna", "Anna", "+79990000001", Some("Kazan"), true),
            card("boris", "Boris", "+79990000002", None, true),
            card("vera", "Vera", "+79990000003", Some("Kazan"), false),
        ];
        store.put_customers(ORG, &cards, "import", NOW).await.unwrap();
        Self {
            store,
            rendering: rendering(),
            organisation,
            senders: Senders::new(vec![sender()]),
            folder,
        }
    }

    pub fn brand(&self) -> Brand<'_> {
        Brand {
            store: &self.store,
            organisation: &self.organisation,
            senders: &self.senders,
        }
    }

    pub async fn guest(&self, name: &str, phone: &str) {
        let cards = [card(&name.to_lowercase(), name, phone, None, true)];
        self.store.put_customers(ORG, &cards, "import", NOW).await.unwrap();
    }

    /// Closes a country as if the provider of the number had said so.
    pub async fn closes(&self, country: &str) {
        let file = self.folder.path().join("bellhop.db");
        let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", file.display()))
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO sender_countries (org_id, sender, country, since, reason) VALUES (1, 'number', $1, 0, '')",
        )
        .bind(country)
        .execute(&pool)
        .await
        .unwrap();
    }

    pub async fn mailing(&self, spec: &Value) -> MailingId {
        let file = spec.to_string();
        self.store.create_mailing(ORG, "m", &file, "tester", NOW).await.unwrap()
    }
}

fn sender() -> Sender {
    Sender {
        org: ORG,
        name: "number".to_owned(),
        provider: Arc::new(Gateway).into(),
        rate: RateSpec::UNLIMITED,
        pool: None,
        account: None,
        warm_up: None,
        pacing: Pacing::default(),
    }
}

fn rendering() -> Rendering {
    Rendering {
        defaults: OrgDefaults {
            locale: Locale::parse("en").unwrap(),
            zone: Zone::utc(),
            currency: Currency::from_code("RUB").unwrap(),
            frequency_cap: FrequencyCap::NONE,
        },
        public_url: "https://b.example".to_owned(),
    }
}
